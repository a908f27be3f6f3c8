"""The ledger as people ask it: how many deliveries stand where, which ones, and the history of each."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from piquet.ledger.states import DeliveryState
from piquet.ledger.store import Store
from piquet.ledger.tables import deliveries, entries, moves
from piquet.ledger.values import DeliveryRow, Move

_SAME = (
    "id",
    "account",
    "kind",
    "reason",
    "decision",
    "attempts",
    "not_before",
    "first_attempt_at",
    "sent_at",
    "receipt_id",
    "receipt_url",
    "error_class",
    "error",
    "created_at",
    "updated_at",
)


class ReadingStore(Store):
    """Questions that change nothing."""

    def counts(self, outlet: str) -> dict[str, dict[DeliveryState, int]]:
        """How many deliveries stand in each state, account by account; states without any are left out."""
        found: dict[str, dict[DeliveryState, int]] = {}
        for account, state, number in self._counted(deliveries.c.outlet == outlet):
            found.setdefault(account, {})[DeliveryState(state)] = number
        return found

    def backlog(self, outlet: str, account: str) -> dict[DeliveryState, int]:
        """How many of an account's deliveries are due, being sent or in doubt; cheap however much was ever sent."""
        open_states = (DeliveryState.DUE, DeliveryState.SENDING, DeliveryState.UNSETTLED)
        own = (
            deliveries.c.outlet == outlet,
            deliveries.c.account == account,
            deliveries.c.state.in_(open_states),
        )
        found = {DeliveryState(state): number for _, state, number in self._counted(*own)}
        return {state: found.get(state, 0) for state in open_states}

    def deliveries(
        self, outlet: str, *, since: datetime | None = None, limit: int = 100
    ) -> list[DeliveryRow]:
        """Deliveries changed since then, the last changed first."""
        query = (
            select(deliveries, entries.c.entry)
            .join(entries, entries.c.id == deliveries.c.entry_id, isouter=True)
            .where(deliveries.c.outlet == outlet)
            .order_by(deliveries.c.updated_at.desc(), deliveries.c.id.desc())
            .limit(limit)
        )
        if since is not None:
            query = query.where(deliveries.c.updated_at >= since)
        with self._reading() as connection:
            return [_row(row) for row in connection.execute(query)]

    def history(self, delivery_id: int) -> list[Move]:
        """Every move of a delivery, the first one first."""
        columns = (moves.c.at, moves.c["from"], moves.c.to, moves.c.why)
        query = select(*columns).where(moves.c.delivery_id == delivery_id).order_by(moves.c.id)
        with self._reading() as connection:
            return [_move(*row) for row in connection.execute(query).tuples()]

    def _counted(self, *where: Any) -> list[tuple[str, str, int]]:
        columns = (deliveries.c.account, deliveries.c.state)
        query = select(*columns, func.count()).where(*where).group_by(*columns).order_by(*columns)
        with self._reading() as connection:
            return [tuple(row) for row in connection.execute(query)]


def _row(row: Row[Any]) -> DeliveryRow:
    entry, payload = row.entry or {}, row.payload or {}
    return DeliveryRow(
        state=DeliveryState(row.state),
        title=entry.get("title", ""),
        link=entry.get("link", ""),
        text=payload.get("text", ""),
        **{name: getattr(row, name) for name in _SAME},
    )


def _move(at: datetime, before: str | None, after: str, why: str) -> Move:
    return Move(at=at, before=before and DeliveryState(before), after=DeliveryState(after), why=why)
