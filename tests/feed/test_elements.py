"""Which elements of an entry count, and where it begins and ends."""

import pytest

from piquet.feed import parse

from .loopback import NOW, item, rss
from .test_parse import LINK, PREFIXES, URL, atom, one, read


def of(*items: str):
    return read(rss(*items).replace(b'<rss version="2.0"', PREFIXES)).entries


def facts(*items: str) -> list[tuple[str, str]]:
    return [(entry.title, entry.link) for entry in of(*items)]


def test_after_an_empty_item_inside_it_an_item_goes_on():
    proxy = "<title>A</title><link>http://feedproxy.google.com/~r/paper/~3/x</link><item />"
    original = "<fb:origLink>https://paper.example/a</fb:origLink><guid>1</guid>"
    (entry,) = of(f"<item>{proxy}{original}</item>")
    assert (entry.id, entry.link) == ("1", "https://paper.example/a")


@pytest.mark.parametrize("around", ["related", "media:group"])
def test_an_item_deep_inside_an_article_is_a_part_of_it_and_takes_nothing_from_it(around):
    inner = f"<{around}>{item('r', '<pubDate>Sat, 31 Oct 2020 10:00:00 GMT</pubDate>')}</{around}>"
    dated = "<pubDate>Sat, 31 Oct 2026 10:00:00 GMT</pubDate>"
    first, second = of(
        f"<item>{inner}{LINK}{dated}</item>",
        f"<item><title>B</title>{inner}<link>https://paper.example/b</link></item>",
    )
    assert (first.title, first.link, first.published.year) == ("A", "https://paper.example/a", 2026)
    assert (second.title, second.link, second.published) == ("B", "https://paper.example/b", None)


def test_what_stands_in_an_item_that_is_no_article_itself_or_right_below_one_that_is_comes_out():
    group = f"<item><title>Politics</title><items>{item('x')}{item('y')}</items></item>"
    beside = f"<item>{LINK}{item('z')}<guid>1</guid></item>"
    assert [title for title, _ in facts(group, beside)] == ["x", "y", "A", "z"]
    assert of(beside)[0].id == "1"


def test_items_that_nobody_closed_all_come_out_in_their_order():
    soup = "".join(
        f"<item><title>{n}</title><link>https://paper.example/{n}</link><p>" for n in ("a", "b", "c")
    )
    body = f'<rss version="2.0"><channel><title>T</title>{soup}{item("d")}</channel></rss>'
    assert [entry.title for entry in read(body).entries] == ["a", "b", "c", "d"]


def test_an_item_in_the_markup_of_a_text_ends_nothing():
    text = '<content type="xhtml"><div><item>x</item></div></content>'
    (entry,) = read(atom(f'<title>A</title>{text}<id>1</id><link href="/a"/>')).entries
    assert (entry.id, entry.link) == ("1", "https://paper.example/a")


@pytest.mark.parametrize(
    ("dates", "published", "updated"),
    [
        ("<issued>{1}</issued><pubDate>soon</pubDate>", 1, None),
        ("<pubDate>{1}</pubDate><issued>soon</issued><published/>", 1, None),
        ("<dc:date>{1}</dc:date><date>soon</date>", 1, 1),
        ("<updated>{2}</updated><modified>soon</modified><dcterms:created>{1}</dcterms:created>", 1, 2),
    ],
)
def test_a_second_date_does_not_hide_a_readable_first_one(dates, published, updated):
    prefix = ' xmlns:dcterms="http://purl.org/dc/terms/"'
    days = dates.replace("{1}", "2026-11-01T10:00:00Z").replace("{2}", "2026-11-02T10:00:00Z")
    body = rss(f"<item>{LINK}{days}</item>").replace(b'<rss version="2.0"', PREFIXES + prefix.encode())
    (entry,) = read(body).entries
    assert entry.published.day == published
    assert (entry.updated and entry.updated.day) == updated


def test_an_id_or_date_of_an_ill_formed_feed_is_what_a_well_formed_one_would_say():
    same = item(
        "a",
        "<guid>https://paper.example/?p=1&amp;q=&lt;2&gt;</guid>"
        "<dc:date><![CDATA[2026-11-01T10:00:00Z]]></dc:date><category>A &amp;amp; B</category>",
    )
    sound, ill = of(same), of(same, "<item><description><p>x<br></description></item>")
    assert sound == ill
    assert sound[0].id == "https://paper.example/?p=1&q=<2>"


@pytest.mark.parametrize("prefixed", ["dc", "media", "itunes"])
def test_a_title_of_another_vocabulary_stands_in_and_never_before_the_title(prefixed):
    other, link = f"<{prefixed}:title>T</{prefixed}:title>", "<link>https://paper.example/a</link>"
    itunes = PREFIXES + b' xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'

    def title(more: str) -> str:
        body = rss(f"<item>{more}</item>").replace(b'<rss version="2.0"', itunes)
        return parse(body, {}, URL, now=NOW).entries[0].title

    assert title(other + link) == "T"
    assert title(other + LINK) == title(LINK + other) == "A"


def test_a_relation_may_be_written_as_its_address():
    alternate = "http://www.iana.org/assignments/relation/alternate"
    related = "http://www.iana.org/assignments/relation/related"
    (entry,) = read(
        atom(f'<id>1</id><link rel="{related}" href="/r"/><link rel="{alternate}" href="/a"/>')
    ).entries
    assert entry.link == "https://paper.example/a"


@pytest.mark.parametrize("rel", ["", 'rel="alternate" type="text/html" '])
def test_rss_own_link_goes_before_atoms_beside_it(rel):
    beside = f'<atom:link {rel}href="https://paper.example/amp/a"/>'
    assert one(beside + LINK).link == one(LINK + beside).link == "https://paper.example/a"
    assert one(beside + "<title>A</title><link>javascript:x</link>").link == "https://paper.example/amp/a"
