"""The `measure` flow: what readers did on the wall is in the ledger, age by age, and nothing else has changed."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.e2e.newsroom import ROOT, last_run

pytestmark = pytest.mark.xdist_group("prefect")

HOUR = 3600
# One process for all of the runs, each at a time of its own, for starting one costs more than a run.
RUNS = """
import asyncio, json, os, sys
from flows.measure import measure

async def main(outlet, runs):
    for later in runs:
        os.environ["PIQUET_TEST_CLOCK"] = str(later)
        state = await measure(outlet, return_state=True)
        print(json.dumps([state.type.value, state.name, state.message]))

asyncio.run(main(sys.argv[1], json.loads(sys.argv[2])))
"""


def measured(room, *seconds: int) -> list[tuple[str, str, str]]:
    """Runs of the flow, so many seconds from now: type, name and message of each one's end."""
    command = [sys.executable, "-c", RUNS, room.name, json.dumps(seconds)]
    done = subprocess.run(command, env=room.env, capture_output=True, text=True, cwd=ROOT, timeout=150)
    lines = [line for line in done.stdout.splitlines() if line.startswith("[")]
    assert len(lines) == len(seconds), done.stderr
    return [tuple(json.loads(line)) for line in lines]


def read_by_readers(room, network: str, **figures: int) -> None:
    """What readers did with every post of that account."""
    posts = [
        {"network": network, "account": room.name, "id": post["id"], **figures}
        for post in room.posts(network)
    ]
    httpx.post(f"{room.local.wall}/_wall/read", json={"posts": posts}, trust_env=False).raise_for_status()


def snapshots(room) -> list[tuple[str, timedelta, int | None, int | None]]:
    with room.ledger() as ledger:
        now = datetime.now(UTC)
        found = ledger.measured(room.name, now - timedelta(days=1), now + timedelta(days=1))
        return sorted((one.account.partition("/")[0], one.age, one.likes, one.views) for one in found)


def test_what_readers_did_is_kept_age_by_age_a_busy_network_is_tried_again_and_nothing_is_posted(
    local, newsroom
):
    room = newsroom("mastodon", "x", "telegram", "bluesky")
    room.publish("Un", "Deux")
    room.apply(first_posts=2, forms={f"bluesky/{room.name}": {"measured": False}})
    assert room.run().returncode == 0
    with room.ledger() as ledger:
        before = ledger.deliveries(room.name)
    read_by_readers(room, "mastodon", likes=7, views=99)
    read_by_readers(room, "x", likes=0, views=1234)
    room.fault("mastodon", "429", on="read")
    early, busy, again, late, next_age = measured(room, 0, HOUR + 60, HOUR + 120, 3 * HOUR, 6 * HOUR + 60)
    assert early == ("COMPLETED", "Completed", "0 posts read, 0 are gone.")
    assert busy[:2] == ("COMPLETED", "Marked")
    assert "2 posts read" in busy[2] and f"mastodon/{room.name}: " in busy[2] and "429" in busy[2]
    assert again == ("COMPLETED", "Completed", "2 posts read, 0 are gone.")
    assert late == ("COMPLETED", "Completed", "0 posts read, 0 are gone.")
    assert next_age == ("COMPLETED", "Completed", "4 posts read, 0 are gone.")
    first, sixth = timedelta(hours=1), timedelta(hours=6)
    assert snapshots(room) == [
        *[("mastodon", age, 7, None) for age in (first, first, sixth, sixth)],
        *[("x", age, 0, 1234) for age in (first, first, sixth, sixth)],
    ]
    with room.ledger() as ledger:
        assert ledger.deliveries(room.name) == before
    assert [len(room.posts(network)) for network in ("mastodon", "x", "telegram", "bluesky")] == [2] * 4
    assert last_run(local, room.name, "measure")["state"]["type"] == "COMPLETED"
