"""What a rehearsal of an outlet's strike plays: which day, and the last days' articles moved to it; pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from piquet.budget import Allowance
from piquet.entry import Entry
from piquet.errors import UserError
from piquet.outlet import Outlet
from piquet.rehearsal.play import Play
from piquet.rehearsal.times import CYCLE
from piquet.strike import Strike, day_number
from piquet.strike_spans import Span, planned

# A whole newsroom's day; more would make a page that nobody reads to its end.
MOST_A_DAY = 60
# Long enough after the end to see the closing post and what was held go out.
_AFTER = timedelta(minutes=90)
_DAY = timedelta(days=1)
# When articles go out of which no feed says when.
_WAKING, _WAKING_HOURS = time(7), 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A play with its limits; `span` is the strike that it shows, `as_if` that none is planned for that day."""

    play: Play
    start: datetime
    until: datetime
    span: Span
    as_if: bool


def write_script(
    outlet: Outlet,
    strike: Strike,
    found: Sequence[tuple[datetime, Entry]],
    *,
    day: date | None,
    now: datetime,
    by_hand: frozenset[date] = frozenset(),
    templates: Mapping[str, str],
    hashtags: Mapping[str, tuple[str, ...]],
    allowances: Mapping[str, Allowance],
    pinned: str,
) -> Script:
    """The strike of `day`, or the next one that is planned, else as if tomorrow were one.

    `found` are the ledger's entries, each with its time. Raises UserError where there is none.
    """
    if not found:
        raise UserError(f"{outlet.name} has no article yet to rehearse with: run a cycle first.")
    zone = outlet.zone
    chosen = day or _next_day(strike, now, zone)
    as_if = not _on(strike, chosen, zone)
    set_ = replace(strike, switch="normal", days=(*strike.days, chosen) if as_if else strike.days)
    span = _shown(_on(set_, chosen, zone)[0], chosen, zone)
    set_ = _counted(set_, span.start, zone, by_hand)
    first = _midnight(span.start.astimezone(zone).date() - max(1, set_.tail_days) * _DAY, zone)
    last = ((span.end or span.start) - timedelta(seconds=1)).astimezone(zone).date()
    play = Play(
        outlet=replace(outlet, sorting=replace(outlet.sorting, flood_policy="post")),
        states=((first, set_),),
        entries=tuple(_moved(found, first.astimezone(zone).date(), last, now, zone)),
        templates=templates,
        hashtags=hashtags,
        allowances=allowances,
        pinned=pinned,
    )
    return Script(play=play, start=first, until=_until(span), span=span, as_if=as_if)


def _next_day(strike: Strike, now: datetime, zone: tzinfo) -> date:
    to_come = [span for span in planned(strike, zone) if span.end and span.end > now]
    start = max(to_come[0].start, now) if to_come else now + _DAY
    return start.astimezone(zone).date()


def _on(strike: Strike, day: date, zone: tzinfo) -> list[Span]:
    """The planned strikes that begin on that day or go on through it."""
    start, end = _midnight(day, zone), _midnight(day + _DAY, zone)
    return [s for s in planned(strike, zone) if s.start < end and (s.end is None or s.end > start)]


def _shown(span: Span, day: date, zone: tzinfo) -> Span:
    """Of a strike of many days the asked one, and the night after it."""
    start, end = max(span.start, _midnight(day, zone)), _midnight(day + 2 * _DAY, zone)
    return Span(start=start, end=min(span.end or end, end))


def _counted(strike: Strike, at: datetime, zone: tzinfo, by_hand: frozenset[date]) -> Strike:
    """With the days struck by hand before, which the rehearsal's own ledger does not know."""
    more = day_number(strike, at, zone, by_hand=by_hand) - day_number(strike, at, zone)
    return replace(strike, days_before=strike.days_before + more)


def _until(span: Span) -> datetime:
    end = (span.end or span.start) + _AFTER
    return datetime.fromtimestamp(end.timestamp() // CYCLE.total_seconds() * CYCLE.total_seconds(), UTC)


def _moved(
    found: Sequence[tuple[datetime, Entry]], first: date, last: date, now: datetime, zone: tzinfo
) -> Iterator[Entry]:
    """The newest day with articles becomes the `last` one, the day before it the one before, and so on."""
    by_day: defaultdict[date, list[tuple[datetime, Entry]]] = defaultdict(list)
    for at, entry in found:
        if at <= now:
            by_day[at.astimezone(zone).date()].append((at, entry))
    today = now.astimezone(zone).date()
    # Today is not over: a day of which the evening is missing would be a poor one to show.
    days = sorted(by_day, key=lambda one: (one == today and len(by_day) > 1, -one.toordinal()))
    target = last
    for day in days:
        if target < first:
            return
        yield from _of_day(by_day[day][-MOST_A_DAY:], target, zone)
        target -= _DAY


def _of_day(found: Sequence[tuple[datetime, Entry]], day: date, zone: tzinfo) -> Iterator[Entry]:
    undated = [entry for _, entry in found if entry.published is None]
    for at, entry in found:
        if entry.published is not None:
            yield replace(entry, published=_at(day, at.astimezone(zone).time(), zone))
    for number, entry in enumerate(undated):
        spread = timedelta(hours=_WAKING_HOURS) * number / len(undated)
        yield replace(entry, published=_at(day, _WAKING, zone) + spread)


def _at(day: date, hour: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, hour, tzinfo=zone).astimezone(UTC)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return _at(day, time(), zone)
