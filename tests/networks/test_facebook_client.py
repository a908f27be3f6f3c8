"""Facebook: what is sent, what each error code means, and how a Page's post is found again."""

from urllib.parse import parse_qs

import httpx
import pytest

from piquet.errors import Busy, Refused, Rejected, Unsettled
from piquet.networks.facebook import FacebookClient


def error(code, message, **more):
    kind = more.pop("type", "OAuthException")
    return {"error": {"message": message, "type": kind, "code": code, "fbtrace_id": "HpoLLNVSn5z", **more}}


# As recorded, in this order: github.com/Charca/bootbot/issues/154, PipedreamHQ/pipedream/issues/7581,
# criso/fbgraph/issues/147, facebook-csharp-sdk/facebook-csharp-sdk/issues/119, arsduo/koala/issues/422,
# jgorset/facepy/issues/55, pavelk2/social-feed/issues/267, facebookarchive/php-graph-sdk/issues/1233,
# facebookarchive/Facebook-For-OpenCart/issues/28, nygardk/react-share/issues/70,
# facebook/facebook-python-business-sdk/issues/416, facebookarchive/php-graph-sdk/issues/478, arsduo/koala/issues/699.
CHANGED_PASSWORD = error(
    190,
    "Error validating access token: The session has been invalidated because the user changed their password or "
    "Facebook has changed the session for security reasons.",
    error_subcode=460,
)
NO_PERMISSION = error(283, "(#283) Requires pages_read_engagement permission to manage the object")
NOT_SUPPORTED = error(
    200,
    "(#200) New Pages experience not supported: This endpoint is not supported in the new Pages experience.",
)
DUPLICATE = error(506, "(#506) Duplicate status message")
ALREADY_POSTED = error(
    368, "You've already posted this. Posting the same content repeatedly on Facebook isn't allowed."
)
EMPTY = error(100, "(#100) Missing message or attachment")
NO_OBJECT = error(
    100,
    "Unsupported get request. Object with ID '892444634257084' does not exist, cannot be loaded due to missing "
    "permissions, or does not support this operation.",
    type="GraphMethodException",
)
NO_FEATURE = error(
    100,
    "(#100) Object does not exist, cannot be loaded due to missing permission or reviewable feature, or does not "
    "support this operation.",
)
PAGE_LIMIT = error(32, "(#32) Page request limit reached")
APP_LIMIT = error(4, "(#4) Application request limit reached", is_transient=True)
USER_LIMIT = error(17, "(#17) User request limit reached", is_transient=True)
UNKNOWN = error(1, "An unknown error has occurred.")
UNEXPECTED = error(2, "An unexpected error has occurred. Please retry your request later.", is_transient=True)
BLOCKED = error(368, "The action attempted has been deemed abusive or is otherwise disallowed")


def client(transport: httpx.AsyncBaseTransport) -> FacebookClient:
    return FacebookClient(page_id="100200", token="s3cret-token", transport=transport)


def published(post, *, id="100200_7", at="2026-11-22T09:31:00+0000", link=True):
    shown = {
        "id": id,
        "message": post.text,
        "created_time": at,
        "permalink_url": f"https://www.facebook.com/j/{id}",
    }
    attached = {"data": [{"unshimmed_url": post.link}]} if link and post.link else {"data": [{}]}
    return {**shown, "attachments": attached}


@pytest.fixture
def payload(script, post, at):
    return client(script()).prepare(post, key="k", at=at)


async def test_a_post_is_its_message_and_link_and_the_token_is_never_in_the_address(
    script, answer, payload, post, at
):
    network = script(answer(200, {"id": "100200_7"}))
    receipt = await client(network).publish(payload)
    assert network.calls == ["POST /v26.0/100200/feed"]
    assert parse_qs(network.requests[0].content.decode()) == {"message": [post.text], "link": [post.link]}
    assert network.requests[0].headers["authorization"] == "Bearer s3cret-token"
    assert "s3cret" not in str(network.requests[0].url)
    assert (receipt.id, receipt.url, receipt.at) == ("100200_7", "https://www.facebook.com/100200_7", at)


async def test_a_reminder_has_no_link_field(script, answer, notice, at):
    network = script(answer(200, {"id": "100200_7"}))
    facebook = client(network)
    await facebook.publish(facebook.prepare(notice, key="k", at=at))
    assert parse_qs(network.requests[0].content.decode()) == {"message": [notice.text]}


