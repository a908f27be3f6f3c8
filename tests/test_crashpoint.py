"""A process dies where PIQUET_TEST_KILL says, at no other place, and nowhere without it."""

import signal
import subprocess
import sys

import pytest

CODE = """
from piquet import crashpoint
for account in ("x/a", "x/b", "x/b"):
    print(account, flush=True)
    crashpoint.reached("send", account)
def keep_it():
    _inner()
def _inner():
    crashpoint.committing("before")
print("keep", flush=True)
keep_it()
print("end", flush=True)
"""


def ran(kill):
    done = subprocess.run(
        [sys.executable, "-c", CODE], env={"PIQUET_TEST_KILL": kill}, capture_output=True, text=True
    )
    return done.returncode, done.stdout.split("\n")[:-1]


ALL = ["x/a", "x/b", "x/b", "keep", "end"]


@pytest.mark.parametrize(
    ("kill", "lines"),
    [
        ("send", 1),
        ("send:x/b", 2),
        ("send#3", 3),
        ("send:x/b#2", 3),
        ("before-keep-it", 4),
    ],
)
def test_a_process_dies_the_nth_time_it_reaches_the_step_of_that_account(kill, lines):
    assert ran(kill) == (-signal.SIGKILL, ALL[:lines])


@pytest.mark.parametrize("kill", ["", "sen", "send:x/c", "send#4", "after-keep-it", "before-_inner"])
def test_a_process_that_does_not_reach_the_step_lives(kill):
    assert ran(kill) == (0, ALL)
