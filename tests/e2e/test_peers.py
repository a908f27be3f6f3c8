"""Those rows of the peers' fault table that take seconds; `make peer-faults` plays them all."""

import asyncio

import httpx
import pytest

from tests.peers.bench import open_bench
from tests.peers.playing import play
from tests.peers.table import ROWS

pytestmark = [pytest.mark.xdist_group("prefect"), pytest.mark.timeout(400)]

# One of each kind: process, network, feed, identity.
QUICK = ("F4", "F16", "F27", "F8", "F14", "F10 truncated")


@pytest.fixture(scope="module")
def seen(local, tmp_path_factory):
    """What was seen of each of these rows, all played side by side."""
    rows = [row for row in ROWS if row.key in QUICK]
    folder = tmp_path_factory.mktemp("peers")
    played = asyncio.run(play(rows, local, folder, at_once=4, say=lambda row, observed: None))
    return dict(zip((row.key for row in rows), played, strict=True))


@pytest.mark.parametrize("key", QUICK)
def test_a_fault_at_which_peers_repeat_or_lose_posts_costs_no_post_and_repeats_none(seen, key):
    assert seen[key].holds, seen[key].words


def test_a_network_that_shows_one_post_twice_is_seen_by_the_table(local, tmp_path):
    async def twice():
        with open_bench(local, tmp_path) as bench:
            case = bench.case("twice")
            await case.begin()
            case.gate.after = lambda attempt: again(case, attempt)
            new = case.feed.publish(2)
            await case.cycle()
            return case.observed(new)

    def again(case, attempt):
        token = case.room.accounts[0]["credentials"]["token"]
        url, headers = f"{local.wall}/mastodon/api/v1/statuses", {"Authorization": f"Bearer {token}"}
        httpx.post(url, headers=headers, json={"status": attempt.text}, trust_env=False).raise_for_status()

    observed = asyncio.run(twice())
    assert not observed.holds and observed.words == "2/2, 2 dup"
