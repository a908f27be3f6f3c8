"""An article as its feed gave it, and what becomes of each article of a fetch; knows neither networks nor SQL."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from piquet.dedupe import Known

# A newsroom's clock and ours differ by seconds; an embargo differs by more.
_CLOCK_SKEW = timedelta(minutes=10)
# With fewer known articles in a document, one that is older than all of them may well be an antedated new one.
_ENOUGH_KNOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An article's picture: an absolute URL and its text alternative (may be empty)."""

    url: str
    alt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One article. `title` and `summary` are plain text; times are aware, in UTC, or None."""

    feed: str
    id: str
    link: str
    title: str
    summary: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    image: Image | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()


class Disposition(StrEnum):
    """What becomes of an entry that the ledger has not seen; `retracted` by a person, who wants it posted never again."""

    FRESH = "fresh"
    BASELINE = "baseline"
    OLD = "old"
    WAITING = "waiting"
    RETRACTED = "retracted"


@dataclass(frozen=True, slots=True, kw_only=True)
class SortRules:
    """`first_posts`: how many newest entries of a feed seen for the first time are posted all the same.

    `flood`: how many new entries at once are still ordinary; beyond it the oldest wait for a person,
    unless `flood_policy` is `post`.
    """

    first_posts: int = 0
    max_age: timedelta = timedelta(hours=24)
    flood: int = 20
    flood_policy: Literal["hold", "post"] = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """One new entry and what becomes of it; `wait_until` None on a waiting one means: for a person.

    `repeats`: entries of the same fetch that are the same article; `told_from`: ledger ids of articles that
    resemble it and are others.
    """

    entry: Entry
    disposition: Disposition
    wait_until: datetime | None = None
    repeats: tuple[Entry, ...] = ()
    told_from: tuple[int, ...] = ()


def sort_out(
    entries: Sequence[Entry],
    *,
    known: "Known",
    first_sight: Iterable[str],
    now: datetime,
    rules: SortRules,
    read_at: Mapping[str, datetime] | None = None,
) -> tuple[Sorted, ...]:
    """The entries not `known`, oldest first, each with its disposition.

    `entries` come in document order; `first_sight` names the feeds read for the first time, `read_at` says when
    each of the others was last read.
    """
    new = [entry for entry in dict.fromkeys(entries) if not known.has(entry)]
    repeats = known.repeats_of()
    come_up = _come_up(entries, known, read_at or {})
    sorted_ = [
        Sorted(entry=entry, disposition=Disposition.OLD)
        if entry in come_up
        else replace(
            _by_date(entry, now, rules),
            repeats=repeats.get(entry, ()),
            told_from=known.told_from.get(entry, ()),
        )
        for entry in _oldest_first(new, now)
    ]
    return _brake(_baseline(sorted_, frozenset(first_sight), rules), rules)


def _come_up(entries: Sequence[Entry], known: "Known", read_at: Mapping[str, datetime]) -> set[Entry]:
    """The articles that others, withdrawn above them, let come up at the end of a document.

    They stand below all that is known of it, are older than all of that, and were published before it was last read.
    """
    found: set[Entry] = set()
    documents: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        documents[entry.feed].append(entry)
    for feed, document in documents.items():
        if feed in read_at:
            found |= set(_below(document, known, read_at[feed]))
    return found


def _below(document: Sequence[Entry], known: "Known", read: datetime) -> Iterator[Entry]:
    places = [place for place, entry in enumerate(document) if entry in known.same]
    dates = [document[place].published for place in places if document[place].published]
    if len(dates) < _ENOUGH_KNOWN:
        return
    before = min(*dates, read)
    for entry in document[places[-1] + 1 :]:
        if entry.published and entry.published < before:
            yield entry


def _oldest_first(entries: list[Entry], now: datetime) -> list[Entry]:
    # Feeds list the newest first; the sort being stable, that order decides among entries without a date.
    last_first = entries[::-1]
    return sorted(last_first, key=lambda entry: entry.published or now)


def _by_date(entry: Entry, now: datetime, rules: SortRules) -> Sorted:
    if entry.published and now - entry.published > rules.max_age:
        return Sorted(entry=entry, disposition=Disposition.OLD)
    if entry.published and entry.published - now > _CLOCK_SKEW:
        return Sorted(entry=entry, disposition=Disposition.WAITING, wait_until=entry.published)
    return Sorted(entry=entry, disposition=Disposition.FRESH)


def _baseline(sorted_: list[Sorted], first_sight: frozenset[str], rules: SortRules) -> list[Sorted]:
    """On first sight of a feed everything but its `first_posts` newest fresh entries is only recorded."""
    left = dict.fromkeys(first_sight, rules.first_posts)
    result = []
    for item in reversed(sorted_):
        if item.disposition is Disposition.FRESH and item.entry.feed in left:
            left[item.entry.feed] -= 1
            if left[item.entry.feed] < 0:
                item = replace(item, disposition=Disposition.BASELINE)
        result.append(item)
    return result[::-1]


def _brake(sorted_: list[Sorted], rules: SortRules) -> tuple[Sorted, ...]:
    """In a flood the oldest fresh entries wait for a person."""
    fresh = [item for item in sorted_ if item.disposition is Disposition.FRESH]
    if rules.flood_policy == "post" or len(fresh) <= rules.flood:
        return tuple(sorted_)
    kept = {id(item) for item in fresh[len(fresh) - rules.flood :]}
    return tuple(
        replace(item, disposition=Disposition.WAITING)
        if item.disposition is Disposition.FRESH and id(item) not in kept
        else item
        for item in sorted_
    )
