"""The strike states an outlet was seen in, and its cycles; decides nothing about strikes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from piquet.ledger.audit import append
from piquet.ledger.codec import json_digest
from piquet.ledger.store import Store, lock_outlet
from piquet.ledger.tables import audit, cycles, strike_states
from piquet.ledger.values import BLOCK, Cycle, StrikeChange


class CycleStore(Store):
    """A row for each cycle, and for each change of the strike state."""

    def last_strike(self, outlet: str) -> Mapping[str, Any] | None:
        """The last strike state that was read, None where none ever was."""
        with self._reading() as connection:
            row = _last_strike(connection, outlet)
        return row and row.state

    def strike_digest(self, outlet: str) -> str | None:
        """What tells the last strike state from the others, None where none was ever read."""
        with self._reading() as connection:
            return newest_strike(connection, outlet)

    def strike_states(self, outlet: str) -> list[tuple[datetime, Mapping[str, Any]]]:
        """Every strike state that was read, with when it was first seen, oldest first."""
        query = select(strike_states.c.seen_at, strike_states.c.state).where(strike_states.c.outlet == outlet)
        with self._reading() as connection:
            return [tuple(row) for row in connection.execute(query.order_by(strike_states.c.id))]

    def intend_strike(
        self, outlet: str, state: Mapping[str, Any], now: datetime, *, way: str, who: str, why: str
    ) -> None:
        """Note who is about to write this state into the block, and by which way, before it is there to be seen."""
        row = {"at": now, "kind": "call", "who": who, "why": why}
        with self._writing() as connection:
            append(connection, outlet, "", [{**row, "body": {"way": way, "digest": json_digest(state)}}])

    def see_strike(self, outlet: str, state: Mapping[str, Any], now: datetime) -> bool:
        """Keep this strike state if it differs from the last; whether it did.

        Way, who and why are those of the last intention where it was this very state.
        """
        digest = json_digest(state)
        with self._writing() as connection:
            lock_outlet(connection, outlet)
            last = _last_strike(connection, outlet)
            if last is not None and last.digest == digest:
                return False
            row = {"outlet": outlet, "seen_at": now, "digest": digest, "state": dict(state)}
            connection.execute(insert(strike_states).values(row))
            way, who, why = _author(connection, outlet, digest)
            body = {"way": way, "before": last.state if last else None, "after": dict(state)}
            append(
                connection, outlet, "", [{"at": now, "kind": "strike", "who": who, "why": why, "body": body}]
            )
            return True

    def last_validated(self, outlet: str) -> StrikeChange | None:
        """The last change of the strike that came by a way which refuses what would fail, None where none ever did."""
        with self._reading() as connection:
            for row in connection.execute(_chained(outlet, "strike")):
                if row.body["way"] != BLOCK:
                    return _change(row)
        return None

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


def newest_strike(connection: Connection, outlet: str) -> str | None:
    """The digest of the strike state that was seen last."""
    last = _last_strike(connection, outlet)
    return last.digest if last else None


def _last_strike(connection: Connection, outlet: str) -> Row[Any] | None:
    return connection.execute(_newest(strike_states, outlet)).first()


def _newest(table: Any, outlet: str) -> Select[Any]:
    return select(table).where(table.c.outlet == outlet).order_by(table.c.id.desc()).limit(1)


def _author(connection: Connection, outlet: str, digest: str) -> tuple[str, str, str]:
    """By which way, by whom and why this state came to be; the form does not tell the last two."""
    intended = connection.execute(_chained(outlet, "call").limit(1)).first()
    if intended is not None and intended.body["digest"] == digest:
        return intended.body["way"], intended.who, intended.why
    return BLOCK, "", ""


def _chained(outlet: str, kind: str) -> Select[Any]:
    """The outlet's own audit rows of that kind, the newest first."""
    own = (audit.c.outlet == outlet, audit.c.chain == "", audit.c.kind == kind)
    return select(audit).where(*own).order_by(audit.c.number.desc())


def _change(row: Row[Any]) -> StrikeChange:
    return StrikeChange(
        at=row.at,
        way=row.body["way"],
        who=row.who,
        why=row.why,
        before=row.body["before"] or {},
        after=row.body["after"],
    )
