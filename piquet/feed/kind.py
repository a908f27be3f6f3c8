"""What a body is that is not a feed, in one sentence; decides nothing."""

import json
import re
from urllib.parse import urljoin

from piquet.feed.links import shown

_FEED_TYPES = re.compile(
    r"(?:application/(?:rss|atom|rdf|feed)\+(?:xml|json)|application/json)", re.IGNORECASE
)
_MAGIC = (
    (b"\x1f\x8b", "a gzip archive"),
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
)


def is_page(text: str, first: str | None) -> bool:
    """Whether a text is an HTML page."""
    return (first or "").lower() in ("html", "head", "body") or bool(
        re.match(r"\s*<!doctype\s+html", text, re.I)
    )


def not_a_feed(body: bytes, text: str, first: str | None, url: str) -> str:
    """The sentence: what the body is, and for a page which feed it names."""
    name = shown(url)
    if not text.strip(" \t\r\n\x00\ufeff"):
        return f"{name} answered with an empty body, not a feed."
    for magic, what in _MAGIC:
        if body.startswith(magic):
            return f"{name} is {what}, not a feed."
    if is_page(text, first):
        return _page(text, url)
    if first:
        return f"{name} is XML that starts with <{first[:60]}>, not a feed (RSS, Atom or RDF)."
    return (
        f"{name} is {'JSON, but no JSON Feed' if _is_json(text) else 'neither XML nor JSON, so not a feed'}."
    )


def _page(text: str, url: str) -> str:
    feeds = _named_feeds(text, url)
    if not feeds:
        return f"{shown(url)} is an HTML page, not a feed, and names none."
    return f"{shown(url)} is an HTML page, not a feed; the feed it names is {' or '.join(feeds[:3])}."


def _named_feeds(text: str, url: str) -> list[str]:
    """The feeds a page's head links to: https://www.rssboard.org/rss-autodiscovery."""
    from selectolax.lexbor import LexborHTMLParser  # see piquet.feed.text

    links = LexborHTMLParser(text[:500_000].replace("\x00", "")).css("link[rel~=alternate i][href]")
    found = [n.attributes["href"] or "" for n in links if _FEED_TYPES.match(n.attributes.get("type") or "")]
    return [urljoin(url, href.strip()[:500]) for href in found if href.strip()]


def _is_json(text: str) -> bool:
    if text.lstrip()[:1] not in ("{", "["):
        return False
    try:
        json.loads(text, strict=False)
    except RecursionError:
        return True
    except ValueError:
        return False
    return True
