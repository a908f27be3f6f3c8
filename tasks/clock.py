"""The one clock of a run; tests set it off, so that a strike day or a lease's end need not be waited for."""

import os
from datetime import UTC, datetime, timedelta


def now() -> datetime:
    """The time, aware, in UTC; `PIQUET_TEST_CLOCK` is how many seconds a test has put it forward."""
    return datetime.now(UTC) + timedelta(seconds=float(os.environ.get("PIQUET_TEST_CLOCK") or 0))
