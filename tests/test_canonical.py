"""Which addresses are one article's, and which are not."""

from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from piquet.canonical import canonical_link

ARTICLE = "https://www.journal.example/france/article-12"

addresses = st.builds(
    "{}://{}{}{}{}".format,
    st.sampled_from(["http", "https", "HTTP"]),
    st.sampled_from(
        ["journal.example", "Journal.Example:80", "[::1]:443", "a b:", "u:p@h", "h:80:443", "é.fr"]
    ),
    st.text(alphabet="/aé%2fF41~ \t;", max_size=12),
    st.text(alphabet="?&=utm_xorcps%20é+", max_size=14),
    st.text(alphabet="#!/%é", max_size=6),
)


@pytest.mark.parametrize(
    "spelling",
    [
        "http://www.journal.example/france/article-12",
        "HTTPS://WWW.Journal.Example/france/article-12",
        "https://www.journal.example:443/france/article-12",
        "http://www.journal.example:80/france/article-12/",
        "https://www.journal.example/france/article-12#commentaires",
        "https://www.journal.example/france/article-12?utm_source=rss&utm_medium=feed",
        "https://www.journal.example/france/article-12?xtor=RSS-17#xtor=RSS-17",
        "https://www.journal.example/france/article-12?at_medium=rss&fbclid=x&gclid=y&CMP=share",
        "https://www.journal.example/france/article-12?mod=rss_world&from=rss",
        "https://www.journal.example/france/article-12?source=rss2.0&ref=news-RSS",
        "https://www.journal.example/france/article-12?partner=rss&emc=rss",
        "https://www.journal.example/france/article-12?src=rss%2Fune&wprss=rss_world",
        "https://www.journal.example/france/article-12?feedType=RSS&feedName=topNews&ito=1490",
        "https://www.journal.example/%66rance/article%2D12",
        "  https://www.journal.example/france/article-12?&\n",
    ],
)
def test_spellings_of_one_article_are_one(spelling):
    assert canonical_link(spelling) == ARTICLE


@pytest.mark.parametrize(
    "other",
    [
        "https://journal.example/france/article-12",
        "https://www.journal.example:8443/france/article-12",
        "https://www.journal.example/france/article-13",
        "https://www.journal.example/France/article-12",
        "https://www.journal.example/france/article-12?id=3",
        "https://www.journal.example/france/article-12?page=2&utm_source=rss",
        "https://www.journal.example/france/article-12?ref=rss-12345",
        "https://www.journal.example/france/article-12?source=reuters",
        "https://www.journal.example/france/article-12?from=rssi",
        "https://www.journal.example/france/article-12?channel=12",
        "https://www.journal.example/france/article-12?mod=",
        "https://www.journal.example/france%2Farticle-12",
        "https://www.journal.example/france/article-12#!/live",
    ],
)
def test_addresses_of_other_articles_stay_other(other):
    assert canonical_link(other) != ARTICLE


def test_the_remaining_query_keeps_its_order():
    assert canonical_link("http://h/a?b=2&utm_id=1&a=1&b=1") == "https://h/a?b=2&a=1&b=1"


def test_accents_and_their_escapes_are_one():
    assert canonical_link("http://h/gr%c3%a8ve?q=é") == canonical_link("https://h/grève?q=%C3%A9")


def test_a_parameter_whose_name_only_ends_like_a_tracking_one_is_kept():
    assert (
        canonical_link("https://h/a?my_utm_source=1&xtorrent=2") == "https://h/a?my_utm_source=1&xtorrent=2"
    )


@pytest.mark.parametrize(
    "text", ["", "urn:uuid:1", "/relative", "http://[", "http://", "mailto:a@b", "12345"]
)
def test_what_is_no_web_address_comes_back_as_it_was(text):
    assert canonical_link(f" {text} ") == text


@given(st.one_of(addresses, st.text(), st.text().map("http://{}".format)))
@example("http://h/\ud800")
@example("http://h:80:443/")
@example("http://a :80/")
def test_a_canonical_link_is_its_own_canonical_link(url):
    once = canonical_link(url)
    assert canonical_link(once) == once


@given(addresses)
def test_the_host_survives_and_nothing_is_invented(url):
    once = canonical_link(url)
    if once.startswith("https://"):
        assert urlsplit(once).hostname == (urlsplit(url.strip()).hostname or "").strip().lower()
