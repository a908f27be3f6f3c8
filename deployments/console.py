"""What a run in this process says on the console: sentences, and tracebacks only for whoever asks for them."""

import logging
import os


def keep_tracebacks_away() -> None:
    """A run that breaks ends with one sentence here; the traceback stays in the run's own log. After Prefect's import."""
    if os.environ.get("PIQUET_DEBUG"):
        return
    for handler in logging.getLogger().handlers:
        handler.addFilter(lambda record: not record.exc_info)
