"""A failed request is Busy when it cannot have left, Unsettled when it may have, whatever the network."""

import asyncio
import json
from datetime import UTC, datetime

import httpx
import pytest

from piquet.errors import Busy, Refused, Rejected, Unsettled
from piquet.networks import meta
from piquet.networks.http import MAX_BODY, Wire, moment

NEVER_LEFT = [
    httpx.ConnectError("[Errno -2] Name or service not known"),
    httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"),
    httpx.ConnectTimeout(""),
    httpx.PoolTimeout(""),
    httpx.ProxyError("407 Proxy Authentication Required"),
]
MAY_HAVE_LEFT = [
    httpx.ReadTimeout(""),
    httpx.WriteTimeout(""),
    httpx.WriteError("[Errno 32] Broken pipe"),
    httpx.ReadError("[Errno 104] Connection reset by peer"),
    httpx.RemoteProtocolError("Server disconnected without sending a response."),
]


def wire(transport: httpx.AsyncBaseTransport, **more: object) -> Wire:
    given = {"title": "Réseau", "base": "https://net.example/base/", "secrets": ["s3cret"], "timeout": 5}
    return Wire(transport=transport, **{**given, **more})


class Slow(httpx.AsyncByteStream):
    async def __aiter__(self):
        while True:
            await asyncio.sleep(0.01)
            yield b" "


class Huge(httpx.AsyncByteStream):
    given = 0

    async def __aiter__(self):
        while True:
            self.given += 1_000_000
            yield b" " * 1_000_000


@pytest.mark.parametrize("error", NEVER_LEFT, ids=repr)
async def test_a_write_that_cannot_have_left_posts_nothing_and_may_be_tried_again(script, error):
    with pytest.raises(Busy, match="could not be reached"):
        await wire(script(error)).write("/post", headers={}, json={})


@pytest.mark.parametrize("error", MAY_HAVE_LEFT, ids=repr)
async def test_a_write_that_may_have_left_is_unsettled_and_is_not_sent_a_second_time(script, error):
    network = script(error)
    with pytest.raises(Unsettled, match="gave no whole answer"):
        await wire(network).write("/post", headers={}, json={})
    assert network.calls == ["POST /base/post"]


@pytest.mark.parametrize("error", NEVER_LEFT + MAY_HAVE_LEFT, ids=repr)
async def test_a_failed_read_is_busy_because_reading_posts_nothing(script, error):
    with pytest.raises(Busy):
        await wire(script(error)).read("/posts", headers={})


async def test_a_redirect_of_a_post_is_never_followed_and_the_address_is_to_be_corrected(script, answer):
    network = script(answer(301, "", location="https://elsewhere.example/post"))
    client = wire(network)
    got = await client.write("/post", headers={}, json={})
    assert isinstance(client.failure(got, "", posts=True), Refused)
    assert network.calls == ["POST /base/post"]


@pytest.mark.parametrize(
    ("status", "writing", "reading"),
    [
        (200, Unsettled, Busy),
        (400, Rejected, Busy),
        (401, Refused, Refused),
        (403, Refused, Refused),
        (404, Refused, Refused),
        (408, Unsettled, Busy),
        (422, Rejected, Busy),
        (429, Busy, Busy),
        (500, Unsettled, Busy),
        (503, Unsettled, Busy),
    ],
)
async def test_a_status_alone_stands_for_one_error_when_writing_and_never_rejects_when_reading(
    script, answer, status, writing, reading
):
    client = wire(script(answer(status, "")))
    got = await client.write("/post", headers={}, json={})
    assert type(client.failure(got, "", posts=True)) is writing
    assert type(client.failure(got, "", posts=False)) is reading


async def test_an_answer_that_never_ends_is_given_up_and_unsettled(script):
    client = wire(script(httpx.Response(200, stream=Slow())), timeout=0.05)
    with pytest.raises(Unsettled):
        await client.write("/post", headers={}, json={})


async def test_no_more_of_an_answer_is_read_than_the_cap(script):
    stream = Huge()
    got = await wire(script(httpx.Response(200, stream=stream))).read("/posts", headers={})
    assert len(got.body) == MAX_BODY
    assert stream.given <= MAX_BODY + 1_000_000


async def test_a_body_that_is_no_json_object_is_an_empty_one(script, answer):
    for body in ("<html>Bad gateway</html>", "[1]", '{"id": ', "[" * 100_000):
        assert (await wire(script(answer(200, body))).read("/posts", headers={})).json == {}


async def test_a_token_with_a_line_end_is_refused_without_being_shown_and_nothing_is_sent(script):
    network = script()
    with pytest.raises(Refused) as refused:
        await wire(network).write("/post", headers={"Authorization": "Bearer s3cret\n"}, json={})
    assert "s3cret" not in str(refused.value)
    assert network.requests == []


async def test_half_a_character_is_rejected_before_anything_is_sent(script):
    network = script()
    with pytest.raises(Rejected):
        await wire(network).write("/post", headers={}, json={"text": "\ud83d"})
    assert network.requests == []


async def test_an_impossible_address_is_refused_before_anything_is_sent(script):
    network = script()
    with pytest.raises(Refused, match="not a web address"):
        await wire(network, base="https://net.example:port").write("/post", headers={}, json={})
    assert network.requests == []


async def test_a_server_named_without_a_scheme_is_reached_over_https(script, answer):
    network = script(answer(200, {}))
    await wire(network, base="net.example").read("/posts", headers={})
    assert str(network.requests[0].url) == "https://net.example/posts"


async def test_waits_are_counted_from_the_servers_clock_not_ours(script, answer):
    got = await wire(script(answer(429, {}))).read("/posts", headers={})
    assert got.seconds_until(moment("2026-11-22T09:31:00Z")) == 60
    assert got.seconds_until(moment("2026-11-22T09:00:00Z")) == 0


@pytest.mark.parametrize("date", ["Fri, 31 Dec 9999 23:59:59 -0100", "yesterday", ""])
async def test_a_servers_clock_that_cannot_be_costs_no_post_and_ours_is_taken(script, date):
    before = datetime.now(UTC)
    taken = httpx.Response(201, json={"id": 1}, headers={"Date": date})
    given = await wire(script(taken)).write("/post", headers={}, json={})
    assert given.json == {"id": 1} and before <= given.at <= datetime.now(UTC)


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "2026-12-05T08:00:00",
        "2026-13-01",
        "",
        None,
        5,
    ],
)
def test_a_moment_that_cannot_be_told_in_utc_is_none(text):
    assert moment(text) is None


@pytest.mark.parametrize(
    ("waits", "seconds"),
    [
        ([None, 7], 420.0),
        (["soon", 7, 3], 420.0),
        ([{}, [], True, 2.5], 150.0),
        ([None], None),
        ([0, -3], None),
        ([float("inf"), float("nan")], None),
        ([10**400, 7], 420.0),
    ],
)
async def test_metas_clear_429_stays_one_whatever_stands_beside_the_wait_it_names(
    script, answer, waits, seconds
):
    usage = json.dumps({str(n): [{"estimated_time_to_regain_access": wait}] for n, wait in enumerate(waits)})
    network = script(answer(429, {"error": {"code": 32}}, **{"X-Business-Use-Case-Usage": usage}))
    said = meta.passing(await wire(network).write("/feed", headers={}, json={}), "Busy.", posts=True)
    assert isinstance(said, Busy) and said.retry_after == seconds
