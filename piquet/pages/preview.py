"""A preview as Markdown for an artifact and as one page that needs nothing else; decides nothing about what it shows."""

import re
from collections.abc import Sequence
from datetime import date, tzinfo

from piquet import words
from piquet.pages import _templates
from piquet.preview import AccountPreview, Moment, Shown
from piquet.strike import Cause
from piquet.summary import escaped


def heading(moment: Moment, zone: tzinfo, language: str) -> str:
    """Which instant of the strike is shown."""
    if moment.as_if:
        return words.of("preview", "as_if", language)
    return words.of("preview", "at", language, moment=words.moment(moment.at, zone, language))


def ruling(one: AccountPreview, language: str) -> str:
    """What applies to this account, and why."""
    if one.decision.cause is Cause.NOT_COVERED:
        return words.of("cause", Cause.NOT_COVERED, language)
    return words.sentence(one.decision, language)


def count(shown: Shown, language: str) -> str:
    """The lengths against the limits: 143 of 500 characters."""
    return ", ".join(
        words.of(
            "preview",
            "count",
            language,
            used=words.number(one.used, language),
            maximum=words.number(one.maximum, language),
            unit=words.of("unit", one.unit, language),
        )
        for one in shown.counts
    )


def preview_markdown(
    accounts: Sequence[AccountPreview], moment: Moment, *, title: str, zone: tzinfo, language: str
) -> str:
    """A section an account: ordinary beside on strike, then the reminder and the closing post."""
    parts = [f"# {escaped(words.of('preview', 'title', language, outlet=title))}"]
    parts.append(escaped(heading(moment, zone, language)))
    for one in accounts:
        parts += [f"## {escaped(one.network)} · `{one.account}`", escaped(ruling(one, language))]
        parts += [_table(one, language)]
    return "\n\n".join(parts) + "\n"


def preview_page(
    accounts: Sequence[AccountPreview], moment: Moment, *, title: str, zone: tzinfo, language: str
) -> str:
    """HTML with its style inside: no script, nothing loaded."""
    return (
        _templates()
        .get_template("preview.html")
        .render(
            accounts=accounts,
            title=words.of("preview", "title", language, outlet=title),
            outlet=title,
            heading=heading(moment, zone, language),
            day=words.day(_day(moment, zone), language),
            language=language,
            say=lambda name: words.of("preview", name, language),
            ruling=lambda one: ruling(one, language),
            count=lambda shown: count(shown, language),
            pieces=pieces,
        )
    )


def pieces(text: str) -> list[list[tuple[str, bool]]]:
    """The lines of a post, each cut into words of text and web addresses (True), for a page to colour."""
    cut = re.compile(r"(https?://\S+)")
    return [[(part, bool(cut.fullmatch(part))) for part in cut.split(line)] for line in text.split("\n")]


def _day(moment: Moment, zone: tzinfo) -> date:
    return moment.at.astimezone(zone).date()


def _table(one: AccountPreview, language: str) -> str:
    say = [words.of("preview", name, language) for name in ("ordinary", "on_strike")]
    rows = [[_cell(before, language), _cell(after, language)] for before, after in one.pairs]
    for name in ("reminder", "closing"):
        if shown := getattr(one, name):
            rows.append([words.of("preview", name, language), _cell(shown, language)])
    return "\n".join("| " + " | ".join(line) + " |" for line in [say, ["---", "---"], *rows])


def _cell(shown: Shown, language: str) -> str:
    if shown.why_not:
        return f"*{escaped(shown.why_not)}*"
    text = "<br>".join("".join(_written(*piece) for piece in line) for line in pieces(shown.text))
    card = f"<br>↗ {_written(shown.card, True)}" if shown.card else ""
    return f"{text}{card}<br>*{escaped(count(shown, language))}*"


def _written(part: str, is_link: bool = False) -> str:
    if not is_link:
        # `escaped` strips, and a space before or after an address must stay.
        before, after = (" " if end.isspace() else "" for end in (part[:1], part[-1:]))
        return f"{before}{escaped(part)}{after}" if part.strip() else part
    # Markdown ends an address at a closing parenthesis or a space, a table's cell at a bar.
    address = re.sub(r"[()\s|<>]", lambda found: f"%{ord(found[0]):02X}", part)
    return f"[{escaped(part)}]({address})"
