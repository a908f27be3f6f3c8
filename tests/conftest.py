"""What all tests share."""

import logging
import os

import pytest


@pytest.fixture(autouse=True)
def our_loggers_speak():
    """Whatever of Prefect another test ran in this process may have set logging up anew, for all of it."""
    logging.disable(logging.NOTSET)
    logging.getLogger().setLevel(logging.WARNING)
    for name in ("piquet", *logging.root.manager.loggerDict):
        if name.partition(".")[0] == "piquet":
            logger = logging.getLogger(name)
            logger.disabled, logger.propagate = False, True
            logger.setLevel(logging.NOTSET)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """With PIQUET_NO_SKIPS (CI sets it) a test that should run and is skipped has failed."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("PIQUET_NO_SKIPS") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be skipped: {report.longrepr}"
