"""A run in this process: what it says on the console are sentences, and tracebacks only for whoever asks for them."""

import logging
import os
from typing import Any

# As all of prefect.yaml's deployments bear it: the automations watch only what bears it.
TAG = "piquet"


async def run_here(flow: Any, *words: Any, **named: Any) -> Any:
    """Run it to its end in this process; its state."""
    from prefect import tags
    from prefect.logging.handlers import APILogHandler

    with tags(TAG):
        state = await flow(*words, **named, return_state=True)
    # Log lines leave in the background: whoever ends the server next must not lose the last ones.
    await APILogHandler.aflush()
    return state


def keep_tracebacks_away() -> None:
    """A run that breaks ends with one sentence here; the traceback stays in the run's own log. After Prefect's import."""
    if os.environ.get("PIQUET_DEBUG"):
        return
    for handler in logging.getLogger().handlers:
        handler.addFilter(lambda record: not record.exc_info)
