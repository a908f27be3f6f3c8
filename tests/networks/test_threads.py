"""Threads: a container, then its publication; once, whatever becomes of the answers."""

import json
from urllib.parse import parse_qs

import httpx
import pytest

from blocks import ThreadsProfile
from piquet import limits
from piquet.config import _FIELDS
from piquet.errors import Busy, NetworkError, Refused, Rejected, Unsettled, UserError
from piquet.ledger.codec import payload_from_json, payload_to_json
from piquet.networks.threads import ThreadsClient
from piquet.post import Receipt


def error(code, message, **more):
    kind = more.pop("type", "OAuthException")
    return {"error": {"message": message, "type": kind, "code": code, "fbtrace_id": "A-ptA4ve9Fl", **more}}


# As recorded in nopara73/LongevityWorldCup/pull/466 and exileum/meta-mcp/issues/143; the others are Graph's own
# (criso/fbgraph/issues/147, facebookarchive/Facebook-For-OpenCart/issues/28).
NOT_THERE = error(
    24,
    "The requested resource does not exist",
    error_subcode=4279009,
    is_transient=False,
    error_user_title="Media Not Found",
    error_user_msg="The media with id 18079098539304490 cannot be found.",
)
BAD_FIELD = error(100, "Tried accessing nonexisting field (status)", type="THApiException")
EXPIRED = error(190, "Error validating access token: Session has expired", error_subcode=463)
APP_LIMIT = error(4, "Application request limit reached", is_transient=True)
TOO_LONG = error(100, "Param text must be at most 500 characters long.", type="THApiException")
UNEXPECTED = error(2, "An unexpected error has occurred. Please retry your request later.", is_transient=True)

MADE, FINISHED = {"id": "1800"}, {"id": "1800", "status": "FINISHED"}
PUBLISHED, RUNNING = {"id": "1800", "status": "PUBLISHED"}, {"id": "1800", "status": "IN_PROGRESS"}
SHOWN = {
    "permalink": "https://www.threads.com/@j/post/DC",
    "timestamp": "2026-11-22T09:31:00+0000",
    "id": "77",
}
NOTHING = {"data": []}


def client(transport: httpx.AsyncBaseTransport) -> ThreadsClient:
    return ThreadsClient(token="s3cret-token", transport=transport, pause=0, looks=3)


def listed(post, *, id="77", **changed):
    return {"data": [{**SHOWN, "text": post.text, "link_attachment_url": post.link, "id": id, **changed}]}


def form(request):
    return {name: values[0] for name, values in parse_qs(request.content.decode()).items()}


@pytest.fixture
def payload(script, post, at):
    return client(script()).prepare(post, key="k", at=at)


@pytest.fixture
async def ready(script, answer, payload):
    return await client(script(answer(200, MADE))).ready(payload)


async def test_a_post_is_a_container_its_status_and_its_publication(script, answer, payload, post):
    network = script(answer(200, MADE), answer(200, FINISHED), answer(200, {"id": "77"}), answer(200, SHOWN))
    receipt = await client(network).publish(payload)
    assert network.calls == [
        "POST /v1.0/me/threads",
        "GET /v1.0/1800",
        "POST /v1.0/me/threads_publish",
        "GET /v1.0/77",
    ]
    assert form(network.requests[0]) == {
        "access_token": "s3cret-token",
        "media_type": "TEXT",
        "text": post.text,
        "link_attachment": post.link,
    }
    assert form(network.requests[2]) == {"access_token": "s3cret-token", "creation_id": "1800"}
    assert (receipt.id, receipt.url) == ("77", SHOWN["permalink"])
    assert receipt.at.isoformat() == "2026-11-22T09:31:00+00:00"


async def test_the_containers_id_is_stored_with_the_payload_and_never_the_token(ready):
    kept = json.dumps(payload_to_json(ready))
    assert payload_from_json(json.loads(kept)) == ready
    assert ready.body["creation_id"] == "1800" and "s3cret" not in kept


async def test_a_ready_payload_comes_back_as_it_is_and_makes_no_second_container(script, answer, ready):
    for status in (FINISHED, RUNNING, PUBLISHED):
        network = script(answer(200, status))
        assert await client(network).ready(ready) == ready
        assert network.calls == ["GET /v1.0/1800"]


@pytest.mark.parametrize("gone", [(200, {"id": "1800", "status": "EXPIRED"}), (400, NOT_THERE)])
async def test_a_container_that_can_no_longer_be_published_gives_way_to_a_new_one(
    script, answer, ready, gone
):
    network = script(answer(*gone), answer(200, {"id": "1900"}))
    assert (await client(network).ready(ready)).body["creation_id"] == "1900"


async def test_a_container_that_threads_could_not_make_is_rejected_and_nothing_is_published(
    script, answer, ready
):
    failed = {"id": "1800", "status": "ERROR", "error_message": "UNKNOWN"}
    network = script(answer(200, failed))
    with pytest.raises(Rejected, match="UNKNOWN"):
        await client(network).publish(ready)
    assert network.calls == ["GET /v1.0/1800"]


