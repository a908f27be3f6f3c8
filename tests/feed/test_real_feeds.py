"""Every entry of every open real feed, against what a person found right."""

import functools
import json
from datetime import datetime
from pathlib import Path

import pytest

from piquet.entry import Entry
from piquet.feed import parse

FOLDER = Path(__file__).parents[2] / ".." / "shared" / "feeds"
# The longer way to the same list where the folder is missing: one skipped test that says why.
NAMES = sorted(path.name for path in FOLDER.glob("*.*") if path.stem not in ("expected", "sources"))

pytestmark = pytest.mark.skipif(not NAMES, reason="the real feeds (../shared/feeds) are not on this machine")


@functools.cache
def expectations() -> dict:
    return json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))["feeds"]


@pytest.mark.parametrize("name", NAMES or [None])
def test_every_entry_of_a_real_feed_has_its_id_link_title_and_date(name):
    expected = expectations()[name]
    feed = parse((FOLDER / name).read_bytes(), {}, expected.get("url", "https://feeds.example/"))
    wanted = [entry for entry in expected["entries"] if not entry.get("empty")]
    assert [_facts(entry, dates) for entry, dates in _paired(feed.entries, wanted)] == [
        _wanted(entry) for entry in wanted
    ]
    assert len(feed.entries) == len(wanted)
    assert not feed.cut


def test_one_newspaper_in_two_encodings_gives_the_same_entries():
    russian = [name for name in NAMES if name.startswith("newsru")]
    first, second = (parse((FOLDER / name).read_bytes(), {}, "https://newsru.example/") for name in russian)
    assert first.entries == second.entries
    assert len(first.entries) == 30


def _paired(entries: tuple[Entry, ...], wanted: list[dict]):
    """Each entry with the dates that are right for it: several where the feed names no zone."""
    for entry, right in zip(entries, wanted, strict=False):
        yield entry, right.get("published_any", [right["published"]])


def _facts(entry: Entry, dates: list[str | None]) -> tuple:
    right = [date and datetime.fromisoformat(date) for date in dates]
    published = right[0] if entry.published in right else entry.published
    return entry.id, entry.link, entry.title, published


def _wanted(entry: dict) -> tuple:
    date = (entry.get("published_any") or [entry["published"]])[0]
    return (
        entry["id"] or entry["link"],  # an entry without id is identified by its link
        entry["link"],
        entry["title"] or "",
        date and datetime.fromisoformat(date),
    )
