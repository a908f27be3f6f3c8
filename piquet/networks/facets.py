"""Which parts of a Bluesky text are links and hashtags, by UTF-8 byte; mentions need a look-up and are left out.

The rules are those of the official app, packages/api/src/rich-text/detection.ts in
github.com/bluesky-social/atproto: without a facet nothing in a Bluesky text can be clicked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import regex

from piquet.limits import is_bare_domain

_MAX_TAG = 64

# Characters nobody sees (soft hyphen, joiners, zero-width spaces) end a tag: it would look like another one.
_UNSEEN = "\u00ad\u2060\u200a\u200b\u200c\u200d\u20e2"
_TAG = regex.compile(
    rf"(?:^|\s)(?P<all>[#＃](?!\ufe0f)(?P<tag>[^\s{_UNSEEN}]*[^\s{_UNSEEN}0-9\p{{P}}][^\s{_UNSEEN}]*))"
)
_URL = regex.compile(
    r"(?:^|\s|\()(?P<all>(?P<web>https?://\S+)|(?P<domain>[a-z][a-z0-9]*(?:\.[a-z0-9]+)+)\S*)",
    regex.IGNORECASE | regex.MULTILINE,
)
_LAST_PUNCTUATION = regex.compile(r"\p{P}+$")
_END_OF_LINK = r"(?=[)\].,;:!?»\"”’]*(?:\s|$))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A clickable part of a text, from one character to another, and the facet feature it becomes."""

    start: int
    end: int
    feature: dict[str, str]


def facets(text: str, link: str | None = None) -> list[dict[str, Any]]:
    """The facets of a text in order; `link` is one whole wherever it stands, whatever it ends with."""
    spans: list[Span] = []
    for span in (*_known(text, link), *links(text), *tags(text)):
        if all(span.end <= other.start or span.start >= other.end for other in spans):
            spans.append(span)
    return [_facet(text, span) for span in sorted(spans, key=_start)]


def links(text: str) -> Iterator[Span]:
    """The addresses in a text, with their scheme or as a bare domain under a real top-level domain."""
    for match in _URL.finditer(text):
        if match["web"] or _is_domain(match["domain"]):
            shown = _without_last_mark(match["all"])
            address = shown if match["web"] else f"https://{shown}"
            yield Span(start=match.start("all"), end=match.start("all") + len(shown), feature=_link(address))


def tags(text: str) -> Iterator[Span]:
    """The hashtags in a text; one of digits alone is none."""
    for match in _TAG.finditer(text):
        tag = _LAST_PUNCTUATION.sub("", match["tag"])
        if tag and len(tag.encode("utf-16-le")) // 2 <= _MAX_TAG:
            start = match.start("all")
            feature = {"$type": "app.bsky.richtext.facet#tag", "tag": tag}
            yield Span(start=start, end=start + 1 + len(tag), feature=feature)


def _known(text: str, link: str | None) -> Iterator[Span]:
    if link:
        for match in regex.finditer(rf"(?<![\w@#$/]){regex.escape(link)}{_END_OF_LINK}", text):
            yield Span(start=match.start(), end=match.end(), feature=_link(link))


def _link(address: str) -> dict[str, str]:
    return {"$type": "app.bsky.richtext.facet#link", "uri": address}


def _is_domain(domain: str) -> bool:
    """A capital after the last dot is a sentence's end («fini.Il est»), not a top-level domain."""
    last = domain.rpartition(".")[2]
    return last == last.lower() and is_bare_domain(domain)


def _without_last_mark(shown: str) -> str:
    """Without the punctuation that ends the sentence rather than the address."""
    if shown[-1] in ".,;:!?":
        shown = shown[:-1]
    return shown[:-1] if shown.endswith(")") and "(" not in shown else shown


def _facet(text: str, span: Span) -> dict[str, Any]:
    index = {"byteStart": _bytes(text[: span.start]), "byteEnd": _bytes(text[: span.end])}
    return {"index": index, "features": [span.feature]}


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _start(span: Span) -> int:
    return span.start
