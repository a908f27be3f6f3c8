"""The strike rule: what applies to one account at one instant, and why; pure, it reads no clock and no block.

Hand switch, days and walkouts together are one strike until the last of them ends; where several hold at once,
the reason told is the hand switch before the day before the hours.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Any, Literal

import pendulum

from piquet.errors import WrongValue

# What stands between the two ends of hours that end on another day.
BETWEEN = " to "

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
    """A walkout from `start` (included) until `end` (excluded), all aware.

    `end` None: renewed by vote, it lasts 24 civil hours and then until `renewed_until`; it is never endless.
    """

    start: datetime
    end: datetime | None = None
    renewed_until: datetime | None = None

    def until(self, zone: tzinfo) -> datetime:
        """When it ends, as things stand, in UTC: times of one zone are compared by the clock on the wall."""
        end = (self.end or self.start.astimezone(zone) + timedelta(days=1)).astimezone(UTC)
        return max(end, (self.renewed_until or end).astimezone(UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """What the community managers set. `accounts` empty means all; `days` are the outlet's civil days.

    `days_before` counts the movement's strike days that are not listed here. `reminder_minutes` 0 means none, and
    `reminder_from` until `reminder_until` (None: midnight) are the outlet's hours for them; `reminder_gap` is the
    least time after the last post with a notice. `tail_days`: how old the posts are that get a reply, `tail_posts`
    how many of them. `changed_by` and `why` are for the audit and decide nothing.
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
    movement: str = ""
    fund_url: str = ""
    reminder_minutes: int = 120
    reminder_from: time = time(8)
    reminder_until: time | None = time(20)
    reminder_gap: timedelta = timedelta(minutes=30)
    reminders: tuple[str, ...] = ()
    pin: bool = True
    tail_days: int = 2
    tail_posts: int = 20
    closing: str = ""
    changed_by: str = ""
    why: str = ""


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
    """Raise WrongValue where the strike names an account that the outlet has not: nobody would be on strike there."""
    known = list(accounts)
    for account in strike.accounts:
        if account not in known:
            raise WrongValue("accounts", "no_account", value=account, known=", ".join(known))


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
    if strike.switch == "strike" and not _in_window(strike, now, zone):
        begun.add(today)
    return strike.days_before + len(begun)


def days_by_hand(
    states: Sequence[tuple[datetime, Mapping[str, Any]]], now: datetime, zone: tzinfo, movement: str = ""
) -> frozenset[date]:
    """The days of `zone` on which the switch, and no walkout of that state, made a strike for this movement.

    `states` with when each was first seen; one without a movement's name belongs to every movement.
    What a walkout covers is counted by its own 24 hours: 11:00 to 11:00 stays one day also where the switch was on.
    """
    return frozenset(
        day
        for seen, end, state in _by_hand(states, now, movement)
        for start, until in outside(_windows(state), seen, end, zone)
        for day in _days(start, until, zone)
    )


def _by_hand(
    states: Sequence[tuple[datetime, Mapping[str, Any]]], now: datetime, movement: str
) -> Iterator[tuple[datetime, datetime, Mapping[str, Any]]]:
    ends = [seen for seen, _ in states[1:]] + [now] * bool(states)
    for (seen, state), end in zip(states, ends, strict=True):
        if state.get("switch") == "strike" and (state.get("movement") or movement) == movement:
            yield seen, end, state


def outside(
    windows: Iterable[Window], start: datetime, end: datetime, zone: tzinfo
) -> Iterator[tuple[datetime, datetime]]:
    """The parts of `start` until `end` (excluded) that no window covers, in UTC."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    for begin, until in sorted((w.start.astimezone(UTC), w.until(zone)) for w in windows):
        if start < begin:
            yield start, min(end, begin)
        start = max(start, until)
        if start >= end:
            return
    if start < end:
        yield start, end


def _days(start: datetime, end: datetime, zone: tzinfo) -> Iterator[date]:
    day = start.astimezone(zone).date()
    while day <= (end - timedelta(microseconds=1)).astimezone(zone).date():
        yield day
        day += timedelta(days=1)


def _windows(state: Mapping[str, Any]) -> Iterator[Window]:
    """The walkouts of a stored state."""
    names = ("start", "end", "renewed_until")
    for stored in state.get("windows") or ():
        given = {name: datetime.fromisoformat(stored[name]) for name in names if stored.get(name)}
        yield Window(**given)


def _active(strike: Strike, now: datetime, zone: tzinfo) -> tuple[Cause, str] | None:
    today = now.astimezone(zone).date()
    if strike.switch == "strike":
        return Cause.BY_HAND, ""
    if today in strike.days:
        return Cause.DAY, today.isoformat()
    window = _in_window(strike, now, zone)
    return (Cause.HOURS, _hours(window, zone)) if window else None


def _in_window(strike: Strike, now: datetime, zone: tzinfo) -> Window | None:
    return next((w for w in strike.windows if w.start <= now < w.until(zone)), None)


def _begun(window: Window, now: datetime, zone: tzinfo) -> Iterator[date]:
    # Civil days, not 24 x 3600 s: across daylight saving the second day begins at the same wall time.
    first, end = pendulum.instance(window.start.astimezone(zone)), window.until(zone)
    for number in range((end - window.start).days + 2):
        start = first.add(days=number)
        if start >= end or start > now:
            return
        yield start.date()


def _hours(window: Window, zone: tzinfo) -> str:
    start, end = window.start.astimezone(zone), window.until(zone).astimezone(zone)
    if start.date() == end.date():
        return f"{start:%H:%M}-{end:%H:%M}"
    return f"{start:%Y-%m-%d %H:%M}{BETWEEN}{end:%Y-%m-%d %H:%M}"
