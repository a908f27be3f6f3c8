"""The ledger's memory of feeds and entries: what was read, what is known, what waits."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Select, or_, select

from piquet.dedupe import Known, tell_apart
from piquet.entry import Disposition, Entry
from piquet.ledger.codec import entry_from_json
from piquet.ledger.keys import keys
from piquet.ledger.store import Store
from piquet.ledger.tables import entries, entry_keys, feeds, outlets
from piquet.ledger.values import StoredEntry

if TYPE_CHECKING:
    from piquet.feed.state import FeedState

FEED_COLUMNS = (
    "url",
    "etag",
    "last_modified",
    "body_sha256",
    "ok_at",
    "failing_since",
    "failures",
    "last_error",
    "not_before",
)
# SQLite takes 32,766 parameters in a statement: more keys than this (six an entry) are asked in parts.
_KEYS_AT_ONCE = 30_000


class EntryStore(Store):
    """Reading feeds and entries back."""

    def feed_states(self, outlet: str) -> "dict[str, FeedState]":
        """The caching state of each feed, by its address."""
        # piquet.feed is more than its state, and who only publishes never reads a feed.
        from piquet.feed.state import FeedState

        columns = [feeds.c[name] for name in FEED_COLUMNS]
        with self._reading() as connection:
            rows = connection.execute(select(*columns).where(feeds.c.outlet == outlet)).mappings().all()
        return {row["url"]: FeedState(**row) for row in rows}

    def known(self, outlet: str, batch: Sequence[Entry]) -> Known:
        """Which of a fetch's entries the ledger has; one query for all. The batch must hold whole documents."""
        found: defaultdict[str, list[StoredEntry]] = defaultdict(list)
        articles: dict[int, StoredEntry] = {}
        with self._reading() as connection:
            for part in in_parts(key for entry in batch for key in keys(entry)):
                for key, id_, entry, disposition in connection.execute(known_query(outlet, part)).tuples():
                    if id_ not in articles:
                        waits = disposition == Disposition.WAITING
                        articles[id_] = StoredEntry(id=id_, entry=entry_from_json(entry), waits=waits)
                    found[key].append(articles[id_])
        return tell_apart(batch, found)

    def recent_entries(self, outlet: str, since: datetime) -> list[tuple[datetime, Entry]]:
        """The entries published since then, or first seen where the feed does not say, oldest first, each with that time."""
        query = select(entries.c.sort_at, entries.c.entry).where(
            entries.c.outlet == outlet, entries.c.sort_at >= since
        )
        with self._reading() as connection:
            found = connection.execute(query.order_by(entries.c.sort_at, entries.c.id)).tuples()
            return [(at, entry_from_json(entry)) for at, entry in found]

    def turn(self, outlet: str) -> int:
        """How many entries have got deliveries so far: whose turn it is among rotating notices."""
        with self._reading() as connection:
            return connection.execute(select(outlets.c.turn).where(outlets.c.outlet == outlet)).scalar() or 0

    def ready(self, outlet: str, now: datetime, *, release_flood: bool) -> list[StoredEntry]:
        """Waiting entries whose time has come, oldest first; with `release_flood` also those that wait for a person."""
        time_has_come = entries.c.wait_until <= now
        if release_flood:
            time_has_come = or_(time_has_come, entries.c.wait_until.is_(None))
        query = (
            select(entries.c.id, entries.c.entry)
            .where(entries.c.outlet == outlet, entries.c.disposition == Disposition.WAITING, time_has_come)
            .order_by(entries.c.sort_at, entries.c.id)
        )
        with self._reading() as connection:
            return [
                StoredEntry(id=i, entry=entry_from_json(e)) for i, e in connection.execute(query).tuples()
            ]


def known_query(outlet: str, some: Sequence[str]) -> Select[tuple[str, int, dict, str]]:
    """The articles under these keys, each as often as it has one of them."""
    return (
        select(entry_keys.c.key, entries.c.id, entries.c.entry, entries.c.disposition)
        .join(entries, entries.c.id == entry_keys.c.entry_id)
        .where(entry_keys.c.outlet == outlet, entry_keys.c.key.in_(some))
        .order_by(entries.c.id)
    )


def articles_by_key(connection: Connection, outlet: str, some: Iterable[str]) -> dict[str, set[int]]:
    """The ids of the articles under each of these keys."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    for part in in_parts(some):
        own = (entry_keys.c.outlet == outlet, entry_keys.c.key.in_(part))
        query = select(entry_keys.c.key, entry_keys.c.entry_id).where(*own)
        for key, article in connection.execute(query).tuples():
            found[key].add(article)
    return found


def in_parts(some: Iterable[str]) -> list[list[str]]:
    """Keys, each once, in as many lists as a statement's size makes necessary."""
    every = list(dict.fromkeys(some))
    return [every[start : start + _KEYS_AT_ONCE] for start in range(0, len(every), _KEYS_AT_ONCE)]