async def test_an_unfinished_container_is_waited_for_and_then_left_for_later(script, answer, payload):
    network = script(answer(200, MADE), *[answer(200, RUNNING) for _ in range(3)])
    with pytest.raises(Busy) as busy:
        await client(network).publish(payload)
    assert busy.value.retry_after
    assert "POST /v1.0/me/threads_publish" not in network.calls


async def test_a_published_container_is_not_published_again(script, answer, ready, post):
    network = script(*[answer(200, PUBLISHED) for _ in range(2)], answer(200, listed(post)))
    assert (await client(network).publish(ready)).id == "77"
    assert not [call for call in network.calls if call.startswith("POST")]


async def test_the_address_is_not_worth_losing_a_receipt(script, answer, payload, at):
    network = script(
        answer(200, MADE), answer(200, FINISHED), answer(200, {"id": "77"}), answer(500, UNEXPECTED)
    )
    receipt = await client(network).publish(payload)
    assert (receipt.id, receipt.url, receipt.at) == ("77", "https://www.threads.com/", at)


@pytest.mark.parametrize(
    ("code", "body", "container", "publication"),
    [
        (401, EXPIRED, Refused, Refused),
        (403, error(10, "Application does not have permission for this action"), Refused, Refused),
        (403, APP_LIMIT, Busy, Busy),
        (400, NOT_THERE, Busy, Busy),
        (400, TOO_LONG, Rejected, Rejected),
        (400, BAD_FIELD, Rejected, Rejected),
        (500, UNEXPECTED, Busy, Unsettled),
        (503, "<html></html>", Busy, Unsettled),
        (200, "", Busy, Unsettled),
    ],
)
async def test_each_answer_is_its_error_and_only_the_publication_can_have_posted(
    script, answer, payload, code, body, container, publication
):
    first = script(answer(code, body))
    second = script(answer(200, MADE), answer(200, FINISHED), answer(code, body))
    for network, kind in ((first, container), (second, publication)):
        with pytest.raises(NetworkError) as raised:
            await client(network).publish(payload)
        assert type(raised.value) is kind
    assert first.calls == ["POST /v1.0/me/threads"]
    assert second.calls[-1] == "POST /v1.0/me/threads_publish"


async def test_a_rate_limit_names_its_minutes(script, answer, payload):
    usage = '{"1": [{"type": "threads", "estimated_time_to_regain_access": 7}]}'
    with pytest.raises(Busy) as busy:
        await client(script(answer(403, APP_LIMIT, x_business_use_case_usage=usage))).publish(payload)
    assert busy.value.retry_after == 420


async def test_a_finished_container_proves_that_nothing_was_published(script, answer, ready):
    network = script(answer(200, FINISHED))
    assert await client(network).find(ready) is None
    assert network.calls == ["GET /v1.0/1800"]


async def test_a_published_container_is_found_by_its_text_or_link(script, answer, ready, post):
    for shown in (listed(post), listed(post, text="a person mended a letter")):
        network = script(answer(200, PUBLISHED), answer(200, shown), answer(200, NOTHING))
        receipt = await client(network).find(ready)
        assert (receipt.id, receipt.url) == ("77", SHOWN["permalink"])
        assert network.requests[1].url.params["since"] == "1795335900"


async def test_a_published_container_that_is_not_listed_yet_is_never_taken_for_missing(script, answer, ready):
    with pytest.raises(Busy):
        await client(script(answer(200, PUBLISHED), answer(200, NOTHING))).find(ready)


async def test_without_a_stored_container_the_profile_is_read(script, answer, payload, post):
    network = script(answer(200, listed(post)), answer(200, NOTHING))
    assert (await client(network).find(payload)).id == "77"
    assert (
        await client(script(answer(200, listed(post)), answer(200, NOTHING))).find(payload, known=["77"])
        is None
    )


async def test_a_reply_is_looked_for_among_the_replies_to_its_parent(script, answer, notice, at):
    parent = Receipt(id="55", url="u", at=at)
    theirs = client(script()).prepare(notice, key="k", at=at, reply_to=parent)
    assert theirs.body["container"]["reply_to_id"] == "55"
    other, ours = (
        listed(notice, id=id, replied_to={"id": p})["data"][0] for id, p in (("1", "54"), ("2", "55"))
    )
    network = script(answer(200, {"data": [other, ours]}), answer(200, NOTHING))
    assert (await client(network).find(theirs)).id == "2"
    assert network.calls[0] == "GET /v1.0/me/replies"


async def test_a_post_is_deleted_and_one_that_is_gone_is_no_error(script, answer, at):
    gone = error(100, "Unsupported delete request.", error_subcode=33, type="THApiException")
    network = script(answer(200, {"success": True, "deleted_id": "77"}), answer(400, gone))
    for _ in range(2):
        await client(network).delete(Receipt(id="77", url="u", at=at))
    assert network.calls == ["DELETE /v1.0/77"] * 2


