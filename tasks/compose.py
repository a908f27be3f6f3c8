"""Compose: the posts of the new entries, committed to the ledger as deliveries before anything is sent."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from prefect import task
from prefect.logging import get_run_logger

from piquet.drafting import Composer, batch
from piquet.entry import Disposition, Sorted
from piquet.feed import FeedResult
from piquet.ledger.values import Batch
from tasks.opening import Account, Desk
from tasks.options import PLAIN
from tasks.strike import Decisions
from tasks.styles import style_of


@task(name="compose", **PLAIN)
async def compose(
    desk: Desk, fetched: Sequence[FeedResult], found: Sequence[Sorted], decisions: Decisions, now: datetime
) -> None:
    """Record feeds, entries and deliveries in one transaction."""
    name, ledger = desk.outlet.name, desk.ledger
    ready = ledger.ready(name, now, release_flood=desk.outlet.sorting.flood_policy == "post")
    waiting = {account: ledger.rewritable(name, account) for account in desk.accounts}
    anything = bool(ready) or any(item.disposition is Disposition.FRESH for item in found)
    busy = [account for account in desk.accounts.values() if anything or waiting[account.reference]]
    recorded = batch(
        name,
        now=now,
        feeds=[result.state for result in fetched],
        found=found,
        ready=ready,
        waiting=waiting,
        composers=await asyncio.gather(*(_composer(account, desk, now) for account in busy)),
        decisions=decisions.by_account,
        turn=ledger.turn(name),
        pace=desk.outlet.release_pace,
    )
    ledger.record(recorded)
    _say(recorded)


async def _composer(account: Account, desk: Desk, now: datetime) -> Composer:
    style = await style_of(desk.outlet, account, now, say=get_run_logger().warning)
    return Composer(account=account.reference, style=style, client=account.client, trouble=account.trouble)


def _say(recorded: Batch) -> None:
    log = get_run_logger()
    due = sum(draft.state == "due" for draft in recorded.drafts)
    log.info("%d deliveries due, %d composed anew", due, len(recorded.rewrites))
    for held in (d for d in (*recorded.drafts, *recorded.rewrites) if d.state == "held"):
        log.warning("Held: %s", held.reason)
