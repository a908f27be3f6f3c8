"""The wall as a Mastodon server: what it takes, what it refuses, what it gives back."""

from datetime import UTC, datetime, timedelta

import pytest

from piquet.wall.testing import running_wall

LINK = "https://journal.example/2026/11/22/la-greve-des-community-managers?a=1&b=2"


def api(wall, http, path, method="GET", token=None, **more):
    headers = {"Authorization": f"Bearer {token or wall.credentials('mastodon')['token']}"}
    return http.request(method, wall.base("mastodon") + path, headers=headers, **more)


def own_id(wall, http):
    return api(wall, http, "/api/v1/accounts/verify_credentials").json()["id"]


def test_a_status_is_shown_with_its_link_language_and_public_address(wall, post):
    made = post.mastodon(f"Grève {LINK} #retraites", language="fr", visibility="unlisted").json()
    (shown,) = wall.posts("mastodon")
    assert (shown["id"], shown["text"], shown["link"]) == (made["id"], f"Grève {LINK} #retraites", LINK)
    assert (shown["language"], made["visibility"], made["card"]) == ("fr", "unlisted", None)
    assert shown["url"] == made["url"] and made["created_at"].endswith("Z")


def test_a_form_is_taken_as_well_as_json(wall, http):
    assert api(wall, http, "/api/v1/statuses", "POST", data={"status": "Été"}).status_code == 200
    assert [p["text"] for p in wall.posts("mastodon")] == ["Été"]


def test_the_same_idempotency_key_gives_the_same_status_once(wall, post):
    some, again = (post.mastodon("Une fois", {"Idempotency-Key": "k1"}).json()["id"] for _ in range(2))
    assert some == again
    assert post.mastodon("Une fois", {"Idempotency-Key": "k2"}).json()["id"] != some
    assert len(wall.posts("mastodon")) == 2


def test_the_key_of_a_deleted_status_is_not_found_and_posts_nothing(wall, http, post):
    made = post.mastodon("Une fois", {"Idempotency-Key": "k1"}).json()
    api(wall, http, f"/api/v1/statuses/{made['id']}", "DELETE")
    assert post.mastodon("Une fois", {"Idempotency-Key": "k1"}).status_code == 404
    assert wall.posts("mastodon") == []


def test_an_idempotency_key_is_forgotten_after_an_hour(http, posting):
    now = [datetime(2026, 11, 22, 9, 30, tzinfo=UTC)]
    with running_wall(clock=lambda: now[0]) as wall:
        post = posting(wall, http)
        for passed, posts in (
            (timedelta(seconds=0), 1),
            (timedelta(seconds=3599), 1),
            (timedelta(hours=1), 2),
        ):
            now[0] = datetime(2026, 11, 22, 9, 30, tzinfo=UTC) + passed
            post.mastodon("Une fois", {"Idempotency-Key": "k1"})
            assert len(wall.posts()) == posts


def test_500_characters_are_taken_and_501_are_refused(wall, post):
    refused = post.mastodon("é" * 501)
    assert refused.status_code == 422
    assert refused.json() == {"error": "Validation failed: Text character limit of 500 exceeded"}
    assert wall.posts("mastodon") == []
    assert post.mastodon("é" * 500).status_code == 200


def test_a_long_link_counts_23_and_an_emoji_of_many_code_points_one(post):
    assert post.mastodon("🏳️‍⚧️" * 476 + f" {LINK}").status_code == 200
    assert post.mastodon("a" * 477 + f" {LINK}").status_code == 422


def test_a_content_warning_counts_too(wall, post):
    assert post.mastodon("a" * 400, spoiler_text="b" * 101).status_code == 422
    assert wall.posts("mastodon") == []


