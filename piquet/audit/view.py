"""The audit trail in people's words: sections of rows, for whichever page or artifact shows them; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from piquet import words
from piquet.audit.trail import Change, Difference, Sent, Span, Trail, change, event, settings, told, trail
from piquet.ledger.values import Audited
from piquet.text import plain, shortened

_NOTHING = "–"
_WINDOW = ("start", "end", "renewed_until")
_TEXT = 120  # graphemes of a post in a table; the CSV has it whole
_SAID = 600  # graphemes of a change in a sentence
_WEB = ("https://", "http://")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Lines of text, the whole a link where there is an address."""

    lines: tuple[str, ...]
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading and a table; no rows means that nothing happened."""

    heading: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """An audit as people read it; `holds`: every chain of the outlet was found whole, and `verdict` says so."""

    language: str
    title: str
    span: str
    what: str
    counted: str
    holds: bool
    verdict: tuple[str, ...]
    sections: tuple[Section, ...]
    ends: str
    nothing: str


def view(trail: Trail, title: str, zone: tzinfo, language: str) -> View:
    """The trail of the outlet that readers know as `title`, in its hours and in `fr` or `en`."""
    return _Writer(trail, zone, language).view(title)


def change_said(outlet: str, one: Change, on_strike: Sequence[str], zone: tzinfo, language: str) -> str:
    """Who is on strike now, and the last change of it: when, what, by whom, by which way and why."""
    return _Writer(trail(outlet, Span(since=one.at, until=one.at), ()), zone, language).said(one, on_strike)


@dataclass(frozen=True, slots=True)
class _Writer:
    trail: Trail
    zone: tzinfo
    language: str

    def view(self, title: str) -> View:
        trail, span = self.trail, self.trail.span
        since, until = self._when(span.since), self._when(span.until)
        counts = {"changes": trail.changes, "posts": trail.posts, "acts": trail.acts}
        return View(
            language=self.language,
            title=self._say("title", outlet=title),
            span=self._say("span", since=since, until=until, zone=self.zone),
            what=self._say("what"),
            counted=self._say("counted", **{name: len(found) for name, found in counts.items()}),
            holds=not trail.breaks,
            verdict=tuple(self._verdict()),
            sections=tuple(self._sections()),
            ends=self._say("ends"),
            nothing=self._say("nothing"),
        )

    def _sections(self) -> Iterable[Section]:
        trail = self.trail
        yield self._section("changes", ("first_seen", "who", "changed", "way", "why"), self._changes())
        yield self._section(
            "acts", ("when", "account", "act", "text", "who", "why"), map(self._act, trail.acts)
        )
        yield self._section(
            "posts", ("when", "account", "text", "article", "applied"), map(self._sent, trail.posts)
        )
        yield self._section(
            "decisions", ("account", "first", "last", "deliveries", "applied"), self._rulings()
        )
        yield self._section(
            "timeline", ("when", "account", "event", "text", "who", "why"), map(self._row, trail.rows)
        )
        yield self._section("chains", ("chain", "rows", "hash"), map(self._head, trail.heads))

    def _verdict(self) -> Iterable[str]:
        if not self.trail.breaks:
            yield self._say("holds")
            return
        yield self._say("breaks")
        for one in self.trail.breaks:
            why = words.of("break", one.why, self.language)
            yield self._say("break", chain=self._chain(one.chain), number=one.number, why=why)

    def _changes(self) -> Iterable[Sequence[Cell]]:
        if row := self.trail.in_force:
            lines = [self._say("in_force"), *(self._setting(one) for one in settings(row))]
            yield self._told(change(row), lines)
        for one in self.trail.changes:
            lines = [self._say("first_state"), *(self._setting(d) for d in one.differences)]
            yield self._told(one, lines if one.first else [self._difference(d) for d in one.differences])

    def said(self, one: Change, on_strike: Sequence[str]) -> str:
        """For somebody who reads nothing else of it."""
        now = (
            self._say("on_strike_now", accounts=", ".join(on_strike)) if on_strike else self._say("none_now")
        )
        when, who, lines, way, why = self._told(one, [self._difference(d) for d in one.differences])
        parts = {"when": when, "who": who, "what": lines, "way": way, "why": why}
        said = {name: shortened("; ".join(cell.lines), _SAID) for name, cell in parts.items()}
        return " ".join((now, self._say("said", **said)))

    def _told(self, one: Change, lines: Sequence[str]) -> Sequence[Cell]:
        who, why = (
            said if one.signed or not said else self._say("left", said=said) for said in (one.who, one.why)
        )
        way = words.of("way", one.way, self.language)
        return _cells(self._when(one.at), who or self._say("nobody"), lines, way, why)

    def _act(self, row: Audited) -> Sequence[Cell]:
        what = words.of("act", str(told(row).get("act", "")), self.language)
        return (*_cells(self._when(row.at), row.chain, what), _post(row), *_cells(row.who, row.why))

    def _sent(self, sent: Sent) -> Sequence[Cell]:
        row = sent.row
        link = _linked(str(told(row).get("link") or ""))
        applied = self._applied(sent.decision)
        return (*_cells(self._when(row.at), row.chain), _post(row), link, *_cells(applied))

    def _rulings(self) -> Iterable[Sequence[Cell]]:
        for one in self.trail.rulings:
            first, last = self._when(one.first), self._when(one.last)
            count = words.number(one.count, self.language)
            yield _cells(one.account, first, last, count, self._applied(one.decision))

    def _row(self, row: Audited) -> Sequence[Cell]:
        what = [words.of("event", event(row), self.language)]
        if row.kind == "strike":
            what += [self._difference(one) for one in change(row).differences]
        if row.kind == "act":
            what = [words.of("act", str(told(row).get("act", "")), self.language)]
        why = (
            self._applied(decision) if isinstance(decision := told(row).get("decision"), Mapping) else row.why
        )
        return (*_cells(self._when(row.at), self._chain(row.chain), what), _post(row), *_cells(row.who, why))

    def _head(self, row: Audited) -> Sequence[Cell]:
        return _cells(self._chain(row.chain), str(row.number), row.hash)

    def _section(self, name: str, heads: Iterable[str], rows: Iterable[Sequence[Cell]]) -> Section:
        heading = words.of("audit", name, self.language)
        named = tuple(words.of("audit head", head, self.language) for head in heads)
        return Section(heading=heading, heads=named, rows=tuple(tuple(row) for row in rows))

    def _setting(self, one: Difference) -> str:
        field = words.of("strike field", one.field, self.language)
        return self._say("setting", field=field, value=self._value(one.field, one.after))

    def _difference(self, one: Difference) -> str:
        field = words.of("strike field", one.field, self.language)
        before, after = (self._value(one.field, value) for value in (one.before, one.after))
        return self._say("difference", field=field, before=before, after=after)

    def _value(self, field: str, value: Any) -> str:
        if value is None or value == "" or value == []:
            return _NOTHING
        if isinstance(value, list):
            return " | ".join(self._value(field, one) for one in value)
        if isinstance(value, Mapping):
            return " – ".join(self._instant(value[name]) for name in _WINDOW if value.get(name))
        if field == "mode":
            return words.of("mode", str(value), self.language)
        return self._day(value) if field == "days" else str(value)

    def _day(self, value: Any) -> str:
        try:
            return words.day(date.fromisoformat(value), self.language)
        except (TypeError, ValueError, OverflowError):  # not what Piquet wrote
            return str(value)

    def _instant(self, value: Any) -> str:
        try:
            return self._when(datetime.fromisoformat(value))
        except (TypeError, ValueError, OverflowError):
            return str(value)

    def _applied(self, decision: Mapping[str, Any]) -> str:
        """What applied and why, in the words of the cycle's own report."""
        if "cause" not in decision:
            return ""
        why = words.why(str(decision["cause"]), str(decision.get("detail", "")), self.language)
        if not decision.get("on_strike") or not decision.get("mode"):
            return words.text("ordinary", self.language, why=why)
        mode = words.of("mode", str(decision["mode"]), self.language)
        return words.text("on_strike", self.language, day=decision.get("day_number"), why=why, mode=mode)

    def _when(self, moment: datetime) -> str:
        """In the newsroom's hours; with their distance from UTC where it changes in this span, for an hour comes twice."""
        offsets = [
            time.astimezone(self.zone).utcoffset() for time in (self.trail.span.since, self.trail.span.until)
        ]
        shown = words.moment(moment, self.zone, self.language)
        return shown if offsets[0] == offsets[1] else f"{shown} {moment.astimezone(self.zone):UTC%z}"

    def _chain(self, chain: str) -> str:
        return chain or self._say("outlet_itself")

    def _say(self, name: str, **values: object) -> str:
        return words.of("audit", name, self.language, **values)


def _cells(*texts: str | Sequence[str]) -> tuple[Cell, ...]:
    return tuple(Cell(lines=_lines([text] if isinstance(text, str) else text)) for text in texts)


def _lines(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(plain(text) or _NOTHING for text in texts) or (_NOTHING,)


def _post(row: Audited) -> Cell:
    """The post's text, linked to the post where it stands on its network."""
    text = shortened(plain(str(told(row).get("text") or "")), _TEXT)
    return Cell(lines=_lines([text]), url=_web(str(told(row).get("url") or "")))


def _linked(address: str) -> Cell:
    return Cell(lines=_lines([address]), url=_web(address))


def _web(address: str) -> str:
    """An address that may be followed: nothing that a script could be."""
    return address if address.startswith(_WEB) else ""
