"""feedparser's own two parsers, kept from opening, guessing, resolving and sanitizing; knows elements, no rules."""

import contextlib
import io
import itertools
import xml.sax
import xml.sax.saxutils
from xml.sax.xmlreader import AttributesNSImpl, InputSource

from feedparser.api import LooseFeedParser, StrictFeedParser

from piquet.feed.raw import MAX_ENTRIES, RawFeed

_MAX_ATTRIBUTES = 64  # feedparser's cost is their square: 50,000 on one element are 44 s of CPU
_MAX_LISTED = 100  # links, tags or pictures of one entry; feedparser compares each tag with all before it
# What feedparser raises over elements that stand where they should not; such an element is skipped.
_STUMBLES = (LookupError, TypeError, ValueError, AttributeError)


class _Enough(Exception):
    """More entries than anybody reads; those so far are kept."""


class _Faithful:
    """What feedparser merges, kept apart: links as they stand, the guid as sent, every date by its own name."""

    can_be_relative_uri = frozenset()  # links are resolved by us, and an id never is
    resolve_relative_uris = False
    sanitize_html = False
    _entry_depth = 0

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
        super()._start_item(attrs)
        self._entry_depth = self.depth

    _start_entry = _start_item

    def _start_link(self, attrs):
        href = attrs.get("href") or attrs.get("url") or attrs.get("uri") or ""
        link = {**{key: attrs.get(key, "") for key in ("rel", "type")}, "href": href, "base": self.baseuri}
        link["direct"] = self.depth == self._entry_depth + 1
        if not (self.insource or self.inimage or self.intextinput):
            target = self.entries[-1] if self.inentry else self.feeddata
            links = target.setdefault("piquet_links", [])
            links.extend([link] if len(links) < _MAX_LISTED else [])
        self._link = link
        self.push("piquet_link", 1)

    def _end_link(self):
        text = self.pop("piquet_link") or ""
        self._link["href"] = self._link["href"] or text

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

    def _start_media_title(self, attrs):
        self.push("media_title", 1)

    def _end_media_title(self):
        self.pop("media_title")

    def _start_media_description(self, attrs):
        self.push("media_description", 1)

    def _end_media_description(self):
        self.pop("media_description")


def _date_element(name: str):
    """Start and end of an element whose text is kept under `name`, and not parsed (twice) by feedparser."""
    return lambda self, attrs: self.push(name, 1), lambda self: self.pop(name)


for _key, _elements in {
    "published": ("published", "issued", "pubdate", "dcterms_issued"),
    "updated": ("updated", "modified", "lastbuilddate", "dcterms_modified"),
    "dc_date": ("dc_date", "dcterms_date", "date"),
    "created": ("created", "dcterms_created"),
}.items():
    for _element in _elements:
        _start, _end = _date_element(_key)
        setattr(_Faithful, f"_start_{_element}", _start)
        setattr(_Faithful, f"_end_{_element}", _end)


class _Strict(_Faithful, StrictFeedParser):
    def startElementNS(self, name, qname, attrs):
        if len(attrs) > _MAX_ATTRIBUTES:
            few = dict(itertools.islice(attrs._attrs.items(), _MAX_ATTRIBUTES))
            attrs = AttributesNSImpl(few, {key: attrs._qnames[key] for key in few})
        super().startElementNS(name, qname, attrs)


class _Loose(_Faithful, LooseFeedParser):
    pass


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
    entries = [dict(entry) for entry in parser.entries]
    return RawFeed(head=dict(parser.feeddata), entries=entries, typed=typed, more=more)
