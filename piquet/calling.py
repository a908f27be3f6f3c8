"""What a person asks for when calling a strike, read into the fields that it changes; pure, it judges no strike."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from piquet.errors import UserError
from piquet.planning import Objections

# The word that stands for every account, for an empty list means: as it is.
ALL = "all"
# The choice that changes nothing.
AS_IT_IS = "as_it_is"

_BETWEEN = re.compile(r"\s*(?:/|→|\s(?:to|until|à|au|jusqu'à|-|–)\s)\s*")
_HOUR = re.compile(r"\d{1,2}:\d{2}")


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


def changes(before: Mapping[str, Any], asked: Request, zone: tzinfo) -> dict[str, Any]:
    """The fields that `asked` changes in the plain values `before`; raises Objections with all that cannot be read."""
    sentences: list[str] = [*_unsigned(asked.who, asked.why)]
    windows = [*(before.get("windows") or ())]
    for line in asked.walkouts:
        try:
            windows.append(walkout(line, zone))
        except UserError as error:
            sentences.append(str(error))
    if asked.renewed_until.strip():
        try:
            windows = _renewed(windows, asked.renewed_until, zone)
        except UserError as error:
            sentences.append(str(error))
    if sentences:
        raise Objections(sentences)
    return {**dict(_given(asked)), **_times(before, asked, windows)}


def check_signed(who: str, why: str) -> None:
    """Raise Objections where nobody is named, or no reason."""
    if sentences := [*_unsigned(who, why)]:
        raise Objections(sentences)


def walkout(line: str, zone: tzinfo) -> dict[str, Any]:
    """One walkout as a person writes it; without an end it is renewed by vote. Raises UserError."""
    first, *rest = _BETWEEN.split(line.strip())
    start = _moment(first, zone, line)
    if len(rest) > 1:
        raise _not_a_walkout(line)
    if not rest:
        return _window(start, None)
    if _HOUR.fullmatch(rest[0]):
        return _window(start, _moment(f"{start:%Y-%m-%d} {rest[0]:0>5}", zone, line))
    return _window(start, _moment(rest[0], zone, line))


def _unsigned(who: str, why: str) -> Iterator[str]:
    for field, value in (("who", who), ("why", why)):
        if not value.strip():
            yield f"Strike, field '{field}': it is empty: the audit trail keeps who changes the strike, and why."


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


def _renewed(windows: list[Any], until: str, zone: tzinfo) -> list[Any]:
    """The last walkout that is renewed by vote, with its new end."""
    where = "Strike, field 'renewed_until'"
    try:
        moment = datetime.fromisoformat(until.strip())
    except ValueError:
        raise UserError(f"{where}: {until!r} is not a time: write it as 2026-12-06 11:00.") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    open_ended = [window for window in windows if not window.get("end")]
    if not open_ended:
        raise UserError(f"{where}: no walkout is renewed by vote: list one without an end, or write its end.")
    last = max(open_ended, key=lambda window: datetime.fromisoformat(window["start"]))
    return [{**w, "renewed_until": moment.isoformat()} if w is last else w for w in windows]


def _moment(text: str, zone: tzinfo, line: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise _not_a_walkout(line) from None
    if len(text.strip()) <= len("2026-12-05"):
        raise UserError(
            f"Strike, field 'walkouts': {line!r} names a day without an hour: "
            "put whole days under days, or write the hour, like 2026-12-05 11:00."
        )
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _not_a_walkout(line: str) -> UserError:
    return UserError(
        f"Strike, field 'walkouts': {line!r} is not a walkout: write it as 2026-12-05 11:00 to 2026-12-06 11:00, "
        "or only its start where it is renewed by vote."
    )


def _window(start: datetime, end: datetime | None) -> dict[str, Any]:
    return {"start": start.isoformat(), "end": end and end.isoformat(), "renewed_until": None}
