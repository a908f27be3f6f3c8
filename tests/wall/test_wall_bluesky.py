"""The wall as a PDS: the answers measured on PDS 0.4.217 and 0.5.35, refusals first."""

import base64
import json
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from piquet.wall.lexicon import Invalid, check_datetime, check_rkey, cid

SYNTAX = Path(__file__).parents[2] / "../shared/conformance/atproto-interop/syntax"
TAG = {"$type": "app.bsky.richtext.facet#tag", "tag": "grève"}


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


def facet(start, end, feature=TAG):
    return {"index": {"byteStart": start, "byteEnd": end}, "features": [feature]}


def session_of(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["jti"]


def test_a_record_is_shown_and_the_same_record_again_makes_no_commit(wall, post):
    first, again = (post.bluesky("Grève", swapRecord=None) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert "commit" in first.json() and "commit" not in again.json()
    assert first.json()["cid"] == again.json()["cid"]
    assert [p["text"] for p in wall.posts("bluesky")] == ["Grève"]


def test_swap_record_null_refuses_another_record_and_names_the_standing_one(wall, post):
    standing = post.bluesky("un", swapRecord=None).json()["cid"]
    answer = post.bluesky("deux", swapRecord=None)
    assert refused(answer) == (400, "InvalidSwap")
    assert answer.json()["message"] == f"Record was at {standing}"
    assert [p["text"] for p in wall.posts()] == ["un"]


def test_without_swap_record_the_standing_record_is_overwritten(wall, post):
    standing = post.bluesky("un").json()["cid"]
    assert post.bluesky("deux").status_code == 200
    assert [p["text"] for p in wall.posts()] == ["deux"]
    assert refused(post.bluesky("trois", swapRecord=standing)) == (400, "InvalidSwap")


def test_create_record_on_an_rkey_that_exists_is_a_500_even_for_the_same_record(wall, post):
    assert post.bluesky("un", "repo.createRecord").status_code == 200
    assert refused(post.bluesky("un", "repo.createRecord")) == (500, "InternalServerError")
    assert len(wall.posts()) == 1


def test_create_record_without_rkey_makes_tids_in_order_of_time(wall, post):
    keys = [
        post.bluesky(str(n), "repo.createRecord", rkey=None).json()["uri"].rpartition("/")[2]
        for n in range(3)
    ]
    assert all(some < later for some, later in pairwise(keys))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"rkey": "art-1234"}, "Invalid TID string"),
        ({"text": "y" * 301}, "grapheme too big (maximum 300, got 301)"),
        ({"text": "👩‍👩‍👧‍👦" * 201}, "string too big (maximum 3000, got 5025)"),
        ({"text": None}, "Expected string value type"),
        ({"langs": ["fr", "en", "de", "br"]}, "array too big (maximum 3, got 4)"),
        ({"langs": ["français"]}, "Invalid language"),
        ({"createdAt": "2026-11-22 09:30:00Z"}, "Invalid datetime"),
        ({"createdAt": "2026-13-22T09:30:00Z"}, "Invalid datetime"),
        ({"$type": "app.bsky.feed.like"}, "Invalid $type, expected app.bsky.feed.post"),
        ({"facets": [facet(3, 3)]}, "byteEnd must be after byteStart"),
        ({"facets": [facet(-1, 3)]}, "integer too small (minimum 0, got -1)"),
        ({"facets": [facet(0, 3, {"tag": "x"})]}, "$type"),
        ({"facets": [facet(0, 3, {"$type": "app.bsky.richtext.facet#link", "uri": "a b"})]}, "Invalid uri"),
        ({"embed": {"$type": "app.bsky.embed.external", "external": {"uri": "https://a.fr"}}}, "title"),
        ({"collection": "app.bsky.feed.like"}, "app.bsky.feed.post"),
    ],
)
def test_a_record_against_the_lexicon_is_refused_and_not_shown(wall, post, changed, told):
    text = changed.pop("text", "Grève")
    answer = post.bluesky(text, **changed)
    assert refused(answer) == (400, "InvalidRequest")
    assert told in answer.json()["message"]
    assert wall.posts() == []


def test_300_graphemes_of_many_bytes_and_a_facet_past_the_end_are_taken(post):
    assert post.bluesky("é" * 300).status_code == 200
    assert post.bluesky("a", facets=[facet(0, 99)]).status_code == 200


def test_a_thumb_must_have_been_uploaded_and_stay_under_a_megabyte(wall, http, post):
    token = post.session()["accessJwt"]

    def upload(data):
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "image/png"}
        url = f"{wall.base('bluesky')}/xrpc/com.atproto.repo.uploadBlob"
        return http.post(url, content=data, headers=headers)

    def with_thumb(blob):
        external = {"uri": "https://a.fr/1", "title": "T", "description": "D", "thumb": blob}
        return post.bluesky("a", embed={"$type": "app.bsky.embed.external", "external": external})

    small, big = upload(b"png").json()["blob"], upload(b"x" * 1_000_001).json()["blob"]
    unknown = {**small, "ref": {"$link": "bafkreiunknown"}}
    assert "blob too big" in with_thumb(big).json()["message"]
    assert "Could not find blob" in with_thumb(unknown).json()["message"]
    assert upload(b"x" * 5_000_001).status_code == 413
    assert wall.posts() == []
    assert with_thumb(small).status_code == 200
    assert wall.posts()[0]["card"] == {
        "uri": "https://a.fr/1",
        "title": "T",
        "description": "D",
        "image": True,
    }


