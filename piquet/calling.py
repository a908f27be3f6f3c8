"""What a person asks for when calling a strike, read into the fields that it changes; pure, it judges no strike."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from piquet import words
from piquet.errors import UserError
from piquet.planning import Objections

# The word that stands for every account, for an empty list means: as it is.
ALL = "all"
# The choice that changes nothing.
AS_IT_IS = "as_it_is"

_BETWEEN = re.compile(r"\s*(?:/|→|\s(?:to|until|à|au|jusqu'à|-|–)\s)\s*")
_HOUR = re.compile(r"\d{1,2}:\d{2}")
_DAY = re.compile(r"\d{4}-?\d{2}-?\d{2}")


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


def changes(before: Mapping[str, Any], asked: Request, zone: tzinfo, language: str = "en") -> dict[str, Any]:
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
            windows = _renewed(windows, asked.renewed_until, zone, language)
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
        start, *end = _moments(line.strip(), zone)
        if _DAY.fullmatch(_BETWEEN.split(line.strip())[0]):
            raise UserError(words.of("refused", "without_hour", language, **told))
    except ValueError:
        raise UserError(words.of("refused", "not_a_walkout", language, **told)) from None
    if end and end[0] <= start:
        raise UserError(words.of("refused", "backwards", language, **told))
    return {"start": start.isoformat(), "end": end[0].isoformat() if end else None, "renewed_until": None}


def _moments(line: str, zone: tzinfo) -> Iterator[datetime]:
    """The start and perhaps the end; raises ValueError. An end without its day is on the start's."""
    first, *rest = _BETWEEN.split(line)
    if len(rest) > 1:
        raise ValueError(line)
    yield (start := _aware(first, zone))
    for end in rest:
        yield _aware(f"{start:%Y-%m-%d} {end:0>5}" if _HOUR.fullmatch(end) else end, zone)


def _aware(text: str, zone: tzinfo) -> datetime:
    moment = datetime.fromisoformat(text.strip())
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _unsigned(who: str, why: str, language: str) -> Iterator[str]:
    for name, value in (("who", who), ("why", why)):
        if not value.strip():
            yield words.of("refused", "unsigned", language, what=name)


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


def _renewed(windows: list[Any], until: str, zone: tzinfo, language: str) -> list[Any]:
    """The last walkout that is renewed by vote, with its new end."""
    try:
        moment = _aware(until, zone)
    except ValueError:
        raise UserError(words.of("refused", "not_a_time", language, text=until)) from None
    open_ended = [window for window in windows if not window.get("end")]
    if not open_ended:
        raise UserError(words.of("refused", "nothing_to_renew", language))
    last = max(open_ended, key=lambda window: datetime.fromisoformat(window["start"]))
    return [{**w, "renewed_until": moment.isoformat()} if w is last else w for w in windows]
