"""LinkedIn: little text, the card that is all ours, versions that end, and repeats whose URN is looked at."""

import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks import LinkedInPage
from piquet import limits
from piquet.config import _FIELDS
from piquet.errors import Busy, NetworkError, Refused, Rejected, Unsettled, UserError
from piquet.networks.linkedin import LinkedInClient, plain_text, version_ends
from piquet.post import Post, Receipt

URN = "urn:li:share:7141138937766391808"
AUTHOR = "urn:li:organization:2414183"
RESERVED = "\\|{}@[]()<>#*_~"


def error(status, code, message, **more):
    return {"status": status, "code": code, "message": message, **more}


# As recorded in Arisamiga/Linkedin-RSS/issues/5, gitroomhq/postiz-app/issues/2005, n8n-io/n8n/issues/22899,
# Automattic/wp-calypso/issues/32007, linkedin-developers/linkedin-api-js-client/issues/35.
DUPLICATE = {
    "errorDetailType": "com.linkedin.common.error.BadRequest",
    "message": "com.linkedin.content.common.exception.BadRequestResponseException: Content is a duplicate of "
    + URN,
    "errorDetails": {
        "inputErrors": [{"description": "Duplicate post is detected", "input": {}, "code": "DUPLICATE_POST"}]
    },
    "status": 422,
}
OLD_VERSION = error(426, "NONEXISTENT_VERSION", "Requested version 20250101 is not active")
TOO_LONG = {
    "errorDetailType": "com.linkedin.common.error.BadRequest",
    "message": "com.linkedin.content.common.exception.BadRequestResponseException: ShareCommentary text length "
    "(8694 characters) exceeded the maximum allowed (3000 characters)",
    "errorDetails": {"inputErrors": [{"code": "FIELD_ARRAY_SIZE_TOO_HIGH", "maxLength": 3000}]},
    "status": 400,
}
THROTTLED = {
    "serviceErrorCode": 101,
    "message": "Resource level throttle limit for calls to this resource is reached.",
    "status": 429,
}
NO_PERMISSION = error(
    403, "ACCESS_DENIED", "Not enough permissions to access: me.GET.NO_VERSION", serviceErrorCode=100
)
EXPIRED = error(
    401, "EXPIRED_ACCESS_TOKEN", "The token used in the request has expired", serviceErrorCode=65602
)


def client(transport: httpx.AsyncBaseTransport, **changed: str) -> LinkedInClient:
    given = {"organization": "2414183", "token": "s3cret-token", **changed}
    return LinkedInClient(**given, transport=transport)


def element(payload, *, id=URN, at=1795339860000, **changed):
    return {"id": id, **payload.body, "createdAt": at, "publishedAt": at, **changed}


def found(*elements):
    return {"paging": {"start": 0, "count": 100, "links": []}, "elements": list(elements)}


NOTHING = found()


@pytest.fixture
def payload(script, post, at):
    return client(script()).prepare(post, key="k", at=at)


async def test_a_post_is_little_text_and_an_article_card_under_a_version(script, answer, payload, post, at):
    network = script(answer(201, "", x_restli_id=URN))
    receipt = await client(network).publish(payload)
    assert network.calls == ["POST /rest/posts"]
    body, headers = network.sent(), network.requests[0].headers
    assert (body["author"], body["lifecycleState"], body["visibility"]) == (AUTHOR, "PUBLISHED", "PUBLIC")
    assert body["commentary"] == post.text.replace("#", "\\#").replace("_", "\\_")
    article = body["content"]["article"]
    assert article == {"source": post.link, "title": post.card.title, "description": post.card.description}
    assert (headers["linkedin-version"], headers["x-restli-protocol-version"]) == ("202608", "2.0.0")
    assert (receipt.id, receipt.url, receipt.at) == (URN, f"https://www.linkedin.com/feed/update/{URN}", at)


async def test_a_reminder_has_no_card(script, answer, notice, at):
    network = script(answer(201, "", x_restli_id=URN))
    linkedin = client(network)
    await linkedin.publish(linkedin.prepare(notice, key="k", at=at))
    assert "content" not in network.sent()


def test_every_reserved_character_is_escaped_and_no_other():
    assert limits.little_text(RESERVED) == "".join(f"\\{c}" for c in RESERVED)
    plain = "L’été à 100 % : « oui » ! ; , . / ? & = + $ € ' \" - ` ^"
    assert limits.little_text(plain) == plain


@given(st.text(alphabet=st.characters(codec="utf-8") | st.sampled_from(RESERVED)))
def test_little_text_is_read_back_as_the_text_it_was(text):
    assert plain_text(limits.little_text(text)) == text


def test_a_hashtag_of_linkedins_own_is_read_as_readers_see_it():
    assert plain_text(r"Vu {hashtag|\#|Grève\_2026} hier") == "Vu #Grève_2026 hier"


def test_a_length_counts_the_backslashes():
    assert limits.LINKEDIN.fits("é" * 3000) and not limits.LINKEDIN.fits("é" * 3001)
    assert limits.LINKEDIN.fits("(" * 1500) and not limits.LINKEDIN.fits("(" * 1501)


