"""The prune flow on a real server: it says what it forgot, and refuses an age that is too short."""

import subprocess
import sys

import pytest

from tests.e2e.newsroom import ROOT, last_run

pytestmark = [pytest.mark.xdist_group("prefect"), pytest.mark.timeout(480)]

CODE = """
import asyncio, sys
from flows.prune import prune
for words in ({"older_than": "5d"}, {"dry_run": True}, {}):
    state = asyncio.run(prune(sys.argv[1], return_state=True, **words))
    print(state.type.value, state.message)
"""


def test_the_flow_says_what_it_would_forget_and_what_it_forgot_and_refuses_days_that_strikes_are_compared_over(
    local, newsroom
):
    room = newsroom("mastodon")
    room.publish("Ancien")
    room.apply()
    assert room.run().returncode == 0
    command = [sys.executable, "-c", CODE, room.name]
    done = subprocess.run(command, env=room.env, capture_output=True, text=True, cwd=ROOT, timeout=300)
    refused, would, did = (line for line in done.stdout.splitlines() if line.startswith(("COMP", "FAIL")))
    assert refused.startswith("FAILED") and "'5d' is too short: write at least 90d" in refused
    assert would == f"COMPLETED Would be forgotten: {told(room)}"
    assert did == f"COMPLETED Forgotten: {told(room)}"
    assert last_run(local, room.name, flow="prune")["state_type"] == "COMPLETED"


def told(room) -> str:
    """Of a ledger in which nothing is old."""
    nothing = (
        "0 deliveries with 0 moves and 0 figures, 0 cycles; 0 articles keep only what they are known by."
    )
    return f"{room.name}: {nothing}"
