"""Dedupe: which entries of a fetch are new, and what becomes of each."""

from collections.abc import Sequence
from datetime import datetime

from prefect import task
from prefect.logging import get_run_logger

from piquet.entry import Disposition, Sorted, sort_out
from piquet.feed import FeedResult
from tasks.opening import Desk
from tasks.options import PLAIN


@task(name="dedupe", **PLAIN)
async def dedupe(desk: Desk, fetched: Sequence[FeedResult], now: datetime) -> tuple[Sorted, ...]:
    """The entries that the ledger has not seen, oldest first; corrections of others are written down."""
    name, ledger = desk.outlet.name, desk.ledger
    read_at = {url: state.ok_at for url, state in ledger.feed_states(name).items() if state.ok_at}
    first_sight = {result.url for result in fetched if result.entries} - set(read_at)
    # An article in a known feed and in a new one goes out: it must be the known feed's entry that counts.
    in_turn = sorted(fetched, key=lambda result: result.url in first_sight)
    entries = [entry for result in in_turn for entry in result.entries]
    known = ledger.known(name, entries)
    # Before anything is composed, so that what waits is composed from the correction.
    ledger.correct(name, known.changes, now)
    found = sort_out(
        entries, known=known, first_sight=first_sight, now=now, rules=desk.outlet.sorting, read_at=read_at
    )
    _say(found, sum(change.corrects for change in known.changes))
    return found


def _say(found: Sequence[Sorted], corrected: int) -> None:
    log = get_run_logger()
    counts = {d: sum(item.disposition is d for item in found) for d in Disposition}
    log.info(
        "%d new to post, %d recorded as baseline, %d too old, %d corrected",
        counts[Disposition.FRESH],
        counts[Disposition.BASELINE],
        counts[Disposition.OLD],
        corrected,
    )
    flooded = [item for item in found if item.disposition is Disposition.WAITING and not item.wait_until]
    if flooded:
        log.error(
            "FLOOD: %d entries are more than a feed brings at once and wait for you, the oldest first: %s. "
            "To post them, set the outlet's 'In a flood' to post.",
            len(flooded),
            "; ".join(item.entry.title[:60] for item in flooded[:5]),
        )
