"""Plays any feed again as if it were today's: the same entries with their dates moved up to now, for the demo."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from piquet.entry import Entry

_APART = timedelta(minutes=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A feed's entries, oldest first, and the JSON Feed file they come out of."""

    entries: tuple[Entry, ...]
    path: Path
    title: str

    def show(self, count: int, now: datetime) -> None:
        """Write the file so that it holds the first `count` entries, the last of them published at `now`."""
        items = [
            _item(entry, now - _APART * (count - 1 - index))
            for index, entry in enumerate(self.entries[:count])
        ]
        feed = {"version": "https://jsonfeed.org/version/1.1", "title": self.title, "items": items[::-1]}
        # A cycle may be reading it: the new file takes the old one's place in one step.
        partial = self.path.with_suffix(".partial")
        partial.write_text(json.dumps(feed, ensure_ascii=False, indent=1), encoding="utf-8")
        partial.replace(self.path)


def oldest_first(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """A document's entries in the order they were published; without dates, from its end to its top."""
    last_first = entries[::-1]
    if not all(entry.published for entry in entries):
        return tuple(last_first)
    return tuple(sorted(last_first, key=lambda entry: entry.published or datetime.max))


def _item(entry: Entry, published: datetime) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": entry.id,
        "url": entry.link,
        "title": entry.title,
        "summary": entry.summary,
        "date_published": published.isoformat(),
        "language": entry.language,
        "tags": list(entry.tags),
    }
    if entry.image:
        item["image"] = entry.image.url
    return {key: value for key, value in item.items() if value}
