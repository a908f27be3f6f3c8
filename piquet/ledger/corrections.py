"""Writing down by which keys an article is met, and what of it was corrected; it does not decide who is who."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from piquet.dedupe import ARTICLES_PER_KEY, Change
from piquet.entry import Disposition
from piquet.ledger.codec import entry_to_json
from piquet.ledger.entries import articles_by_key
from piquet.ledger.store import Store, lock_outlet, upserting
from piquet.ledger.tables import entries, entry_keys

# A feed that gives an article another id at every poll would otherwise add to its keys for ever.
_MOST_KEYS = 60


class CorrectionStore(Store):
    """What a fetch says anew of articles that the ledger has."""

    def correct(self, outlet: str, changes: Iterable[Change], now: datetime) -> None:
        """Write the changes down, all or nothing; doing it again changes nothing."""
        changes = tuple(changes)
        if not changes:
            return
        with self._writing() as connection:
            lock_outlet(connection, outlet)
            for change in changes:
                if change.corrects:
                    _correct(connection, outlet, change, now)
            full = _with_keys_enough(connection, {change.article for change in changes})
            pairs = ((c.article, key) for c in changes if c.article not in full for key in c.keys)
            store_keys(connection, outlet, pairs)


def store_keys(connection: Connection, outlet: str, pairs: Iterable[tuple[int, str]]) -> None:
    """Let these articles be met by these keys; a key that many have already is left as it is."""
    pairs = tuple(dict.fromkeys(pairs))
    sharing = articles_by_key(connection, outlet, (key for _, key in pairs))
    rows = []
    for article, key in pairs:
        if article not in sharing[key] and len(sharing[key]) < ARTICLES_PER_KEY:
            sharing[key].add(article)
            rows.append({"outlet": outlet, "key": key, "entry_id": article})
    if rows:
        connection.execute(upserting(connection, entry_keys).on_conflict_do_nothing(), rows)


def _correct(connection: Connection, outlet: str, change: Change, now: datetime) -> None:
    entry = change.entry
    own = (entries.c.outlet == outlet, entries.c.id == change.article)
    values = {"guid": entry.id, "link": entry.link, "entry": entry_to_json(entry), "corrected_at": now}
    connection.execute(update(entries).where(*own).values(values))
    if entry.published:
        waits = (entries.c.disposition == Disposition.WAITING, entries.c.wait_until.is_not(None))
        hour = {"wait_until": entry.published, "sort_at": entry.published}
        connection.execute(update(entries).where(*own, *waits).values(hour))


def _with_keys_enough(connection: Connection, articles: set[int]) -> set[int]:
    query = (
        select(entry_keys.c.entry_id)
        .where(entry_keys.c.entry_id.in_(articles))
        .group_by(entry_keys.c.entry_id)
        .having(func.count() >= _MOST_KEYS)
    )
    return set(connection.execute(query).scalars())
