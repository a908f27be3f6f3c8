"""Compose: the posts of the new entries, committed to the ledger as deliveries before anything is sent."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from prefect import task
from prefect.logging import get_run_logger

from piquet.drafting import Composer
from piquet.entry import Sorted
from piquet.feed import FeedResult
from piquet.ledger.values import Batch
from piquet.stages import write_posts
from tasks.opening import Account, Desk
from tasks.options import PLAIN
from tasks.strike import Decisions
from tasks.styles import style_of


@task(name="compose", **PLAIN)
async def compose(
    desk: Desk, fetched: Sequence[FeedResult], found: Sequence[Sorted], decisions: Decisions, now: datetime
) -> bool:
    """Record feeds, entries and deliveries in one transaction; False where the strike was changed since it was decided."""
    recorded = await write_posts(
        desk.ledger,
        desk.outlet,
        desk.accounts,
        lambda accounts: _composers(desk, accounts, now),
        fetched=fetched,
        found=found,
        decisions=decisions.by_account,
        now=now,
        strike=decisions.digest,
    )
    if recorded is not None:
        _say(recorded)
    return recorded is not None


async def _composers(desk: Desk, accounts: Sequence[str], now: datetime) -> list[Composer]:
    return await asyncio.gather(*(_composer(desk.accounts[account], desk, now) for account in accounts))


async def _composer(account: Account, desk: Desk, now: datetime) -> Composer:
    style = await style_of(desk.outlet, account, now, say=get_run_logger().warning)
    return Composer(account=account.reference, style=style, client=account.client, trouble=account.trouble)


def _say(recorded: Batch) -> None:
    log = get_run_logger()
    due = sum(draft.state == "due" for draft in recorded.drafts)
    log.info("%d deliveries due, %d composed anew", due, len(recorded.rewrites))
    for held in (d for d in (*recorded.drafts, *recorded.rewrites) if d.state == "held"):
        log.warning("Held: %s", held.reason)
