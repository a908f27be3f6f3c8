"""From a body to entries: each test is one way real feeds go wrong, by the numbers of what was measured on 201."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from piquet.errors import NotAFeed
from piquet.feed import parse

from .loopback import NOW, item, rss

URL = "https://paper.example/feeds/all.xml"
PREFIXES = (
    b'<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"'
    b' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:fb="http://rssnamespace.org/feedburner/ext/1.0"'
)


def read(body: bytes | str, *, url: str = URL, headers: dict | None = None):
    raw = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    return parse(raw, headers or {}, url, now=NOW)


def one(more: str, *, url: str = URL):
    """The only entry of a feed whose one item holds this."""
    (entry,) = read(rss(f"<item>{more}</item>").replace(b'<rss version="2.0"', PREFIXES), url=url).entries
    return entry


def atom(*entries: str) -> str:
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><link href="https://paper.example/"/>'
        + "".join(f"<entry>{entry}</entry>" for entry in entries)
        + "</feed>"
    )


LINK = "<title>A</title><link>https://paper.example/a</link>"


@pytest.mark.parametrize(
    "more",
    [
        LINK + "<link>https://paper.example/related</link>",
        LINK + "<related><title>R</title><link>https://paper.example/related</link></related>",
        LINK + '<atom:link rel="related" href="https://paper.example/related"/>',
        LINK
        + '<media:content url="https://paper.example/i.jpg"><link>https://paper.example/i</link></media:content>',
        LINK + "<image><title>I</title><link>https://paper.example/i</link></image>",
        "<image><title>I</title><link>https://paper.example/i</link></image>" + LINK,
        "<related><link>https://paper.example/related</link></related>" + LINK,
        LINK + '<source url="https://wire.example/rss">The Wire</source>',
        "<media:title>The picture</media:title>" + LINK + "<media:title>The picture</media:title>",
    ],
)
def test_a_link_or_title_of_something_else_is_not_the_articles(more):
    entry = one(more)
    assert (entry.link, entry.title) == ("https://paper.example/a", "A")


def test_of_several_links_the_permalink_guid_tells_the_article():
    two = "<title>A</title><link>https://paper.example/tag</link><link>https://paper.example/a</link>"
    assert one(two).link == "https://paper.example/tag"
    assert one(two + "<guid>https://paper.example/a</guid>").link == "https://paper.example/a"
    assert (
        one(two + '<guid isPermaLink="false">https://paper.example/a</guid>').link
        == "https://paper.example/tag"
    )


def test_the_original_link_goes_before_its_proxy():
    entry = one(
        "<title>A</title><link>http://feedproxy.google.com/~r/paper/~3/x</link>"
        "<fb:origLink>https://paper.example/a?b=1&amp;c=2</fb:origLink>"
    )
    assert entry.link == "https://paper.example/a?b=1&c=2"


@pytest.mark.parametrize("url", [URL, "https://moved.example/f"])
@pytest.mark.parametrize(
    "guid", ["12345", "12345 at https://paper.example", "tag:paper.example,2026:1", "/a/1"]
)
def test_an_id_is_what_the_feed_sent_wherever_the_feed_lives(guid, url):
    entry = one(f"{LINK}<guid>{guid}</guid>", url=url)
    assert (entry.id, entry.link) == (guid, "https://paper.example/a")


def test_without_a_link_the_permalink_guid_is_one_and_a_name_is_not():
    assert one("<title>A</title><guid>https://paper.example/a</guid>").link == "https://paper.example/a"
    feed = read(rss('<item><title>B</title><guid isPermaLink="false">paper.example/b</guid></item>'))
    assert feed.entries == ()
    assert feed.warnings == ("Left out, for want of a link a reader could follow: 1, such as 'B'.",)


def test_without_an_id_the_link_is_the_id():
    assert one(LINK).id == "https://paper.example/a"


def test_atom_takes_the_alternate_page_and_never_an_id_for_a_link():
    feed = read(
        atom(
            '<title>A</title><id>1</id><link rel="self" href="/self"/><link type="application/json" href="/j"/>'
            '<link rel="alternate" href="/a"/><link rel="enclosure" href="/e.mp3"/>',
            "<title>B</title><id>https://paper.example/b</id>",
        )
    )
    assert [(entry.id, entry.link) for entry in feed.entries] == [("1", "https://paper.example/a")]


@pytest.mark.parametrize(
    ("title", "plain"),
    [
        ('<title type="html">&lt;b&gt;x&lt;/b&gt; &amp;amp; y</title>', "x & y"),
        ('<title type="html"><![CDATA[<i>x</i> &amp; y]]></title>', "x & y"),
        ('<title type="text">1 &lt; 2 &lt;b&gt; &amp;amp;</title>', "1 < 2 <b> &amp;"),
        ("<title>Don&amp;#39;t &lt;b&gt;</title>", "Don't <b>"),
        (
            '<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">x <em>y</em> &lt;z</div></title>',
            "x y <z",
        ),
    ],
)
def test_an_atom_title_is_what_its_type_says(title, plain):
    (entry,) = read(atom(title + '<link href="/a"/>')).entries
    assert entry.title == plain


def test_an_entrys_source_gives_it_neither_link_nor_date_nor_id():
    source = "<source><id>S</id><title>S</title><link href='https://s.example/'/></source>"
    (entry,) = read(atom(source + '<title>A</title><id>1</id><link href="/a"/>')).entries
    assert (entry.id, entry.link, entry.title, entry.published) == ("1", "https://paper.example/a", "A", None)


def test_items_in_items_and_empty_ones_are_no_ghosts():
    feed = read(
        rss(
            "<item>" + item("a") + "</item>",
            "<item/>",
            "<item><title></title><link></link></item>",
            item("b"),
        )
    )
    assert [entry.title for entry in feed.entries] == ["a", "b"]


def test_dates_are_taken_from_wherever_a_feed_puts_them():
    def published(more):
        return one(LINK + more).published.isoformat()

    assert published("<dc:date>2026-11-01T10:00:00+01:00</dc:date>") == "2026-11-01T09:00:00+00:00"
    both = "<dc:date>2026-11-01T10:00:00Z</dc:date><pubDate>Sat, 31 Oct 2026 10:00:00 GMT</pubDate>"
    assert published(both) == "2026-10-31T10:00:00+00:00"
    assert (
        published("<pubDate>soon</pubDate><dc:date>2026-11-01T10:00:00Z</dc:date>")
        == "2026-11-01T10:00:00+00:00"
    )
    assert one(LINK + "<pubDate>Fri, 20 Nov 2099 10:00:00 GMT</pubDate>").published is None


def test_ampersands_and_entities_come_out_as_they_were_meant():
    entry = one(
        "<title>AT&T &eacute; &unknown; &copy;</title><link>https://paper.example/?x=1&copy=3&amp;y=2</link>"
    )
    assert entry.title == "AT&T é &unknown; ©"
    assert entry.link == "https://paper.example/?x=1&copy=3&y=2"


def test_what_breaks_xml_is_repaired_and_not_posted():
    entry = one(
        "<title>A\x00\x08 &#0;&#xD800;B</title><link>https://paper.example/a</link><media:x/><odd:y>z</odd:y>"
    )
    assert entry.title == "A B"


@pytest.mark.parametrize(
    "before", ["\n\n ", "\ufeff", "<br />\n<b>Warning</b>: include() failed<br />\n", "<!-- cached -->"]
)
@pytest.mark.parametrize("after", ["", "<!-- 0.3 s -->", "<script>count()</script>", "\x00\x00"])
def test_what_stands_around_a_feed_does_not_hide_it(before, after):
    feed = read(before + rss(item("a")).decode() + after)
    assert [entry.title for entry in feed.entries] == ["a"]
    assert not feed.cut


@given(st.data())
def test_a_document_cut_anywhere_gives_only_whole_entries(data):
    names = [f"entry{n}" for n in range(5)]
    whole = rss(*(item(name, "<description>&lt;p>some text&lt;/p></description>") for name in names))
    kept = data.draw(st.integers(whole.index(b"<channel>"), len(whole)))
    feed = read(whole[:kept])
    got = [entry.title for entry in feed.entries]
    assert got == names[: len(got)]
    assert len(got) == whole[:kept].count(b"</item>")
    assert feed.cut or len(got) == 5


def test_a_feed_that_only_forgot_its_last_tag_lost_nothing():
    feed = read(rss(item("a")).removesuffix(b"</rss>"))
    assert [entry.title for entry in feed.entries] == ["a"]
    assert not feed.cut and feed.warnings == ()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "empty body"),
        (b" \n\x00 ", "empty body"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "an HTML page, not a feed, and names none"),
        (
            b'<html><head><link rel="alternate" type="application/rss+xml" href="/rss?a=1"></head></html>',
            "the feed it names is https://paper.example/rss?a=1",
        ),
        (
            b'<html xmlns="http://www.w3.org/1999/xhtml"><feed xmlns="http://www.w3.org/2005/Atom"/></html>',
            "HTML page",
        ),
        (b"<urlset><url/></urlset>", "XML that starts with <urlset>"),
        (b'<opml xmlns:atom="http://www.w3.org/2005/Atom"><body/></opml>', "XML that starts with <opml>"),
        (b'{"error": "not found"}', "JSON, but no JSON Feed"),
        (b"[" * 100_000, "JSON"),
        (b"\x1f\x8b\x08\x00", "gzip archive"),
        (b"%PDF-1.7", "PDF"),
        (b"/etc/passwd", "neither XML nor JSON"),
        (b"https://paper.example/feed", "neither XML nor JSON"),
    ],
)
def test_what_is_no_feed_is_said_to_be_what_it_is(body, says):
    with pytest.raises(NotAFeed) as caught:
        parse(body, {}, URL + "?key=SECRET", now=NOW)
    assert says in str(caught.value)
    assert "SECRET" not in str(caught.value)


def test_a_body_that_names_a_file_does_not_open_it(tmp_path):
    path = tmp_path / "feed.xml"
    path.write_bytes(rss(item("a")))
    with pytest.raises(NotAFeed):
        read(str(path))


def test_entities_neither_grow_nor_read_files():
    bomb = '<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">'
    document = f"<!DOCTYPE rss [{bomb}]>" + rss(item("&a; &b; &c;")).decode().partition("?>")[2]
    (entry,) = read(document).entries
    assert entry.title == "ha &b; &c;"


def test_language_and_tags_are_cleaned():
    feed = read(
        rss(
            item("a", "<category>K</category><category> K </category><category>L</category>"),
            head="<language>fr_fr</language>",
        )
    )
    assert feed.language == feed.entries[0].language == "fr-FR"
    assert feed.entries[0].tags == ("K", "L")
    assert read(rss(item("a"), head="<language>US</language>")).language is None


def test_rss_1_and_0_91_and_a_prefixed_atom_are_feeds():
    rdf = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel/>'
        '<item rdf:about="urn:1"><title>A</title><link>https://paper.example/a</link></item></rdf:RDF>'
    )
    old = (
        '<!DOCTYPE rss PUBLIC "-//N//DTD RSS 0.91//EN" "http://my.netscape.com/rss-0.91.dtd">'
        + rss(item("caf&eacute;")).decode()
    )
    prefixed = '<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:entry><a:link href="/a"/></a:entry></a:feed>'
    assert [entry.id for entry in read(rdf).entries] == ["urn:1"]
    assert [entry.title for entry in read(old).entries] == ["café"]
    assert [entry.link for entry in read(prefixed).entries] == ["https://paper.example/a"]


def test_tag_soup_still_gives_its_entries():
    soup = rss(
        "<item><title>A<link>https://paper.example/a</link><description><p>x<br>y</description></item>",
        item("b"),
    )
    assert "https://paper.example/b" in [entry.link for entry in read(soup).entries]


@given(st.binary(max_size=400))
def test_any_bytes_give_a_feed_or_not_a_feed(body):
    for document in (body, b"<rss><channel>" + body + b"</channel></rss>", b'{"items":[' + body + b"]}"):
        try:
            feed = read(document)
        except NotAFeed:
            continue
        for entry in feed.entries:
            (entry.title + entry.id + entry.link + entry.summary).encode("utf-8")
            assert entry.link.lower().startswith(("http://", "https://"))


@pytest.mark.parametrize(
    "found",
    [
        "</media:player>",
        "<width>x</width>",
        "</category><category/>",
        "<textinput><media:credit/></textinput>",
        '<a xmlns="http://x y z">b</a>',
        '<a xml:base="http://[">b</a>',
        "<media:thumbnail>x</media:thumbnail></media:thumbnail>",
        "<dcterms:valid>start=x;end</dcterms:valid>",
    ],
)
def test_an_element_that_trips_the_parser_is_skipped_and_the_entries_stay(found):
    """Found by fuzzing: each raised from inside feedparser or Python's SAX driver."""
    feed = read(rss(item("a", found), found, item("b")).replace(b'<rss version="2.0"', PREFIXES))
    assert {"https://paper.example/a", "https://paper.example/b"} <= {entry.link for entry in feed.entries}


