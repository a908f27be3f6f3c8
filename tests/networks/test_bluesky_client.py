"""Bluesky: one sign-in, one record under one key, and what each answer of a PDS means."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from piquet.errors import Busy, Refused, Rejected, Unsettled
from piquet.networks.bluesky import BlueskyClient

# Bodies as measured on @atproto/pds 0.5.35, and github.com/Preloading/TwitterAPIBridge/issues/2 (expired),
# cjrasmussen/BlueskyApi/issues/6 (rate limit).
SESSION = {
    "did": "did:plc:journal",
    "handle": "journal.example",
    "accessJwt": "s3cret-a",
    "refreshJwt": "s3cret-r",
}
RENEWED = {**SESSION, "accessJwt": "s3cret-a2", "refreshJwt": "s3cret-r2"}
EXPIRED = {"error": "ExpiredToken", "message": "Token has expired"}
NOT_FOUND = {"error": "RecordNotFound", "message": "Could not locate record"}
TOO_LONG = {"error": "InvalidRequest", "message": "grapheme too big (maximum 300, got 301)"}
SWAP = {"error": "InvalidSwap", "message": "Record was at bafyreib"}
LIMITED = {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}
WRONG = {"error": "AuthenticationRequired", "message": "Invalid identifier or password"}

SIGN_IN = "POST /xrpc/com.atproto.server.createSession"
REFRESH = "POST /xrpc/com.atproto.server.refreshSession"
PUT = "POST /xrpc/com.atproto.repo.putRecord"
GET = "GET /xrpc/com.atproto.repo.getRecord"


def client(transport: httpx.AsyncBaseTransport) -> BlueskyClient:
    return BlueskyClient(handle="journal.example", app_password="s3cret-password", transport=transport)


def stored(payload, **changed):
    uri = f"at://did:plc:journal/app.bsky.feed.post/{payload.body['rkey']}"
    return {"uri": uri, "cid": "bafyreia", "value": {**payload.body["record"], **changed}}


def put(payload):
    return {"uri": stored(payload)["uri"], "cid": "bafyreia", "commit": {"cid": "bafy", "rev": "3m"}}


@pytest.fixture
def payload(script, post, at):
    return client(script()).prepare(post, key="lejournal/7", at=at)


async def test_a_post_is_put_under_its_key_only_if_nothing_is_there(script, answer, payload, at):
    network = script(answer(200, SESSION), answer(200, put(payload)))
    receipt = await client(network).publish(payload)
    assert network.calls == [SIGN_IN, PUT]
    assert network.sent() == {"repo": "did:plc:journal", **payload.body, "swapRecord": None}
    assert network.requests[1].headers["authorization"] == "Bearer s3cret-a"
    assert receipt.id == stored(payload)["uri"]
    assert receipt.url == f"https://bsky.app/profile/journal.example/post/{payload.body['rkey']}"
    assert receipt.at == at


async def test_an_answer_without_a_commit_means_it_was_there_already_and_is_a_success(
    script, answer, payload
):
    there = {key: value for key, value in put(payload).items() if key != "commit"}
    receipt = await client(script(answer(200, SESSION), answer(200, there))).publish(payload)
    assert receipt.id == there["uri"]


async def test_a_swap_refused_over_the_same_text_is_a_success(script, answer, payload):
    network = script(answer(200, SESSION), answer(400, SWAP), answer(200, stored(payload, langs=["en"])))
    assert (await client(network).publish(payload)).id == stored(payload)["uri"]
    assert network.calls == [SIGN_IN, PUT, GET]


async def test_a_swap_refused_over_another_text_is_rejected_and_nothing_is_overwritten(
    script, answer, payload
):
    network = script(answer(200, SESSION), answer(400, SWAP), answer(200, stored(payload, text="autre")))
    with pytest.raises(Rejected):
        await client(network).publish(payload)
    assert network.calls.count(PUT) == 1


async def test_a_swap_refused_that_cannot_be_looked_into_is_unsettled(script, answer, payload):
    network = script(answer(200, SESSION), answer(400, SWAP), answer(502, {"error": "UpstreamFailure"}))
    with pytest.raises(Unsettled):
        await client(network).publish(payload)


@pytest.mark.parametrize(
    ("code", "body", "error"),
    [
        (400, TOO_LONG, Rejected),
        (413, {"error": "PayloadTooLarge"}, Rejected),
        (400, {"error": "InvalidToken", "message": "Token could not be verified"}, Refused),
        (401, {"error": "AuthMissing"}, Refused),
        (400, {"error": "AccountTakedown", "message": "Account has been taken down"}, Refused),
        (429, LIMITED, Busy),
        (500, {"error": "InternalServerError", "message": "Internal Server Error"}, Unsettled),
        (502, "<html></html>", Unsettled),
        (200, "{", Unsettled),
    ],
)
async def test_each_answer_to_a_put_is_its_error_and_nothing_is_put_again(
    script, answer, payload, code, body, error
):
    network = script(answer(200, SESSION), answer(code, body))
    with pytest.raises(error) as raised:
        await client(network).publish(payload)
    assert type(raised.value) is error
    assert network.calls == [SIGN_IN, PUT]


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        ((401, WRONG), Refused),
        ((401, {"error": "AccountTakedown"}), Refused),
        ((400, {"error": "InvalidRequest", "message": "Input/identifier must be a string"}), Refused),
        ((200, {**SESSION, "active": False, "status": "suspended"}), Refused),
        ((429, LIMITED), Busy),
        ((500, {"error": "InternalServerError"}), Busy),
        ((200, "<html>"), Busy),
    ],
)
async def test_a_sign_in_that_fails_posts_nothing_and_says_so(script, answer, payload, reply, error):
    network = script(answer(*reply))
    with pytest.raises(error):
        await client(network).publish(payload)
    assert network.calls == [SIGN_IN]


async def test_a_429_says_when_to_come_back_by_retry_after_or_by_the_reset(script, answer, payload):
    for headers, wait in (({"retry_after": "280"}, 280), ({"ratelimit_reset": "1795339890"}, 90)):
        network = script(answer(429, LIMITED, **headers))
        with pytest.raises(Busy) as busy:
            await client(network).publish(payload)
        assert busy.value.retry_after == wait
        assert network.calls == [SIGN_IN]


async def test_a_lost_sign_in_is_busy_because_nothing_can_have_been_posted(script, payload):
    with pytest.raises(Busy):
        await client(script(httpx.ReadTimeout(""))).publish(payload)


async def test_an_expired_session_is_renewed_and_the_post_put_once_more(script, answer, payload):
    network = script(
        answer(200, SESSION), answer(400, EXPIRED), answer(200, RENEWED), answer(200, put(payload))
    )
    await client(network).publish(payload)
    assert network.calls == [SIGN_IN, PUT, REFRESH, PUT]
    assert network.requests[2].headers["authorization"] == "Bearer s3cret-r"
    assert network.requests[3].headers["authorization"] == "Bearer s3cret-a2"


async def test_a_session_too_old_to_renew_is_replaced_by_a_new_sign_in(script, answer, payload):
    network = script(
        answer(200, SESSION),
        answer(400, EXPIRED),
        answer(400, EXPIRED),
        answer(200, RENEWED),
        answer(200, put(payload)),
    )
    await client(network).publish(payload)
    assert network.calls == [SIGN_IN, PUT, REFRESH, SIGN_IN, PUT]


async def test_a_client_signs_in_once_for_all_its_calls_even_in_parallel(script, answer, payload):
    network = script(answer(200, SESSION), *(answer(400, NOT_FOUND) for _ in range(5)))
    bluesky = client(network)
    assert await asyncio.gather(*(bluesky.find(payload) for _ in range(5))) == [None] * 5
    assert network.calls.count(SIGN_IN) == 1


async def test_a_lost_answer_is_unsettled_and_the_post_is_found_by_its_key(script, answer, payload, at):
    network = script(answer(200, SESSION), httpx.ReadError("reset"), answer(200, stored(payload)))
    bluesky = client(network)
    with pytest.raises(Unsettled):
        await bluesky.publish(payload)
    receipt = await bluesky.find(payload)
    assert (receipt.id, receipt.at) == (stored(payload)["uri"], at)
    assert network.requests[2].url.params["rkey"] == payload.body["rkey"]


async def test_a_post_of_another_delivery_is_not_found(script, answer, payload):
    network = script(answer(200, SESSION), answer(200, stored(payload)))
    assert await client(network).find(payload, known=[stored(payload)["uri"]]) is None


@pytest.mark.parametrize("code", [400, 500, 502])
async def test_a_server_that_cannot_tell_is_not_taken_for_one_without_the_post(script, answer, payload, code):
    network = script(answer(200, SESSION), answer(code, {"error": "UpstreamFailure"}))
    with pytest.raises(Busy):
        await client(network).find(payload)


async def test_the_limit_is_not_asked_and_no_secret_stands_in_repr_or_error(script, answer, payload):
    bluesky = client(script(answer(401, {"error": "Nope", "message": "not s3cret-password"})))
    assert [bound.maximum for bound in (await bluesky.limit()).bounds] == [300, 3000]
    with pytest.raises(Refused) as refused:
        await bluesky.publish(payload)
    assert "s3cret" not in f"{bluesky!r} {refused.value}"


async def test_the_session_tokens_are_hidden_from_errors_too(script, answer, payload):
    network = script(answer(200, SESSION), answer(400, {"error": "InvalidToken", "message": "bad s3cret-a"}))
    with pytest.raises(Refused) as refused:
        await client(network).publish(payload)
    assert "s3cret" not in str(refused.value)


async def test_two_posts_of_one_instant_have_two_keys_and_later_ones_sort_later(script, post, at):
    bluesky = client(script())
    keys = [bluesky.prepare(post, key=key, at=at).body["rkey"] for key in ("a", "b")]
    later = bluesky.prepare(post, key="a", at=at + timedelta(milliseconds=1)).body["rkey"]
    assert keys[0] != keys[1]
    assert later > max(keys)


async def test_a_renewal_that_is_lost_is_busy_because_the_put_was_refused(script, answer, payload):
    network = script(answer(200, SESSION), answer(400, EXPIRED), httpx.ReadTimeout(""))
    with pytest.raises(Busy):
        await client(network).publish(payload)
    assert network.calls == [SIGN_IN, PUT, REFRESH]
