"""The ledger's memory of feeds and entries: what was read, what is known, what waits."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import CompoundSelect, Connection, or_, select, union_all

from piquet.entry import Disposition, Entry
from piquet.ledger.codec import entry_from_json
from piquet.ledger.keys import id_key, link_key
from piquet.ledger.store import Store
from piquet.ledger.tables import entries, feeds, outlets
from piquet.ledger.values import Known, StoredEntry

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
# SQLite takes 32,766 parameters in a statement, two keys an entry: more entries than this are asked in parts.
_ENTRIES_AT_ONCE = 10_000


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
        """Which of these entries the ledger has; one query for the batch."""
        with self._reading() as connection:
            return known_keys(connection, outlet, batch)

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


def known_keys(connection: Connection, outlet: str, batch: Sequence[Entry]) -> Known:
    """`EntryStore.known` inside a transaction."""
    pairs: set[tuple[str, str]] = set()
    for start in range(0, len(batch), _ENTRIES_AT_ONCE):
        query = _known_query(outlet, batch[start : start + _ENTRIES_AT_ONCE])
        pairs.update(connection.execute(query).tuples())
    return Known(id_keys=frozenset(i for i, _ in pairs), link_keys=frozenset(link for _, link in pairs))


def _known_query(outlet: str, batch: Sequence[Entry]) -> CompoundSelect[tuple[str, str]]:
    # Two index look-ups in one statement; an OR of both may become one scan of a large table.
    keys = select(entries.c.id_key, entries.c.link_key).where(entries.c.outlet == outlet)
    return union_all(
        keys.where(entries.c.id_key.in_({id_key(entry) for entry in batch})),
        keys.where(entries.c.link_key.in_({link_key(entry) for entry in batch})),
    )
