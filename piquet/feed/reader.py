"""feedparser's own two parsers, kept from opening, guessing, resolving and sanitizing; knows elements, no rules."""

import contextlib
import io
import itertools
import xml.sax
import xml.sax.saxutils
from collections.abc import Mapping
from typing import Any, NamedTuple
from xml.sax.xmlreader import AttributesNSImpl, InputSource

from feedparser.api import LooseFeedParser, StrictFeedParser

from piquet.feed.raw import CREATED, DATED, MAX_ENTRIES, PUBLISHED, UPDATED, RawFeed

_MAX_ATTRIBUTES = 64  # feedparser's cost is their square: 50,000 on one element are 44 s of CPU
_MAX_LISTED = 100  # links, tags or pictures of one entry; feedparser compares each tag with all before it
# RFC 4287, 4.2.7.2: a relation is a name, or this address with the name at its end.
_RELATIONS = "http://www.iana.org/assignments/relation/"
# What feedparser raises over elements that stand where they should not; such an element is skipped.
_STUMBLES = (LookupError, TypeError, ValueError, AttributeError)


class _Enough(Exception):
    """More entries than anybody reads; those so far are kept."""


class _Outer(NamedTuple):
    """An entry within which another begins, and what the parser knew of its depths."""

    entry: Mapping[str, Any]
    depth: int
    title_depth: int


class _Faithful:
    """What feedparser merges, kept apart: links as they stand, the guid as sent, every date by its own name."""

    nests_truly = False  # tag soup also nests what was only not closed

    can_be_relative_uri = frozenset()  # links are resolved by us, and an id never is
    resolve_relative_uris = False
    sanitize_html = False
    _entry_depth = 0

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self._open: list[_Outer | None] = []  # for each entry that has not ended: the one it stands in
        self.found: list[
            tuple[Mapping[str, Any], Mapping[str, Any] | None]
        ] = []  # entries, and what each is a part of

    def unknown_starttag(self, tag, attrs):
        with contextlib.suppress(*_STUMBLES):
            super().unknown_starttag(tag, attrs[:_MAX_ATTRIBUTES])

    def unknown_endtag(self, tag):
        depth, height = self.depth, len(self.basestack)
        try:
            super().unknown_endtag(tag)
        except _STUMBLES:
            self.depth = depth - 1
            del self.basestack[height - 1 :], self.langstack[height - 1 :]

    def handle_data(self, text, escape=1):
        """As feedparser's, but asking a plain dictionary: this is called for every line of every text."""
        if self.elementstack:
            is_markup = escape and dict.get(self.contentparams, "type") == "application/xhtml+xml"
            self.elementstack[-1][2].append(xml.sax.saxutils.escape(text) if is_markup else text)

    def _start_item(self, attrs):
        if len(self.entries) >= MAX_ENTRIES:
            raise _Enough
        outer = _Outer(self.entries[-1], self._entry_depth, self.title_depth) if self.inentry else None
        is_part = outer is not None and self.nests_truly and self.depth > outer.depth + 1
        try:
            super()._start_item(attrs)
        finally:  # it adds the entry, then looks at attributes that may trip it
            self.entries[-1]["piquet_address"] = attrs.get("rdf:about", "")
            self._open.append(outer)
            self.found.append((self.entries[-1], outer.entry if is_part else None))
            self._entry_depth = self.depth

    _start_entry = _start_item

    def _end_item(self):
        """What an entry within another one ends is itself only: the outer one goes on, and is the last again."""
        if self.nests_truly and self.depth != self._entry_depth:
            return  # in the markup of a text
        super()._end_item()
        outer = self._open.pop() if self._open else None
        if outer is not None:
            self.entries.insert(-1, self.entries.pop())
            self.inentry, self._entry_depth, self.title_depth = 1, outer.depth, outer.title_depth

    _end_entry = _end_item

    def _start_link(self, attrs):
        href = attrs.get("href") or attrs.get("url") or attrs.get("uri") or ""
        link = {**{key: attrs.get(key, "") for key in ("rel", "type")}, "href": href, "base": self.baseuri}
        link["rel"] = link["rel"].strip().lower().removeprefix(_RELATIONS)
        link["direct"] = self.depth == self._entry_depth + 1
        if not (self.insource or self.inimage or self.intextinput):
            target = self.entries[-1] if self.inentry else self.feeddata
            links = target.setdefault("piquet_links", [])
            links.extend([link] if len(links) < _MAX_LISTED else [])
        self._link = link
        self.push("piquet_link", 1)

    def _end_link(self):
        text = self.pop("piquet_link")
        if text and not self._link["href"]:
            self._link |= {"href": text, "written": True}

    def _start_guid(self, attrs):
        self._permalink = attrs.get("ispermalink", "").strip().lower()
        self.push("piquet_guid", 1)

    def _end_guid(self):
        if self.pop("piquet_guid") and self.inentry:
            self.entries[-1].setdefault("guid_permalink", self._permalink)

    def _start_id(self, attrs):
        self.push("id", 1)

    def _end_id(self):
        self.pop("id")

    def _add_tag(self, term, scheme, label):
        if len(self._get_context().setdefault("tags", [])) < _MAX_LISTED:
            super()._add_tag(term, scheme, label)

    def _sync_author_detail(self, key="author"):
        """Nobody reads authors here, and feedparser's search for their e-mail costs the square of the text."""

    @staticmethod
    def looks_like_html(s):
        """Not asked: the rules for titles decide that for themselves."""
        return False

    def _start_title(self, attrs):
        super()._start_title(attrs)
        self.contentparams["said"] = "type" in attrs


