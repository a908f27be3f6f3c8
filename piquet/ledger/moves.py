"""The only place where a delivery changes state: checked against MOVES, noted and audited in the same transaction."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update

from piquet.acts import Act
from piquet.errors import LedgerError
from piquet.ledger.audit import append
from piquet.ledger.codec import json_digest
from piquet.ledger.states import DeliveryState, check_move
from piquet.ledger.store import lock_lane
from piquet.ledger.tables import deliveries, moves

# Who does what nobody asked for by hand.
PIQUET = "piquet"

_NEEDS_PAYLOAD = (DeliveryState.DUE, DeliveryState.SENDING)
# Where a delivery waits for nothing but its turn; coming from anywhere else, its wait begins.
_IN_LINE = (DeliveryState.DUE, DeliveryState.SENDING, DeliveryState.UNSETTLED)
# What an auditor asks about; being claimed and being postponed is the outbox's own affair.
_ENDS = (
    DeliveryState.SENT,
    DeliveryState.FAILED,
    DeliveryState.DROPPED,
    DeliveryState.RETRACTED,
    DeliveryState.UNSETTLED,
)
_READ = [
    deliveries.c[name]
    for name in ("state", "payload", "decision", "kind", "outlet", "account", "receipt_id", "receipt_url")
]


def move(
    connection: Connection,
    delivery_id: int,
    after: DeliveryState,
    *,
    why: str,
    now: datetime,
    guard: Iterable[ColumnElement[bool]] = (),
    sources: Collection[DeliveryState] = tuple(DeliveryState),
    act: Act | None = None,
    **values: Any,
) -> bool:
    """Carry a delivery to `after`, with new `values`; False, and nothing done, where `guard` no longer holds.

    Raises LedgerError for a move that MOVES does not allow, from a state not in `sources`, or
    for a delivery that would be due without a payload. `act`: a person's, that this move is part of.
    """
    row = _locked(connection, delivery_id, guard)
    if row is None:
        return False
    before = DeliveryState(row.state)
    _check(delivery_id, before, after, sources)
    if after in _NEEDS_PAYLOAD and values.get("payload", row.payload) is None:
        raise LedgerError(
            f"Delivery {delivery_id} has no payload and cannot become {after}: compose it first."
        )
    if after is DeliveryState.DUE and before not in _IN_LINE:
        values.setdefault("due_at", values.get("not_before") or now)
    connection.execute(
        update(deliveries).where(deliveries.c.id == delivery_id).values(state=after, updated_at=now, **values)
    )
    note(connection, [noted(delivery_id, before, after, why, now)])
    become = {**row._mapping, **values}
    if act or after in _ENDS or before in _ENDS:
        audited = _audited(delivery_id, before, after, why, now, become)
        append(connection, row.outlet, row.account, [_done(act, audited) if act else audited])
    elif "decision" in values:
        content = {name: become[name] for name in ("kind", "decision", "payload")}
        append(connection, row.outlet, row.account, [decided(delivery_id, after, why, now, **content)])
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


def decided(
    delivery_id: int,
    state: DeliveryState,
    why: str,
    now: datetime,
    *,
    kind: str,
    decision: Mapping[str, Any],
    payload: Mapping[str, Any] | None,
) -> Mapping[str, Any]:
    """A row of the audit trail: what was decided for a delivery, and the post that was made of it."""
    body = {"state": state, "decision": dict(decision), **_content(kind, payload)}
    return {
        "at": now,
        "kind": "decision",
        "who": PIQUET,
        "why": why,
        "delivery_id": delivery_id,
        "body": body,
    }


def _locked(
    connection: Connection, delivery_id: int, guard: Iterable[ColumnElement[bool]]
) -> Row[Any] | None:
    """The delivery, held; its account's lane before it, as everywhere, or two writers could wait for each other."""
    own = deliveries.c.id == delivery_id
    account = connection.execute(select(deliveries.c.account).where(own)).scalar()
    if account is None:
        return None
    lock_lane(connection, account)
    return connection.execute(select(*_READ).where(own, *guard).with_for_update()).first()


def _audited(
    delivery_id: int,
    before: DeliveryState,
    after: DeliveryState,
    why: str,
    now: datetime,
    values: Mapping[str, Any],
) -> Mapping[str, Any]:
    """A row of the audit trail: what became of a post."""
    body = {
        "before": before,
        "state": after,
        **_content(values["kind"], values["payload"]),
        **_receipt(values),
    }
    return {"at": now, "kind": "post", "who": PIQUET, "why": why, "delivery_id": delivery_id, "body": body}


def _done(act: Act, row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same row, where a person did it."""
    return {
        **row,
        "kind": "act",
        "who": act.who,
        "why": act.why,
        "body": {"act": act.kind, "words": row["why"], **row["body"]},
    }


def _content(kind: str, payload: Mapping[str, Any] | None) -> dict[str, Any]:
    if payload is None:
        return {"kind": kind, "text": None, "link": None, "payload": None}
    return {
        "kind": kind,
        "text": payload.get("text"),
        "link": payload.get("link"),
        "payload": json_digest(payload),
    }


def _receipt(values: Mapping[str, Any]) -> dict[str, Any]:
    return {"url": values["receipt_url"], "receipt": values["receipt_id"]} if values["receipt_id"] else {}


def _check(
    delivery_id: int, before: DeliveryState, after: DeliveryState, sources: Collection[DeliveryState]
) -> None:
    check_move(delivery_id, before, after)
    if before not in sources:
        raise LedgerError(
            f"Delivery {delivery_id} is {before}: a worker has it now; wait for its lease to end."
        )
