"""The year's benchmark in its short form, and that each of its lines can fail."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.year import MOST_LARGER, MOST_MB, MOST_SLOWER, Month, not_flat, not_kept

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.timeout(480)
FIRST = Month(number=1, entries=6_000, size=100.0, cpu=0.2, wall=0.4, peak=200.0)
LAST = replace(FIRST, number=12, entries=73_000, size=1_200.0)


def test_the_short_form_fills_measures_prunes_and_holds():
    command, env = [sys.executable, "-m", "benchmarks.year"], {**os.environ, "SMALL": "1"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=420)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Kept 30 days: Pruned(deliveries=1560, " in done.stdout
    assert "| 3 | " in done.stdout and "Every line holds" in done.stdout


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cpu": FIRST.cpu * MOST_SLOWER * 1.1}, "times as long after month 12"),
        ({"peak": FIRST.peak * MOST_LARGER * 1.1}, "memory peak"),
        ({"size": MOST_MB * 1.1}, "the ledger has"),
    ],
)
def test_a_cycle_that_is_slower_or_larger_and_a_ledger_too_large_are_named(changes, words):
    assert list(not_flat([FIRST, LAST])) == []
    (said,) = not_flat([FIRST, replace(LAST, **changes)])
    assert words in said


def test_a_retention_that_keeps_everything_or_slows_cycles_down_is_named():
    after = replace(LAST, size=300.0)
    assert list(not_kept(LAST, [after, after])) == []
    assert len(list(not_kept(LAST, [LAST, replace(LAST, cpu=9.0)]))) == 2