@pytest.mark.parametrize(
    ("given", "status", "told"),
    [
        ({"status": "  "}, 422, "Text can't be blank"),
        ({"status": "a", "visibility": "everybody"}, 422, "Visibility is not included in the list"),
        ({"status": "a", "media_ids": ["1"]}, 422, "Media 1 not found"),
        ({"status": "a", "scheduled_at": "2030-01-01T00:00:00Z"}, 422, "posts at once"),
        ({"status": "a", "in_reply_to_id": "1"}, 404, "reply to does not appear to exist"),
    ],
)
def test_a_status_that_breaks_a_rule_is_refused_and_not_shown(wall, post, given, status, told):
    refused = post.mastodon(**given)
    assert (refused.status_code, told in refused.json()["error"]) == (status, True)
    assert wall.posts("mastodon") == []


def test_a_wrong_token_is_refused_everywhere_and_posts_nothing(wall, http, post):
    for method, path in (
        ("POST", "/api/v1/statuses"),
        ("GET", "/api/v1/accounts/verify_credentials"),
        ("DELETE", "/api/v1/statuses/1"),
    ):
        refused = api(wall, http, path, method, token="other")
        assert (refused.status_code, refused.json()) == (401, {"error": "The access token is invalid"})
    assert wall.posts() == []


def test_broken_json_is_refused(wall, http):
    headers = {"Content-Type": "application/json"}
    url = f"{wall.base('mastodon')}/api/v1/statuses"
    assert http.post(url, content=b"{", headers=headers).status_code == 400
    assert http.post(url, content=b'{"status": "\\ud83d"}', headers=headers).status_code == 400
    assert wall.posts() == []


def test_statuses_come_newest_first_as_html_and_in_the_asked_amount(wall, http, post):
    for text in ("un", "deux", f"trois & {LINK}\n\nfin #é"):
        post.mastodon(text)
    path = f"/api/v1/accounts/{own_id(wall, http)}/statuses"
    listed = api(wall, http, path, params={"limit": 2, "exclude_reblogs": "true"}).json()
    assert [len(listed), listed[1]["content"]] == [2, "<p>deux</p>"]
    first = listed[0]["content"]
    assert first.startswith("<p>trois &amp; <a href=") and first.endswith("</a></p>")
    assert 'href="https://journal.example/2026/11/22/la-greve-des-community-managers?a=1&amp;b=2"' in first
    assert '<span class="invisible">https://</span>' in first and 'class="mention hashtag"' in first
    older = api(wall, http, path, params={"max_id": listed[1]["id"]}).json()
    assert [status["content"] for status in older] == ["<p>un</p>"]


def test_private_statuses_are_only_for_their_owner(wall, http, post):
    made = post.mastodon("caché", visibility="private").json()
    path = f"/api/v1/accounts/{own_id(wall, http)}/statuses"
    assert http.get(wall.base("mastodon") + path).json() == []
    assert http.get(f"{wall.base('mastodon')}/api/v1/statuses/{made['id']}").status_code == 404
    assert [s["id"] for s in api(wall, http, path).json()] == [made["id"]]


def test_a_deleted_status_is_gone_and_its_source_comes_back(wall, http, post):
    made = post.mastodon("à retirer").json()
    path = f"/api/v1/statuses/{made['id']}"
    assert api(wall, http, path).json()["id"] == made["id"]
    assert api(wall, http, path, "DELETE").json()["text"] == "à retirer"
    assert [api(wall, http, path, m).status_code for m in ("GET", "DELETE")] == [404, 404]
    assert wall.posts() == []


def test_the_instance_states_the_limits_it_keeps(wall, http):
    for version in (1, 2):
        stated = api(wall, http, f"/api/v{version}/instance").json()["configuration"]["statuses"]
        assert (stated["max_characters"], stated["characters_reserved_per_url"]) == (500, 23)


def test_a_429_names_the_reset_in_iso_8601_and_posts_nothing(wall, post):
    wall.fault("mastodon", "429", retry_after=30)
    busy = post.mastodon("a")
    assert (busy.status_code, busy.json()) == (429, {"error": "Too many requests"})
    assert busy.headers["x-ratelimit-remaining"] == "0" and busy.headers["x-ratelimit-reset"].endswith("Z")
    assert wall.posts() == []
