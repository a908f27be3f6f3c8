"""How many entries of real feeds come out exactly right, beside other parsers: python -m benchmarks.feeds FOLDER."""

import io
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import struct_time
from typing import Any

import feedparser

from piquet.errors import FeedError
from piquet.feed import parse

try:  # only measured against, so no dependency of ours: uv run --with fastfeedparser ...
    import fastfeedparser
except ImportError:
    fastfeedparser = None

FIELDS = ("id", "link", "title", "published")
Facts = tuple[Any, ...]


def main(folder: str) -> int:
    """Print the report; 0 where every entry of every feed is right with us."""
    expected = json.loads(Path(folder, "expected.json").read_text(encoding="utf-8"))["feeds"]
    parsers = {"piquet": ours, "feedparser": raw_feedparser}
    parsers |= {"fastfeedparser": raw_fastfeedparser} if fastfeedparser else {}
    totals = {name: Counter() for name in parsers}
    print(f"{'feed':36}{'entries':>8}  right by id/link/title/published, and wholly, of each parser")
    for name in sorted(expected):
        counts = {
            parser: _counts(read, Path(folder, name), expected[name]) for parser, read in parsers.items()
        }
        for parser, found in counts.items():
            totals[parser] += found
        print(f"{name:36}{counts['piquet']['entries']:>8}  {_columns(counts)}")
    print(f"{'entries right, of all':36}{totals['piquet']['entries']:>8}  {_columns(totals)}")
    for parser, total in totals.items():
        print(f"{parser:15} {total['feeds right']} of {len(expected)} feeds exactly right")
    if fastfeedparser is None:
        print("fastfeedparser is not installed here: uv run --with fastfeedparser python -m benchmarks.feeds")
    return 0 if totals["piquet"]["feeds right"] == len(expected) else 1


def ours(body: bytes, url: str) -> list[Facts]:
    """What Piquet makes of a feed."""
    try:
        entries = parse(body, {}, url).entries
    except FeedError:
        return []
    return [(e.id, e.link, e.title, e.published) for e in entries]


def raw_feedparser(body: bytes, url: str) -> list[Facts]:
    """feedparser as it comes, told where the feed is from."""
    found = feedparser.parse(io.BytesIO(body), response_headers={"content-location": url}).entries
    return [(e.get("id"), e.get("link"), e.get("title"), _time(e)) for e in found]


def raw_fastfeedparser(body: bytes, url: str) -> list[Facts]:
    """fastfeedparser as it comes."""
    try:
        found = fastfeedparser.parse(body).entries
    except Exception:  # it raises what lxml, json or its own code raises
        return []
    return [(e.get("id"), e.get("link"), e.get("title"), _iso(e.get("published"))) for e in found]


def _counts(read: Callable[[bytes, str], list[Facts]], path: Path, expected: dict) -> Counter:
    """Entries right by each field and wholly; entries are compared in document order."""
    wanted = [entry for entry in expected["entries"] if not entry.get("empty")]
    found = read(path.read_bytes(), expected.get("url", "https://feeds.example/"))
    rights = [_right(facts, entry) for facts, entry in zip(found, wanted, strict=False)]
    counts = Counter({field: sum(right[n] for right in rights) for n, field in enumerate(FIELDS)})
    counts["entries"], counts["wholly"] = len(wanted), sum(map(all, rights))
    counts["feeds right"] = int(len(found) == len(wanted) == counts["wholly"])
    return counts


def _right(facts: Facts, entry: dict) -> list[bool]:
    id_, link, title, published = facts
    dates = entry.get("published_any") or [entry["published"]]
    return [
        (id_ or link) == (entry["id"] or entry["link"]),  # without an id, the link tells entries apart
        link == entry["link"],
        (title or "") == (entry["title"] or ""),
        published in [date and datetime.fromisoformat(date) for date in dates],
    ]


def _columns(counts: dict[str, Counter]) -> str:
    return "   ".join(
        f"{parser} " + "/".join(str(found[field]) for field in (*FIELDS, "wholly"))
        for parser, found in counts.items()
    )


def _time(entry: Any) -> datetime | None:
    found: struct_time | None = entry.get("published_parsed") or entry.get("updated_parsed")
    return datetime(*found[:6], tzinfo=UTC) if found else None


def _iso(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def _arguments(arguments: Sequence[str]) -> str:
    return arguments[0] if arguments else "../shared/feeds"


if __name__ == "__main__":
    sys.exit(main(_arguments(sys.argv[1:])))
