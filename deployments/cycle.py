"""Runs one cycle in this process, against the Prefect server that the environment names."""

import asyncio

from flows.syndicate import syndicate


def run_cycle(outlet: str) -> int:
    """Run `syndicate` for `outlet`; 0 where everything went well, 1 where something was not posted."""
    state = asyncio.run(syndicate(outlet, return_state=True))
    return 0 if state.is_completed() else 1