async def test_figures_come_by_post_and_a_deleted_one_is_left_out(script, answer, at):
    rows = [
        {"name": name, "period": "lifetime", "values": [{"value": n}]}
        for n, name in enumerate(("views", "likes"))
    ]
    network = script(answer(200, {"data": rows}), answer(400, NOT_THERE))
    figures = await client(network).metrics([Receipt(id=i, url="u", at=at) for i in ("1", "2")])
    assert set(figures) == {"1"}
    assert (figures["1"].views, figures["1"].likes, figures["1"].quotes) == (0, 1, None)


async def test_the_check_tells_name_posts_left_and_the_tokens_end(script, answer):
    quota = {"data": [{"quota_usage": 240, "config": {"quota_total": 250, "quota_duration": 86400}}]}
    token = {"data": {"is_valid": True, "expires_at": 1800000000}}
    facts = await client(
        script(answer(200, {"id": "1", "username": "lejournal"}), answer(200, quota), answer(200, token))
    ).check()
    assert (facts.name, facts.posts_left, facts.may_post) == ("@lejournal", 10, True)
    assert facts.token_ends.timestamp() == 1800000000


async def test_the_check_goes_without_what_threads_does_not_say(script, answer):
    facts = await client(script(answer(200, {"id": "1"}), answer(200, {}), answer(200, {}))).check()
    assert (facts.name, facts.posts_left, facts.token_ends) == ("@1", None, None)


async def test_a_token_is_renewed_for_sixty_days(script, answer, at):
    told = {"access_token": "n3w-token", "token_type": "bearer", "expires_in": 5184000}
    renewed = await client(script(answer(200, told))).renewed()
    assert (renewed.token, (renewed.ends - at).days) == ("n3w-token", 60)
    assert "n3w" not in repr(renewed)


async def test_the_token_stands_in_no_repr_and_no_error_though_it_stands_in_addresses(
    script, answer, payload
):
    threads = client(
        script(
            answer(400, error(190, "Malformed access token s3cret-token")), httpx.ReadError("s3cret-token")
        )
    )
    for kind in (Refused, Busy):
        with pytest.raises(kind) as raised:
            await threads.find(payload)
        assert "s3cret" not in f"{threads!r} {raised.value}"


def test_an_emoji_counts_as_its_bytes_and_everything_else_as_one():
    assert [c.used for c in limits.THREADS.counts("👨‍👩‍👧‍👦")] == [25]
    assert limits.THREADS.fits("é" * 500) and not limits.THREADS.fits("é" * 501)
    assert limits.THREADS.fits("✊" * 166) and not limits.THREADS.fits("✊" * 167)
    assert [limits.emoji_in_bytes(text) for text in ("🇫🇷", "1️⃣", "42 #a", "漢字")] == [8, 7, 5, 2]


def test_the_block_takes_what_an_outlets_file_may_say_and_reads_its_token_from_the_environment(monkeypatch):
    monkeypatch.setenv("JOURNAL_THREADS_TOKEN", "s3cret-token")
    form = ThreadsProfile(token="env:JOURNAL_THREADS_TOKEN", api="https://threads.example/v1.0")
    assert repr(form.get_client()) == "ThreadsClient(Threads at https://threads.example/v1.0)"
    assert _FIELDS["threads"] <= set(ThreadsProfile.model_fields)
    monkeypatch.delenv("JOURNAL_THREADS_TOKEN")
    with pytest.raises(UserError, match="JOURNAL_THREADS_TOKEN is not set"):
        form.get_client()


async def test_a_container_that_is_not_seen_yet_is_waited_for_and_never_replaced_in_the_send(
    script, answer, ready
):
    network = script(*[answer(400, NOT_THERE) for _ in range(3)])
    with pytest.raises(Busy):
        await client(network).publish(ready)
    assert network.calls == ["GET /v1.0/1800"] * 3


@pytest.mark.parametrize("body", ["<html>Bad gateway</html>", '{"data": [', {"errors": []}, [1]])
async def test_what_is_no_list_of_posts_does_not_mean_that_nothing_is_there(script, answer, ready, body):
    with pytest.raises(Busy):
        await client(script(answer(200, body))).find(ready)
    with pytest.raises(Busy):
        await client(script(answer(200, PUBLISHED), answer(200, body))).find(ready)


async def test_a_row_that_is_no_post_is_passed_over(script, answer, ready, post):
    rows = {"data": [None, 7, *listed(post)["data"]]}
    assert (await client(script(answer(200, PUBLISHED), answer(200, rows))).find(ready)).id == "77"


@pytest.mark.parametrize(("body", "kind"), [(BAD_FIELD, Rejected), (UNEXPECTED, Busy), (EXPIRED, Refused)])
async def test_a_deletion_that_is_refused_is_that_posts_trouble_unless_it_is_the_tokens(
    script, answer, at, body, kind
):
    receipt = Receipt(id="77", url="https://www.threads.com/@j/post/DC", at=at)
    with pytest.raises(NetworkError) as raised:
        await client(script(answer(400, body))).delete(receipt)
    assert type(raised.value) is kind
