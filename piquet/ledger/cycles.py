"""The strike states an outlet was seen in, and its cycles; decides nothing about strikes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from piquet.ledger.audit import append
from piquet.ledger.codec import json_digest
from piquet.ledger.store import Store, lock_outlet
from piquet.ledger.tables import cycles, strike_states
from piquet.ledger.values import Cycle


class CycleStore(Store):
    """A row for each cycle, and for each change of the strike state."""

    def last_strike(self, outlet: str) -> Mapping[str, Any] | None:
        """The last strike state that was read, None where none ever was."""
        with self._reading() as connection:
            row = _last_strike(connection, outlet)
        return row and row.state

    def strike_states(self, outlet: str) -> list[tuple[datetime, Mapping[str, Any]]]:
        """Every strike state that was read, with when it was first seen, oldest first."""
        query = select(strike_states.c.seen_at, strike_states.c.state).where(strike_states.c.outlet == outlet)
        with self._reading() as connection:
            return [tuple(row) for row in connection.execute(query.order_by(strike_states.c.id))]

    def see_strike(
        self,
        outlet: str,
        state: Mapping[str, Any],
        now: datetime,
        *,
        way: str = "block",
        who: str = "",
        why: str = "",
    ) -> bool:
        """Keep this strike state if it differs from the last; whether it did.

        `way`: how it came about; `who` and `why` are empty where that way does not tell, as the block's form.
        """
        digest = json_digest(state)
        with self._writing() as connection:
            lock_outlet(connection, outlet)
            last = _last_strike(connection, outlet)
            if last is not None and last.digest == digest:
                return False
            row = {"outlet": outlet, "seen_at": now, "digest": digest, "state": dict(state)}
            connection.execute(insert(strike_states).values(row))
            body = {"way": way, "before": last.state if last else None, "after": dict(state)}
            append(
                connection, outlet, "", [{"at": now, "kind": "strike", "who": who, "why": why, "body": body}]
            )
            return True

    def begin_cycle(self, outlet: str, now: datetime) -> int:
        """Note that a cycle starts; its id."""
        statement = insert(cycles).values(outlet=outlet, started_at=now).returning(cycles.c.id)
        with self._writing() as connection:
            return connection.execute(statement).scalar_one()

    def end_cycle(self, outlet: str, cycle_id: int, summary: Mapping[str, Any], now: datetime) -> None:
        """Note how a cycle ended."""
        own = (cycles.c.outlet == outlet, cycles.c.id == cycle_id)
        with self._writing() as connection:
            connection.execute(update(cycles).where(*own).values(ended_at=now, summary=dict(summary)))

    def last_cycle(self, outlet: str) -> Cycle | None:
        """The cycle that started last, running or not."""
        with self._reading() as connection:
            row = connection.execute(_newest(cycles, outlet)).mappings().first()
        return Cycle(**row) if row else None


def _last_strike(connection: Connection, outlet: str) -> Row[Any] | None:
    return connection.execute(_newest(strike_states, outlet)).first()


def _newest(table: Any, outlet: str) -> Select[Any]:
    return select(table).where(table.c.outlet == outlet).order_by(table.c.id.desc()).limit(1)
