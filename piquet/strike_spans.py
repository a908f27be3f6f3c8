"""When an account was and will be on strike, from the states an outlet was seen in; pure, it reads no clock."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise

from piquet.strike import Strike


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One strike from `start` (included) until `end` (excluded), in UTC; `end` None: until somebody ends it."""

    start: datetime
    end: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether `now` is in it."""
        return self.start <= now and (self.end is None or now < self.end)


def planned(strike: Strike, zone: tzinfo) -> tuple[Span, ...]:
    """The listed days and walkouts as spans, those that meet or overlap made one; the hand switch plans nothing."""
    days = ((_midnight(day, zone), _midnight(day + timedelta(days=1), zone)) for day in strike.days)
    windows = ((window.start, window.until(zone)) for window in strike.windows)
    return _merged(
        Span(start=start.astimezone(UTC), end=end.astimezone(UTC)) for start, end in (*days, *windows)
    )


def spans(states: Sequence[tuple[datetime, Strike]], account: str, zone: tzinfo) -> tuple[Span, ...]:
    """When `account` was and, as things stand, will be on strike, oldest first.

    `states`: each strike state with when it was first seen; it holds until the next one was seen. So a day taken off
    the list, an account taken out and the switch flipped back all end a span at the instant they were seen.
    """
    return _merged(
        span for seen, until, strike in _lives(states) for span in _of(strike, account, seen, until, zone)
    )


def current(found: Iterable[Span], now: datetime) -> Span | None:
    """The span that `now` is in."""
    return next((span for span in found if span.holds(now)), None)


def last_ended(found: Iterable[Span], now: datetime) -> Span | None:
    """The span that ended last."""
    ended = [span for span in found if span.end is not None and span.end <= now]
    return ended[-1] if ended else None


def _lives(
    states: Sequence[tuple[datetime, Strike]],
) -> Iterator[tuple[datetime, datetime | None, Strike]]:
    for (seen, strike), (until, _) in pairwise(states):
        yield seen, until, strike
    if states:
        yield states[-1][0], None, states[-1][1]


def _of(strike: Strike, account: str, seen: datetime, until: datetime | None, zone: tzinfo) -> Iterator[Span]:
    if strike.accounts and account not in strike.accounts:
        return
    if strike.switch == "strike":
        yield Span(start=seen, end=until)
        return
    for span in planned(strike, zone):
        start, end = max(span.start, seen), span.end if until is None else min(span.end, until)
        if start < end:
            yield Span(start=start, end=end)


def _merged(found: Iterable[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for span in sorted(found, key=lambda span: span.start):
        if merged and (merged[-1].end is None or span.start <= merged[-1].end):
            last = merged.pop()
            end = None if last.end is None or span.end is None else max(last.end, span.end)
            span = Span(start=last.start, end=end)
        merged.append(span)
    return tuple(merged)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)
