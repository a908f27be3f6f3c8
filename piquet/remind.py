"""What goes out besides the articles while an account is on strike, and when; pure, it writes no text and sends nothing.

The first reminder goes out when the strike starts and then one every so many minutes, within the outlet's hours; each
of the last days' posts gets one reply; and where the strike was seen, one closing post says that it is over.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import islice
from typing import Any

from piquet.ledger.states import DeliveryState
from piquet.ledger.values import Earlier, Noticed
from piquet.networks.protocol import Ability, Traits
from piquet.strike import Strike
from piquet.strike_spans import Span, current, last_ended

# Replies one after the other, not all at once: to readers, and to a network's limits, a flood looks like spam.
PACE = timedelta(minutes=2)
# A reminder waits so long after a notice even where it is the first: two in one minute look like a machine gone wrong.
LEAST_GAP = timedelta(minutes=1)
# Later than this nobody wonders any more whether the strike is over.
CLOSING_WITHIN = timedelta(hours=1)
# Receipts may be cut to whole seconds.
_ROUNDING = timedelta(seconds=1)

_GIVEN_UP = (DeliveryState.DROPPED, DeliveryState.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that is known of one account: what is set, when it is on strike, and what the ledger has.

    `by_hand` as `piquet.strike.decide` takes it; `rows` reach back to the posts that may get a reply; `last_notice`: when the last post that carries one left.
    """

    outlet: str
    account: str
    traits: Traits
    strike: Strike
    zone: tzinfo
    spans: Sequence[Span]
    now: datetime
    by_hand: frozenset[date] = frozenset()
    rows: Sequence[Noticed] = ()
    last_notice: datetime | None = None
    earlier: Sequence[Earlier] = ()

    @property
    def span(self) -> Span | None:
        """The strike that this account is on now."""
        return current(self.spans, self.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One post to make: `turn` says whose turn it is among the texts, `about` is stored with its decision."""

    kind: str
    key: str
    turn: int
    span: Span
    not_before: datetime | None = None
    parent: Earlier | None = None
    about: Mapping[str, Any] = field(default_factory=dict)


def due(situation: Situation) -> tuple[Intent, ...]:
    """What this account is to post now, in the order of its worth."""
    span = situation.span
    if span is None:
        return tuple(_closing(situation))
    return (*_reminder(situation, span), *_replies(situation, span))


def outlived(situation: Situation) -> dict[int, str]:
    """The posts that wait though their time is over, each with the reason."""
    found = ((row.id, _over(situation, row)) for row in situation.rows if row.untried)
    return {id_: why for id_, why in found if why}


def slots(strike: Strike, zone: tzinfo, start: datetime) -> Iterator[datetime]:
    """When reminders are due from `start` on, in UTC, without end; none where there are no reminders."""
    if not strike.reminder_minutes:
        return
    step, slot = timedelta(minutes=strike.reminder_minutes), opening(strike, zone, start)
    while True:
        yield slot
        slot = opening(strike, zone, slot + step)


def opening(strike: Strike, zone: tzinfo, moment: datetime) -> datetime:
    """`moment` where it is within the reminders' hours of `zone`, else when they next begin; in UTC."""
    if _within(strike, zone, moment):
        return moment.astimezone(UTC)
    today = moment.astimezone(zone).date()
    mornings = (
        datetime.combine(today + timedelta(days=number), strike.reminder_from, tzinfo=zone).astimezone(UTC)
        for number in range(4)
    )
    # Where daylight saving skips the whole of the hours, the next day has them.
    return next(m for m in mornings if m >= moment and _within(strike, zone, m))


def paced(strike: Strike, zone: tzinfo, moment: datetime) -> Iterator[datetime]:
    """When replies may go out from `moment` on, one after the other within the reminders' hours, in UTC; without end."""
    while True:
        yield (moment := opening(strike, zone, moment))
        moment += PACE


def first_sent(situation: Situation) -> Noticed | None:
    """The reminder to pin: the first of this span that is there; none where nothing is to be pinned."""
    span = situation.span
    if span is None or not situation.strike.pin or Ability.PINS not in situation.traits.abilities:
        return None
    return next((row for row in _of(situation, "reminder", span) if row.receipt), None)


def _reminder(situation: Situation, span: Span) -> Iterator[Intent]:
    strike, now = situation.strike, situation.now
    if not _within(strike, situation.zone, now) or (found := _latest_slot(situation, span)) is None:
        return
    turn, slot = found
    key = _key(situation, "reminder", span.start.isoformat(), slot.isoformat())
    own = _of(situation, "reminder", span)
    if any(row.key == key for row in own):
        return
    # Where every article's post carries the notice, a reminder may never find its gap; the first one always does,
    # for it is the one that is pinned.
    gap = strike.reminder_gap if any(row.state not in _GIVEN_UP for row in own) else LEAST_GAP
    if situation.last_notice is None or now - situation.last_notice >= gap:
        yield Intent(kind="reminder", key=key, turn=turn, span=span, about={"slot": slot.isoformat()})


def _latest_slot(situation: Situation, span: Span) -> tuple[int, datetime] | None:
    found = None
    for turn, slot in enumerate(slots(situation.strike, situation.zone, span.start)):
        if slot > situation.now:
            break
        found = turn, slot
    return found


def _replies(situation: Situation, span: Span) -> Iterator[Intent]:
    strike = situation.strike
    if not strike.tail_days or Ability.REPLIES not in situation.traits.abilities:
        return
    replies = [
        row for row in situation.rows if row.kind == "notice" and row.state is not DeliveryState.DROPPED
    ]
    done = {row.decision.get("parent") for row in replies}
    waits = [row.not_before for row in replies if row.not_before is not None]
    # The first reminder comes first, also where both waited for the morning.
    waits += islice(slots(strike, situation.zone, span.start), 1)
    times = paced(strike, situation.zone, max([situation.now, *(wait + PACE for wait in waits)]))
    new = [one for one in situation.earlier[: strike.tail_posts] if one.id not in done]
    for number, (parent, moment) in enumerate(zip(new, times, strict=False)):
        key = _key(situation, "tail", str(parent.id), span.start.isoformat())
        yield Intent(
            kind="notice",
            key=key,
            turn=len(replies) + number,
            span=span,
            not_before=moment,
            parent=parent,
            about={"parent": parent.id},
        )


def _closing(situation: Situation) -> Iterator[Intent]:
    """One, where readers saw something of the strike that is just over."""
    span = last_ended(situation.spans, situation.now)
    if not situation.strike.closing or span is None or situation.now - span.end >= CLOSING_WITHIN:
        return
    key = _key(situation, "closing", span.start.isoformat())
    seen = situation.last_notice is not None and situation.last_notice >= span.start - _ROUNDING
    if seen and all(row.key != key for row in situation.rows):
        yield Intent(kind="closing", key=key, turn=0, span=span)


def _over(situation: Situation, row: Noticed) -> str:
    """Why this post must not go out any more, empty where it may."""
    span, own = situation.span, row.decision.get("span")
    if row.kind == "closing":
        return "the strike has begun again" if span else _too_late(situation, own)
    if span is None or own != span.start.isoformat():
        return "the strike that it belongs to is over"
    if row.kind == "reminder":
        return "" if _still_latest(situation, span, row) else "its hour has passed"
    return "" if situation.strike.tail_days else "replies under earlier posts were switched off"


def _too_late(situation: Situation, start: str | None) -> str:
    """Why the closing post of the strike that began then must not go out any more: what held it was mended too late."""
    ends = (span.end for span in situation.spans if span.start.isoformat() == start)
    end = next(ends, None)
    return "" if end and situation.now - end < CLOSING_WITHIN else "its hour has passed"


def _still_latest(situation: Situation, span: Span, row: Noticed) -> bool:
    found = _latest_slot(situation, span)
    on_time = _within(situation.strike, situation.zone, situation.now)
    return on_time and found is not None and found[1].isoformat() == row.decision.get("slot")


def _of(situation: Situation, kind: str, span: Span) -> list[Noticed]:
    start = span.start.isoformat()
    return [row for row in situation.rows if row.kind == kind and row.decision.get("span") == start]


def _within(strike: Strike, zone: tzinfo, moment: datetime) -> bool:
    hour = moment.astimezone(zone).time()
    return strike.reminder_from <= hour and (strike.reminder_until is None or hour < strike.reminder_until)


def _key(situation: Situation, *parts: str) -> str:
    """The same in every run and on every machine, so that two runs make one post."""
    whole = "\0".join((situation.outlet, situation.account, *parts))
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:40]