JSON = '{"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": ['


def test_json_feed_is_read_whatever_its_members_turn_out_to_be():
    feed = read(
        JSON
        + 'null, 5, {"id": 1, "url": "https://paper.example/1", "title": ["A"], "date_published": 1578650400},'
        '{"id": 2.5, "external_url": "https://wire.example/", "content_html": "<p>x</p>", "tags": "k"},'
        '{"id": {"a": 1}, "url": "https://paper.example/3", "title": "\\ud800<b>", "image": {"url": "x"}},'
        '{"id": "4", "url": null, "title": "no link"}]}'
    )
    assert [(entry.id, entry.link, entry.title) for entry in feed.entries] == [
        ("1", "https://paper.example/1", "A"),
        ("2.5", "https://wire.example/", ""),
        ("https://paper.example/3", "https://paper.example/3", "<b>"),
    ]
    assert feed.entries[0].published.isoformat() == "2020-01-10T10:00:00+00:00"
    assert (feed.entries[1].summary, feed.entries[1].tags) == ("x", ("k",))


def test_a_cut_json_feed_gives_its_whole_entries():
    feed = read(JSON + '{"id": 1, "url": "https://paper.example/1"}, {"id": 2, "url": "https://paper.ex')
    assert [entry.id for entry in feed.entries] == ["1"]
    assert feed.cut and feed.title == "J"
    assert read(JSON.replace('"J"', r'"\u12"') + "{").entries == ()


