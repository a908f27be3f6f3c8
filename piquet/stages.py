"""What a cycle reads from the ledger and writes there between fetching and sending; it opens no block and sends nothing."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from piquet.drafting import Composer, batch, decision_to_json
from piquet.entry import Disposition, Sorted, sort_out
from piquet.errors import UserError
from piquet.lane import OutboxRules
from piquet.ledger.ledger import Ledger
from piquet.ledger.values import Batch
from piquet.outlet import Outlet
from piquet.restored import without_what_may_be_posted
from piquet.strike import Decision, Strike, days_by_hand, decide, never_read
from piquet.strike_form import strike_from_ledger

if TYPE_CHECKING:
    from piquet.feed import FeedResult

_SEND = timedelta(seconds=30)
# A reminder is for its hour; the next one says the same.
_REMINDER = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The entries that the ledger has not seen, oldest first, and how many of the others were corrected."""

    entries: tuple[Sorted, ...]
    corrected: int


def sort_new(ledger: Ledger, outlet: Outlet, fetched: "Sequence[FeedResult]", now: datetime) -> Found:
    """What is new in a fetch and what becomes of it; corrections of known entries are written down."""
    name = outlet.name
    read_at = {url: state.ok_at for url, state in ledger.feed_states(name).items() if state.ok_at}
    first_sight = {result.url for result in fetched if result.entries} - set(read_at)
    # An article in a known feed and in a new one goes out: it must be the known feed's entry that counts.
    in_turn = sorted(fetched, key=lambda result: result.url in first_sight)
    entries = [entry for result in in_turn for entry in result.entries]
    known = ledger.known(name, entries)
    # Before anything is composed, so that what waits is composed from the correction.
    ledger.correct(name, known.changes, now)
    found = sort_out(
        entries, known=known, first_sight=first_sight, now=now, rules=outlet.sorting, read_at=read_at
    )
    found = without_what_may_be_posted(found, ledger.lost_at(name), read_at)
    return Found(entries=found, corrected=sum(change.corrects for change in known.changes))


def decided(
    ledger: Ledger, outlet: Outlet, accounts: Iterable[str], strike: Strike | None, now: datetime
) -> dict[str, Decision]:
    """The decision of each account; `strike` None: no state could ever be read."""
    return _decided(outlet, accounts, strike, ledger.strike_states(outlet.name) if strike else (), now)


def _decided(
    outlet: Outlet,
    accounts: Iterable[str],
    strike: Strike | None,
    states: Sequence[tuple[datetime, Mapping[str, Any]]],
    now: datetime,
) -> dict[str, Decision]:
    if strike is None:
        return {account: never_read(account) for account in accounts}
    by_hand = days_by_hand(states, now, outlet.zone, strike.movement)
    return {account: decide(strike, account, now, outlet.zone, by_hand=by_hand) for account in accounts}


async def write_posts(
    ledger: Ledger,
    outlet: Outlet,
    accounts: Iterable[str],
    composers: Callable[[Sequence[str]], Awaitable[Sequence[Composer]]],
    *,
    fetched: "Sequence[FeedResult]",
    found: Sequence[Sorted],
    decisions: Mapping[str, Decision],
    now: datetime,
    strike: str | None = None,
) -> Batch | None:
    """Record feeds, entries and deliveries in one transaction; `composers` is asked only for accounts with work.

    `strike`: the digest of the state that `decisions` follow from; None, and nothing written, where a newer one was seen.
    """
    name = outlet.name
    ready = ledger.ready(name, now, release_flood=outlet.sorting.flood_policy == "post")
    waiting = {account: ledger.rewritable(name, account) for account in accounts}
    anything = bool(ready) or any(item.disposition is Disposition.FRESH for item in found)
    recorded = batch(
        name,
        now=now,
        feeds=[result.state for result in fetched],
        found=found,
        ready=ready,
        waiting=waiting,
        composers=await composers([account for account in waiting if anything or waiting[account]]),
        decisions=decisions,
        strike=strike,
        turn=ledger.turn(name),
        pace=outlet.release_pace,
    )
    return recorded if ledger.record(recorded) else None


def applying(
    ledger: Ledger, outlet: Outlet, account: str, clock: Callable[[], datetime]
) -> Callable[[], Mapping[str, Any] | None]:
    """What `publish_due` asks before each send: the decision by the last strike state seen, None where none can be read.

    The states are read again only where another one was seen: a lane asks for each of its posts.
    """
    digest: str | None = None
    decision: Callable[[], Mapping[str, Any] | None] | None = None

    def applies() -> Mapping[str, Any] | None:
        nonlocal digest, decision
        newest = ledger.strike_digest(outlet.name)
        if decision is None or newest != digest:
            digest, decision = newest, _by_last_state(ledger, outlet, account, clock)
        return decision()

    return applies


def _by_last_state(
    ledger: Ledger, outlet: Outlet, account: str, clock: Callable[[], datetime]
) -> Callable[[], Mapping[str, Any] | None]:
    states = ledger.strike_states(outlet.name)
    try:
        strike = strike_from_ledger(states[-1][1], outlet.zone) if states else None
    except UserError:
        return lambda: None
    return lambda: decision_to_json(_decided(outlet, [account], strike, states, clock())[account])


def rules_of(outlet: Outlet) -> OutboxRules:
    """How long this outlet's accounts wait for what."""
    return OutboxRules(
        most=outlet.posts_per_cycle,
        lease=outlet.lease,
        send_timeout=min(_SEND, outlet.lease * 2 / 3),
        stale={"entry": outlet.stale_after, "reminder": _REMINDER},
    )