@pytest.mark.parametrize(
    ("code", "body", "kind"),
    [
        (401, EXPIRED, Refused),
        (403, NO_PERMISSION, Refused),
        (426, OLD_VERSION, Refused),
        (400, TOO_LONG, Rejected),
        (422, error(422, "X", "Something about the post"), Rejected),
        (429, THROTTLED, Busy),
        (500, error(500, "INTERNAL_SERVER_ERROR", "Internal Server Error"), Unsettled),
        (502, "<html></html>", Unsettled),
        (201, "", Unsettled),
        (200, "", Unsettled),
    ],
)
async def test_each_answer_to_a_post_is_its_error_and_nothing_is_sent_again(
    script, answer, payload, code, body, kind
):
    network = script(answer(code, body))
    with pytest.raises(NetworkError) as raised:
        await client(network).publish(payload)
    assert type(raised.value) is kind
    assert network.calls == ["POST /rest/posts"]


async def test_an_ended_version_says_what_to_do(script, answer, payload):
    with pytest.raises(Refused, match="Set a newer version"):
        await client(script(answer(426, OLD_VERSION))).publish(payload)


@pytest.mark.parametrize(
    ("message", "headers", "wait"),
    [
        ("Resource level throttle APPLICATION DAY limit for calls to this resource is reached.", {}, 52_200),
        (THROTTLED["message"], {}, None),
        (THROTTLED["message"], {"Retry_After": "30"}, 30),
    ],
)
async def test_a_day_limit_lasts_until_midnight_utc(script, answer, payload, message, headers, wait):
    with pytest.raises(Busy) as busy:
        await client(script(answer(429, {**THROTTLED, "message": message}, **headers))).publish(payload)
    assert busy.value.retry_after == wait


async def test_a_repeat_is_the_post_that_linkedin_names_where_it_is_ours(script, answer, payload):
    network = script(answer(422, DUPLICATE), answer(200, element(payload)))
    assert (await client(network).publish(payload)).id == URN
    assert network.calls[1] == f"GET /rest/posts/{URN}"
    assert network.requests[1].url.raw_path == b"/rest/posts/urn%3Ali%3Ashare%3A7141138937766391808"


async def test_a_ghost_is_not_believed_and_the_pages_own_posts_decide(script, answer, payload):
    lost = error(404, "NOT_FOUND", "Could not find entity")
    other = "urn:li:share:1"
    network = script(
        answer(422, DUPLICATE),
        answer(404, lost),
        answer(200, found(element(payload, id=other))),
        answer(200, NOTHING),
    )
    assert (await client(network).publish(payload)).id == other
    with pytest.raises(Rejected):
        await client(script(answer(422, DUPLICATE), answer(404, lost), answer(200, NOTHING))).publish(payload)


async def test_a_repeat_of_an_old_post_is_rejected_and_one_that_cannot_be_read_stays_unsettled(
    script, answer, payload
):
    old = element(payload, at=1795000000000)
    with pytest.raises(Rejected):
        await client(script(answer(422, DUPLICATE), answer(200, old), answer(200, NOTHING))).publish(payload)
    with pytest.raises(Unsettled):
        await client(script(answer(422, DUPLICATE), answer(403, NO_PERMISSION))).publish(payload)


async def test_a_lost_answer_is_unsettled_and_the_post_is_found_by_text_or_card(script, answer, payload):
    mended = element(payload, commentary="a person mended a letter")
    for shown in (element(payload), mended):
        network = script(httpx.RemoteProtocolError("gone"), answer(200, found(shown)), answer(200, NOTHING))
        linkedin = client(network)
        with pytest.raises(Unsettled):
            await linkedin.publish(payload)
        assert (await linkedin.find(payload)).id == URN
        asked = network.requests[1]
        assert (asked.url.params["q"], asked.url.params["author"]) == ("author", AUTHOR)
        assert asked.headers["x-restli-method"] == "FINDER"


async def test_an_older_post_or_another_deliverys_is_not_taken_for_this_one(script, answer, payload):
    both = found(element(payload, id="2"), element(payload, id="1", at=1795000000000))
    assert await client(script(answer(200, both))).find(payload, known=["2"]) is None


@pytest.mark.parametrize(
    ("code", "body", "kind"), [(401, EXPIRED, Refused), (500, "", Busy), (429, THROTTLED, Busy)]
)
async def test_looking_for_a_post_fails_as_a_read(script, answer, payload, code, body, kind):
    with pytest.raises(kind):
        await client(script(answer(code, body))).find(payload)


async def test_a_post_is_deleted_and_one_that_is_gone_is_no_error(script, answer, at):
    network = script(answer(204, ""), answer(404, error(404, "NOT_FOUND", "Could not find entity")))
    for _ in range(2):
        await client(network).delete(Receipt(id=URN, url="u", at=at))
    assert network.calls == [f"DELETE /rest/posts/{URN}"] * 2