MEDIA = [
    (
        '<media:content url="/s.jpg" width="100"/><media:content url="/l.jpg" width="1200" medium="image"/>',
        "/l.jpg",
    ),
    ('<media:content url="/v.mp4" type="video/mp4" width="4000"/><media:thumbnail url="/t.jpg"/>', "/t.jpg"),
    ('<media:content url="/untyped" width="600"/>', "/untyped"),
    ('<enclosure url="/e.png" type="image/png"/><enclosure url="/e.mp3" type="audio/mpeg"/>', "/e.png"),
    ('<enclosure url="/e.mp3" type="audio/mpeg"/>', None),
    ("<image><url>https://paper.example/i.jpg</url></image>", None),
    (
        '<description>&lt;img src="/1.gif" width=1 height=1&gt;&lt;img src="/d.jpg"&gt;</description>',
        "/d.jpg",
    ),
    ('<description>&lt;img src="https://pixel.wp.com/b.gif"&gt;</description>', None),
    ('<description>&lt;img src="javascript:x"&gt;&lt;img src="data:image/png,x"&gt;</description>', None),
    ('<media:content url="http://169.254.169.254/x.jpg" medium="image"/>', None),
]


@pytest.mark.parametrize(("more", "path"), MEDIA)
def test_the_widest_picture_is_taken_and_never_a_tracking_pixel(more, path):
    image = one(LINK + more).image
    assert (image and image.url) == (path and f"https://paper.example{path}")


def test_a_picture_has_the_text_its_feed_gives_it():
    described = "<media:description>A &amp;amp; B</media:description>"
    content = f'<media:content url="/i.jpg" medium="image">{described}</media:content>'
    assert one(LINK + content).image.alt == "A & B"
    assert one(LINK + '<description>&lt;img src="/i.jpg" alt="C"&gt;</description>').image.alt == "C"
