"""One strike from flip to flip back: the first reminder, pinned; the reply; then unpinned and closed, once."""

import asyncio
import subprocess
import sys

import pytest

from piquet.networks.bluesky import BlueskyClient
from piquet.networks.mastodon import MastodonClient
from tests.e2e.newsroom import ROOT

pytestmark = pytest.mark.xdist_group("prefect")

ALL_DAY = {"reminder_from": "00:00", "reminder_until": "24:00", "reminder_minutes": 120}
NOTICE = "Community managers en grève. Ce message est publié automatiquement."
OVER = "La grève est finie, merci."


async def pinned(room, network: str) -> list[str]:
    """What stands first on the account's page, as the wall shows it."""
    own = next(a["credentials"] for a in room.accounts if a["network"] == network)
    wall = f"{room.local.wall}/{network}"
    client = (
        MastodonClient(server=wall, **own) if network == "mastodon" else BlueskyClient(service=wall, **own)
    )
    try:
        return [receipt.id for receipt in await client.pinned()]
    finally:
        await client.aclose()


def answers(post) -> bool:
    """Whether it stands under another post."""
    return bool(post["record"].get("in_reply_to_id") or post["record"].get("record", {}).get("reply"))


def remind(room) -> str:
    """The flow between two cycles, as its deployment runs it; how it ended."""
    code = (
        "import asyncio, sys; from flows.remind import remind; "
        "state = asyncio.run(remind(sys.argv[1], return_state=True)); print(state.type.value, state.message)"
    )
    command = [sys.executable, "-c", code, room.name]
    done = subprocess.run(command, env=room.env, capture_output=True, text=True, cwd=ROOT, timeout=120)
    return done.stdout.strip().splitlines()[-1]


def test_a_strike_from_flip_to_flip_back_is_seen_pinned_answered_and_closed_once(newsroom):
    room = newsroom("mastodon", "bluesky", "x")
    covered = ("mastodon", "bluesky")
    room.publish("Ancien")
    room.apply()
    room.run()
    room.publish("La veille")
    assert room.run().returncode == 0

    accounts = [f"{network}/{room.name}" for network in covered]
    room.set_strike(switch="strike", accounts=accounts, pin="yes", tail_days=2, closing=OVER, **ALL_DAY)
    assert room.run().returncode == 0
    assert [len(room.posts(network)) for network in covered] == [2, 2]
    # The first reply goes out two minutes after the reminder.
    room.env["PIQUET_TEST_CLOCK"] = "130"
    assert remind(room) == "COMPLETED 2 sent."
    for network in covered:
        article, reminder, reply = room.posts(network)
        assert answers(reply) and not answers(reminder)
        assert reply["text"] == reminder["text"] == NOTICE
        assert asyncio.run(pinned(room, network))[0].endswith(reminder["id"].rpartition("/")[2])
        assert article["text"].startswith("La veille")
    assert len(room.posts("x")) == 1
    assert remind(room) == "COMPLETED 0 sent."

    room.set_strike(switch="normal")
    for _ in range(2):
        assert room.run().returncode == 0
    for network in covered:
        assert [text for text in room.texts(network) if text == OVER] == [OVER]
        assert len(room.posts(network)) == 4
        assert asyncio.run(pinned(room, network)) == []
    assert [text.split("\n")[0] for text in room.texts("x")] == ["La veille"]
