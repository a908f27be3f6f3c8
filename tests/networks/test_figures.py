"""Figures of real servers: what second accounts did with a post is counted exactly, and after a like was taken back."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from piquet.networks.bluesky import BlueskyClient
from piquet.networks.mastodon import MastodonClient
from piquet.networks.protocol import Client, Metrics
from piquet.post import Post, Receipt
from tests.real.appview import AppView, running_appview
from tests.real.install import Absent
from tests.real.readers import BlueskyReader, SnacReader
from tests.real.servers import running_pds, running_snac

pytestmark = [pytest.mark.timeout(120), pytest.mark.xdist_group("servers")]

_PATIENCE_S = 30


@pytest.fixture(scope="module")
def bluesky() -> Iterator[tuple[BlueskyClient, list[BlueskyReader], AppView]]:
    """A newsroom on a real PDS, two readers there, and what counts."""
    try:
        with running_appview() as view, running_pds(view.url) as server:
            view.pds = server.url
            readers = [BlueskyReader(server.url, server.join(f"reader{number}")) for number in (1, 2)]
            yield BlueskyClient(service=server.url, **server.credentials), readers, view
    except Absent as absent:
        pytest.skip(str(absent))


@pytest.fixture(scope="module")
def snac() -> Iterator[tuple[MastodonClient, list[SnacReader]]]:
    """A newsroom on a real snac2 and two readers there."""
    try:
        with running_snac() as server:
            readers = [SnacReader(server.url, server.join(name), "lejournal") for name in ("anna", "bruno")]
            yield MastodonClient(server=server.url, **server.credentials), readers
    except Absent as absent:
        pytest.skip(str(absent))


async def posted(client: Client, text: str) -> Receipt:
    at = datetime.now(UTC)
    payload = client.prepare(Post(text=text, language="fr"), key=f"figures/{text}", at=at)
    return await client.publish(await client.ready(payload))


async def settled(client: Client, receipts: list[Receipt], first: Metrics) -> list[Metrics]:
    """What the network says once it says `first` of the first: servers tell each other in their own time."""
    end = time.monotonic() + _PATIENCE_S
    while True:
        told = await client.metrics(receipts)
        if told[receipts[0].id] == first or time.monotonic() > end:
            return [told[receipt.id] for receipt in receipts]
        await asyncio.sleep(0.2)


async def test_on_a_real_pds_every_like_repost_reply_and_quote_is_counted_and_a_like_taken_back_is_not(
    bluesky,
):
    client, (anna, bruno), view = bluesky
    one, other = [await posted(client, text) for text in ("Un", "Deux")]
    assert (
        list((await client.metrics([one, other])).values())
        == [Metrics(likes=0, reposts=0, replies=0, quotes=0)] * 2
    )
    take_back = anna.like(one)
    bruno.like(one)
    bruno.like(other)
    for reader in (anna, bruno):
        reader.repost(one)
    for _ in range(3):
        anna.reply(one)
    bruno.quote(one)
    figures = await client.metrics([one, other])
    assert figures[one.id] == Metrics(likes=2, reposts=2, replies=3, quotes=1)
    assert figures[other.id] == Metrics(likes=1, reposts=0, replies=0, quotes=0)
    take_back()
    assert (await client.metrics([one]))[one.id].likes == 1
    assert view.asked[-1] == [one.id]


async def test_on_a_real_pds_a_deleted_post_is_left_out_and_thirty_are_asked_for_in_two_requests(bluesky):
    client, _, view = bluesky
    receipts = [await posted(client, f"Série {number}") for number in range(30)]
    await client.delete(receipts[0])
    asked = len(view.asked)
    figures = await client.metrics(receipts)
    assert set(figures) == {receipt.id for receipt in receipts[1:]}
    assert [len(uris) for uris in view.asked[asked:]] == [25, 5]


async def test_on_a_real_snac_every_like_repost_and_reply_is_counted_and_a_like_taken_back_is_not(snac):
    client, (anna, bruno) = snac
    one, other = [await posted(client, text) for text in ("Un", "Deux")]
    take_back = anna.like(one)
    bruno.like(one)
    bruno.like(other)
    anna.repost(one)
    for _ in range(2):
        bruno.reply(one)
    whole = Metrics(likes=2, reposts=1, replies=2)
    assert await settled(client, [one, other], whole) == [whole, Metrics(likes=1, reposts=0, replies=0)]
    take_back()
    less = Metrics(likes=1, reposts=1, replies=2)
    assert await settled(client, [one], less) == [less]
