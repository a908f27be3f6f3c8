"""What the soak judges by: a trend is told from noise, and each figure can be too much."""

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.soak.watching import BOUNDS, Processes, read, slope, too_much

FLAT = {bound.name: 100.0 for bound in BOUNDS}


def samples(hours: int, **growth: float):
    """A look every ten minutes; what grows, grows by so much an hour."""
    times = [number / 6 for number in range(1, hours * 6 + 1)]
    return [(at, {name: value + growth.get(name, 0) * at for name, value in FLAT.items()}) for at in times]


@given(st.floats(-50, 50), st.floats(-1000, 1000), st.integers(2, 60))
def test_the_slope_of_a_line_is_that_of_the_line(slope_, start, count):
    points = [(number / 6, start + slope_ * number / 6) for number in range(count)]
    assert slope(points) == pytest.approx(slope_, abs=1e-6)


def test_a_slope_needs_two_times():
    assert slope([]) == slope([(1.0, 5.0)]) == 0


def test_one_look_at_a_bad_moment_does_not_tilt_the_trend():
    points = [(number / 12, 100.0) for number in range(12)]
    points[-1] = (11 / 12, 900.0)
    assert slope(points) == 0


def test_what_only_trembles_is_not_too_much():
    looks = samples(4)
    trembling = [
        (at, {name: value + (1 if number % 2 else -1) for name, value in values.items()})
        for number, (at, values) in enumerate(looks)
    ]
    assert list(too_much(trembling)) == []


def test_what_grew_at_first_and_then_no_more_is_not_too_much():
    looks = [
        (at, {name: min(value, 60 + 40 * at) for name, value in values.items()}) for at, values in samples(8)
    ]
    assert list(too_much(looks)) == []


@pytest.mark.parametrize("hours", [2, 8])
@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.name)
def test_each_figure_that_grows_by_more_than_it_may_is_named_with_what_it_grew_by(bound, hours):
    may = bound.may(hours / 2)
    assert list(too_much(samples(hours, **{bound.name: may * 0.9}))) == []
    (said,) = too_much(samples(hours, **{bound.name: may * 2}))
    assert said.startswith(f"{bound.name} grows by {may * 2:.2f} {bound.unit} an hour, more than {may:g}")


def test_what_is_read_of_a_process_is_what_it_holds(tmp_path):
    (tmp_path / "prefect.db").write_bytes(b"x" * 2_000_000)
    (tmp_path / "prefect.db-wal").write_bytes(b"x" * 1_000_000)
    (tmp_path / "ledger.db").write_bytes(b"")
    code = "import sys, threading, time; f = [open('/dev/null') for _ in range(50)]; "
    code += "[threading.Thread(target=time.sleep, args=(60,), daemon=True).start() for _ in range(3)]; "
    code += "print('ready', flush=True); time.sleep(60)"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], stdout=pipe, start_new_session=True) as process:
        process.stdout.readline()
        found = read(Processes(server=process.pid, worker=os.getpgrp()), tmp_path, tmp_path / "ledger.db")
        process.kill()
    assert found["server threads"] == 4 and 50 <= found["server handles"] <= 60
    assert 2 < found["server memory"] < 100
    assert (found["prefect.db"], found["ledger"]) == (3.0, 0.0)
