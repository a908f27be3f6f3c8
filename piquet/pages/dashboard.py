"""A dashboard as one page to leave on a screen, and as Markdown for an artifact; decides nothing about what it shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from piquet import words
from piquet.dashboard import Dashboard, Day, Row, Usage
from piquet.networks import TRAITS
from piquet.summary import escaped

# Of the little picture, in its own units: a day's width, the height of the fullest one, and where bars stand.
STEP, HEIGHT, FLOOR = 10, 60, 66
_UNSAID = "–"
# Days, today included, in which a refusal is still news.
_LATELY = 2
_HOUR_S = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A figure and what it is of; `alarming`: a person should look."""

    label: str
    value: str
    more: str = ""
    alarming: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One day of the picture: posts from the floor up, failures on top of them."""

    x: int
    top: float
    height: float
    failed_top: float
    failed_height: float
    strike: bool
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One account as it is shown."""

    network: str
    account: str
    trouble: str
    facts: tuple[Fact, ...]
    bars: tuple[Bar, ...]
    alt: str


def dashboard_page(board: Dashboard) -> str:
    """HTML with its style inside: no script, nothing loaded."""
    say = _Words(board.language)
    days = board.rows[0].days if board.rows else ()
    return (
        _templates()
        .get_template("dashboard.html")
        .render(
            language=board.language,
            title=say("title", outlet=board.title),
            span=say("span", days=len(days)),
            at=say("at", at=words.moment(board.at, board.zone, board.language)),
            cards=[_card(row, board.most, say) for row in board.rows],
            first=say.short(days[0]) if days else "",
            last=say("today"),
            scale=say("scale", most=say.number(board.most)),
            key=[say(name) for name in ("key_posts", "key_failures", "key_strike")],
            nothing=say("nothing"),
            width=STEP * len(days),
            floor=FLOOR,
        )
    )


def dashboard_markdown(board: Dashboard) -> str:
    """A table, one row an account."""
    say = _Words(board.language)
    days = len(board.rows[0].days) if board.rows else 0
    parts = [f"# {escaped(say('title', outlet=board.title))}", escaped(say("span", days=days))]
    cards = [_card(row, board.most, say) for row in board.rows]
    if not cards:
        return "\n\n".join([*parts, escaped(say("nothing"))]) + "\n"
    heads = [say("account"), *(fact.label for fact in cards[0].facts), say("strike_days")]
    lines = [[escaped(head) for head in heads], ["---"] * len(heads)]
    for card, row in zip(cards, board.rows, strict=True):
        struck = words.number(sum(day.strike for day in row.days), board.language)
        cells = [f"`{card.account}`", *(escaped(_whole(fact)) for fact in card.facts), struck]
        lines.append(cells)
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    troubles = [f"- `{card.account}`: {escaped(card.trouble)}" for card in cards if card.trouble]
    return "\n\n".join([*parts, table, *troubles]) + "\n"


class _Words:
    """The dashboard's words in one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, name: str, **values: object) -> str:
        return words.of("dashboard", name, self.language, **values)

    def short(self, day: Day) -> str:
        return words.short_day(day.day, self.language)

    def number(self, value: int) -> str:
        return words.number(value, self.language)


@cache
def _templates():
    from jinja2 import Environment, PackageLoader, StrictUndefined  # 40 ms, for those who need a page

    loader = PackageLoader("piquet", "pages")
    return Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )


def _card(row: Row, most: int, say: _Words) -> Card:
    network = row.account.partition("/")[0]
    return Card(
        network=TRAITS[network].title,
        account=row.account,
        trouble=row.usage.trouble,
        facts=(
            Fact(label=say("posts"), value=say.number(row.posts)),
            _failures(row, say),
            Fact(label=say("delay"), value=lasted(row.median), more=say("p95", delay=lasted(row.p95))),
            _waiting(row.usage, say),
            _quota(row.usage, say),
            _money(row.usage, say),
        ),
        bars=tuple(_bar(place, day, most, say) for place, day in enumerate(row.days)),
        alt=_alt(row, say),
    )


def _failures(row: Row, say: _Words) -> Fact:
    lately = any(day.failures for day in row.days[-_LATELY:])
    return Fact(label=say("failures"), value=say.number(row.failures), alarming=lately)


def _waiting(usage: Usage, say: _Words) -> Fact:
    held = [say("held", number=say.number(usage.held))] if usage.held else []
    doubt = [say("unsettled", number=say.number(usage.unsettled))] if usage.unsettled else []
    more = " · ".join(held + doubt)
    return Fact(
        label=say("waiting"), value=say.number(usage.waiting), more=more, alarming=usage.unsettled > 0
    )


def _quota(usage: Usage, say: _Words) -> Fact:
    most = usage.posts_per_day
    more = say("of", most=say.number(most)) if most else ""
    full = bool(most) and usage.posts >= most
    return Fact(label=say("quota"), value=say.number(usage.posts), more=more, alarming=full)


def _money(usage: Usage, say: _Words) -> Fact:
    if not usage.charged:
        return Fact(label=say("money"), value=_UNSAID)
    spent = words.dollars(usage.dollars, say.language)
    more = say("of", most=words.dollars(usage.budget, say.language)) if usage.budget else ""
    full = bool(usage.budget) and usage.dollars >= usage.budget
    return Fact(label=say("money"), value=spent, more=more, alarming=full)


def _bar(place: int, day: Day, most: int, say: _Words) -> Bar:
    unit = HEIGHT / max(most, 1)
    height, failed = day.posts * unit, day.failures * unit
    return Bar(
        x=place * STEP,
        top=round(FLOOR - height, 2),
        height=round(height, 2),
        failed_top=round(FLOOR - height - failed, 2),
        failed_height=round(failed, 2),
        strike=day.strike,
        title=_of_a_day(day, say),
    )


def _of_a_day(day: Day, say: _Words) -> str:
    counts = say("day", day=say.short(day), posts=say.number(day.posts), failures=say.number(day.failures))
    return f"{counts} {say('strike_day')}" if day.strike else counts


def _alt(row: Row, say: _Words) -> str:
    struck: Sequence[str] = [say.short(day) for day in row.days if day.strike]
    said = say("picture", posts=say.number(row.posts), days=len(row.days))
    return f"{said} {say('struck', days=', '.join(struck))}" if struck else said


def _whole(fact: Fact) -> str:
    return f"{fact.value} ({fact.more})" if fact.more else fact.value


def lasted(delay: timedelta | None) -> str:
    """A delay by its two largest units, as both languages write them; a clock that went back makes it no less than 0."""
    if delay is None:
        return _UNSAID
    seconds = max(0, round(delay.total_seconds()))
    for size, unit, smaller, smaller_unit in ((_HOUR_S, "h", 60, "min"), (60, "min", 1, "s")):
        if seconds >= size:
            rest = seconds % size // smaller
            whole = f"{seconds // size}\u00a0{unit}"
            return f"{whole}\u00a0{rest}\u00a0{smaller_unit}" if rest else whole
    return f"{seconds}\u00a0s"
