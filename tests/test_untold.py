"""Since when a cycle's report tells what became of posts."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from tasks.report import _untold_since

NOW = datetime(2026, 12, 5, 12, 0, tzinfo=UTC)
BEFORE = NOW - timedelta(minutes=5)


def told_since(*, ended_at, started_at=BEFORE):
    previous = SimpleNamespace(started_at=started_at, ended_at=ended_at)
    return _untold_since(SimpleNamespace(previous=previous), NOW)


def test_a_cycle_after_one_that_died_tells_also_what_that_one_did():
    assert told_since(ended_at=None) == BEFORE


def test_a_cycle_after_one_that_ended_tells_only_what_it_did_itself():
    assert told_since(ended_at=BEFORE + timedelta(seconds=9)) == NOW
    assert _untold_since(SimpleNamespace(previous=None), NOW) == NOW


def test_a_clock_that_stepped_back_hides_nothing_of_this_cycle():
    assert told_since(ended_at=None, started_at=NOW + timedelta(hours=1)) == NOW
