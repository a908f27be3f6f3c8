"""The only place where a delivery changes state: checked against MOVES and noted in the same transaction."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select, update

from piquet.errors import LedgerError
from piquet.ledger.states import DeliveryState, check_move
from piquet.ledger.tables import deliveries, moves

_NEEDS_PAYLOAD = (DeliveryState.DUE, DeliveryState.SENDING)


def move(
    connection: Connection,
    delivery_id: int,
    after: DeliveryState,
    *,
    why: str,
    now: datetime,
    guard: Iterable[ColumnElement[bool]] = (),
    sources: Collection[DeliveryState] = tuple(DeliveryState),
    **values: Any,
) -> bool:
    """Carry a delivery to `after`, with new `values`; False, and nothing done, where `guard` no longer holds.

    Raises LedgerError for a move that MOVES does not allow, from a state not in `sources`, or
    for a delivery that would be due without a payload.
    """
    where = (deliveries.c.id == delivery_id, *guard)
    row = connection.execute(
        select(deliveries.c.state, deliveries.c.payload).where(*where).with_for_update()
    ).first()
    if row is None:
        return False
    before = DeliveryState(row.state)
    _check(delivery_id, before, after, sources)
    if after in _NEEDS_PAYLOAD and values.get("payload", row.payload) is None:
        raise LedgerError(
            f"Delivery {delivery_id} has no payload and cannot become {after}: compose it first."
        )
    connection.execute(
        update(deliveries).where(deliveries.c.id == delivery_id).values(state=after, updated_at=now, **values)
    )
    note(connection, [noted(delivery_id, before, after, why, now)])
    return True


def note(connection: Connection, rows: list[Mapping[str, Any]]) -> None:
    """Write moves down."""
    if rows:
        connection.execute(insert(moves), rows)


def noted(
    delivery_id: int, before: DeliveryState | None, after: str, why: str, now: datetime
) -> Mapping[str, Any]:
    """One row for `note`."""
    return {"delivery_id": delivery_id, "at": now, "from": before, "to": after, "why": why}


def _check(
    delivery_id: int, before: DeliveryState, after: DeliveryState, sources: Collection[DeliveryState]
) -> None:
    check_move(delivery_id, before, after)
    if before not in sources:
        raise LedgerError(
            f"Delivery {delivery_id} is {before}: a worker has it now; wait for its lease to end."
        )
