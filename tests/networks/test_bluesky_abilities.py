"""Bluesky: replies, pins, pictures, figures and deletions, request by request."""

import asyncio
import io
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
from PIL import Image as Pixels

from piquet.entry import Image
from piquet.errors import Busy, Rejected
from piquet.networks import bluesky as module
from piquet.networks.bluesky import BlueskyClient
from piquet.post import Card, Post, Receipt

DID = "did:plc:journal"
SESSION = {"did": DID, "handle": "journal.example", "accessJwt": "s3cret-a", "refreshJwt": "s3cret-r"}
URI = f"at://{DID}/app.bsky.feed.post/3m6aaaaaaaa2a"
ROOT = {"uri": f"at://{DID}/app.bsky.feed.post/3m6aaaaaaaa22", "cid": "bafyroot"}
NOT_FOUND = {"error": "RecordNotFound", "message": "Could not locate record"}
SWAP = {"error": "InvalidSwap", "message": "Record was at bafyother"}
PROFILE = {
    "$type": "app.bsky.actor.profile",
    "displayName": "Le Journal",
    "description": "Depuis 1946",
    "avatar": {"$type": "blob", "ref": {"$link": "bafkavatar"}, "mimeType": "image/png", "size": 9},
    "unknownToUs": [1, {"a": None}],
}
BLOB = {"$type": "blob", "ref": {"$link": "bafkpicture"}, "mimeType": "image/png", "size": 9}


async def fetched(url: str, at_most: int) -> bytes:
    made = io.BytesIO()
    Pixels.new("RGB", (64, 36), "crimson").save(made, "PNG")
    return made.getvalue()


def client(network, **more) -> BlueskyClient:
    return BlueskyClient(handle="journal.example", app_password="s3cret", transport=network, **more)


def stored(value, cid="bafyparent", uri=URI):
    return {"uri": uri, "cid": cid, "value": value}


def profile(**changed):
    return stored({**PROFILE, **changed}, cid="bafyprofile", uri=f"at://{DID}/app.bsky.actor.profile/self")


@pytest.fixture
def receipt(at) -> Receipt:
    """As the ledger gives it: without a version."""
    return Receipt(id=URI, url="https://bsky.app/profile/journal.example/post/3m6aaaaaaaa2a", at=at)


async def test_a_reply_is_frozen_with_the_version_and_the_root_of_what_it_answers(
    script, answer, notice, receipt, at
):
    parent = {"text": "Article", "reply": {"root": ROOT, "parent": ROOT}}
    network = script(answer(200, SESSION), answer(200, stored(parent)))
    bluesky = client(network)
    frozen = await bluesky.ready(bluesky.prepare(notice, key="k", at=at, reply_to=receipt))
    assert frozen.body["record"]["reply"] == {"root": ROOT, "parent": {"uri": URI, "cid": "bafyparent"}}
    assert await bluesky.ready(frozen) == frozen
    assert len(network.calls) == 2


async def test_a_reply_that_was_not_made_ready_is_not_sent(script, notice, receipt, at):
    network = script()
    bluesky = client(network)
    with pytest.raises(Rejected, match="ready"):
        await bluesky.publish(bluesky.prepare(notice, key="k", at=at, reply_to=receipt))
    assert network.calls == []


async def test_a_reply_to_a_post_that_is_gone_is_rejected(script, answer, notice, receipt, at):
    bluesky = client(script(answer(200, SESSION), answer(400, NOT_FOUND)))
    with pytest.raises(Rejected, match="deleted"):
        await bluesky.ready(bluesky.prepare(notice, key="k", at=at, reply_to=receipt))


async def test_a_pin_writes_back_the_whole_profile_and_only_if_nobody_changed_it(script, answer, receipt):
    network = script(
        answer(200, SESSION), answer(200, stored({"text": "a"})), answer(200, profile()), answer(200, {})
    )
    await client(network).pin(receipt)
    pinned = {"uri": URI, "cid": "bafyparent"}
    assert network.sent() == {
        "repo": DID,
        "collection": "app.bsky.actor.profile",
        "rkey": "self",
        "record": {**PROFILE, "pinnedPost": pinned},
        "swapRecord": "bafyprofile",
    }


