"""The wall as the Threads API: requests and answers checked against Meta's own collection of them."""

from datetime import UTC, datetime, timedelta

import pytest

from piquet.networks.threads import ThreadsClient
from piquet.post import Post, Receipt
from piquet.wall.testing import running_wall
from tests.wall.vendor import Threads, shape

LINK = "https://journal.example/2026/11/22/la-greve?a=1&b=2"


@pytest.fixture(scope="module")
def meta():
    return Threads()


def graph(wall, http, path, method="GET", **asked):
    token = {"access_token": wall.credentials("threads")["token"]}
    url = f"{wall.base('threads')}/{path}"
    return http.request(method, url, **{"params" if method == "GET" else "data": {**asked, **token}})


def code(answer):
    error = answer.json()["error"]
    assert {"message", "type", "code", "fbtrace_id"} <= set(error)
    return answer.status_code, error["code"]


def container(wall, http, **given):
    return graph(wall, http, "me/threads", "POST", **{"media_type": "TEXT", **given})


def test_every_answer_has_the_shape_of_metas_examples(meta, wall, http, post):
    fields = ",".join(
        meta.fields("fields_threads") & {"id", "text", "permalink", "timestamp", "username", "owner"}
    )
    made = container(wall, http, text="a").json()
    status = graph(wall, http, made["id"], fields=meta.variables["fields_container"]).json()
    published = graph(wall, http, "me/threads_publish", "POST", creation_id=made["id"]).json()
    listing = graph(wall, http, "me/threads", fields=fields, limit="50").json()
    figures = graph(wall, http, f"{published['id']}/insights", metric=meta.variables["metrics_post"]).json()
    quota = graph(
        wall, http, "me/threads_publishing_limit", fields="quota_usage,config,reply_quota_usage,reply_config"
    )
    renewed = graph(wall, http, "refresh_access_token", grant_type="th_refresh_token").json()
    profile = graph(wall, http, "me", fields="id,username,name").json()
    deleted = http.delete(
        f"{wall.base('threads')}/{published['id']}", params={"access_token": "threads-test-token"}
    )
    for name, answer in (
        ("1.1 Create Text Container", made),
        ("Check Container's Publishing Status", status),
        ("2. Publish Threads Post", published),
        ("Retrieve Publishing Quota Limit", quota.json()),
        ("Get Long-Lived Access Token", renewed),
        ("Delete Threads Post", deleted.json()),
    ):
        assert shape(answer) == shape(meta.example(name)), name
    example = shape(meta.example("Get a List of All a User's Threads"))
    assert shape(listing)["paging"] == example["paging"]
    assert shape(listing)["data"][0].items() <= example["data"][0].items()
    assert shape(figures)["data"] == shape(meta.example("Get Post Insights"))["data"]
    assert shape(profile).items() <= shape(meta.example("Get App-Scoped User's Profile Information")).items()


async def test_what_the_client_sends_is_what_meta_lists(meta, wall):
    client = ThreadsClient(**wall.credentials("threads"), api=wall.base("threads"))
    taken = meta.parameters("1.1 Create Text Container")
    for reply_to in (None, Receipt(id="1", url="u", at=None)):
        payload = client.prepare(Post(text="a", link=LINK), key="k", at=None, reply_to=reply_to)
        assert set(payload.body["container"]) <= taken
    assert meta.parameters("2. Publish Threads Post") == {"creation_id"}
    asked = {"id", "text", "timestamp", "permalink", "link_attachment_url"}
    assert asked <= meta.fields("fields_threads") and asked | {"replied_to"} <= meta.fields("fields_replies")
    assert {"views", "likes", "replies", "reposts", "quotes"} <= meta.fields("metrics_post")
    await client.aclose()