def _keep(element: str, key: str) -> None:
    """Have the text of an element kept under a key of its own, and not merged or parsed by feedparser."""
    setattr(_Faithful, f"_start_{element}", lambda self, attrs: self.push(key, 1))
    setattr(_Faithful, f"_end_{element}", lambda self: self.pop(key))


for _element in ("dc_title", "media_title", "itunes_title", "media_description"):
    _keep(_element, _element)
# feedparser's dictionaries answer "date", "issued" and "modified" with others of them.
for _element in (*PUBLISHED, *DATED, *CREATED, *UPDATED):
    _keep(_element, f"date_{_element}")


class _Strict(_Faithful, StrictFeedParser):
    nests_truly = True

    def startElementNS(self, name, qname, attrs):
        if len(attrs) > _MAX_ATTRIBUTES:
            few = dict(itertools.islice(attrs._attrs.items(), _MAX_ATTRIBUTES))
            attrs = AttributesNSImpl(few, {key: attrs._qnames[key] for key in few})
        super().startElementNS(name, qname, attrs)


class _Loose(_Faithful, LooseFeedParser):
    def decode_entities(self, element, data):
        """As feedparser's, and outside of content too (ids, links, dates): the strict parser hands these out decoded."""
        data = super().decode_entities(element, data)
        if self.contentparams:
            return data
        return xml.sax.saxutils.unescape(data, {"&quot;": '"', "&apos;": "'"})


def read_strictly(text: str, *, typed: bool) -> RawFeed | None:
    """The elements of well-formed XML; None where it is not."""
    parser = _Strict("", None, "utf-8")
    driver = xml.sax.make_parser()
    driver.setFeature(xml.sax.handler.feature_namespaces, 1)
    driver.setFeature(xml.sax.handler.feature_external_ges, 0)
    driver.setContentHandler(parser)
    driver.setErrorHandler(parser)
    source = InputSource()
    source.setByteStream(io.BytesIO(text.encode("utf-8", "ignore")))
    source.setEncoding("utf-8")
    try:
        driver.parse(source)
    except _Enough:
        return _raw(parser, typed=typed, more=True)
    except (xml.sax.SAXException, *_STUMBLES):  # a namespace with spaces trips Python's own SAX driver
        return None
    return _raw(parser, typed=typed)


def read_loosely(text: str, *, typed: bool) -> RawFeed:
    """The elements of tag soup, as far as feedparser's other parser finds them."""
    parser = _Loose("", None, "utf-8", {})
    try:
        parser.feed(text)
    except _Enough:
        return _raw(parser, typed=typed, more=True)
    except (AssertionError, OverflowError, *_STUMBLES):
        pass  # the tokenizer itself gave up: what came before counts
    return _raw(parser, typed=typed)


def _raw(parser: _Faithful, *, typed: bool, more: bool = False) -> RawFeed:
    """As ordinary dictionaries: feedparser's answer `published` where `updated` is asked for and missing."""
    entries = [dict(entry) for entry, whole in parser.found if whole is None or not _is_article(whole)]
    return RawFeed(head=dict(parser.feeddata), entries=entries, typed=typed, more=more)


def _is_article(entry: Mapping[str, Any]) -> bool:
    """Whether what stands inside an entry is a part of it, such as a related story; else it only groups others."""
    return any(dict.get(entry, key) for key in ("piquet_links", "piquet_guid", "id"))