async def test_a_profile_that_changes_meanwhile_is_read_again_and_the_change_stands(script, answer, receipt):
    network = script(
        answer(200, SESSION),
        answer(200, stored({"text": "a"})),
        answer(200, profile()),
        answer(400, SWAP),
        answer(200, profile(description="Nouveau")),
        answer(200, {}),
    )
    await client(network).pin(receipt)
    assert network.sent()["record"]["description"] == "Nouveau"


async def test_a_profile_that_changes_each_time_is_busy_and_not_overwritten(script, answer, receipt):
    rounds = [one for _ in range(3) for one in (answer(200, profile()), answer(400, SWAP))]
    network = script(answer(200, SESSION), answer(200, stored({"text": "a"})), *rounds)
    with pytest.raises(Busy):
        await client(network).pin(receipt)


async def test_an_account_without_a_profile_gets_one_only_if_there_still_is_none(script, answer, receipt):
    network = script(
        answer(200, SESSION), answer(200, stored({"text": "a"})), answer(400, NOT_FOUND), answer(200, {})
    )
    await client(network).pin(receipt)
    assert network.sent()["swapRecord"] is None
    assert set(network.sent()["record"]) == {"$type", "pinnedPost"}


async def test_unpinning_takes_away_the_pin_alone_and_nothing_where_another_post_stands(
    script, answer, receipt
):
    ours, other = {"uri": URI, "cid": "c"}, {"uri": ROOT["uri"], "cid": "c"}
    network = script(answer(200, SESSION), answer(200, profile(pinnedPost=ours)), answer(200, {}))
    await client(network).unpin(receipt)
    assert network.sent()["record"] == PROFILE
    untouched = script(answer(200, SESSION), answer(200, profile(pinnedPost=other)))
    await client(untouched).unpin(receipt)
    assert not any("putRecord" in call for call in untouched.calls)


async def test_the_cards_picture_is_uploaded_before_the_send_and_frozen(script, answer, post, at):
    card = Card(title="Une", image=Image(url="https://journal.example/une.png", alt="Une"))
    article = Post(text=post.text, link=post.link, card=card)
    network = script(answer(200, SESSION), answer(200, {"blob": BLOB}))
    bluesky = client(network, fetch=fetched)
    prepared = bluesky.prepare(article, key="k", at=at)
    frozen = await bluesky.ready(prepared)
    assert frozen.body["record"]["embed"]["external"] == {
        "uri": post.link,
        "title": "Une",
        "description": "",
        "thumb": BLOB,
    }
    assert network.requests[-1].headers["content-type"] == "image/png"
    assert "thumb" not in prepared.body["record"]["embed"]["external"]


async def test_an_upload_that_fails_costs_the_picture_and_not_the_post(script, answer, post, at):
    card = Card(title="Une", image=Image(url="https://journal.example/une.png", alt="Une"))
    article = Post(text=post.text, link=post.link, card=card)
    too_big, limited = answer(413, {"error": "PayloadTooLarge"}), answer(429, {"error": "RateLimitExceeded"})
    for failure in (too_big, limited, httpx.ReadError("reset")):
        bluesky = client(script(answer(200, SESSION), failure), fetch=fetched)
        frozen = await bluesky.ready(bluesky.prepare(article, key="k", at=at))
        assert "thumb" not in frozen.body["record"]["embed"]["external"]
        assert "image" not in frozen.body


async def test_a_payload_that_was_not_made_ready_goes_without_its_picture(script, answer, post, at):
    card = Card(title="Une", image=Image(url="https://journal.example/une.png", alt="Une"))
    network = script(answer(200, SESSION), answer(200, {"uri": URI, "cid": "c"}))
    bluesky = client(network, fetch=fetched)
    await bluesky.publish(bluesky.prepare(Post(text="Rappel", card=card), key="k", at=at))
    assert set(network.sent()) == {"repo", "collection", "rkey", "record", "swapRecord"}


