"""Entries without a link to a page of their own: what a reader is sent to instead."""

import pytest

from piquet.feed import parse

from .loopback import NOW, rss
from .test_parse import JSON, atom, one, read

POD = '<enclosure url="https://cdn.example/a.mp3" type="audio/mpeg" length="1"/>'
PICTURE = '<enclosure url="https://cdn.example/a.jpg" type="image/jpeg" length="1"/>'
GUID = '<guid isPermaLink="false">https://paper.example/?p=1</guid>'
RDF = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel/>'
    '<item rdf:about="https://paper.example/a"><title>A</title>{}</item></rdf:RDF>'
)


@pytest.mark.parametrize(
    ("more", "link"),
    [
        (POD, "https://cdn.example/a.mp3"),
        (PICTURE + POD, "https://cdn.example/a.mp3"),
        (POD + GUID, "https://paper.example/?p=1"),
        (POD + '<atom:link rel="via" href="https://wire.example/a"/>', "https://wire.example/a"),
        (GUID + "<link>https://paper.example/a</link>", "https://paper.example/a"),
        (GUID + "<link>javascript:alert(1)</link>", "https://paper.example/?p=1"),
    ],
)
def test_a_guid_that_is_an_address_stands_in_then_where_it_was_found_then_what_is_listened_to(more, link):
    assert one(f"<title>A</title>{more}").link == link


@pytest.mark.parametrize(
    ("more", "link"),
    [
        ('<content src="/c" type="text/html"/><link rel="related" href="/r"/>', "https://paper.example/c"),
        ('<link rel="related" href="/r"/><link rel="enclosure" href="/e.mp3"/>', "https://paper.example/r"),
        ('<link rel="enclosure" href="/e.mp3"/><link rel="self" href="/s"/>', "https://paper.example/e.mp3"),
        ('<content xml:base="https://cdn.example/d/" src="c"/>', "https://cdn.example/d/c"),
        ('<content src="/c"/><link href="/a"/>', "https://paper.example/a"),
    ],
)
def test_in_atom_content_elsewhere_stands_in_then_a_related_page_then_what_is_listened_to(more, link):
    (entry,) = read(atom(f"<title>A</title><id>urn:1</id>{more}")).entries
    assert (entry.id, entry.link) == ("urn:1", link)


def test_what_an_item_of_rdf_or_json_is_about_stands_in():
    assert [entry.link for entry in read(RDF.format("")).entries] == ["https://paper.example/a"]
    linked = RDF.format("<link>https://paper.example/b</link>")
    assert [entry.link for entry in read(linked).entries] == ["https://paper.example/b"]
    feed = read(JSON + '{"id": "https://paper.example/1"}, {"id": "https://paper.example/2", "url": "/b"}]}')
    assert [entry.link for entry in feed.entries] == ["https://paper.example/1", "https://paper.example/b"]


@pytest.mark.parametrize(
    "more",
    [
        PICTURE,
        '<guid isPermaLink="false">12345</guid>',
        '<guid isPermaLink="false">javascript:alert(1)</guid>',
        '<guid isPermaLink="false">http://169.254.169.254/a</guid>',
        '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="self" href="https://paper.example/s"/>',
        "<related>" + POD.replace("enclosure", "other") + "</related>",
        '<license xmlns="http://web.resource.org/cc/" resource="https://paper.example/licence"/>',
    ],
)
def test_nothing_else_stands_in_and_the_feed_says_what_was_left_out(more):
    feed = parse(rss(f"<item><title>A</title>{more}</item>"), {}, "https://paper.example/f", now=NOW)
    assert feed.entries == ()
    assert feed.warnings == ("Left out, for want of a link a reader could follow: 1, such as 'A'.",)
