"""The picture of an entry: the widest of what its feed offers, tracking pixels and icons left out; pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from piquet.entry import Image
from piquet.feed.links import usable_link
from piquet.feed.text import plain_text

_SUFFIX = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)(?:$|[?#!/:])", re.IGNORECASE)
_OTHER_SUFFIX = re.compile(
    r"\.(?:mp[34]|m4[av]|webm|ogg|mov|avi|m3u8|pdf|html?|svg|swf)(?:$|[?#])", re.IGNORECASE
)
_PIXEL = re.compile(  # counters and share buttons seen in feeds
    r"feedburner\.com/~|feedsportal\.com/|doubleclick\.net|/pixel[./?]|pixel\.wp\.com|stats\.wordpress\.com|1x1|"
    r"scorecardresearch|google-analytics|/b\.gif|blank\.gif|spacer\.|transparent\.gif|emoji|smil(?:ey|ies)|"
    r"gravatar\.com|feeds\.wordpress\.com|/tracking|xiti\.com|weborama|/~r/|ivwbox\.de|met\.vgwort\.de",
    re.IGNORECASE,
)
_TOO_SMALL = 32  # pixels: below are counters, icons, avatars
_LONGEST_MARKUP = 50_000
_LONGEST_ALT = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Offer:
    url: str
    alt: str = ""
    width: int | None = None
    height: int | None = None
    rank: int  # how sure the element is an article's picture; 0 is surest


def entry_image(entry: Mapping[str, Any], *, base: str) -> Image | None:
    """The surest kind of picture an entry has; among those of one kind the widest, then the first."""
    offers = [offer for offer in _offers(entry) if not _is_pixel(offer)]
    for offer in sorted(offers, key=lambda offer: (offer.rank, -(offer.width or 0))):
        url = usable_link(offer.url, base=base)
        if url:
            return Image(url=url, alt=plain_text(offer.alt, type_=None, longest=_LONGEST_ALT))
    return _embedded(entry, base)


def _offers(entry: Mapping[str, Any]) -> Iterator[_Offer]:
    alt = entry.get("media_description") if isinstance(entry.get("media_description"), str) else ""
    for media in entry.get("media_content", ()):
        if is_image(media):
            yield _offer(media, rank=0, alt=media.get("alt") or alt)
    for link in entry.get("links", ()):
        if link.get("rel") == "enclosure" and is_image({**link, "url": link.get("href", "")}):
            yield _offer({**link, "url": link.get("href", "")}, rank=1)
    for media in entry.get("media_thumbnail", ()):
        yield _offer(media, rank=2, alt=alt)
    image = entry.get("image")
    href = image.get("href") or image.get("url") if isinstance(image, Mapping) else image
    if isinstance(href, str) and href:
        yield _Offer(url=href, rank=3)


def _offer(media: Mapping[str, Any], *, rank: int, alt: str = "") -> _Offer:
    size = (_pixels(media.get("width")), _pixels(media.get("height")))
    return _Offer(url=str(media.get("url") or ""), alt=alt, width=size[0], height=size[1], rank=rank)


def is_image(media: Mapping[str, Any]) -> bool:
    """By what it is said to be; an untyped one by its name, unless that is a film's or a page's."""
    said = str(media.get("medium") or media.get("type") or "").lower()
    if said:
        return said.startswith("image") and "svg" not in said
    url = str(media.get("url") or "")
    return bool(_SUFFIX.search(url)) or (bool(media.get("width")) and not _OTHER_SUFFIX.search(url))


def _is_pixel(offer: _Offer) -> bool:
    small = any(side is not None and side < _TOO_SMALL for side in (offer.width, offer.height))
    return small or not offer.url or bool(_PIXEL.search(offer.url))


def _embedded(entry: Mapping[str, Any], base: str) -> Image | None:
    """The first real `<img>` of the entry's own markup."""
    for markup in _markups(entry):
        if "<img" not in markup.lower():
            continue
        for offer in _images_in(markup):
            url = None if _is_pixel(offer) else usable_link(offer.url, base=base)
            if url:
                return Image(url=url, alt=plain_text(offer.alt, type_="text", longest=_LONGEST_ALT))
    return None


def _images_in(markup: str) -> Iterator[_Offer]:
    from selectolax.lexbor import LexborHTMLParser  # see piquet.feed.text

    for node in LexborHTMLParser(markup[:_LONGEST_MARKUP].replace("\x00", "")).css("img"):
        found = node.attributes
        yield _Offer(
            url=found.get("src") or found.get("data-src") or "",
            alt=found.get("alt") or "",
            width=_pixels(found.get("width")),
            height=_pixels(found.get("height")),
            rank=4,
        )


def _markups(entry: Mapping[str, Any]) -> Iterator[str]:
    yield from (part.get("value") or "" for part in entry.get("content", ()))
    if isinstance(entry.get("summary"), str):
        yield entry["summary"]


def _pixels(raw: Any) -> int | None:
    match = re.match(r"\s*(\d{1,5})(?:\.\d+)?\s*(?:px)?\s*$", str(raw or ""))
    return int(match[1]) if match else None