async def test_figures_are_asked_for_25_posts_at_a_time(script, answer, at):
    receipts = [Receipt(id=f"{URI}{n}", url="", at=at) for n in range(26)]
    figures = {"likeCount": 1, "repostCount": 2, "replyCount": 3, "quoteCount": 4}
    network = script(
        answer(200, SESSION),
        answer(200, {"posts": [{"uri": receipts[0].id, **figures}]}),
        answer(200, {"posts": [{"uri": receipts[25].id, "likeCount": 5}]}),
    )
    found = await client(network).metrics(receipts)
    assert [len(request.url.params.get_list("uris")) for request in network.requests[1:]] == [25, 1]
    first = found[receipts[0].id]
    assert (first.likes, first.reposts, first.replies, first.quotes, first.views) == (1, 2, 3, 4, None)
    assert (found[receipts[25].id].likes, found[receipts[25].id].reposts) == (5, None)
    assert len(found) == 2


@pytest.mark.parametrize(
    "name", ["wall-bluesky", pytest.param("pds", marks=pytest.mark.xdist_group("servers"))]
)
async def test_a_pin_leaves_the_profile_of_a_real_account_as_it_was(opened, name):
    target = opened(name)
    bluesky = target.client()
    described = {"$type": "app.bsky.actor.profile", "displayName": "Le Journal", "description": "Depuis 1946"}
    body = {"collection": "app.bsky.actor.profile", "rkey": "self", "record": described}
    _, version = await bluesky._profile()
    assert (await bluesky._put(body, expected=version, posts=False)).status == 200
    receipt = await bluesky.publish(
        bluesky.prepare(Post(text=f"Avis {name}"), key=f"pin/{name}", at=datetime.now(UTC))
    )
    await bluesky.pin(receipt)
    pinned = {"uri": receipt.id, "cid": receipt.version}
    assert (await bluesky._profile())[0] == {**described, "pinnedPost": pinned}
    await bluesky.unpin(receipt)
    assert (await bluesky._profile())[0] == described
    await bluesky.aclose()


@pytest.mark.parametrize(
    "name", ["wall-bluesky", pytest.param("pds", marks=pytest.mark.xdist_group("servers"))]
)
async def test_a_picture_too_big_for_a_card_is_made_smaller_and_taken(opened, name):
    async def big(url: str, at_most: int) -> bytes:
        made = io.BytesIO()
        Pixels.effect_noise((1600, 1000), 90).convert("RGB").save(made, "PNG")
        assert 1_000_000 < made.tell() < at_most
        return made.getvalue()

    bluesky = opened(name).client(fetch=big)
    card = Card(title="Une", image=Image(url="https://journal.example/une.png", alt="Une"))
    article = Post(text=f"Grande image {name}", link="https://journal.example.com/1", card=card)
    frozen = await bluesky.ready(bluesky.prepare(article, key=f"big/{name}", at=datetime.now(UTC)))
    thumb = frozen.body["record"]["embed"]["external"]["thumb"]
    assert thumb["size"] <= 1_000_000
    receipt = await bluesky.publish(frozen)
    assert (await bluesky.find(frozen)).id == receipt.id
    await bluesky.aclose()


async def test_a_picture_whose_upload_takes_too_long_is_left_out(script, post, at, monkeypatch, caplog):
    monkeypatch.setattr(module, "UPLOAD_S", 0.01)

    async def slowly(*_: object) -> dict:
        await asyncio.sleep(5)
        raise AssertionError("it was waited for")

    card = replace(post.card, image=Image(url="https://journal.example/une.png", alt="Une"))
    bluesky = client(script(), fetch=fetched)
    monkeypatch.setattr(bluesky, "_uploaded", slowly)
    made = await bluesky.ready(bluesky.prepare(replace(post, card=card), key="k", at=at))
    assert "thumb" not in made.body["record"]["embed"]["external"] and "image" not in made.body
    assert "without its picture" in caplog.text
