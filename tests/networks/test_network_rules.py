"""What is true of every network without asking it: payloads, facets, matching, headers, the registry."""

import json
import string
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from piquet.networks import NAMES, TRAITS
from piquet.networks.bluesky import BlueskyClient
from piquet.networks.bluesky_record import record, tid
from piquet.networks.facebook import FacebookClient
from piquet.networks.facets import facets
from piquet.networks.http import MAX_WORDS, Wire, epoch, moment, seconds
from piquet.networks.linkedin import LinkedInClient
from piquet.networks.mastodon import MastodonClient
from piquet.networks.match import SKEW, Seen, choose, same_address, same_text
from piquet.networks.telegram import TelegramClient
from piquet.networks.threads import ThreadsClient
from piquet.networks.x import XClient
from piquet.post import Card, Payload, Post

CONFORMANCE = Path(__file__).parents[2] / ".." / "shared" / "conformance" / "atproto_richtext_detection.json"
LINK = "https://journal.example/été/(l’article)?a=1&b=2#fin."
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)

silent = httpx.MockTransport(lambda request: httpx.Response(500))
CLIENTS = (
    MastodonClient(server="https://m.example", token="t", transport=silent),
    BlueskyClient(handle="j.example", app_password="p", transport=silent),
    XClient(
        consumer_key="a", consumer_secret="b", access_token="c", access_token_secret="d", transport=silent
    ),
    FacebookClient(page_id="1", token="t", transport=silent),
    ThreadsClient(token="t", transport=silent),
    LinkedInClient(organization="1", token="t", transport=silent),
    TelegramClient(token="1:t", channel="@c", transport=silent),
)

