"""What all tests share."""

import os

import pytest


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """With PIQUET_NO_SKIPS (CI sets it) a test that should run and is skipped has failed."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("PIQUET_NO_SKIPS") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be skipped: {report.longrepr}"