def test_who_may_not_write_is_told_so_in_the_words_of_a_pds(wall, post):
    keys = post.session()
    body = {"repo": keys["did"], "collection": "app.bsky.feed.post", "record": {"text": "a"}}
    assert refused(post.xrpc("repo.createRecord", body)) == (401, "AuthMissing")
    assert refused(post.bluesky("a", token="garbage")) == (400, "InvalidToken")
    assert refused(post.bluesky("a", token=keys["refreshJwt"])) == (400, "InvalidToken")
    assert refused(post.bluesky("a", repo="did:plc:another")) == (401, "AuthenticationRequired")
    wrong = {"identifier": wall.credentials("bluesky")["handle"], "password": "wrong"}
    assert refused(post.xrpc("server.createSession", wrong)) == (401, "AuthenticationRequired")
    assert wall.posts() == []


def test_an_expired_token_is_refused_until_the_session_is_refreshed(wall, post):
    keys = post.session()
    wall.fault("bluesky", "expired")
    assert refused(post.bluesky("a", token=keys["accessJwt"])) == (400, "ExpiredToken")
    assert refused(post.bluesky("a", token=keys["accessJwt"])) == (400, "ExpiredToken")
    assert wall.posts() == []
    fresh = post.xrpc("server.refreshSession", {}, keys["refreshJwt"]).json()
    assert post.bluesky("a", token=fresh["accessJwt"]).status_code == 200


def test_a_refresh_whose_answer_was_lost_leads_to_the_same_next_refresh_token(post):
    keys = post.session()
    some, again = (post.xrpc("server.refreshSession", {}, keys["refreshJwt"]).json() for _ in range(2))
    first, second, used = (session_of(answer["refreshJwt"]) for answer in (some, again, keys))
    assert first == second != used
    assert post.xrpc("server.getSession", token=again["accessJwt"]).json()["did"] == keys["did"]


def test_records_are_read_back_by_key_and_listed_by_key_highest_first(wall, post):
    low, high = "3jzfcijpj2z2a", "3jzfcijpj2z2b"
    post.bluesky("haut", rkey=high)
    post.bluesky("bas", rkey=low)
    repo = {"repo": post.session()["did"], "collection": "app.bsky.feed.post"}
    listed = post.xrpc("repo.listRecords", **repo, limit="1").json()
    assert [r["value"]["text"] for r in listed["records"]] == ["haut"]
    rest = post.xrpc("repo.listRecords", **repo, cursor=listed["cursor"]).json()["records"]
    assert [r["value"]["text"] for r in rest] == ["bas"]
    assert post.xrpc("repo.getRecord", **repo, rkey=low).json()["value"]["text"] == "bas"
    assert refused(post.xrpc("repo.getRecord", **repo, rkey="3jzfcijpj2z2c")) == (400, "RecordNotFound")
    assert refused(post.xrpc("repo.listRecords", **repo, limit="101")) == (400, "InvalidRequest")


def test_a_delete_is_idempotent_and_the_key_may_be_used_again(wall, post):
    token = post.session()["accessJwt"]
    post.bluesky("un")
    body = {"repo": post.session()["did"], "collection": "app.bsky.feed.post", "rkey": "3jzfcijpj2z2a"}
    assert [post.xrpc("repo.deleteRecord", body, token).status_code for _ in range(2)] == [200, 200]
    assert wall.posts() == []
    post.bluesky("entre", rkey="3jzfcijpj2z2b")
    assert "commit" in post.bluesky("un", swapRecord=None).json()
    assert [p["text"] for p in wall.posts()] == ["entre", "un"]


def test_a_pds_alone_has_no_app_view(wall, http):
    answer = http.get(f"{wall.base('bluesky')}/xrpc/app.bsky.feed.getAuthorFeed")
    assert refused(answer) == (502, "UpstreamFailure")


def test_a_429_names_when_to_come_back_and_posts_nothing(wall, post):
    wall.fault("bluesky", "429", retry_after=280)
    busy = post.bluesky("a")
    assert refused(busy) == (429, "RateLimitExceeded")
    assert (busy.headers["retry-after"], busy.headers["ratelimit-policy"]) == ("280", "5000;w=3600")
    assert wall.posts() == []


def test_the_content_id_follows_the_content_and_not_its_order():
    assert cid({"a": 1, "b": "é"}) == cid({"b": "é", "a": 1}) != cid({"a": 1, "b": "e"})
    assert len(cid({})) == 59 and cid({}).startswith("bafyrei")


@pytest.mark.parametrize(
    ("check", "kind"),
    [(check_rkey, "tid_syntax"), (check_datetime, "datetime_syntax")],
    ids=["tid", "datetime"],
)
def test_keys_and_times_are_judged_as_the_interoperability_vectors_say(check, kind):
    if not SYNTAX.exists():
        pytest.skip("the conformance vectors are not beside this checkout")

    def vectors(name):
        lines = (SYNTAX / f"{kind}_{name}.txt").read_text("utf-8").split("\n")
        return [line for line in lines if line and not line.startswith("#")]

    for good in vectors("valid"):
        if not good.startswith("0000-"):  # Python's calendar has no year 0
            check(good)
    for bad in vectors("invalid"):
        with pytest.raises(Invalid):
            check(bad)
