"""Dedupe: which entries of a fetch are new, and what becomes of each."""

from collections.abc import Sequence
from datetime import datetime

from prefect import task
from prefect.logging import get_run_logger

from piquet.entry import Disposition, Sorted
from piquet.feed import FeedResult
from piquet.stages import sort_new
from tasks.opening import Desk
from tasks.options import PLAIN


@task(name="dedupe", **PLAIN)
async def dedupe(desk: Desk, fetched: Sequence[FeedResult], now: datetime) -> tuple[Sorted, ...]:
    """The entries that the ledger has not seen, oldest first; corrections of others are written down."""
    found = sort_new(desk.ledger, desk.outlet, fetched, now)
    _say(found.entries, found.corrected)
    return found.entries


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
