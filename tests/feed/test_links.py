"""Addresses a reader may be sent to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from piquet.feed.links import article_link, shown, usable_link

BASE = "https://paper.example/feeds/all.xml"


@pytest.mark.parametrize(
    "proxy",
    [
        "https://feeds.paper.example/~r/paper/world/~3/x_1/",
        "https://rss.paper.example/c/123/f/456/s/7/story01.htm",
        "http://feedproxy.google.com/~r/paper/~3/x",
    ],
)
def test_behind_a_proxy_on_whichever_host_the_permalink_is_the_article(proxy):
    link = {"rel": "", "type": "", "href": proxy, "base": "", "direct": True}
    guid = {"piquet_links": [link], "piquet_guid": "https://paper.example/a", "guid_permalink": ""}
    assert article_link(guid, feed_url=BASE) == "https://paper.example/a"
    assert article_link({**guid, "guid_permalink": "false"}, feed_url=BASE) == proxy
    plain = {**link, "href": "https://paper.example/r/c/1/"}
    assert article_link({**guid, "piquet_links": [plain]}, feed_url=BASE) == plain["href"]


@pytest.mark.parametrize(
    ("raw", "link"),
    [
        ("https://paper.example/a?b=1&c=2#d", "https://paper.example/a?b=1&c=2#d"),
        (" https://paper.example/a\n\t b ", "https://paper.example/a%20b"),
        ("https://paper.example/\u202egpj\u200b", "https://paper.example/gpj"),
        ("/a", "https://paper.example/a"),
        ("a", "https://paper.example/feeds/a"),
        ("//cdn.example/a", "https://cdn.example/a"),
        ("www.paper.example/a", "http://www.paper.example/a"),
        ("http:///paper.example/a", "http://paper.example/a"),
        ("https://journal.example/é", "https://journal.example/é"),
        ("https://[2606:4700::1111]:8443/a", "https://[2606:4700::1111]:8443/a"),
    ],
)
def test_a_usable_link_is_absolute_and_clean(raw, link):
    assert usable_link(raw, base=BASE) == link


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "mailto:desk@paper.example",
        "https://user:secret@paper.example/",
        "https://paper.example\\@evil.example/",
        "https://exa mple/",
        "https://paper.example:99999/",
        "https://[::1/",
        "https://" + "x" * 5_000,
        "https://paper.example/" + "x" * 10_000,
        "http://localhost/",
        "http://printer.local/",
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[::ffff:10.0.0.1]/",
        "http://169.254.169.254/latest/meta-data",
    ],
)
def test_what_no_reader_may_be_sent_to_is_none(raw):
    assert usable_link(raw, base=BASE) is None


def test_a_private_host_may_link_to_itself_only():
    wall = "http://127.0.0.1:8080/feed"
    assert usable_link("/a", base=wall) == "http://127.0.0.1:8080/a"
    assert usable_link("http://127.0.0.1:9/a", base=wall) == "http://127.0.0.1:9/a"
    assert usable_link("http://10.0.0.1/a", base=wall) is None


@given(
    st.text(max_size=200) | st.from_regex(r"(https?:)?//[^ ]{0,40}", fullmatch=True),
    st.just(BASE) | st.text(max_size=50),
)
def test_any_text_is_a_clean_absolute_link_or_none(raw, base):
    link = usable_link(raw, base=base)
    if link is not None:
        assert link.lower().startswith(("http://", "https://"))
        assert len(link) <= 2_048 * 3 and " " not in link and "\n" not in link
        link.encode("utf-8")
        assert usable_link(link, base=base) == link


@pytest.mark.parametrize(
    "url", ["https://desk:SECRET@paper.example/f?key=SECRET#SECRET", "https://paper.example/f?SECRET"]
)
def test_an_address_is_shown_without_what_may_be_secret(url):
    assert shown(url) == "https://paper.example/f"
