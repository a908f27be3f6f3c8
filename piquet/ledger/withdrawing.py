"""Deliveries that will not go out, or not stand: too old to be news, or of a retracted article; asks no network."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select, update

from piquet.entry import Disposition
from piquet.ledger.moves import move
from piquet.ledger.states import DeliveryState
from piquet.ledger.store import Store, lock_lane
from piquet.ledger.tables import deliveries, entries
from piquet.ledger.values import Dropped, Posted
from piquet.post import Receipt

_RETRACTED = entries.c.disposition == Disposition.RETRACTED
# Since when it waits; a ledger's oldest rows only know when they were made.
_SINCE = func.coalesce(deliveries.c.due_at, deliveries.c.created_at)


class WithdrawalStore(Store):
    """One account's deliveries, never one that is being sent or in doubt: it is settled first."""

    def sweep(
        self, outlet: str, account: str, now: datetime, stale: Mapping[str, timedelta]
    ) -> list[Dropped]:
        """Drop what is due longer than its kind may be, and what waits of a retracted article; in order."""
        with self._reading() as connection:
            if not connection.execute(_worthless(outlet, account, now, stale).limit(1)).first():
                return []
        with self._writing() as connection:
            lock_lane(connection, account)
            found = connection.execute(_worthless(outlet, account, now, stale)).all()
            dropped = [Dropped(id=row.id, title=_title(row), why=_why(row, now, stale)) for row in found]
            for one in dropped:
                state = DeliveryState.DROPPED
                move(connection, one.id, state, why=one.why, now=now, reason=one.why)
            return dropped

    def to_take_down(self, outlet: str, account: str) -> list[Posted]:
        """Posts of retracted articles that stand on the network, the oldest first; without those it will not delete."""
        retracted = select(entries.c.id).where(entries.c.outlet == outlet, _RETRACTED)
        with self._reading() as connection:
            # Asked by itself: in one question with the order by time SQLite walks all that the account ever sent.
            articles = connection.execute(retracted).scalars().all()
            own = (deliveries.c.account == account, deliveries.c.entry_id.in_(articles))
            query = _standing(outlet).where(*own, deliveries.c.error_class.is_(None))
            ordered = query.order_by(deliveries.c.sent_at, deliveries.c.id)
            return [_posted(row) for row in connection.execute(ordered)] if articles else []

    def retracting(self, outlet: str) -> set[str]:
        """The accounts that have such posts."""
        query = _standing(outlet).where(deliveries.c.error_class.is_(None))
        with self._reading() as connection:
            return {row.account for row in connection.execute(query)}

    def taken_down(self, delivery_id: int, now: datetime) -> bool:
        """Record that its post is gone; False where another worker was first."""
        why, sent = "taken down: the article was retracted", [deliveries.c.state == DeliveryState.SENT]
        gone = {"error": None, "error_class": None}
        with self._writing() as connection:
            return move(
                connection, delivery_id, DeliveryState.RETRACTED, why=why, now=now, guard=sent, **gone
            )

    def leave_standing(self, delivery_id: int, why: str, now: datetime) -> None:
        """Record that its network will not delete its post: a person must."""
        own = (deliveries.c.id == delivery_id, deliveries.c.state == DeliveryState.SENT)
        values = {"error_class": "Rejected", "error": why, "updated_at": now}
        with self._writing() as connection:
            connection.execute(update(deliveries).where(*own).values(values))


def _standing(outlet: str) -> Select[Any]:
    columns = [deliveries.c[n] for n in ("id", "account", "receipt_id", "receipt_url", "sent_at", "payload")]
    return (
        select(*columns, entries.c.entry)
        .join(entries, entries.c.id == deliveries.c.entry_id)
        .where(entries.c.outlet == outlet, _RETRACTED, deliveries.c.state == DeliveryState.SENT)
    )


def _worthless(outlet: str, account: str, now: datetime, stale: Mapping[str, timedelta]) -> Select[Any]:
    columns = [deliveries.c[name] for name in ("id", "kind", "payload")]
    waits = deliveries.c.state.in_((DeliveryState.DUE, DeliveryState.HELD))
    return (
        select(*columns, _SINCE.label("since"), entries.c.entry, entries.c.disposition)
        .join(entries, entries.c.id == deliveries.c.entry_id, isouter=True)
        .where(deliveries.c.outlet == outlet, deliveries.c.account == account, waits)
        .where(or_(_RETRACTED, *_too_old(now, stale)))
        .order_by(deliveries.c.rank, deliveries.c.sort_at, deliveries.c.id)
    )


def _too_old(now: datetime, stale: Mapping[str, timedelta]) -> list[ColumnElement[bool]]:
    due = deliveries.c.state == DeliveryState.DUE
    return [and_(due, deliveries.c.kind == kind, now - longest > _SINCE) for kind, longest in stale.items()]


def _why(row: Row[Any], now: datetime, stale: Mapping[str, timedelta]) -> str:
    if row.disposition == Disposition.RETRACTED:
        return "the article was retracted"
    waited, longest = _hours(now - row.since), _hours(stale[row.kind])
    return f"waited {waited} h, longer than the {longest} h after which it is no news"


def _hours(time: timedelta) -> str:
    return f"{ceil(time / timedelta(hours=1) * 10) / 10:.1f}".removesuffix(".0")


def _posted(row: Row[Any]) -> Posted:
    receipt = Receipt(id=row.receipt_id, url=row.receipt_url, at=row.sent_at)
    return Posted(id=row.id, title=_title(row), receipt=receipt)


def _title(row: Row[Any]) -> str:
    return row.entry["title"] if row.entry else (row.payload or {}).get("text", "")
