"""Prune: what of one outlet is older than may be is forgotten in the ledger."""

import asyncio
from datetime import timedelta

from prefect import task
from prefect.logging import get_run_logger

from piquet.ledger.pruning import Pruned
from piquet.outlet import Outlet
from piquet.prune import prune as prune_ledger
from tasks import clock
from tasks.opening import open_ledger
from tasks.options import PLAIN


@task(name="prune", **PLAIN)
async def prune(outlet: Outlet, age: timedelta, *, dry_run: bool) -> Pruned:
    """Forget it, or with `dry_run` count it."""
    before = clock.now() - age
    with await open_ledger(outlet) as ledger:
        if dry_run:
            return ledger.prunable(outlet.name, before)
        # In a thread: heartbeats go on beside it.
        done = await asyncio.to_thread(prune_ledger, ledger, outlet.name, before)
    get_run_logger().info("forgot what is older than %s: %s", before.date(), done)
    return done
