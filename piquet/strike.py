"""The strike rule: what applies to one account at one instant, and why; pure, it reads no clock and no block."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any, Literal

import pendulum

from piquet.errors import UserError
from piquet.hashtags import read_hashtags
from piquet.template import check_notice
from piquet.text import plain_lines

Switch = Literal["normal", "strike"]


class Mode(StrEnum):
    """What a strike does to a post."""

    ACCOMPANY = "accompany"
    REPLACE = "replace"
    MESSAGE_ONLY = "message_only"
    HOLD = "hold"


class Cause(StrEnum):
    """Why a decision is what it is."""

    BY_HAND = "by_hand"
    DAY = "day"
    HOURS = "hours"
    NO_STRIKE = "no_strike"
    NOT_COVERED = "not_covered"
    NEVER_READ = "never_read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A walkout from `start` (included) until `end` (excluded), both aware."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """What the community managers set. `accounts` empty means all; `days` are the outlet's civil days.

    `days_before` counts the movement's strike days that are not listed here.
    """

    switch: Switch = "normal"
    days: tuple[date, ...] = ()
    windows: tuple[Window, ...] = ()
    accounts: tuple[str, ...] = ()
    mode: Mode = Mode.ACCOMPANY
    notices: tuple[str, ...] = ()
    short_notices: tuple[str, ...] = ()
    statement_url: str = ""
    hashtags: tuple[str, ...] = ()
    days_before: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What applies to `account` at one instant. Off strike, everything after `detail` is empty.

    `detail` completes `cause`: the listed day, the hours, or nothing.
    """

    account: str
    on_strike: bool
    cause: Cause
    detail: str = ""
    mode: Mode | None = None
    day_number: int | None = None
    notices: tuple[str, ...] = ()
    short_notices: tuple[str, ...] = ()
    statement_url: str = ""
    hashtags: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """One plain English phrase: `switched on by hand`, `day 2026-12-05 listed`, `hours 08:00-14:00`."""
        return _REASONS[self.cause].format(detail=self.detail, account=self.account)


_REASONS = {
    Cause.BY_HAND: "switched on by hand",
    Cause.DAY: "day {detail} listed",
    Cause.HOURS: "hours {detail}",
    Cause.NO_STRIKE: "no strike now",
    Cause.NOT_COVERED: "{account} is not among the accounts on strike ({detail})",
    Cause.NEVER_READ: "no strike state could ever be read",
}


def decide(
    strike: Strike, account: str, now: datetime, zone: tzinfo, *, by_hand: frozenset[date] = frozenset()
) -> Decision:
    """The decision for `account` at `now` (aware), days and hours being those of `zone`.

    `by_hand` are the earlier days on which the switch stood on strike: they count, and decide nothing.
    """
    active = _active(strike, now, zone)
    if active is None:
        return Decision(account=account, on_strike=False, cause=Cause.NO_STRIKE)
    cause, detail = active
    if strike.accounts and account not in strike.accounts:
        why = _REASONS[cause].format(detail=detail, account=account)
        return Decision(account=account, on_strike=False, cause=Cause.NOT_COVERED, detail=why)
    return Decision(
        account=account,
        on_strike=True,
        cause=cause,
        detail=detail,
        mode=strike.mode,
        day_number=day_number(strike, now, zone, by_hand=by_hand),
        notices=strike.notices,
        short_notices=strike.short_notices,
        statement_url=strike.statement_url,
        hashtags=strike.hashtags,
    )


def check_covered(strike: Strike, accounts: Iterable[str]) -> None:
    """Raise UserError where the strike names an account that the outlet has not: nobody would be on strike there."""
    known = list(accounts)
    for account in strike.accounts:
        if account not in known:
            raise UserError(
                f"Strike, field 'accounts': {account!r} is not an account of this outlet: "
                f"write one of {', '.join(known)}, or leave it empty for all."
            )


def never_read(account: str) -> Decision:
    """The decision where no strike state has ever been read: ordinary, and said so."""
    return Decision(account=account, on_strike=False, cause=Cause.NEVER_READ)


def day_number(strike: Strike, now: datetime, zone: tzinfo, *, by_hand: frozenset[date] = frozenset()) -> int:
    """Which strike day of the movement `now` falls in, counting from 1.

    A window counts one day for each 24 civil hours begun, so 11:00 to 11:00 the next day is one.
    """
    today = now.astimezone(zone).date()
    begun = {day for day in (*strike.days, *by_hand) if day <= today}
    for window in strike.windows:
        begun.update(_begun(window, now, zone))
    if strike.switch == "strike" and not _in_window(strike, now):
        begun.add(today)
    return strike.days_before + len(begun)


def days_by_hand(
    states: Sequence[tuple[datetime, Mapping[str, Any]]], now: datetime, zone: tzinfo
) -> frozenset[date]:
    """The days of `zone` on which the switch stood on strike, from the states seen, each with when it was first seen.

    A day that a listed day or a walkout made a strike day already is told by those.
    """
    ends = [seen for seen, _ in states[1:]] + [now] * bool(states)
    spans = [
        (seen, end)
        for (seen, state), end in zip(states, ends, strict=True)
        if state.get("switch") == "strike"
    ]
    return frozenset(day for start, end in spans for day in _days(start, end, zone))


