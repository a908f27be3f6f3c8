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
    """The entries that the ledger has not seen, oldest first."""
    entries = [entry for result in fetched for entry in result.entries]
    known = desk.ledger.known(desk.outlet.name, entries)
    read_before = desk.ledger.feed_states(desk.outlet.name)
    first_sight = [
        r.url for r in fetched if r.entries and not (r.url in read_before and read_before[r.url].ok_at)
    ]
    found = sort_out(entries, seen=known.has, first_sight=first_sight, now=now, rules=desk.outlet.sorting)
    _say(found)
    return found


def _say(found: Sequence[Sorted]) -> None:
    log = get_run_logger()
    counts = {d: sum(item.disposition is d for item in found) for d in Disposition}
    log.info(
        "%d new to post, %d recorded as baseline, %d too old",
        counts[Disposition.FRESH],
        counts[Disposition.BASELINE],
        counts[Disposition.OLD],
    )
    flooded = [item for item in found if item.disposition is Disposition.WAITING and not item.wait_until]
    if flooded:
        log.error(
            "FLOOD: %d entries are more than a feed brings at once and wait for you, the oldest first: %s. "
            "To post them, set the outlet's 'In a flood' to post.",
            len(flooded),
            "; ".join(item.entry.title[:60] for item in flooded[:5]),
        )