texts = st.text(st.characters(codec="utf-8"), max_size=80)
times = st.datetimes(datetime(2020, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
posts = st.builds(
    Post,
    text=texts,
    link=st.none() | st.just(LINK),
    card=st.none() | st.builds(Card, title=texts, description=texts),
    language=st.none() | st.sampled_from(["fr", "fr-FR", "pt_BR", "zz-", "x" * 20]),
)


@settings(deadline=None)
@given(posts, texts, times)
def test_a_payload_follows_from_its_arguments_and_survives_json(post: Post, key: str, at: datetime):
    for client in CLIENTS:
        payload = client.prepare(post, key=key, at=at)
        assert payload == client.prepare(post, key=key, at=at)
        assert json.loads(json.dumps(payload.body)) == payload.body
        assert (payload.network, payload.key, payload.prepared_at) == (client.traits.network, key, at)
        assert (payload.text, payload.link) == (post.text, post.link)


@settings(deadline=None)
@given(texts, texts)
def test_facets_cut_the_link_out_of_the_text_byte_by_byte(before: str, after: str):
    text = f"{before}\n{LINK}\n{after}"
    spans = [(facet["index"], facet["features"][0]) for facet in facets(text, LINK)]
    cut = [text.encode()[i["byteStart"] : i["byteEnd"]].decode() for i, f in spans if f.get("uri") == LINK]
    assert cut == [LINK]
    edges = [edge for index, _ in spans for edge in (index["byteStart"], index["byteEnd"])]
    assert edges == sorted(edges)


@settings(deadline=None)
@given(texts)
def test_a_tags_facet_covers_its_sign_and_its_name(text: str):
    for facet in facets(text):
        index, feature = facet["index"], facet["features"][0]
        shown = text.encode()[index["byteStart"] : index["byteEnd"]].decode()
        assert feature.get("tag") in (None, shown[1:])


def test_a_longer_address_that_begins_like_the_link_is_a_link_of_its_own():
    (facet,) = facets("voir https://j.example/a/b ici", "https://j.example/a")
    assert facet["features"][0]["uri"] == "https://j.example/a/b"


@pytest.mark.skipif(not CONFORMANCE.is_file(), reason="the conformance vectors are not beside this checkout")
def test_facets_are_those_of_the_official_detection_vectors():
    vectors = json.loads(CONFORMANCE.read_text("utf-8"))
    assert [_tags(case["input"]) for case in vectors["tags"]] == [
        [(i["byteStart"], i["byteEnd"], tag) for i, tag in zip(case["indices"], case["tags"], strict=True)]
        for case in vectors["tags"]
    ]
    assert [_links(case["input"]) for case in vectors["segments"]] == [
        [tuple(part) for part in case["expected"] if len(part) == 2 and not part[1].startswith("did:")]
        for case in vectors["segments"]
    ]
    assert (len(vectors["tags"]), len(vectors["segments"])) == (39, 40)


def _tags(text: str) -> list[tuple[int, int, str]]:
    found = [(facet["index"], facet["features"][0]) for facet in facets(text)]
    return [(i["byteStart"], i["byteEnd"], f["tag"]) for i, f in found if "tag" in f]


def _links(text: str) -> list[tuple[str, str]]:
    found = [(facet["index"], facet["features"][0]) for facet in facets(text)]
    return [(text.encode()[i["byteStart"] : i["byteEnd"]].decode(), f["uri"]) for i, f in found if "uri" in f]


@given(texts, times)
def test_a_record_key_is_a_tid_that_tells_its_time(key: str, at: datetime):
    rkey = tid(key, at)
    assert len(rkey) == 13
    assert rkey[0] in "234567abcdefghij"  # atproto.com/specs/tid: the top bit is 0
    number = 0
    for letter in rkey:
        number = number * 32 + "234567abcdefghijklmnopqrstuvwxyz".index(letter)
    told = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=number >> 10)
    assert told.replace(microsecond=told.microsecond // 1000 * 1000) == _to_the_millisecond(at)


@given(times, times)
def test_keys_sort_as_their_times(one: datetime, other: datetime):
    earlier = _to_the_millisecond(one) < _to_the_millisecond(other)
    assert earlier <= (tid("a", one) < tid("b", other))


def test_the_keys_of_a_hundred_posts_of_one_instant_all_differ():
    assert len({tid(f"delivery {number}", NOW) for number in range(100)}) == 100


def _to_the_millisecond(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def test_a_record_carries_the_link_in_its_card_even_when_the_text_has_no_room_for_it():
    made = record(Post(text="Titre", link=LINK, card=Card(title="T", description="D")), NOW)
    assert made["embed"]["external"] == {"uri": LINK, "title": "T", "description": "D"}
    assert "facets" not in made
    assert made["createdAt"] == "2026-11-22T09:30:00.000Z"


def test_a_notice_alone_has_no_card_and_a_bad_language_is_left_out():
    made = record(Post(text="Les CM sont en grève", language="français"), NOW)
    assert set(made) == {"$type", "text", "createdAt"}
    assert record(Post(text="x", language="fr_CA"), NOW)["langs"] == ["fr-CA"]


def seen(id: str, minutes: float, text: str = "t", *links: str) -> Seen:
    return Seen(id=id, url="u", at=NOW + timedelta(minutes=minutes), text=text, links=links)


def wanted(text: str, link: str | None = None) -> Payload:
    return Payload(network="x", key="k", prepared_at=NOW, text=text, link=link, body={})


def test_the_same_text_is_preferred_to_the_same_link_alone():
    found = choose([seen("1", 1, "autre", LINK), seen("2", 2, "t", LINK)], wanted("t", LINK), ())
    assert found.id == "2"


def test_of_two_like_posts_the_first_after_the_send_is_chosen():
    assert choose([seen("2", 9), seen("1", 1)], wanted("t"), ()).id == "1"


def test_a_post_made_while_our_clock_was_an_hour_ahead_is_found_and_not_sent_again():
    assert choose([seen("1", -60), seen("0", -70)], wanted("t"), ()).id == "1"


@given(st.lists(st.tuples(texts, st.floats(-90, 60))), st.sets(st.integers(0, 9).map(str)), texts)
def test_what_is_chosen_is_never_too_old_nor_known_nor_unlike(listing, known: set[str], text: str):
    shown = [seen(str(n), minutes, other) for n, (other, minutes) in enumerate([*listing, (text, 0.0)])]
    found = choose(shown, wanted(text), known)
    if found is None:
        assert str(len(shown) - 1) in known
    else:
        assert found.id not in known
        assert found.at >= NOW - SKEW
        assert same_text(next(s.text for s in shown if s.id == found.id), text)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://J.example/été", "https://j.example/%C3%A9t%C3%A9", True),
        ("https://j.example", "https://j.example/", True),
        ("https://été.example/a", "https://xn--t-9fab.example/a", True),
        ("https://j.example/a?x=%20y", "https://j.example/a?x= y", True),
        ("https://j.example/a?x=1", "https://j.example/a?x=2", False),
        ("https://j.example/a", "https://j.example/a/b", False),
        ("http://[bad", "http://[bad", True),
    ],
)
def test_addresses_are_the_same_however_they_are_escaped(one: str, other: str, same: bool):
    assert same_address(one, other) is same


@given(st.text(max_size=400), st.text(max_size=400))
def test_no_secret_of_ours_stands_in_a_networks_words_and_they_stay_short(before: str, after: str):
    wire = Wire(title="Réseau", base="https://n.example", secrets=["s3cret&"], transport=silent, timeout=1)
    for shown in (wire.words(f"{before} s3cret& {after}"), wire.words(f"{before} s3cret%26 {after}")):
        assert "s3cret" not in shown
        assert len(shown) <= MAX_WORDS
        assert "\n" not in shown


@given(st.text(max_size=30) | st.text(string.digits + ".-+", max_size=30))
def test_a_header_of_any_kind_is_read_without_an_error(text: str):
    for reader in (seconds, epoch, moment):
        reader(text)


def test_every_network_is_registered_under_its_own_name():
    assert list(TRAITS) == list(NAMES)
    assert [(name, traits.network) for name, traits in TRAITS.items()] == [(name, name) for name in NAMES]
    assert [client.traits for client in CLIENTS] == list(TRAITS.values())
    with pytest.raises(KeyError):
        TRAITS["myspace"]


def test_what_each_network_does_with_links_and_repeats():
    told = {
        name: SimpleNamespace(link=t.link_in_text, card=t.card_carries_link, no=t.refuses_repeats)
        for name, t in TRAITS.items()
    }
    assert {name for name, t in told.items() if not t.link} == {"facebook", "threads", "linkedin"}
    assert {name for name, t in told.items() if t.card} == {"bluesky"}
    assert {name for name, t in told.items() if t.no} == {"x", "facebook", "linkedin"}


def test_importing_the_registry_does_not_load_a_network():
    code = (
        "import sys, piquet.networks; sys.exit('httpx' in sys.modules or 'piquet.networks.x' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
