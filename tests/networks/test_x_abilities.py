"""X: figures, deletions and facts, and what it declares that it cannot do."""

import pytest

from piquet.errors import Busy, Refused, Rejected
from piquet.networks.x import XClient
from piquet.post import Receipt

# Recorded: github.com/trypostit/trypost and X's own specification, components/schemas/ResourceNotFoundProblem.
NOT_THERE = {
    "errors": [{"title": "Not Found Error", "type": "https://api.twitter.com/2/problems/resource-not-found"}]
}
ME = {"data": {"id": "7", "name": "Le Journal", "username": "lejournal"}}
FORBIDDEN = {
    "title": "Forbidden",
    "detail": "You are not allowed to delete this Post.",
    "type": "about:blank",
}


def client(network) -> XClient:
    keys = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
    return XClient(**dict.fromkeys(keys, "s3cret"), transport=network)


@pytest.fixture
def receipt(at) -> Receipt:
    return Receipt(id="42", url="https://x.com/i/web/status/42", at=at)


async def test_what_x_cannot_do_is_rejected_and_nothing_is_sent(script, notice, receipt, at):
    network = script()
    x = client(network)
    with pytest.raises(Rejected, match="X takes no replies"):
        x.prepare(notice, key="k", at=at, reply_to=receipt)
    for call in (x.pin(receipt), x.unpin(receipt)):
        with pytest.raises(Rejected, match="X lets no program pin"):
            await call
    with pytest.raises(Rejected, match="X does not say what is pinned"):
        await x.pinned()
    assert network.calls == []


async def test_figures_come_for_100_posts_at_a_time_under_both_of_their_names(script, answer, at):
    receipts = [Receipt(id=str(n), url="", at=at) for n in range(101)]
    old = {"retweet_count": 2, "reply_count": 3, "like_count": 1, "quote_count": 4, "impression_count": 5}
    new = {"repost_count": 6}
    network = script(
        answer(200, {"data": [{"id": "0", "text": "a", "public_metrics": old}], **NOT_THERE}),
        answer(200, {"data": [{"id": "100", "text": "b", "public_metrics": new}]}),
    )
    found = await client(network).metrics(receipts)
    assert [len(request.url.params["ids"].split(",")) for request in network.requests] == [100, 1]
    first, last = found["0"], found["100"]
    assert (first.likes, first.reposts, first.replies, first.quotes, first.views) == (1, 2, 3, 4, 5)
    assert (last.likes, last.reposts) == (None, 6)
    assert len(found) == 2


@pytest.mark.parametrize(("code", "body"), [(200, {"data": {"deleted": True}}), (404, NOT_THERE)])
async def test_a_deletion_is_signed_and_one_of_a_post_that_is_gone_is_no_error(
    script, answer, receipt, code, body
):
    network = script(answer(code, body))
    await client(network).delete(receipt)
    assert network.calls == ["DELETE /2/tweets/42"]
    assert network.requests[0].headers["authorization"].startswith("OAuth ")


@pytest.mark.parametrize(
    ("code", "body", "error"), [(403, FORBIDDEN, Rejected), (401, {}, Refused), (503, {}, Busy)]
)
async def test_a_deletion_that_fails_says_why(script, answer, receipt, code, body, error):
    with pytest.raises(error):
        await client(script(answer(code, body))).delete(receipt)


async def test_an_account_says_what_its_app_may_do_and_how_many_posts_are_left(script, answer):
    headers = {
        "x_access_level": "read-write",
        "x_user_limit_24hour_remaining": "12",
        "x_app_limit_24hour_remaining": "90",
    }
    facts = await client(script(answer(200, ME, **headers))).check()
    assert (facts.name, facts.may_post, facts.posts_left, facts.token_ends) == ("@lejournal", True, 12, None)
    facts = await client(script(answer(200, ME, x_access_level="read"))).check()
    assert (facts.may_post, facts.posts_left) == (False, None)
    assert "read and write" in facts.why_not
