"""A rehearsal as one page with every post as readers would see it, and as Markdown; decides nothing about what it shows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import groupby

from piquet import words
from piquet.networks import TRAITS
from piquet.rehearsal.script import Script
from piquet.rehearsal.timeline import POSTS, Event, Timeline, What
from piquet.summary import escaped
from piquet.text import plain, shortened
from piquet.wall.look import Column
from piquet.wall.page import WORDS

_TEXT = 160  # graphemes of a post in a table


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The events of one civil day of an account; `before`: those of the days before the strike are only looked up."""

    name: str
    before: bool
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One account: what became of it in a sentence, and day by day."""

    account: str
    network: str
    column: Column
    said: str
    days: tuple[Day, ...]


def title_of(told: Timeline) -> str:
    """The rehearsal's name, as its page and its artifact bear it."""
    return words.of("rehearsal", "title", told.outlet.language, outlet=told.outlet.title)


def span_of(script: Script, told: Timeline) -> str:
    """From when until when the strike that was played lasts, and whether it is planned."""
    language = told.outlet.language
    since, until = (_hour(at, told) for at in (script.span.start, script.span.end or script.until))
    if script.as_if:
        return words.of("rehearsal", "as_if", language, since=since, until=until)
    return words.of("rehearsal", "planned", language, since=since, until=until)


def rehearsal_page(script: Script, told: Timeline) -> str:
    """HTML with its style inside: no script, nothing loaded."""
    language, zone = told.outlet.language, told.zone
    return (
        _templates()
        .get_template("rehearsal.html")
        .render(
            language=language,
            title=title_of(told),
            span=span_of(script, told),
            what=words.of("rehearsal", "what", language),
            earlier=words.of("rehearsal", "earlier", language),
            parts=[*_parts(script, told)],
            posts=POSTS,
            label=lambda event: label(event, language),
            answers=lambda event: words.of(
                "rehearsal", "answers", language, text=shortened(plain(event.answers), _TEXT)
            ),
            words=WORDS[language],
            clock=lambda at: f"{at.astimezone(zone):%H:%M}",
            when=lambda at: f"{at.astimezone(zone):%H:%M}",
        )
    )


def rehearsal_markdown(script: Script, told: Timeline) -> str:
    """A table an account, from the strike's beginning on."""
    language = told.outlet.language
    parts = [f"# {escaped(title_of(told))}", escaped(span_of(script, told))]
    parts.append(escaped(words.of("rehearsal", "what", language)))
    for part in _parts(script, told):
        parts += [f"## {escaped(part.network)} · `{part.account}`", escaped(part.said)]
        for day in part.days:
            if not day.before:
                parts += [f"### {escaped(day.name)}", _table(day.events, told)]
    return "\n\n".join(parts) + "\n"


def label(event: Event, language: str) -> str:
    """What happens, in a few words."""
    return words.of("rehearsal event", event.what, language, day=event.day_number or "")


@cache
def _templates():
    # 40 ms, for those who need a page.
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    # A post looks here as it does on the wall.
    loader = ChoiceLoader([PackageLoader("piquet", "pages"), PackageLoader("piquet.wall")])
    return Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )


def _parts(script: Script, told: Timeline) -> Iterator[Part]:
    for account in told.outlet.accounts:
        yield Part(
            account=account,
            network=TRAITS[account.partition("/")[0]].title,
            column=told.columns[account],
            said=_said(told, account),
            days=tuple(_days(told.of(account), script.span.start, told)),
        )


def _days(events: Sequence[Event], start: datetime, told: Timeline) -> Iterator[Day]:
    def place(event: Event) -> tuple[bool, date]:
        return event.at < start, event.at.astimezone(told.zone).date()

    for (before, day), found in groupby(events, key=place):
        yield Day(name=words.day(day, told.outlet.language), before=before, events=tuple(found))


def _hour(moment: datetime, told: Timeline) -> str:
    local = moment.astimezone(told.zone)
    return f"{words.day(local.date(), told.outlet.language)}, {local:%H:%M}"


def _said(told: Timeline, account: str) -> str:
    """How much of what there is, or that the account works."""
    language = told.outlet.language
    if not told.of(account, What.BEGINS):
        return words.of("rehearsal", "works", language)
    notices = sum(event.on_strike for event in told.of(account, What.ENTRY))
    counts = words.of(
        "rehearsal",
        "counts",
        language,
        entries=words.number(notices, language),
        reminders=words.number(len(told.of(account, What.REMINDER)), language),
        replies=words.number(len(told.of(account, What.NOTICE)), language),
    )
    if held := len(told.of(account, What.HELD)):
        return f"{counts} {words.of('rehearsal', 'held', language, held=words.number(held, language))}"
    return counts


def _table(events: Sequence[Event], told: Timeline) -> str:
    lines = ["| | | |", "| --- | --- | --- |"]
    for event in events:
        text = shortened(plain(event.text or event.title), _TEXT)
        cells = (f"{event.at.astimezone(told.zone):%H:%M}", label(event, told.outlet.language), text)
        lines.append("| " + " | ".join(escaped(cell) for cell in cells) + " |")
    return "\n".join(lines)