@pytest.mark.parametrize(
    ("code", "body", "kind"),
    [
        (400, CHANGED_PASSWORD, Refused),
        (400, error(10, "(#10) Application does not have permission for this action"), Refused),
        (400, NO_PERMISSION, Refused),
        (403, NOT_SUPPORTED, Refused),
        (400, BLOCKED, Refused),
        (400, NO_OBJECT, Refused),
        (400, NO_FEATURE, Refused),
        (400, EMPTY, Rejected),
        (400, PAGE_LIMIT, Busy),
        (403, APP_LIMIT, Busy),
        (400, USER_LIMIT, Busy),
        (400, error(341, "(#341) Application limit reached"), Busy),
        (400, error(613, "(#613) Calls to this api have exceeded the rate limit."), Busy),
        (400, error(80001, "(#80001) There have been too many calls to this Page account."), Busy),
        (400, UNKNOWN, Unsettled),
        (500, UNEXPECTED, Unsettled),
        (400, error(99, "Something new", is_transient=True), Unsettled),
        (503, {"error": "Service Unavailable"}, Unsettled),
        (502, "<html></html>", Unsettled),
        (200, "", Unsettled),
    ],
)
async def test_each_answer_to_a_post_is_its_error_and_nothing_is_sent_again(
    script, answer, payload, code, body, kind
):
    network = script(answer(code, body))
    with pytest.raises(kind) as raised:
        await client(network).publish(payload)
    assert type(raised.value) is kind
    assert network.calls == ["POST /v26.0/100200/feed"]


async def test_a_rate_limit_posts_nothing_and_its_minutes_become_seconds(script, answer, payload):
    usage = '{"100200": [{"type": "pages", "call_count": 100, "estimated_time_to_regain_access": 7}]}'
    network = script(answer(400, PAGE_LIMIT, x_business_use_case_usage=usage))
    with pytest.raises(Busy) as busy:
        await client(network).publish(payload)
    assert busy.value.retry_after == 420
    assert len(network.requests) == 1


@pytest.mark.parametrize(
    "usage", ["", "[]", '{"1": 2}', '{"1": [{"estimated_time_to_regain_access": 0}]}', '{"1": []}']
)
async def test_a_rate_limit_without_a_time_names_none(script, answer, payload, usage):
    with pytest.raises(Busy) as busy:
        await client(script(answer(400, PAGE_LIMIT, x_business_use_case_usage=usage))).publish(payload)
    assert busy.value.retry_after is None


@pytest.mark.parametrize("refusal", [DUPLICATE, ALREADY_POSTED])
async def test_a_repeat_is_the_post_that_is_there_or_is_rejected_or_stays_unsettled(
    script, answer, payload, post, refusal
):
    network = script(answer(400, refusal), answer(200, {"data": [published(post)]}))
    assert (await client(network).publish(payload)).id == "100200_7"
    assert sum(call.startswith("POST") for call in network.calls) == 1
    with pytest.raises(Rejected):
        await client(script(answer(400, refusal), answer(200, {"data": []}))).publish(payload)
    with pytest.raises(Unsettled):
        await client(script(answer(400, refusal), answer(400, PAGE_LIMIT))).publish(payload)


@pytest.mark.parametrize("link", [True, False])
async def test_a_lost_answer_is_unsettled_and_the_post_is_found_by_link_or_message(
    script, answer, payload, post, link
):
    shown = published(post, link=link)
    shown["message"] = "a person mended a letter" if link else shown["message"]
    network = script(httpx.RemoteProtocolError("Server disconnected"), answer(200, {"data": [shown]}))
    facebook = client(network)
    with pytest.raises(Unsettled):
        await facebook.publish(payload)
    receipt = await facebook.find(payload)
    assert (receipt.id, receipt.url) == ("100200_7", "https://www.facebook.com/j/100200_7")
    asked = network.requests[1].url
    assert asked.path == "/v26.0/100200/published_posts"
    assert asked.params["since"] == "1795335900"
    assert "s3cret" not in str(asked)


async def test_an_older_post_or_another_deliverys_is_not_taken_for_this_one(script, answer, payload, post):
    both = [published(post, id="2"), published(post, id="1", at="2026-11-22T08:20:00+0000")]
    assert await client(script(answer(200, {"data": both}))).find(payload, known=["2"]) is None


async def test_the_list_is_read_to_its_end(script, answer, payload, post):
    paging = {"cursors": {"before": "a", "after": "b"}, "next": "https://graph.facebook.com/next"}
    first = {"data": [published(post, id="9")], "paging": paging}
    last = {"data": [published(post, id="8")], "paging": {"cursors": {"after": "c"}}}
    network = script(answer(200, first), answer(200, last))
    assert (await client(network).find(payload, known=["9"])).id == "8"
    assert network.requests[1].url.params["after"] == "b"


@pytest.mark.parametrize(
    ("code", "body", "kind"),
    [(400, CHANGED_PASSWORD, Refused), (400, UNKNOWN, Busy), (400, EMPTY, Busy), (500, UNEXPECTED, Busy)],
)
async def test_looking_for_a_post_fails_as_a_read(script, answer, payload, code, body, kind):
    with pytest.raises(kind):
        await client(script(answer(code, body))).find(payload)


async def test_the_token_stands_in_no_repr_and_no_error_though_facebook_repeats_it(script, answer, payload):
    facebook = client(script(answer(400, error(190, "Malformed access token s3cret-token"))))
    with pytest.raises(Refused) as refused:
        await facebook.publish(payload)
    assert "s3cret" not in f"{facebook!r} {refused.value}"