def test_a_container_shows_nothing_until_it_is_published_and_is_published_once(wall, http):
    made = container(wall, http, text="L’été & la grève", link_attachment=LINK).json()["id"]
    assert graph(wall, http, made, fields="status").json()["status"] == "FINISHED"
    assert wall.posts() == []
    assert graph(wall, http, "me/threads_publish", "POST", creation_id=made).is_success
    assert [(p["text"], p["link"]) for p in wall.posts("threads")] == [("L’été & la grève", LINK)]
    assert graph(wall, http, made, fields="status").json()["status"] == "PUBLISHED"
    assert code(graph(wall, http, "me/threads_publish", "POST", creation_id=made)) == (400, 24)
    assert len(wall.posts()) == 1


def test_a_container_ends_after_a_day(http):
    now = [datetime(2026, 11, 22, 9, 30, tzinfo=UTC)]
    with running_wall(clock=lambda: now[0]) as wall:
        made = container(wall, http, text="a").json()["id"]
        now[0] += timedelta(hours=25)
        assert graph(wall, http, made, fields="status").json()["status"] == "EXPIRED"
        assert code(graph(wall, http, "me/threads_publish", "POST", creation_id=made)) == (400, 24)
        assert wall.posts() == []


@pytest.mark.parametrize(
    "given",
    [
        {"text": "é" * 501},
        {"text": "✊" * 167},
        {"text": "👨‍👩‍👧‍👦" * 21},
        {"text": ""},
        {"text": "a", "media_type": "IMAGE"},
        {"text": "a", "colour": "red"},
        {"text": "a", "link_attachment": "journal"},
        {"text": " ".join(f"https://j.example/{n}" for n in range(6))},
        {"text": "a", "reply_to_id": "1"},
    ],
)
def test_a_bad_container_is_code_100_and_makes_nothing(wall, http, given):
    assert code(container(wall, http, **given)) == (400, 100)
    assert wall.posts() == []


def test_500_characters_and_an_emoji_of_its_bytes_are_taken(post):
    assert post.threads("é" * 500).is_success
    assert post.threads("✊" * 166).is_success


def test_a_wrong_token_is_code_190_and_makes_nothing(wall, http):
    url = f"{wall.base('threads')}/me/threads"
    assert code(http.post(url, data={"media_type": "TEXT", "text": "a", "access_token": "no"})) == (400, 190)
    assert wall.posts() == []


def test_replies_stand_in_their_own_list_with_their_parent(wall, http, post):
    parent = post.threads("un").json()["id"]
    post.threads("deux", reply_to_id=parent)
    assert [p["text"] for p in graph(wall, http, "me/threads", fields="id,text").json()["data"]] == ["un"]
    (reply,) = graph(wall, http, "me/replies", fields="id,text,replied_to").json()["data"]
    assert (reply["text"], reply["replied_to"]) == ("deux", {"id": parent})
    figures = graph(wall, http, f"{parent}/insights", metric="replies,likes").json()["data"]
    assert [row["values"][0]["value"] for row in figures] == [1, 0]


def test_posts_come_newest_first_page_by_page_and_unknown_fields_are_refused(wall, http, post):
    for text in ("un", "deux", "trois"):
        post.threads(text)
    first = graph(wall, http, "me/threads", fields="id,text", limit="2").json()
    assert [p["text"] for p in first["data"]] == ["trois", "deux"]
    after = first["paging"]["cursors"]["after"]
    rest = graph(wall, http, "me/threads", fields="id,text", limit="2", after=after).json()
    assert [p["text"] for p in rest["data"]] == ["un"]
    assert graph(wall, http, "me/threads", since="4102444800").json() == {"data": []}
    assert code(graph(wall, http, "me/threads", fields="id,status")) == (400, 100)


def test_the_quota_is_that_of_the_last_day(http, posting):
    now = [datetime(2026, 11, 22, 9, 30, tzinfo=UTC)]
    with running_wall(clock=lambda: now[0]) as wall:
        posting(wall, http).threads("un")
        now[0] += timedelta(hours=25)
        posting(wall, http).threads("deux")
        quota = graph(wall, http, "me/threads_publishing_limit", fields="quota_usage").json()
        assert quota == {"data": [{"quota_usage": 1}]}
