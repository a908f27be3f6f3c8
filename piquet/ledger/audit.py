"""The audit trail: rows chained by their hashes, so that a later change shows; decides nothing about what is audited."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, insert, select

from piquet.ledger.store import Store, lock_lane, lock_outlet
from piquet.ledger.tables import audit, storable
from piquet.ledger.values import Audited, Break

# What the first row of a chain carries in place of the hash before it.
_BEGINNING = "0" * 64
_HASHED = ("outlet", "chain", "number", "at", "kind", "who", "why", "delivery_id", "body", "previous")


class AuditStore(Store):
    """Reading the trail, and checking that nobody changed it."""

    def audit_trail(
        self, outlet: str, *, since: datetime | None = None, until: datetime | None = None
    ) -> list[Audited]:
        """The rows from `since` (included) until `until` (excluded), the oldest first."""
        query = select(audit).where(audit.c.outlet == outlet).order_by(audit.c.at, audit.c.id)
        if since is not None:
            query = query.where(audit.c.at >= since)
        if until is not None:
            query = query.where(audit.c.at < until)
        with self._reading() as connection:
            return [Audited(**row) for row in connection.execute(query).mappings()]

    def audit_breaks(self, outlet: str) -> list[Break]:
        """Where a chain of this outlet does not hold: a row changed, taken out, or put in; empty where all is right."""
        query = select(audit).where(audit.c.outlet == outlet).order_by(audit.c.chain, audit.c.number)
        with self._reading() as connection:
            return list(_breaks(connection.execute(query)))

    def audit_heads(self, outlet: str, until: datetime | None = None) -> list[Audited]:
        """The last row of each chain, of those before `until`: what is cut off after a head shows by comparing heads."""
        own = [audit.c.outlet == outlet] + ([audit.c.at < until] if until else [])
        last = select(audit.c.chain, func.max(audit.c.number).label("number")).where(*own)
        ends = last.group_by(audit.c.chain).subquery()
        query = (
            select(audit)
            .join(ends, and_(ends.c.chain == audit.c.chain, ends.c.number == audit.c.number))
            .where(audit.c.outlet == outlet)
            .order_by(audit.c.chain)
        )
        with self._reading() as connection:
            return [Audited(**row) for row in connection.execute(query).mappings()]

    def audit_in_force(self, outlet: str, at: datetime) -> Audited | None:
        """The row of the strike state that was in force just before `at`; None where none was ever read."""
        own = (audit.c.outlet == outlet, audit.c.kind == "strike", audit.c.at < at)
        query = select(audit).where(*own).order_by(audit.c.at.desc(), audit.c.number.desc()).limit(1)
        with self._reading() as connection:
            row = connection.execute(query).mappings().first()
        return Audited(**row) if row else None


def append(connection: Connection, outlet: str, chain: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Add rows (`at`, `kind`, `who`, `why`, `body`, perhaps `delivery_id`) to a chain, in the caller's transaction.

    `chain` is an account, whose lane is locked here, or "" for the outlet's own, whose row is.
    """
    rows = list(rows)
    if not rows:
        return
    lock_lane(connection, chain) if chain else lock_outlet(connection, outlet)
    last = connection.execute(_newest(outlet, chain)).first()
    number, previous = (last.number, last.hash) if last else (0, _BEGINNING)
    chained = []
    for row in rows:
        number += 1
        # Hashed as the database gives them back.
        words = {name: storable(row[name]) for name in ("who", "why")}
        full = {"delivery_id": None, **row, **words, "outlet": outlet, "chain": chain, "number": number}
        full["previous"] = previous
        full["hash"] = previous = _hash(full)
        chained.append(full)
    connection.execute(insert(audit), chained)


def _newest(outlet: str, chain: str) -> Select[Any]:
    own = (audit.c.outlet == outlet, audit.c.chain == chain)
    return select(audit.c.number, audit.c.hash).where(*own).order_by(audit.c.number.desc()).limit(1)


def _hash(row: Mapping[str, Any]) -> str:
    """SHA-256 of the row's values as canonical JSON, the hash before it among them."""
    values = {name: row[name] for name in _HASHED}
    values["at"] = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    text = json.dumps(values, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _breaks(rows: Iterable[Row[Any]]) -> Iterator[Break]:
    chain, number, previous = None, 0, _BEGINNING
    for row in rows:
        if row.chain != chain:
            chain, number, previous = row.chain, 0, _BEGINNING
        number += 1
        if row.number != number:
            yield Break(chain=row.chain, number=row.number, why="rows are missing before this one")
        elif row.previous != previous or row.hash != _hash(row._mapping):
            yield Break(chain=row.chain, number=row.number, why="this row, or the one before it, was changed")
        number, previous = row.number, row.hash
