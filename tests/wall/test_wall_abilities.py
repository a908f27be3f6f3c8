"""The wall on replies, pins, pictures and figures: as strict as the networks, and what a person sees of them."""

import pytest

MASTODON_ONE = "/api/v1/statuses"
PROFILE = {"$type": "app.bsky.actor.profile", "displayName": "Le Journal", "description": "Depuis 1946"}


@pytest.fixture
def mastodon(wall, http):
    """A request to the wall's Mastodon as its account."""

    def ask(method: str, path: str, **more):
        owner = {"Authorization": f"Bearer {wall.credentials('mastodon')['token']}"}
        return http.request(method, wall.base("mastodon") + path, headers=owner, **more)

    return ask


@pytest.fixture
def graph(wall, http):
    """A request to the wall's Facebook as its Page."""

    def ask(method: str, path: str, **more):
        owner = {"Authorization": f"Bearer {wall.credentials('facebook')['token']}"}
        return http.request(method, wall.base("facebook") + path, headers=owner, **more)

    return ask


def upload(mastodon, data=b"\x89PNG\r\n\x1a\n\r\r\n\n--x", kind="image/png", **fields):
    return mastodon("POST", "/api/v2/media", files={"file": ("une", data, kind)}, data=fields)


def test_a_picture_is_attached_once_with_its_text(mastodon, post):
    media = upload(mastodon, description="Piquet de grève").json()
    assert media["description"] == "Piquet de grève"
    made = post.mastodon("Affiche", media_ids=[media["id"]])
    assert [one["description"] for one in made.json()["media_attachments"]] == ["Piquet de grève"]
    again = post.mastodon("Encore", media_ids=[media["id"]])
    assert (again.status_code, "already attached" in again.json()["error"]) == (422, True)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"kind": "text/html"}, "content type"),
        ({"data": b""}, "blank"),
        ({"description": "é" * 1501}, "too long"),
    ],
)
def test_what_is_no_picture_or_says_too_much_is_not_taken(mastodon, more, told):
    refused = upload(mastodon, **more)
    assert (refused.status_code, told in refused.json()["error"]) == (422, True)


def test_a_sixth_pin_is_refused_and_an_unpinned_place_is_free_again(mastodon, post):
    ids = [post.mastodon(f"Rappel {number}").json()["id"] for number in range(6)]
    for id in ids[:5]:
        assert mastodon("POST", f"{MASTODON_ONE}/{id}/pin").json()["pinned"] is True
    assert mastodon("POST", f"{MASTODON_ONE}/{ids[5]}/pin").status_code == 422
    mastodon("POST", f"{MASTODON_ONE}/{ids[0]}/unpin")
    assert mastodon("POST", f"{MASTODON_ONE}/{ids[5]}/pin").status_code == 200
    account = mastodon("GET", "/api/v1/accounts/verify_credentials").json()["id"]
    pinned = mastodon("GET", f"/api/v1/accounts/{account}/statuses?pinned=true").json()
    assert [one["id"] for one in pinned] == ids[:0:-1]


def test_replies_are_counted_where_they_stand(mastodon, post):
    parent = post.mastodon("Article").json()["id"]
    post.mastodon("Réponse", in_reply_to_id=parent)
    asked = {"id[]": [parent, "404"]}
    assert [one["replies_count"] for one in mastodon("GET", MASTODON_ONE, params=asked).json()] == [1]


def test_a_profile_is_replaced_whole_and_only_by_who_has_read_it(wall, post):
    token, handle = post.session()["accessJwt"], wall.credentials("bluesky")["handle"]
    place = {"repo": handle, "collection": "app.bsky.actor.profile", "rkey": "self"}

    def put(record, **more):
        return post.xrpc("repo.putRecord", {**place, "record": record, **more}, token)

    assert post.xrpc("repo.getRecord", token=token, **place).json()["error"] == "RecordNotFound"
    first = put(PROFILE, swapRecord=None).json()["cid"]
    assert put({}, swapRecord=None).json()["error"] == "InvalidSwap"
    assert put({"pinnedPost": "not a reference"}).status_code == 400
    assert put({"displayName": "Le Journal"}, swapRecord=first).status_code == 200
    assert "description" not in post.xrpc("repo.getRecord", token=token, **place).json()["value"]
    assert wall.posts("bluesky") == []


@pytest.mark.parametrize(
    ("images", "told"),
    [
        ([{"image": None, "alt": ""}], "Expected blob"),
        ([{"alt": ""}] * 5, "array too big"),
        ([{"image": None}], "Expected string value type"),
    ],
)
def test_an_embedded_picture_needs_its_blob_and_its_text(wall, post, images, told):
    refused = post.bluesky("Affiche", embed={"$type": "app.bsky.embed.images", "images": images})
    assert (refused.status_code, told in refused.json()["message"]) == (400, True)
    assert wall.posts("bluesky") == []


def test_x_gives_figures_of_the_posts_that_are_there_and_an_error_for_the_others(post):
    id = post.signed("POST", "/2/tweets", {"text": "Rappel"}).json()["data"]["id"]
    told = post.signed("GET", f"/2/tweets?ids={id},404&tweet.fields=public_metrics").json()
    assert [one["public_metrics"]["like_count"] for one in told["data"]] == [0]
    assert [one["resource_id"] for one in told["errors"]] == ["404"]
    assert post.signed("GET", "/2/tweets").status_code == 400


def test_a_comment_stands_under_its_post_and_not_on_the_page(wall, graph):
    page = wall.credentials("facebook")["page_id"]
    parent = graph("POST", f"/{page}/feed", data={"message": "Article"}).json()["id"]
    comment = graph("POST", f"/{parent}/comments", data={"message": "Avis"}).json()["id"]
    assert [one["id"] for one in graph("GET", f"/{parent}/comments").json()["data"]] == [comment]
    assert [one["id"] for one in graph("GET", f"/{page}/published_posts").json()["data"]] == [parent]
    figures = graph("GET", f"/?ids={parent}&fields=comments.limit(0).summary(total_count)").json()
    assert figures[parent]["comments"]["summary"] == {"total_count": 1}
    assert graph("POST", f"/{parent}/comments", data={"message": " "}).json()["error"]["code"] == 100


def test_a_page_has_one_pinned_post(wall, graph):
    page = wall.credentials("facebook")["page_id"]
    ids = [graph("POST", f"/{page}/feed", data={"message": f"Avis {n}"}).json()["id"] for n in (1, 2)]
    for id in ids:
        assert graph("POST", f"/{id}", data={"is_pinned": "true"}).json() == {"success": True}
    assert [bool(post["record"].get("pinned")) for post in wall.posts("facebook")] == [False, True]
    assert graph("POST", f"/{ids[0]}", data={"message": "Autre"}).json()["error"]["code"] == 100
    assert graph("GET", f"/?ids={ids[0]},404").json()["error"]["error_subcode"] == 33
