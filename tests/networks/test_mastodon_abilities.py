"""Mastodon: replies, pins, pictures, figures, deletions and facts, request by request."""

import asyncio
import io

import pytest
from PIL import Image as Pixels

from piquet.entry import Image
from piquet.errors import Busy, Refused, Rejected
from piquet.networks import mastodon as module
from piquet.networks.mastodon import MastodonClient
from piquet.post import Card, Post, Receipt

OWN = {"id": "7", "username": "lejournal", "url": "https://social.example/@lejournal"}
FIGURES = {"favourites_count": 1, "reblogs_count": 2, "replies_count": 3, "quotes_count": 4}
NOT_THERE = {"error": "Record not found"}
# github.com/mastodon/mastodon, config/locales/en.yml: media_attachments.validations.not_ready
NOT_READY = {
    "error": "Validation failed: Cannot attach files that have not finished processing. Try again in a moment!"
}
TOO_MANY_PINS = {"error": "Validation failed: You have already pinned the maximum number of posts"}


async def fetched(url: str, at_most: int) -> bytes:
    made = io.BytesIO()
    Pixels.new("RGB", (64, 36), "crimson").save(made, "PNG")
    return made.getvalue()


def client(network, **more) -> MastodonClient:
    return MastodonClient(server="https://social.example", token="s3cret", transport=network, **more)


def status(id="1", **more):
    return {
        "id": id,
        "url": f"https://social.example/@j/{id}",
        "created_at": "2026-11-22T09:31:00.000Z",
        **more,
    }


def poster(text="Affiche") -> Post:
    return Post(
        text=text, card=Card(title="Une", image=Image(url="https://journal.example/une.png", alt="Piquet"))
    )


@pytest.fixture
def receipt(at) -> Receipt:
    return Receipt(id="1", url="https://social.example/@j/1", at=at)


@pytest.fixture
def at_once(monkeypatch):
    """Waits are not waited out."""

    async def no_time(seconds: float) -> None:
        pass

    monkeypatch.setattr(module.asyncio, "sleep", no_time)


async def test_a_picture_is_uploaded_with_its_text_and_waited_for(script, answer, at, at_once):
    network = script(answer(202, {"id": "m1"}), answer(206, {"id": "m1"}), answer(200, {"id": "m1"}))
    mastodon = client(network, fetch=fetched)
    frozen = await mastodon.ready(mastodon.prepare(poster(), key="k", at=at))
    assert network.calls == ["POST /api/v2/media", "GET /api/v1/media/m1", "GET /api/v1/media/m1"]
    assert "Piquet" in network.requests[0].content.decode("utf-8", "replace")
    assert frozen.body == {"status": "Affiche", "visibility": "public", "media_ids": ["m1"]}
    assert await mastodon.ready(frozen) == frozen


async def test_a_picture_that_is_refused_or_never_ready_is_left_out(script, answer, at, at_once):
    refused = [answer(422, {"error": "Validation failed: File content type is invalid"})]
    never = [answer(202, {"id": "m1"}), *(answer(206, {"id": "m1"}) for _ in range(10))]
    for answers in (refused, never):
        mastodon = client(script(*answers), fetch=fetched)
        frozen = await mastodon.ready(mastodon.prepare(poster(), key="k", at=at))
        assert frozen.body == {"status": "Affiche", "visibility": "public"}


async def test_a_post_whose_picture_is_still_processed_waits(script, answer, notice, at):
    mastodon = client(script(answer(422, NOT_READY)))
    with pytest.raises(Busy):
        await mastodon.publish(mastodon.prepare(notice, key="k", at=at))


async def test_an_article_has_the_servers_own_card_and_no_upload(script, post, at):
    mastodon = client(script(), fetch=fetched)
    article = Post(text=post.text, link=post.link, card=poster().card)
    prepared = mastodon.prepare(article, key="k", at=at)
    assert await mastodon.ready(prepared) == prepared
    assert "image" not in prepared.body


async def test_a_reply_is_found_under_its_own_parent_only(script, answer, notice, receipt, at):
    text = {"content": f"<p>{notice.text}</p>"}
    statuses = [
        status("9", in_reply_to_id="2", **text),
        status("8", in_reply_to_id="1", **text),
        status("5", **text),
    ]
    network = script(answer(200, OWN), answer(200, statuses), answer(200, []))
    mastodon = client(network)
    found = await mastodon.find(mastodon.prepare(notice, key="k", at=at, reply_to=receipt))
    assert found.id == "8"
    again = script(answer(200, OWN), answer(200, statuses), answer(200, []))
    assert (await client(again).find(mastodon.prepare(notice, key="k", at=at))).id == "5"


@pytest.mark.parametrize(
    ("code", "body", "error"),
    [(422, TOO_MANY_PINS, Rejected), (404, NOT_THERE, Rejected), (403, {}, Refused), (503, {}, Busy)],
)
async def test_a_pin_that_fails_says_why(script, answer, receipt, code, body, error):
    with pytest.raises(error):
        await client(script(answer(code, body))).pin(receipt)


