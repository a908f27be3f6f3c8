"""Mastodon: what is sent, what each answer means, and how a post is found again."""

from datetime import timedelta

import httpx
import pytest

from piquet.errors import Busy, Refused, Rejected, Unsettled
from piquet.networks.mastodon import MastodonClient
from piquet.networks.mastodon_status import iso_639_1, plain_text

# Bodies as recorded: github.com/edsu/feediverse/issues/13, mouse-reeve/mastodon/issues/16,
# mastodon/mastodon/issues/1367, akrherz/iembot/issues/175; docs.joinmastodon.org/api/rate-limits for the headers.
TOO_LONG = {"error": "Validation failed: Text character limit of 500 exceeded"}
BAD_TOKEN = {"error": "The access token is invalid"}
OUT_OF_SCOPE = {"error": "This action is outside the authorized scopes"}
DISABLED = {"error": "Your login is currently disabled"}


def client(transport: httpx.AsyncBaseTransport) -> MastodonClient:
    return MastodonClient(server="https://social.example", token="s3cret-token", transport=transport)


def status(post, *, id="1", created_at="2026-11-22T09:31:00.000Z", content=None, **more):
    shown = content or "<p>" + post.text.replace("&", "&amp;").replace("\n", "<br />") + "</p>"
    return {
        "id": id,
        "url": f"https://social.example/@j/{id}",
        "created_at": created_at,
        "content": shown,
        **more,
    }


async def test_a_post_is_sent_with_its_key_language_and_visibility_and_gives_a_receipt(
    script, answer, post, at
):
    network = script(answer(200, status(post)))
    mastodon = client(network)
    receipt = await mastodon.publish(mastodon.prepare(post, key="lejournal/7", at=at))
    assert network.calls == ["POST /api/v1/statuses"]
    assert network.requests[0].headers["idempotency-key"] == "lejournal/7"
    assert network.sent() == {"status": post.text, "visibility": "public", "language": "fr"}
    assert (receipt.id, receipt.url) == ("1", "https://social.example/@j/1")
    assert receipt.at == at + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("code", "body", "error"),
    [
        (422, TOO_LONG, Rejected),
        (401, BAD_TOKEN, Refused),
        (403, OUT_OF_SCOPE, Refused),
        (403, DISABLED, Refused),
        (404, "", Refused),
        (500, "", Unsettled),
        (502, "<html>Bad Gateway</html>", Unsettled),
        (504, "", Unsettled),
        (200, "<html>cut", Unsettled),
    ],
)
async def test_each_answer_to_a_post_is_its_error_and_nothing_is_sent_again(
    script, answer, post, at, code, body, error
):
    network = script(answer(code, body))
    mastodon = client(network)
    with pytest.raises(error) as raised:
        await mastodon.publish(mastodon.prepare(post, key="k", at=at))
    assert type(raised.value) is error
    assert len(network.requests) == 1
    assert isinstance(body, str) or body["error"] in str(raised.value)


async def test_a_429_posts_nothing_and_says_when_to_come_back(script, answer, post, at):
    reset = {"x_ratelimit_remaining": "0", "x_ratelimit_reset": "2026-11-22T09:34:30.123456Z"}
    network = script(answer(429, {"error": "Too many requests"}, **reset))
    mastodon = client(network)
    with pytest.raises(Busy) as busy:
        await mastodon.publish(mastodon.prepare(post, key="k", at=at))
    assert busy.value.retry_after == pytest.approx(270.1, abs=0.1)
    assert len(network.requests) == 1


async def test_a_429_of_a_proxy_says_when_to_come_back_in_its_own_header(script, answer, post, at):
    network = script(answer(429, {"error": "Too many requests"}, retry_after="2"))
    mastodon = client(network)
    with pytest.raises(Busy) as busy:
        await mastodon.publish(mastodon.prepare(post, key="k", at=at))
    assert busy.value.retry_after == 2 and len(network.requests) == 1


async def test_a_lost_answer_is_unsettled_and_the_post_is_found_by_its_link(script, answer, post, at):
    link = post.link.replace("&", "&amp;")
    content = f'<p>text as a plugin changed it <a href="{link}" rel="nofollow noopener">journal…</a></p>'
    network = script(
        httpx.ReadTimeout(""),
        answer(200, {"id": "9"}),
        answer(200, [status(post, content=content)]),
        answer(200, []),
    )
    mastodon = client(network)
    payload = mastodon.prepare(post, key="k", at=at)
    with pytest.raises(Unsettled):
        await mastodon.publish(payload)
    receipt = await mastodon.find(payload)
    assert receipt.id == "1"
    assert [call for call in network.calls if call.startswith("POST")] == ["POST /api/v1/statuses"]
    assert network.requests[2].url.params["exclude_reblogs"] == "true"


