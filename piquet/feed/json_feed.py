"""JSON Feed (https://www.jsonfeed.org/version/1.1/) to raw entries, whatever its members turn out to be."""

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from piquet.feed.raw import MAX_ENTRIES, RawFeed

_ITEMS = re.compile(r'"items"\s*:\s*\[')


def read_json(text: str) -> RawFeed | None:
    """A text as a feed; None where it is no JSON Feed. Of a cut one the whole items."""
    text = text.strip().lstrip("\ufeff")
    try:
        whole = json.loads(text, strict=False)
    except RecursionError:
        return None
    except ValueError:
        return _cut(text)
    return _feed(whole, whole["items"]) if _is_feed(whole) else None


def _feed(head: Mapping[str, Any], items: list[Any], *, cut: bool = False) -> RawFeed:
    entries = [raw_entry(item) for item in items[:MAX_ENTRIES] if isinstance(item, dict)]
    head = {**head, "title": _word(head.get("title"))}
    return RawFeed(head=head, entries=entries, typed=True, cut=cut, more=len(items) > MAX_ENTRIES)


def raw_entry(item: Mapping[str, Any]) -> dict[str, Any]:
    """One item in the shape feedparser gives an entry, so that one set of rules chooses from it."""
    link, outside = _word(item.get("url")), _word(item.get("external_url"))
    return {
        "id": _word(item.get("id")),
        "piquet_address": _word(item.get("id")),
        "piquet_links": [
            {"rel": "", "type": "", "href": href, "base": "", "direct": direct}
            for href, direct in ((link, True), (outside, False))
            if href
        ],
        "title": _word(item.get("title")),
        "title_detail": {"type": "text/plain"},
        **_body(item),
        "date_published": _word(item.get("date_published")),
        "date_updated": _word(item.get("date_modified")),
        "image": _word(item.get("image")) or _word(item.get("banner_image")),
        "language": _word(item.get("language")),
        "tags": [{"term": word} for word in map(_word, _list(item.get("tags"))) if word],
    }


def _body(item: Mapping[str, Any]) -> dict[str, Any]:
    content = [{"value": _word(item.get("content_html")), "type": "text/html"}]
    summary, text = _word(item.get("summary")), _word(item.get("content_text"))
    if summary or text:
        return {"content": content, "summary": summary or text, "summary_detail": {"type": "text/plain"}}
    return {"content": content, "summary": content[0]["value"], "summary_detail": {"type": "text/html"}}


def _is_feed(whole: Any) -> bool:
    return (
        isinstance(whole, dict)
        and isinstance(whole.get("items"), list)
        and ("jsonfeed.org" in str(whole.get("version", "")) or _looks_like_one(whole))
    )


def _looks_like_one(whole: Mapping[str, Any]) -> bool:
    """Without its version: a title, and items that have an id or an address."""
    items = [item for item in whole["items"] if isinstance(item, dict)]
    return "title" in whole and bool(items) and all("id" in item or "url" in item for item in items)


def _cut(text: str) -> RawFeed | None:
    """The whole items of a document whose end is missing."""
    start = _ITEMS.search(text)
    if start is None or "jsonfeed.org" not in text[:5_000]:
        return None
    items = list(itertools.islice(_whole_items(text, start.end()), MAX_ENTRIES))
    return _feed({"title": _title_in(text[: start.start()])}, items, cut=True)


def _title_in(head: str) -> str:
    match = re.search(r'"title"\s*:\s*("(?:[^"\\]|\\.){0,1000}")', head)
    try:
        return json.loads(match[1], strict=False) if match else ""
    except ValueError:  # a broken escape
        return ""


def _whole_items(text: str, position: int) -> Iterator[Any]:
    decoder = json.JSONDecoder(strict=False)
    while True:
        position = re.compile(r"[\s,]*").match(text, position).end()
        try:
            item, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            return
        yield item


def _word(value: Any) -> str:
    """Text of a member that should be text: numbers are written out, the first text of a list counts."""
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, str | int | float):
        return str(value)
    return next((entry for entry in value if isinstance(entry, str)), "") if isinstance(value, list) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if isinstance(value, str) else []
