"""atproto, the community's client of Bluesky, posts on the wall and reads back."""

import pytest

atproto = pytest.importorskip("atproto", reason="atproto (group oracles) is not installed")
errors = pytest.importorskip("atproto_client.exceptions")


@pytest.fixture
def client(wall):
    known = wall.credentials("bluesky")
    made = atproto.Client(base_url=wall.base("bluesky") + "/xrpc")
    made.login(known["handle"], known["app_password"], fetch_bsky_profile=False)
    return made


@pytest.fixture
def did(wall, client):
    known = wall.credentials("bluesky")
    asked = {"identifier": known["handle"], "password": known["app_password"]}
    return client.com.atproto.server.create_session(asked).did


def records(client, did):
    asked = {"repo": did, "collection": "app.bsky.feed.post"}
    return client.com.atproto.repo.list_records(asked).records


def test_it_posts_and_reads_back(wall, client, did, link):
    builder = atproto.client_utils.TextBuilder()
    built = builder.text("L’été & la grève ✊ ").tag("#Santé", "Santé").text(" ").link(link, link)
    external = atproto.models.AppBskyEmbedExternal.External(uri=link, title="L’hôpital", description="…")
    card = atproto.models.AppBskyEmbedExternal.Main(external=external)
    made = client.send_post(built, profile_identify=did, embed=card, langs=["fr"])
    (shown,) = wall.posts("bluesky")
    assert (shown["text"], shown["link"]) == (built.build_text(), link)
    (found,) = records(client, did)
    assert (found.uri, found.cid, found.value.text) == (made.uri, made.cid, built.build_text())
    assert found.value.facets[1].features[0].uri == link
    alone = client.get_post(made.uri.rpartition("/")[2], profile_identify=did)
    assert alone.value.embed.external.title == "L’hôpital"


def test_it_deletes(wall, client, did):
    made = client.send_post("à retirer", profile_identify=did)
    assert client.delete_post(made.uri)
    assert wall.posts() == [] and records(client, did) == []


def test_it_understands_the_refusals(wall, client, did):
    with pytest.raises(errors.BadRequestError):
        client.send_post("é" * 301, profile_identify=did)
    wall.fault("bluesky", "429", retry_after=60)
    with pytest.raises(errors.RequestException) as busy:
        client.send_post("a", profile_identify=did)
    assert busy.value.response.status_code == 429
    wrong = atproto.Client(base_url=wall.base("bluesky") + "/xrpc")
    with pytest.raises(errors.UnauthorizedError):
        wrong.login(wall.credentials("bluesky")["handle"], "wrong", fetch_bsky_profile=False)
    assert wall.posts() == []
