"""Which address stands in for an article's own where an entry has no link to a page of its own; pure."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urljoin

from piquet.feed.images import is_image
from piquet.feed.links import usable_link
from piquet.feed.raw import words


def stand_in_link(entry: Mapping[str, Any], *, feed_url: str) -> str | None:
    """The surest address an entry has besides alternate links; never `self`, which is the entry for machines."""
    for address, base in _addresses(entry):
        if link := usable_link(address, base=_joined(feed_url, base)):
            return link
    return None


def _addresses(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each address with what it is relative to, the surest first."""
    # In RDF the identifier is the page (https://web.resource.org/rss/1.0/spec#s5.5), in JSON Feed it should be.
    for key in ("piquet_address", "piquet_guid"):
        if (id_ := words(entry, key).strip()).lower().startswith(("http://", "https://")):
            yield id_, ""
    # Atom's out-of-line content: https://www.rfc-editor.org/rfc/rfc4287#section-4.1.3.2
    yield from ((part.get("src") or "", part.get("base") or "") for part in entry.get("content", ()))
    links = [link for link in entry.get("piquet_links", ()) if link["direct"]]
    yield from ((link["href"], link["base"]) for link in links if link["rel"] in ("via", "related"))
    for link in (*links, *entry.get("links", ())):
        if link.get("rel") == "enclosure" and not _is_picture(link):
            yield link.get("href") or "", link.get("base") or ""


def _is_picture(enclosure: Mapping[str, Any]) -> bool:
    """Whether an enclosure illustrates an article and is none itself, as a podcast's is."""
    return is_image({**enclosure, "url": enclosure.get("href") or ""})


def _joined(feed_url: str, base: str) -> str:
    try:
        return urljoin(feed_url, base)
    except ValueError:
        return feed_url
