"""What readers did with posts on the wall, as the adapters read it there."""

from datetime import UTC, datetime

import pytest

from piquet.networks.protocol import Metrics
from piquet.post import Post
from piquet.wall.readers import Read
from piquet.wall.state import Wall, WallPost
from tests.real.targets import CLIENTS, Target

FIGURES = {"likes": 31, "reposts": 7, "replies": 5, "quotes": 2, "views": 1234}
OFFERED = {
    "mastodon": {"likes", "reposts", "replies", "quotes"},
    "bluesky": {"likes", "reposts", "replies", "quotes"},
    "x": set(FIGURES),
    "facebook": {"likes", "reposts", "replies"},
    "threads": set(FIGURES),
    "linkedin": {"likes", "reposts", "replies", "views"},
}


@pytest.mark.parametrize("network", OFFERED)
async def test_each_network_tells_what_readers_did_and_leaves_blank_what_it_does_not_offer(wall, network):
    client = Target(
        name=f"wall-{network}",
        network=network,
        base=wall.base(network),
        credentials=wall.credentials(network),
        wall=wall,
    ).client()
    payloads = [
        client.prepare(Post(text=f"Post {number}"), key=f"delivery/{number}", at=datetime.now(UTC))
        for number in (1, 2)
    ]
    read, unread = [await client.publish(payload) for payload in payloads]
    wall.read({"network": network, "account": "lejournal", "id": wall.posts(network)[0]["id"], **FIGURES})
    told = await client.metrics([read, unread])
    await client.aclose()
    assert told[read.id] == Metrics(**{name: FIGURES[name] for name in OFFERED[network]})
    assert told[unread.id] == Metrics(**dict.fromkeys(OFFERED[network], 0))


def test_every_network_but_telegram_is_read():
    assert set(CLIENTS) - set(OFFERED) == {"telegram"}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "posts is not a list"),
        ({"posts": [{"network": "x"}]}, "needs network, account, id"),
        ({"posts": [{"network": "x", "account": "lejournal", "id": "1", "likes": -1}]}, "likes is -1"),
        ({"posts": [{"network": "x", "account": "lejournal", "id": "1", "likes": True}]}, "likes is True"),
        (
            {"posts": [{"network": "x", "account": "lejournal", "id": "1", "clicks": 1}]},
            "Readers do no 'clicks'",
        ),
        ({"posts": [{"network": "x", "account": "lejournal", "id": "1"}]}, "has no post 1"),
    ],
)
def test_what_readers_cannot_have_done_is_refused_in_one_sentence(post, body, said):
    answer = post.control("read", body)
    assert answer.status_code == 400
    assert said in answer.json()["error"]


def test_what_readers_did_survives_a_restart_of_the_wall(tmp_path):
    post = WallPost(network="x", account="lejournal", id="1", text="un", time=datetime.now(UTC), path="/x/1")
    wall = Wall(keep=tmp_path / "kept")
    wall.put(post)
    wall.change("read", {"network": "x", "account": "lejournal", "id": "1", "likes": 3})
    assert Wall(keep=tmp_path / "kept").read(post) == Read(likes=3)