async def test_a_reminder_without_a_link_is_found_by_its_whole_text_only(script, answer, notice, at):
    other = status(notice, id="2", content="<p>Les CM sont en grève ✊ et reviennent demain</p>")
    same = status(notice, id="3", content="<p>Les CM sont en grève ✊</p>")
    network = script(
        answer(200, {"id": "9"}),
        answer(200, [other]),
        answer(200, []),
        answer(200, [other, same]),
        answer(200, []),
    )
    mastodon = client(network)
    payload = mastodon.prepare(notice, key="k", at=at)
    assert await mastodon.find(payload) is None
    assert (await mastodon.find(payload)).id == "3"


async def test_an_older_post_or_another_deliverys_is_not_taken_for_this_one(script, answer, post, at):
    older = status(post, id="1", created_at="2026-11-22T08:24:59.000Z")
    known = status(post, id="2")
    network = script(answer(200, {"id": "9"}), answer(200, [known, older]))
    mastodon = client(network)
    assert await mastodon.find(mastodon.prepare(post, key="k", at=at), known={"2"}) is None


async def test_older_pages_are_read_until_the_time_of_the_send(script, answer, post, at):
    later = [status(post, id=str(90 - n), content="<p>autre</p>") for n in range(40)]
    network = script(
        answer(200, {"id": "9"}), answer(200, later), answer(200, [status(post, id="5")]), answer(200, [])
    )
    mastodon = client(network)
    assert (await mastodon.find(mastodon.prepare(post, key="k", at=at))).id == "5"
    assert network.requests[2].url.params["max_id"] == "51"


async def test_too_many_posts_to_look_back_through_stays_unsettled_rather_than_not_found(
    script, answer, post, at
):
    pages = [[status(post, id=str(1000 - n), content="<p>autre</p>")] for n in range(10)]
    network = script(answer(200, {"id": "9"}), *(answer(200, page) for page in pages))
    mastodon = client(network)
    with pytest.raises(Unsettled):
        await mastodon.find(mastodon.prepare(post, key="k", at=at))


@pytest.mark.parametrize(("code", "error"), [(401, Refused), (500, Busy), (429, Busy)])
async def test_looking_for_a_post_fails_as_a_read(script, answer, post, at, code, error):
    mastodon = client(script(answer(code, BAD_TOKEN)))
    with pytest.raises(error):
        await mastodon.find(mastodon.prepare(post, key="k", at=at))


async def test_the_servers_own_limit_is_asked_of_v2_then_v1_then_assumed(script, answer):
    stated = {"configuration": {"statuses": {"max_characters": 1000, "characters_reserved_per_url": 30}}}
    assert (await client(script(answer(200, stated))).limit()).bounds[0].maximum == 1000
    network = script(answer(404, ""), answer(200, stated))
    assert (await client(network).limit()).bounds[0].maximum == 1000
    assert network.calls == ["GET /api/v2/instance", "GET /api/v1/instance"]
    assert (await client(script(answer(404, ""), answer(200, {"uri": "x"}))).limit()).bounds[0].maximum == 500


async def test_the_token_stands_in_no_repr_and_no_error(script, answer, post, at):
    mastodon = client(script(answer(401, {"error": "The access token s3cret-token is invalid"})))
    with pytest.raises(Refused) as refused:
        await mastodon.publish(mastodon.prepare(post, key="k", at=at))
    assert "s3cret" not in f"{mastodon!r} {refused.value}"


async def test_only_a_two_letter_language_is_sent():
    tags = ["fr-FR", "pt_BR", "EN", "ast", "", None, "français"]
    assert [iso_639_1(tag) for tag in tags] == ["fr", "pt", "en", None, None, None, None]


async def test_html_becomes_the_text_a_reader_sees():
    shown = '<p>« A &amp; B »<br />C</p><p><a href="https://a.example/x"><span class="invisible">https://</span>a.example/x</a></p>'
    assert plain_text(shown).split() == ["«", "A", "&", "B", "»", "C", "https://a.example/x"]


async def test_a_server_that_knows_no_pages_is_not_asked_for_ever(script, answer, post, at):
    same = [status(post, id="7", content="<p>autre</p>")]
    network = script(answer(200, {"id": "9"}), answer(200, same), answer(200, same))
    mastodon = client(network)
    assert await mastodon.find(mastodon.prepare(post, key="k", at=at)) is None
    assert len(network.requests) == 3
