"""Mastodon.py, which knows nothing of Piquet, posts on the wall and reads back."""

import pytest

mastodon = pytest.importorskip("mastodon", reason="Mastodon.py (group oracles) is not installed")


@pytest.fixture
def client(wall):
    return mastodon.Mastodon(
        access_token=wall.credentials("mastodon")["token"],
        api_base_url=wall.base("mastodon"),
        ratelimit_method="throw",
        request_timeout=10,
    )


def test_it_posts_and_reads_back(wall, client, text, link):
    made = client.status_post(text, language="fr", idempotency_key="k")
    again = client.status_post(text, language="fr", idempotency_key="k")
    assert made.id == again.id
    assert [post["text"] for post in wall.posts("mastodon")] == [text]
    (found,) = client.account_statuses(client.account_verify_credentials().id, exclude_reblogs=True)
    assert (found.id, found.language) == (made.id, "fr")
    assert link.replace("&", "&amp;") in found.content


def test_it_deletes(wall, client):
    client.status_delete(client.status_post("à retirer").id)
    assert wall.posts() == []


def test_it_understands_the_limit_and_the_refusals(wall, client):
    assert client.instance_v2().configuration.statuses.max_characters == 500
    with pytest.raises(mastodon.MastodonAPIError, match="limit"):
        client.status_post("é" * 501)
    wall.fault("mastodon", "429", retry_after=60)
    with pytest.raises(mastodon.MastodonRatelimitError):
        client.status_post("a")
    client.access_token = "wrong"
    with pytest.raises(mastodon.MastodonUnauthorizedError):
        client.status_post("a")
    assert wall.posts() == []