async def test_only_what_says_that_it_is_pinned_is(script, answer, receipt):
    network = script(
        answer(200, OWN), answer(200, [status("1", pinned=True), status("2", pinned=False), status("3")])
    )
    assert [one.id for one in await client(network).pinned()] == ["1"]
    assert network.requests[1].url.params["pinned"] == "true"


async def test_a_deletion_answered_404_is_believed_only_when_the_post_is_gone(script, answer, receipt):
    gone = script(answer(404, NOT_THERE), answer(404, NOT_THERE))
    await client(gone).delete(receipt)
    assert gone.calls == ["DELETE /api/v1/statuses/1", "GET /api/v1/statuses/1"]
    with pytest.raises(Rejected, match="still there"):
        await client(script(answer(404, ""), answer(200, status()))).delete(receipt)


async def test_figures_come_in_one_request_of_20(script, answer, at):
    receipts = [Receipt(id=str(n), url="", at=at) for n in range(21)]
    network = script(answer(200, [status("0", **FIGURES)]), answer(200, [status("20", favourites_count=9)]))
    found = await client(network).metrics(receipts)
    assert [len(request.url.params.get_list("id[]")) for request in network.requests] == [20, 1]
    first, last = found["0"], found["20"]
    assert (first.likes, first.reposts, first.replies, first.quotes, first.views) == (1, 2, 3, 4, None)
    assert (last.likes, last.reposts) == (9, None)


@pytest.mark.parametrize(("code", "body"), [(404, ""), (405, ""), (200, {"not": "a list"})])
async def test_figures_come_one_by_one_where_the_server_is_older(script, answer, at, code, body):
    receipts = [Receipt(id=id, url="", at=at) for id in ("1", "2")]
    network = script(answer(code, body), answer(200, status("1", **FIGURES)), answer(404, NOT_THERE))
    assert set(await client(network).metrics(receipts)) == {"1"}
    assert network.calls[1:] == ["GET /api/v1/statuses/1", "GET /api/v1/statuses/2"]


@pytest.mark.parametrize(
    ("told", "may"),
    [
        ((200, {"scopes": ["read", "write"]}), True),
        ((200, {"scopes": ["read", "write:statuses"]}), True),
        ((200, {"scopes": ["read"]}), False),
        ((404, ""), True),
    ],
)
async def test_a_token_without_the_right_to_post_is_told_before_a_post_is_lost(script, answer, told, may):
    instance = {"configuration": {"statuses": {"max_characters": 1000, "characters_reserved_per_url": 23}}}
    facts = await client(script(answer(200, OWN), answer(*told), answer(200, instance))).check()
    assert (facts.name, facts.may_post, bool(facts.why_not)) == ("@lejournal@social.example", may, not may)
    assert facts.limit.counts("é")[0].maximum == 1000
    assert (facts.posts_left, facts.token_ends) == (None, None)


@pytest.mark.parametrize(
    ("version", "fits"),
    [
        ("4.5.3", True),
        ("4.6.0-alpha.1+glitch", True),
        ("0.20.1+git-abc", False),
        ("2.75 (not Mastodon)", False),
        ("2.7.2 (compatible; Pleroma 2.6.0)", False),
        ("4.2.1 (compatible; Akkoma 3.10)", False),
    ],
)
async def test_a_long_link_fits_only_where_the_server_is_known_to_count_it_as_short(
    script, answer, version, fits
):
    statuses = {"max_characters": 100, "characters_reserved_per_url": 23}
    instance = {"version": version, "configuration": {"statuses": statuses}}
    limit = await client(script(answer(200, instance))).limit()
    link = "https://journal.example.com/" + "a" * 90
    assert limit.fits(f"Les CM sont en grève\n{link}", link) is fits


async def test_a_reply_to_a_status_that_is_gone_is_rejected_and_a_server_that_is_gone_refuses_the_account(
    script, answer, notice, receipt, at
):
    gone = {"error": "The post you are trying to reply to does not appear to exist."}
    network = script(answer(404, gone), answer(404, "<html>Not Found</html>"), answer(404, gone))
    mastodon = client(network)
    reply = mastodon.prepare(notice, key="k", at=at, reply_to=receipt)
    with pytest.raises(Rejected, match="does not appear to exist"):
        await mastodon.publish(reply)
    with pytest.raises(Refused):
        await mastodon.publish(reply)
    with pytest.raises(Refused):
        await mastodon.publish(mastodon.prepare(notice, key="k", at=at))


async def test_a_picture_whose_upload_takes_too_long_is_left_out(script, answer, at, monkeypatch, caplog):
    monkeypatch.setattr(module, "UPLOAD_S", 0.01)

    async def slowly(*_: object) -> str:
        await asyncio.sleep(5)
        raise AssertionError("it was waited for")

    mastodon = client(script(), fetch=fetched)
    monkeypatch.setattr(mastodon, "_uploaded", slowly)
    made = await mastodon.ready(mastodon.prepare(poster(), key="k", at=at))
    assert "media_ids" not in made.body and "image" not in made.body
    assert "without its picture" in caplog.text
