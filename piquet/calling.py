"""What a person asks for when calling a strike, read into the fields that it changes; pure, it judges no strike."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from piquet import words
from piquet.errors import UserError
from piquet.planning import Objections
from piquet.strike import Window
from piquet.times import WithoutHour, read_time

# The word that stands for every account, for an empty list means: as it is.
ALL = "all"
# The choice that changes nothing.
AS_IT_IS = "as_it_is"

_BETWEEN = re.compile(r"\s*(?:/|→|\s(?:to|until|à|au|jusqu['’]à|-|–)\s)\s*")
_HOUR = re.compile(r"\d{1,2}:\d{2}")
# The form that Piquet itself prints; else Python reads 11:00-13:00 as eleven o'clock thirteen hours west of Greenwich.
_FROM_TO = re.compile(r"(?<![\d:])(\d{1,2}:\d{2})\s*[-–]\s*(?=\d)")
# A vote may come a little late; a walkout of last month is not the one that is meant.
_LATE_VOTE = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A strike as a person calls it. What is empty, None or `as_it_is` stays as it is in the Strike block.

    `days` and `walkouts` (`2026-12-05 11:00 to 2026-12-06 11:00`) are added to those there are.
    """

    who: str
    why: str
    from_now: bool = False
    days: Sequence[date] = ()
    walkouts: Sequence[str] = ()
    renewed_until: str = ""
    accounts: Sequence[str] = ()
    mode: str = AS_IT_IS
    notices: Sequence[str] = ()
    short_notices: Sequence[str] = ()
    reminders: Sequence[str] = ()
    reminder_minutes: int | None = None
    closing: str = ""
    statement_url: str = ""
    fund_url: str = ""
    hashtags: Sequence[str] = ()
    movement: str = ""


_LISTS = ("notices", "short_notices", "reminders", "hashtags")
_TEXTS = ("closing", "statement_url", "fund_url", "movement")
_RENEWABLE = ("start", "renewed_until")


def changes(
    before: Mapping[str, Any], asked: Request, zone: tzinfo, language: str = "en", *, now: datetime
) -> dict[str, Any]:
    """The fields that `asked` changes in the plain values `before`; raises Objections with all that cannot be read."""
    sentences: list[str] = [*_unsigned(asked.who, asked.why, language)]
    windows = [*(before.get("windows") or ())]
    for line in asked.walkouts:
        try:
            windows.append(walkout(line, zone, language))
        except UserError as error:
            sentences.append(str(error))
    if asked.renewed_until.strip():
        try:
            windows = _renewed(windows, asked.renewed_until, zone, language, now)
        except UserError as error:
            sentences.append(str(error))
    if sentences:
        raise Objections(sentences)
    return {**dict(_given(asked)), **_times(before, asked, windows)}


def check_signed(who: str, why: str, language: str = "en") -> None:
    """Raise Objections where nobody is named, or no reason."""
    if sentences := [*_unsigned(who, why, language)]:
        raise Objections(sentences)


def walkout(line: str, zone: tzinfo, language: str = "en") -> dict[str, Any]:
    """One walkout as a person writes it; without an end it is renewed by vote. Raises UserError."""
    field = words.of("strike field", "windows", language)
    told = {"field": field, "line": line}
    try:
        start, *end = _moments(_FROM_TO.sub(r"\1 - ", line.strip()), zone)
    except WithoutHour:
        raise UserError(words.of("refused", "without_hour", language, **told)) from None
    except ValueError:
        raise UserError(words.of("refused", "not_a_walkout", language, **told)) from None
    if end and end[0] <= start:
        raise UserError(words.of("refused", "backwards", language, **told))
    return {"start": start.isoformat(), "end": end[0].isoformat() if end else None, "renewed_until": None}


def ending(text: str, zone: tzinfo, language: str = "en") -> datetime | None:
    """When a person wants a strike to end, None for no text. Raises UserError."""
    return _moment("when", text, zone, language) if text.strip() else None


def _moments(line: str, zone: tzinfo) -> Iterator[datetime]:
    """The start and perhaps the end; raises ValueError. An end without its day is on the start's."""
    first, *rest = _BETWEEN.split(line)
    if len(rest) > 1:
        raise ValueError(line)
    yield (start := read_time(first, zone))
    for end in rest:
        yield read_time(f"{start:%Y-%m-%d} {end:0>5}" if _HOUR.fullmatch(end) else end, zone)


def _moment(field: str, text: str, zone: tzinfo, language: str) -> datetime:
    try:
        if _FROM_TO.search(text):
            raise ValueError(text)
        return read_time(text, zone)
    except ValueError:
        field = words.of("strike field", field, language)
        raise UserError(words.of("refused", "not_a_time", language, field=field, text=text)) from None


def _unsigned(who: str, why: str, language: str) -> Iterator[str]:
    for name, value in (("who", who), ("why", why)):
        if not value.strip():
            yield words.of("refused", f"unsigned {name}", language)


def _given(asked: Request) -> Iterator[tuple[str, Any]]:
    yield "changed_by", asked.who.strip()
    yield "why", asked.why.strip()
    if asked.mode != AS_IT_IS:
        yield "mode", asked.mode
    if accounts := [name.strip() for name in asked.accounts if name.strip()]:
        yield "accounts", [] if accounts == [ALL] else accounts
    for name in _LISTS:
        if texts := [text for text in getattr(asked, name) if text.strip()]:
            yield name, texts
    for name in _TEXTS:
        if text := getattr(asked, name).strip():
            yield name, text
    if asked.reminder_minutes is not None:
        yield "reminder_minutes", asked.reminder_minutes


def _times(before: Mapping[str, Any], asked: Request, windows: list[Any]) -> dict[str, Any]:
    days = [*(before.get("days") or ()), *(day.isoformat() for day in asked.days)]
    switch = {"switch": "strike"} if asked.from_now else {}
    return {"days": days, "windows": windows, **switch}


def _renewed(windows: list[Any], until: str, zone: tzinfo, language: str, now: datetime) -> list[Any]:
    """The walkouts, with a new end for the one that is renewed by vote: the one that goes on, else the next."""
    moment = _moment("renewed_until", until, zone, language)
    alive = {
        number: (window.until(zone) > now, window.start)
        for number, window in enumerate(map(_renewable, windows))
        if window and window.until(zone) + _LATE_VOTE > now
    }
    if not alive:
        raise UserError(words.of("refused", "nothing_to_renew", language))
    begun = [number for number, (_, start) in alive.items() if start <= now]
    chosen = max(begun, key=alive.__getitem__) if begun else min(alive, key=alive.__getitem__)
    renewed = {**windows[chosen], "renewed_until": moment.isoformat()}
    return [*windows[:chosen], renewed, *windows[chosen + 1 :]]


def _renewable(window: Mapping[str, Any]) -> Window | None:
    if window.get("end"):
        return None
    start, renewed = (datetime.fromisoformat(at) if (at := window.get(name)) else None for name in _RENEWABLE)
    return Window(start=start, renewed_until=renewed)