def _days(start: datetime, end: datetime, zone: tzinfo) -> Iterator[date]:
    day = start.astimezone(zone).date()
    while day <= end.astimezone(zone).date():
        yield day
        day += timedelta(days=1)


def _active(strike: Strike, now: datetime, zone: tzinfo) -> tuple[Cause, str] | None:
    today = now.astimezone(zone).date()
    if strike.switch == "strike":
        return Cause.BY_HAND, ""
    if today in strike.days:
        return Cause.DAY, today.isoformat()
    window = _in_window(strike, now)
    return (Cause.HOURS, _hours(window, zone)) if window else None


def _in_window(strike: Strike, now: datetime) -> Window | None:
    return next((w for w in strike.windows if w.start <= now < w.end), None)


def _begun(window: Window, now: datetime, zone: tzinfo) -> Iterator[date]:
    # Civil days, not 24 x 3600 s: across daylight saving the second day begins at the same wall time.
    first = pendulum.instance(window.start.astimezone(zone))
    for number in range((window.end - window.start).days + 2):
        start = first.add(days=number)
        if start >= window.end or start > now:
            return
        yield start.date()


def _hours(window: Window, zone: tzinfo) -> str:
    start, end = window.start.astimezone(zone), window.end.astimezone(zone)
    if start.date() == end.date():
        return f"{start:%H:%M}-{end:%H:%M}"
    return f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}"


def strike_to_json(strike: Strike) -> dict[str, Any]:
    """A strike as the ledger keeps it; `strike_from_json` reads it back."""
    return {
        "switch": strike.switch,
        "days": [day.isoformat() for day in strike.days],
        "windows": [{"start": w.start.isoformat(), "end": w.end.isoformat()} for w in strike.windows],
        "accounts": list(strike.accounts),
        "mode": str(strike.mode),
        "notices": list(strike.notices),
        "short_notices": list(strike.short_notices),
        "statement_url": strike.statement_url,
        "hashtags": list(strike.hashtags),
        "days_before": strike.days_before,
    }


def strike_from_json(values: Mapping[str, Any], zone: tzinfo) -> Strike:
    """A strike from plain values; naive times are `zone`'s. Raises UserError naming the field."""
    if (switch := values.get("switch", "normal")) not in ("normal", "strike"):
        raise UserError(f"Strike, field 'switch': {switch!r} is not a position: choose normal or strike.")
    strike = Strike(
        switch=switch,
        days=tuple(sorted({_day(value) for value in _list(values, "days")})),
        windows=tuple(_window(value, zone) for value in _list(values, "windows")),
        accounts=tuple(_texts(values, "accounts")),
        mode=_mode(values.get("mode", Mode.ACCOMPANY)),
        notices=tuple(_texts(values, "notices")),
        short_notices=tuple(_texts(values, "short_notices")),
        statement_url=_url(values.get("statement_url") or ""),
        hashtags=read_hashtags(_texts(values, "hashtags"), "Strike, field 'hashtags'"),
        days_before=_whole(values.get("days_before", 0)),
    )
    for name in ("notices", "short_notices"):
        for notice in getattr(strike, name):
            check_notice(notice, f"Strike, field '{name}'")
    if strike.mode is not Mode.HOLD and not (strike.notices or strike.short_notices):
        raise UserError("Strike, field 'notices': it is empty: write at least one notice.")
    return strike


def _list(values: Mapping[str, Any], name: str) -> list[Any]:
    value = values.get(name) or []
    if not isinstance(value, (list, tuple)):
        raise UserError(f"Strike, field '{name}': {value!r} is not a list: write one value a line.")
    return list(value)


def _texts(values: Mapping[str, Any], name: str) -> Iterator[str]:
    for value in _list(values, name):
        if not isinstance(value, str):
            raise UserError(f"Strike, field '{name}': {value!r} is not a text: write it as words.")
        if plain_lines(value):
            yield value.strip()


def _day(value: Any) -> date:
    try:
        return value if type(value) is date else date.fromisoformat(value)
    except (TypeError, ValueError):
        raise UserError(f"Strike, field 'days': {value!r} is not a day: write it as 2026-12-05.") from None


def _window(value: Any, zone: tzinfo) -> Window:
    try:
        start, end = (_instant(value[name], zone) for name in ("start", "end"))
    except (KeyError, TypeError, ValueError):
        raise UserError(
            f"Strike, field 'windows': {value!r} is not a walkout: give a start and an end, like 2026-12-05T11:00."
        ) from None
    if end <= start:
        raise UserError(
            f"Strike, field 'windows': the end {end:%Y-%m-%d %H:%M} is not after the start "
            f"{start:%Y-%m-%d %H:%M}: swap or correct them."
        )
    return Window(start=start, end=end)


def _instant(value: Any, zone: tzinfo) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _mode(value: Any) -> Mode:
    try:
        return Mode(value)
    except ValueError:
        modes = ", ".join(Mode)
        raise UserError(f"Strike, field 'mode': {value!r} is not a mode: choose one of {modes}.") from None


def _url(value: Any) -> str:
    if value and not (isinstance(value, str) and value.startswith(("https://", "http://"))):
        raise UserError(
            f"Strike, field 'statement_url': {value!r} is not a web address: start it with https:// or leave it empty."
        )
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise UserError(f"Strike, field 'days_before': {value!r} is not a count: write 0 or more.")
    return value
