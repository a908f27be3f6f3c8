"""The body of a feed to its entries: decode, repair, read, then choose id, link, title and dates; no I/O."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from piquet.entry import Entry
from piquet.errors import NotAFeed
from piquet.feed import json_feed, kind, repair
from piquet.feed.dates import DateHabits, day_first, parse_date
from piquet.feed.decode import decode
from piquet.feed.images import entry_image
from piquet.feed.links import article_link, usable_link
from piquet.feed.text import one_line, plain_text

_LONGEST_TITLE = 1_000
_LONGEST_SUMMARY = 2_000
_LONGEST_ID = 2_048
_MAX_TAGS = 50
_TYPES = {"text/html": "html", "application/xhtml+xml": "html"}
_PUBLISHED = ("published", "dc_date", "created", "updated")

Raw = tuple[dict[str, Any], list[dict[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A feed's entries in document order; `warnings` are sentences on what was repaired or left out."""

    entries: tuple[Entry, ...]
    title: str
    language: str | None
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Context:
    """What holds for all entries of one document."""

    url: str
    home: str
    is_atom: bool
    language: str | None
    habits: DateHabits


def parse(body: bytes, headers: Mapping[str, str], url: str, *, now: datetime | None = None) -> ParsedFeed:
    """The feed in a body; `NotAFeed` says what the body is instead. `url` is where it came from.

    Dates later than `now` (None: this machine's clock) become None. An entry without id takes its link for one.
    """
    text, encoding = decode(body, headers)
    first = repair.first_element(text)
    read = None if kind.is_page(text, first) else _read(text)
    if read is None:
        raise NotAFeed(kind.not_a_feed(body, text, first, url))
    (feed, raws), is_atom, warnings = read
    context = _context(feed, raws, url=url, is_atom=is_atom, now=now or datetime.now(UTC))
    entries = [_entry(raw, context) for raw in raws if not _is_ghost(raw)]
    return ParsedFeed(
        entries=tuple(entry for entry in entries if isinstance(entry, Entry)),
        title=_plain(feed, "title", is_atom=is_atom, longest=_LONGEST_TITLE),
        language=context.language,
        warnings=(*_odd_encoding(encoding, text), *warnings, *(e for e in entries if isinstance(e, str))),
    )


def _read(text: str) -> tuple[Raw, bool, list[str]] | None:
    """The raw feed and entries, whether Atom's rules for text hold, and warnings."""
    if text.lstrip(" \t\r\n\ufeff\x00")[:1] in ("{", "["):
        found = json_feed.read_json(text)
        return found and ((found[0], found[1]), True, _cut(found[2]))
    found = repair.document(text)
    if found is None:
        return None
    feed, raws, too_many = _elements(found)
    warnings = _cut(found.cut)
    if too_many:
        warnings.append(f"The feed has more than {len(raws)} entries; those after are left out.")
    return (feed, raws), found.root.lower().endswith("feed"), warnings


def _elements(found: repair.Document) -> tuple[dict[str, Any], list[dict[str, Any]], bool]:
    """As it stands, else repaired, else as tag soup: each costs more and keeps less than the one before."""
    from piquet.feed import (
        reader,
    )  # feedparser takes 70 ms to import, and a JSON or unchanged feed needs none

    if not found.entities and (read := reader.read_strictly(found.text)):
        return read
    repaired = repair.escaped(found)
    return reader.read_strictly(repaired) or reader.read_loosely(repaired)


def _context(
    feed: Mapping[str, Any], raws: list[dict[str, Any]], *, url: str, is_atom: bool, now: datetime
) -> _Context:
    language = _language(feed.get("language"))
    dates = (str(raw.get(key) or "") for raw in raws for key in _PUBLISHED)
    habits = DateHabits(now=now, language=language, day_first=day_first(dates, language))
    home = (
        article_link(feed, feed_url=url)
        if feed.get("piquet_links")
        else usable_link(_string(feed, "home_page_url"))
    )
    return _Context(url=url, home=home or "", is_atom=is_atom, language=language, habits=habits)


def _entry(raw: Mapping[str, Any], context: _Context) -> Entry | str:
    """The entry, or the sentence why it is left out."""
    title = _plain(raw, "title", is_atom=context.is_atom, longest=_LONGEST_TITLE)
    link = article_link(raw, feed_url=context.url, home=context.home)
    id_ = _id(raw)
    if link is None:
        return f"The entry {title or id_!r} has no link a reader could follow; it is left out."
    return Entry(
        feed=context.url,
        id=id_ or link,
        link=link,
        title=title,
        summary=_summary(raw, context),
        published=_first_date(raw, _PUBLISHED, context.habits),
        updated=_first_date(raw, ("updated", "dc_date"), context.habits),
        image=entry_image(raw, base=context.url),
        language=_language(raw.get("language")) or _detail(raw, "title", "language") or context.language,
        tags=tuple(_tags(raw.get("tags") or ())),
    )


def _is_ghost(raw: Mapping[str, Any]) -> bool:
    return not (
        _id(raw) or _string(raw, "title").strip() or any(link["href"] for link in raw.get("piquet_links", ()))
    )


def _id(raw: Mapping[str, Any]) -> str:
    """The guid or id as the feed sends it: it must survive a move of the feed."""
    return one_line(_string(raw, "guid") or _string(raw, "id"), longest=_LONGEST_ID)


def _plain(raw: Mapping[str, Any], key: str, *, is_atom: bool, longest: int) -> str:
    said = (raw.get(key + "_detail") or {}).get("type") or ""
    type_ = _TYPES.get(said, "text") if is_atom else None
    return plain_text(_string(raw, key), type_=type_, longest=longest)


def _summary(raw: Mapping[str, Any], context: _Context) -> str:
    for key in ("summary", "media_description"):
        if found := _plain(raw, key, is_atom=context.is_atom, longest=_LONGEST_SUMMARY):
            return found
    return ""


def _first_date(raw: Mapping[str, Any], keys: Iterable[str], habits: DateHabits) -> datetime | None:
    found = (parse_date(_string(raw, key), habits) for key in keys if raw.get(key))
    return next((date for date in found if date), None)


def _tags(raw: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    words = (
        plain_text(str(tag.get("label") or tag.get("term") or ""), type_=None, longest=100) for tag in raw
    )
    yield from list(dict.fromkeys(word for word in words if word))[:_MAX_TAGS]


def _language(raw: Any) -> str | None:
    """A BCP 47 tag as feeds write it (fr_FR), or None where it is none."""
    tag = raw.strip().replace("_", "-") if isinstance(raw, str) else ""
    parts = tag.split("-")
    good = 2 <= len(parts[0]) <= 3 and all(
        part.isascii() and part.isalnum() and len(part) <= 8 for part in parts
    )
    return tag if good and parts[0].isalpha() else None


def _detail(raw: Mapping[str, Any], key: str, member: str) -> str | None:
    return _language((raw.get(key + "_detail") or {}).get(member))


def _string(raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    return value if isinstance(value, str) else ""


def _odd_encoding(encoding: str, text: str) -> list[str]:
    lost = text.count("\ufffd")
    return [f"{lost} characters could not be read as {encoding}."] if lost else []


def _cut(is_cut: bool) -> list[str]:
    return ["The document ends before its end; its last, half entry is left out."] if is_cut else []
