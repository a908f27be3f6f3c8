"""Facebook: comments, pins, figures, deletions and facts, request by request."""

from urllib.parse import parse_qs

import pytest

from piquet.errors import Busy, Refused, Rejected, Unsettled
from piquet.networks.facebook import FacebookClient
from piquet.post import Receipt

# Recorded: github.com/facebookarchive/php-graph-sdk/issues/1233.
GONE = {
    "error": {
        "message": "Unsupported get request. Object with ID '1' does not exist",
        "type": "GraphMethodException",
        "code": 100,
        "error_subcode": 33,
    }
}
TRANSIENT = {"error": {"message": "An unexpected error has occurred.", "code": 2, "is_transient": True}}
NO_RIGHT = {"error": {"message": "(#200) Permissions error", "type": "OAuthException", "code": 200}}
FIGURES = {
    "reactions": {"data": [], "summary": {"total_count": 1}},
    "comments": {"data": [], "summary": {"total_count": 2}},
    "shares": {"count": 3},
}


def client(network) -> FacebookClient:
    return FacebookClient(page_id="100200", token="s3cret", transport=network)


def form(request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.content.decode()).items()}


@pytest.fixture
def receipt(at) -> Receipt:
    return Receipt(id="100200_7", url="https://www.facebook.com/100200_7", at=at)


async def test_a_reply_is_a_comment_with_its_link_in_the_text(script, answer, post, notice, receipt, at):
    network = script(answer(200, {"id": "7_9"}), answer(200, {"id": "7_10"}))
    facebook = client(network)
    article = facebook.prepare(
        notice.__class__(text="Article", link=post.link), key="k", at=at, reply_to=receipt
    )
    assert (await facebook.publish(article)).id == "7_9"
    await facebook.publish(facebook.prepare(notice, key="k", at=at, reply_to=receipt))
    assert network.calls == ["POST /v26.0/100200_7/comments"] * 2
    assert form(network.requests[0]) == {"message": f"Article\n{post.link}"}
    assert form(network.requests[1]) == {"message": notice.text}


async def test_a_comment_is_looked_for_under_its_post(script, answer, notice, receipt, at):
    comment = {"id": "7_9", "message": notice.text, "created_time": "2026-11-22T09:31:00+0000"}
    network = script(answer(200, {"data": [comment]}))
    facebook = client(network)
    found = await facebook.find(facebook.prepare(notice, key="k", at=at, reply_to=receipt))
    assert found.id == "7_9"
    assert network.calls == ["GET /v26.0/100200_7/comments"]


async def test_a_comment_without_an_answer_is_unsettled(script, answer, notice, receipt, at):
    facebook = client(script(answer(500, TRANSIENT)))
    with pytest.raises(Unsettled):
        await facebook.publish(facebook.prepare(notice, key="k", at=at, reply_to=receipt))


async def test_a_pin_is_set_and_taken_away_and_cannot_be_read(script, answer, receipt):
    network = script(answer(200, {"success": True}), answer(200, {"success": True}))
    facebook = client(network)
    await facebook.pin(receipt)
    await facebook.unpin(receipt)
    assert network.calls == ["POST /v26.0/100200_7"] * 2
    assert [form(request) for request in network.requests] == [{"is_pinned": "true"}, {"is_pinned": "false"}]
    with pytest.raises(Rejected, match="does not say"):
        await facebook.pinned()


@pytest.mark.parametrize(("body", "error"), [(GONE, Rejected), (NO_RIGHT, Refused), (TRANSIENT, Busy)])
async def test_a_pin_that_fails_says_why_and_is_never_unsettled(script, answer, receipt, body, error):
    with pytest.raises(error):
        await client(script(answer(400, body))).pin(receipt)


async def test_deleting_what_is_gone_is_no_error(script, answer, receipt):
    network = script(answer(400, GONE))
    await client(network).delete(receipt)
    assert network.calls == ["DELETE /v26.0/100200_7"]
    with pytest.raises(Refused):
        await client(script(answer(403, NO_RIGHT))).delete(receipt)


async def test_figures_come_together_and_one_by_one_where_a_post_is_gone(script, answer, at):
    receipts = [Receipt(id=id, url="", at=at) for id in ("1", "2")]
    together = script(answer(200, {"1": {"id": "1", **FIGURES}, "2": {"id": "2"}}))
    found = await client(together).metrics(receipts)
    assert (found["1"].likes, found["1"].replies, found["1"].reposts, found["1"].views) == (1, 2, 3, None)
    assert (found["2"].likes, found["2"].replies, found["2"].reposts) == (None, None, 0)
    apart = script(answer(400, GONE), answer(400, GONE), answer(200, {"2": {"id": "2", **FIGURES}}))
    assert set(await client(apart).metrics(receipts)) == {"2"}


async def test_a_page_says_its_name_and_whether_the_token_may_post(script, answer):
    facts = await client(
        script(answer(200, {"id": "100200", "name": "Le Journal", "can_post": True}))
    ).check()
    assert (facts.name, facts.may_post) == ("Le Journal", True)
    facts = await client(
        script(answer(200, {"id": "100200", "name": "Le Journal", "can_post": False}))
    ).check()
    assert not facts.may_post
    assert facts.why_not


async def test_a_comment_under_a_post_that_is_gone_is_rejected_alone_and_is_nowhere(
    script, answer, notice, receipt, at
):
    network = script(answer(400, GONE), answer(400, GONE))
    facebook = client(network)
    comment = facebook.prepare(notice, key="k", at=at, reply_to=receipt)
    with pytest.raises(Rejected):
        await facebook.publish(comment)
    assert await facebook.find(comment) is None
