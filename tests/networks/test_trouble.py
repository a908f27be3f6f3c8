"""The clients over a socket against the wall when something goes wrong: cut, late, repeated, refused, expired."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from itertools import count

import pytest

from piquet.errors import Busy, Refused, Rejected, Unsettled
from piquet.networks.protocol import Ability, Client
from piquet.post import Card, Payload, Post
from piquet.wall.testing import WallHandle, running_wall
from tests.real.targets import CLIENTS

pytestmark = pytest.mark.timeout(60)

# Under a real top-level domain: neither X nor Mastodon makes a link of an address under .example.
LINK = "https://journal.example.com/2026/11/22/hôpital-à-bout?a=1&b=%C3%A9"

# A network that cannot be read back has its own tests: after a doubt it is left to a person.
READABLE = [n for n, (client, *_) in CLIENTS.items() if Ability.READS_BACK in client.traits.abilities]

numbers = count(1)


@pytest.fixture(scope="module")
def shared_wall() -> Iterator[WallHandle]:
    with running_wall() as wall:
        yield wall


@pytest.fixture
def wall(shared_wall: WallHandle) -> WallHandle:
    shared_wall.reset()
    return shared_wall


@pytest.fixture(params=READABLE)
def network(request: pytest.FixtureRequest) -> str:
    return request.param


def connected(wall: WallHandle, network: str, **changed: object) -> Client:
    make, address, _ = CLIENTS[network]
    return make(**{**wall.credentials(network), address: wall.base(network), "timeout": 5, **changed})


@pytest.fixture
async def client(wall: WallHandle, network: str) -> AsyncIterator[Client]:
    made = connected(wall, network)
    yield made
    await made.aclose()


def article(
    client: Client, *, text: str = "Les CM sont en grève ✊\n\nL’hôpital « à bout » & #Santé"
) -> Payload:
    shown = f"{text}\n{LINK}" if client.traits.link_in_text else text
    post = Post(text=shown, link=LINK, card=Card(title="L’hôpital", description="…"), language="fr-FR")
    return prepared(client, post)


def prepared(client: Client, post: Post) -> Payload:
    return client.prepare(post, key=f"delivery/{next(numbers)}", at=datetime.now(UTC))


def shown(wall: WallHandle, network: str) -> list[str]:
    return [post["text"] for post in wall.posts(network)]


async def test_a_published_post_is_shown_with_exactly_its_text_and_the_receipt_is_its_own(
    wall, network, client
):
    payload = article(client)
    receipt = await client.publish(payload)
    (post,) = wall.posts(network)
    assert post["text"] == payload.text
    assert post["link"] == LINK
    assert post["id"] == receipt.id.rpartition("/")[2]
    assert abs((receipt.at - payload.prepared_at).total_seconds()) < 5


async def test_a_reminder_is_shown_without_a_link_and_found_again(wall, network, client):
    payload = prepared(client, Post(text="Les CM sont en grève, 3e jour <b>&amp;</b>", language="fr"))
    receipt = await client.publish(payload)
    (post,) = wall.posts(network)
    assert (post["text"], post["link"]) == (payload.text, None)
    assert (await client.find(payload)).id == receipt.id


async def test_find_knows_nothing_before_the_post_and_the_same_post_after_it(wall, client):
    payload = article(client)
    assert await client.find(payload) is None
    receipt = await client.publish(payload)
    assert (await client.find(payload)).id == receipt.id
    assert await client.find(payload, known=[receipt.id]) is None


async def test_two_posts_are_told_apart(wall, network, client):
    one = prepared(client, Post(text="Rappel un"))
    other = prepared(client, Post(text="Rappel deux"))
    receipts = [await client.publish(one), await client.publish(other)]
    assert [(await client.find(payload)).id for payload in (one, other)] == [r.id for r in receipts]
    assert shown(wall, network) == ["Rappel un", "Rappel deux"]


async def test_a_connection_cut_after_the_commit_is_unsettled_and_the_post_is_found(wall, network, client):
    payload = article(client)
    await client.find(payload)
    wall.fault(network, "drop")
    with pytest.raises(Unsettled):
        await client.publish(payload)
    receipt = await client.find(payload)
    assert receipt is not None
    assert [post["id"] for post in wall.posts(network)] == [receipt.id.rpartition("/")[2]]


async def test_a_connection_cut_before_the_commit_is_unsettled_and_nothing_is_found(wall, network, client):
    payload = article(client)
    wall.fault(network, "drop_before")
    with pytest.raises(Unsettled):
        await client.publish(payload)
    assert await client.find(payload) is None
    assert shown(wall, network) == []


async def test_a_server_error_is_unsettled_whether_or_not_it_posted(wall, network, client):
    payload = article(client)
    for kind, posted in (("500", False), ("503", False), ("500_after", True)):
        wall.fault(network, kind)
        with pytest.raises(Unsettled):
            await client.publish(payload)
        assert (await client.find(payload) is not None) is posted
    assert len(shown(wall, network)) == 1


async def test_an_answer_too_late_is_unsettled_and_the_post_is_found(wall, network):
    hasty = connected(wall, network, timeout=0.5)
    payload = article(hasty)
    await hasty.find(payload)
    wall.fault(network, "slow", seconds=1.0)
    with pytest.raises(Unsettled):
        await hasty.publish(payload)
    patient = connected(wall, network)
    receipt = None
    while receipt is None:
        receipt = await patient.find(payload)
    assert len(shown(wall, network)) == 1
    await hasty.aclose()
    await patient.aclose()


async def test_sending_again_after_a_cut_does_not_post_twice_where_the_network_can_tell(
    wall, network, client
):
    payload = await client.ready(article(client))
    wall.fault(network, "drop")
    with pytest.raises(Unsettled):
        await client.publish(payload)
    receipt = await client.publish(payload)
    assert receipt.id == (await client.find(payload)).id
    assert len(shown(wall, network)) == 1


async def test_a_429_posts_nothing_and_says_when_to_come_back(wall, network, client):
    payload = article(client)
    wall.fault(network, "429", retry_after=120)
    with pytest.raises(Busy) as busy:
        await client.publish(payload)
    assert busy.value.retry_after == pytest.approx(120, abs=3)
    assert shown(wall, network) == []
    await client.publish(payload)
    assert len(shown(wall, network)) == 1


async def test_a_suspended_account_is_refused_and_nothing_is_shown(wall, network, client):
    wall.fault(network, "refuse")
    with pytest.raises(Refused):
        await client.publish(article(client))
    assert shown(wall, network) == []


async def test_a_bad_token_is_refused_when_posting_and_when_looking_and_is_not_repeated(wall, network):
    secret = CLIENTS[network][2]
    stranger = connected(wall, network, **{secret: "not-the-s3cret"})
    for call in (stranger.publish, stranger.find):
        with pytest.raises(Refused) as refused:
            await call(article(stranger))
        assert "s3cret" not in f"{refused.value!r} {stranger!r}"
    assert shown(wall, network) == []
    await stranger.aclose()


async def test_a_text_of_the_limit_is_taken_and_one_more_is_rejected_and_not_shown(wall, network, client):
    (bound, *_) = (await client.limit()).bounds
    with pytest.raises(Rejected):
        await client.publish(prepared(client, Post(text="é" * (bound.maximum + 1))))
    assert shown(wall, network) == []
    await client.publish(prepared(client, Post(text="é" * bound.maximum)))
    assert shown(wall, network) == ["é" * bound.maximum]


async def test_nobody_listening_is_busy_because_nothing_left(wall, network, unused_tcp_port):
    alone = connected(wall, network, **{CLIENTS[network][1]: f"http://127.0.0.1:{unused_tcp_port}"})
    with pytest.raises(Busy):
        await alone.publish(article(alone))
    await alone.aclose()


async def test_a_repeat_that_is_not_ours_is_rejected_where_the_network_refuses_repeats(wall, network, client):
    first, again = article(client), article(client)
    receipt = await client.publish(first)
    if client.traits.refuses_repeats:
        assert (await client.publish(again)).id == receipt.id
        assert len(shown(wall, network)) == 1
    else:
        assert (await client.publish(again)).id != receipt.id
        assert len(shown(wall, network)) == 2


async def test_a_bluesky_session_that_expired_is_renewed_without_posting_twice(wall):
    client = connected(wall, "bluesky")
    await client.publish(article(client))
    wall.fault("bluesky", "expired")
    await client.publish(article(client, text="autre"))
    assert len(shown(wall, "bluesky")) == 2
    await client.aclose()


async def test_used_up_credits_on_x_are_refused_and_nothing_is_shown(wall):
    client = connected(wall, "x")
    wall.fault("x", "402")
    with pytest.raises(Refused, match="credits"):
        await client.publish(article(client))
    assert shown(wall, "x") == []
    await client.aclose()


async def test_the_mastodon_limit_is_the_servers_own():
    with running_wall(max_characters=1000) as wall:
        client = connected(wall, "mastodon")
        assert (await client.limit()).bounds[0].maximum == 1000
        await client.aclose()
