"""From the raw elements of a feed to its entries: which id, link, title and date are the right ones; pure."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from piquet.entry import Entry
from piquet.feed.dates import DateHabits, day_first, parse_date
from piquet.feed.images import entry_image
from piquet.feed.language import language_tag
from piquet.feed.links import article_link, usable_link
from piquet.feed.raw import CREATED, DATED, PUBLISHED, UPDATED, RawFeed, words
from piquet.feed.stand_in import stand_in_link
from piquet.feed.text import plain_text

_LONGEST_TITLE = 1_000
_LONGEST_SUMMARY = 2_000
_LONGEST_TAG = 100
_LONGEST_ID = 2_048
_MOST_TAGS = 50
_CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udfff]+")
_TYPES = {"text/html": "html", "application/xhtml+xml": "html"}
_TITLES = ("title", "dc_title", "media_title", "itunes_title")
_SUMMARIES = ("summary", "media_description")
_PUBLISHED = tuple(f"date_{name}" for name in (*PUBLISHED, *DATED, *CREATED, *UPDATED))
_UPDATED = tuple(f"date_{name}" for name in (*UPDATED, *DATED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The entries, in document order, and the titles (or ids) of those without a link a reader could follow."""

    title: str
    language: str | None
    entries: tuple[Entry, ...]
    without_link: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Context:
    """What holds for all entries of one document."""

    feed: str
    url: str
    home: str
    typed: bool
    language: str | None
    habits: DateHabits


def choose(raw: RawFeed, *, feed: str, url: str, now: datetime) -> Chosen:
    """The entries of a feed known as `feed` and read from `url`; dates after `now` become None."""
    context = _context(raw, feed=feed, url=url, now=now)
    entries = [_entry(entry, context) for entry in raw.entries if not _is_ghost(entry)]
    return Chosen(
        title=_plain(raw.head, "title", context, longest=_LONGEST_TITLE),
        language=context.language,
        entries=tuple(entry for entry in entries if isinstance(entry, Entry)),
        without_link=tuple(entry for entry in entries if isinstance(entry, str)),
    )


def _context(raw: RawFeed, *, feed: str, url: str, now: datetime) -> _Context:
    language = language_tag(raw.head.get("language"))
    dates = (text for entry in raw.entries for key in _PUBLISHED if (text := words(entry, key)))
    habits = DateHabits(now=now, language=language, day_first=day_first(dates, language))
    home = article_link(raw.head, feed_url=url) or usable_link(words(raw.head, "home_page_url")) or ""
    return _Context(feed=feed, url=url, home=home, typed=raw.typed, language=language, habits=habits)


def _entry(raw: Mapping[str, Any], context: _Context) -> Entry | str:
    """The entry, or what to call it where it has no link. Without an id its link identifies it."""
    title = _first(raw, _TITLES, context, longest=_LONGEST_TITLE)
    link = article_link(raw, feed_url=context.url, home=context.home) or stand_in_link(
        raw, feed_url=context.url
    )
    if link is None:
        return title or _id(raw)
    return Entry(
        feed=context.feed,
        id=_id(raw) or link,
        link=link,
        title=title,
        summary=_first(raw, _SUMMARIES, context, longest=_LONGEST_SUMMARY),
        published=_first_date(raw, _PUBLISHED, context.habits),
        updated=_first_date(raw, _UPDATED, context.habits),
        image=entry_image(raw, base=context.url),
        language=_own_language(raw) or context.language,
        tags=_tags(raw.get("tags") or ()),
    )


def _is_ghost(raw: Mapping[str, Any]) -> bool:
    has_link = any(link["href"] for link in raw.get("piquet_links", ()))
    return not (has_link or _id(raw) or words(raw, "title").strip())


def _id(raw: Mapping[str, Any]) -> str:
    """The guid or id as the feed sends it, for it must survive a move of the feed; a huge one by its hash."""
    id_ = _CONTROL.sub("", words(raw, "piquet_guid") or words(raw, "id")).strip()
    return id_ if len(id_) <= _LONGEST_ID else hashlib.sha256(id_.encode()).hexdigest()


def _plain(raw: Mapping[str, Any], key: str, context: _Context, *, longest: int) -> str:
    detail = raw.get(f"{key}_detail") or {}
    default = "text" if detail.get("said") else "unsaid text"
    type_ = _TYPES.get(detail.get("type") or "", default) if context.typed else None
    return plain_text(words(raw, key), type_=type_, longest=longest)


def _first(raw: Mapping[str, Any], keys: Iterable[str], context: _Context, *, longest: int) -> str:
    found = (_plain(raw, key, context, longest=longest) for key in keys)
    return next(filter(None, found), "")


def _first_date(raw: Mapping[str, Any], keys: Iterable[str], habits: DateHabits) -> datetime | None:
    found = (parse_date(text, habits) for key in keys if (text := words(raw, key)))
    return next(filter(None, found), None)


def _tags(raw: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    terms = (tag.get("label") or tag.get("term") for tag in raw)
    names = (plain_text(term, type_=None, longest=_LONGEST_TAG) for term in terms if isinstance(term, str))
    return tuple(dict.fromkeys(filter(None, names)))[:_MOST_TAGS]


def _own_language(raw: Mapping[str, Any]) -> str | None:
    return language_tag(raw.get("language")) or language_tag((raw.get("title_detail") or {}).get("language"))
