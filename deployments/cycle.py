"""Runs one cycle in this process, against the Prefect server that the environment names."""

import asyncio
import logging
import os

from prefect.logging.handlers import APILogHandler

from flows.syndicate import syndicate
from tasks.opening import open_outlet


def run_cycle(outlet: str) -> int:
    """Run `syndicate` for `outlet`; 0 where everything went well, 1 where something was not posted."""
    if not os.environ.get("PIQUET_DEBUG"):
        _keep_tracebacks_from_the_console()
    return asyncio.run(_run(outlet))


async def _run(outlet: str) -> int:
    # A name that no block has is the user's mistake, not a cycle that failed.
    await open_outlet(outlet)
    state = await syndicate(outlet, return_state=True)
    # Log lines leave in the background: whoever ends the server next must not lose the last ones.
    await APILogHandler.aflush()
    return 0 if state.is_completed() else 1


def _keep_tracebacks_from_the_console() -> None:
    """A run that Prefect's server leaves ends with one sentence here; the traceback stays in the run's own log."""
    for handler in logging.getLogger().handlers:
        handler.addFilter(lambda record: not record.exc_info)
