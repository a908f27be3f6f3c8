"""Runs one cycle in this process, against the Prefect server that the environment names."""

import asyncio

from deployments.console import keep_tracebacks_away, run_here
from flows.syndicate import syndicate
from tasks.opening import open_outlet


def run_cycle(outlet: str) -> int:
    """Run `syndicate` for `outlet`; 0 where everything went well, 1 where something was not posted."""
    keep_tracebacks_away()
    return asyncio.run(_run(outlet))


async def _run(outlet: str) -> int:
    # A name that no block has is the user's mistake, not a cycle that failed.
    await open_outlet(outlet)
    state = await run_here(syndicate, outlet)
    return 0 if state.is_completed() else 1