async def test_figures_are_asked_as_restli_writes_lists(script, answer, at):
    told = {"likeCount": 3, "shareCount": 1, "commentCount": 2, "impressionCount": 90}
    row = {"totalShareStatistics": told, "share": URN}
    network = script(answer(200, found(row)), answer(200, NOTHING))
    figures = await client(network).metrics(
        [Receipt(id=i, url="u", at=at) for i in (URN, "urn:li:ugcPost:5")]
    )
    assert set(figures) == {URN}
    assert (figures[URN].likes, figures[URN].views, figures[URN].quotes) == (3, 90, None)
    first, second = (request.url.raw_path.decode() for request in network.requests)
    assert first.endswith("&shares=List(urn%3Ali%3Ashare%3A7141138937766391808)")
    assert second.endswith("&ugcPosts=List(urn%3Ali%3AugcPost%3A5)")


async def test_figures_of_many_posts_come_ten_at_a_time_each_under_its_own_name(script, answer, at):
    urns = [f"urn:li:share:{number}" for number in range(12)]
    rows = [{"totalShareStatistics": {"likeCount": n}, "share": urn} for n, urn in enumerate(urns)]
    # Rows come in any order, and of a post that is gone none comes.
    network = script(answer(200, found(*reversed(rows[1:10]))), answer(200, found(*rows[10:])))
    figures = await client(network).metrics([Receipt(id=urn, url="u", at=at) for urn in urns])
    assert {urn: told.likes for urn, told in figures.items()} == {urns[n]: n for n in range(1, 12)}
    lists = [request.url.raw_path.decode().partition("List(")[2] for request in network.requests]
    assert [one.count(",") for one in lists] == [9, 1]


async def test_a_reply_is_rejected_before_anything_is_sent(script, notice, at):
    with pytest.raises(Rejected):
        client(script()).prepare(notice, key="k", at=at, reply_to=Receipt(id=URN, url="u", at=at))


async def test_the_check_tells_what_ends_first_the_token_or_the_version(script, answer):
    for day, ends in (("", "2027-08-01"), ("2027-01-31", "2027-01-31"), ("2028-01-01", "2027-08-01")):
        facts = await client(script(answer(200, NOTHING)), token_ends=day).check()
        assert (facts.name, f"{facts.token_ends:%Y-%m-%d}") == (AUTHOR, ends)


@pytest.mark.parametrize("version", ["2026-08", "202613", "", "209912 "])
def test_a_version_that_is_none_is_named_with_the_remedy(version):
    with pytest.raises(UserError, match="field 'version'"):
        version_ends(version)


@pytest.mark.parametrize(
    ("field", "value"), [("organization", "Le Journal"), ("organization", ""), ("token_ends", "demain")]
)
def test_a_field_that_cannot_be_is_named_with_the_remedy(script, field, value):
    with pytest.raises(UserError, match=f"field '{field}'"):
        client(script(), **{field: value})


def test_a_page_may_be_given_by_its_urn(script, notice, at):
    assert client(script(), organization=AUTHOR).prepare(notice, key="k", at=at).body["author"] == AUTHOR


async def test_the_token_stands_in_no_repr_no_payload_and_no_error(script, answer, payload):
    linkedin = client(script(answer(401, error(401, "X", "Invalid token s3cret-token"))))
    with pytest.raises(Refused) as refused:
        await linkedin.publish(payload)
    assert "s3cret" not in f"{linkedin!r} {refused.value} {json.dumps(payload.body)}"


def test_a_card_without_a_description_says_nothing_empty(script, at):
    payload = client(script()).prepare(Post(text="t", link="https://j.example/1"), key="k", at=at)
    assert payload.body["content"]["article"] == {
        "source": "https://j.example/1",
        "title": "https://j.example/1",
    }


def test_the_block_takes_what_an_outlets_file_may_say_and_reads_its_token_from_the_environment(monkeypatch):
    monkeypatch.setenv("JOURNAL_LINKEDIN_TOKEN", "s3cret-token")
    form = LinkedInPage(organization="2414183", token="env:JOURNAL_LINKEDIN_TOKEN", token_ends="2027-01-31")
    assert repr(form.get_client()) == f"LinkedInClient(LinkedIn at https://api.linkedin.com, {AUTHOR})"
    assert _FIELDS["linkedin"] <= set(LinkedInPage.model_fields)


@pytest.mark.parametrize("field", ["organization", "version", "token_ends"])
def test_the_block_refuses_a_field_that_cannot_be_with_the_remedy(field):
    with pytest.raises(UserError, match=f"field '{field}'"):
        LinkedInPage(**{"organization": "1", "token": "t", field: "x"})


async def test_a_deletion_that_is_refused_is_that_posts_trouble_unless_it_is_the_tokens(script, answer, at):
    receipt = Receipt(id=URN, url="https://www.linkedin.com/feed/update/" + URN, at=at)
    for status, body, kind in ((400, TOO_LONG, Rejected), (403, NO_PERMISSION, Refused), (500, None, Busy)):
        with pytest.raises(NetworkError) as raised:
            await client(script(answer(status, body))).delete(receipt)
        assert type(raised.value) is kind
