"""Deliveries on their way out: claimed under a lease, then settled, failed, postponed or in doubt; sends nothing."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, or_, select, update

from piquet.entry import Disposition
from piquet.ledger.codec import payload_from_json, payload_to_json
from piquet.ledger.moves import move
from piquet.ledger.states import IN_FLIGHT, DeliveryState
from piquet.ledger.store import Store, lock_lane
from piquet.ledger.tables import deliveries, entries
from piquet.ledger.values import Claimed, InDoubt
from piquet.post import Payload, Receipt

_NO_LEASE = {"lease_owner": None, "lease_until": None}
# A network's own words may be a whole HTML page.
_ERROR_LENGTH = 500

# Whom a person may make due or drop: never one that a worker is sending.
_AT_REST = tuple(state for state in DeliveryState if state is not DeliveryState.SENDING)


def _anything(_kind: str, _payload: Payload, _decision: Mapping[str, Any] | None) -> bool:
    return True


class OutboxStore(Store):
    """One account's way out. Whoever lost the lease changes nothing and is told so: these answer False."""

    def claim(
        self,
        outlet: str,
        account: str,
        owner: str,
        now: datetime,
        lease: timedelta,
        may_go: Callable[[str, Payload, Mapping[str, Any] | None], bool] = _anything,
    ) -> Claimed | None:
        """Lease the oldest due delivery, its payload frozen from now on; None where nothing may go out now.

        One at a time: while a delivery of this account is being sent or in doubt, nothing newer is given out.
        `may_go` is asked with its kind, its payload and the decision it was made by, before anything changes; where it
        says no, nothing goes. The decision is None where the content must stay what it is: it may be there already.
        """
        with self._writing() as connection:
            if _is_held_back(lock_lane(connection, account), now) or _in_flight(connection, outlet, account):
                return None
            row = connection.execute(_oldest_due(outlet, account, now)).first()
            if row is None:
                return None
            made_by = None if row.frozen else row.decision
            if not may_go(row.kind, payload_from_json(row.payload), made_by):
                return None
            return _lease(connection, row, owner, now, lease)

    def keep_payload(self, delivery_id: int, owner: str, payload: Payload) -> bool:
        """Store what was made ready for the send, under the lease: a later attempt sends exactly this."""
        with self._writing() as connection:
            own = update(deliveries).where(deliveries.c.id == delivery_id, _leased_to(owner))
            return connection.execute(own.values(payload=payload_to_json(payload))).rowcount == 1

    def settle(self, delivery_id: int, owner: str, receipt: Receipt, now: datetime) -> bool:
        """Record that the post is there: by its sender under the lease, or by whoever found it while in doubt."""
        in_doubt = deliveries.c.state == DeliveryState.UNSETTLED
        with self._writing() as connection:
            return move(
                connection,
                delivery_id,
                DeliveryState.SENT,
                why=f"{owner} has the receipt {receipt.id}",
                now=now,
                guard=[or_(_leased_to(owner), in_doubt)],
                sent_at=receipt.at,
                receipt_id=receipt.id,
                receipt_url=receipt.url,
                error_class=None,
                error=None,
                not_before=None,
                **_NO_LEASE,
            )

    def fail(self, delivery_id: int, owner: str, error: Exception, now: datetime) -> bool:
        """Record that the network will never take this post."""
        words = _words(error)
        return self._end_lease(delivery_id, owner, DeliveryState.FAILED, words, now, **_error(error))

    def postpone(self, delivery_id: int, owner: str, until: datetime, why: str, now: datetime) -> bool:
        """Back to due, its content free to change again: surely nothing was posted."""
        return self._end_lease(
            delivery_id, owner, DeliveryState.DUE, why, now, not_before=until, frozen=False
        )

    def postpone_as_it_is(
        self, delivery_id: int, owner: str, until: datetime, why: str, now: datetime
    ) -> bool:
        """Back to due, its content kept: this attempt posted nothing, and an earlier one may still have."""
        return self._end_lease(delivery_id, owner, DeliveryState.DUE, why, now, not_before=until)

    def unsettle(
        self, delivery_id: int, owner: str, why: str, not_before: datetime | None, now: datetime
    ) -> bool:
        """Record that the post may be there; the network is not asked again before `not_before`."""
        return self._end_lease(
            delivery_id, owner, DeliveryState.UNSETTLED, why, now, not_before=not_before, error=why
        )

    def expire_leases(self, outlet: str, account: str, now: datetime) -> int:
        """Put in doubt what a worker claimed and did not settle in its time; how many."""
        expired = and_(deliveries.c.state == DeliveryState.SENDING, deliveries.c.lease_until <= now)
        query = select(deliveries.c.id, deliveries.c.lease_owner).where(_of(outlet, account), expired)
        with self._writing() as connection:
            return sum(
                move(
                    connection,
                    delivery_id,
                    DeliveryState.UNSETTLED,
                    why=f"the lease of {owner} ended without a settlement",
                    now=now,
                    guard=[expired],
                    not_before=None,
                    error=f"the lease of {owner} ended without a settlement",
                    **_NO_LEASE,
                )
                for delivery_id, owner in connection.execute(query).tuples().all()
            )

    def lease_end(self, outlet: str, account: str) -> datetime | None:
        """When the lease of whoever is sending on this account ends; None where nobody is."""
        query = select(deliveries.c.lease_until).where(
            _of(outlet, account), deliveries.c.state == DeliveryState.SENDING
        )
        with self._reading() as connection:
            return max(connection.execute(query).scalars(), default=None)

    def unsettled(self, outlet: str, account: str, now: datetime) -> list[InDoubt]:
        """Deliveries in doubt about which the network may be asked now, oldest first."""
        query = _outgoing(outlet, account, DeliveryState.UNSETTLED, now)
        with self._reading() as connection:
            return [_in_doubt(row) for row in connection.execute(query)]

    def make_due(self, delivery_id: int, why: str, now: datetime, *, attempts: int | None = None) -> bool:
        """Send it again, with the payload it has. With `attempts`: only while in doubt since that very attempt."""
        guard = _in_doubt_since(attempts)
        with self._writing() as connection:
            return move(
                connection,
                delivery_id,
                DeliveryState.DUE,
                why=why,
                now=now,
                guard=guard,
                sources=_AT_REST,
                not_before=None,
            )

    def drop(self, delivery_id: int, why: str, now: datetime, *, attempts: int | None = None) -> bool:
        """Never send it; False where there is no such delivery. With `attempts`: only while in doubt since that one."""
        guard = _in_doubt_since(attempts)
        with self._writing() as connection:
            dropped = DeliveryState.DROPPED
            return move(connection, delivery_id, dropped, why=why, now=now, guard=guard, reason=why)

    def receipt_ids(self, account: str, since: datetime) -> frozenset[str]:
        """The ids of this account's posts since then, which no other delivery can have become."""
        query = select(deliveries.c.receipt_id).where(
            deliveries.c.account == account,
            deliveries.c.sent_at >= since,
            deliveries.c.receipt_id.is_not(None),
        )
        with self._reading() as connection:
            return frozenset(connection.execute(query).scalars())

    def _end_lease(
        self, delivery_id: int, owner: str, after: DeliveryState, why: str, now: datetime, **values: Any
    ) -> bool:
        with self._writing() as connection:
            guard = [_leased_to(owner)]
            return move(connection, delivery_id, after, why=why, now=now, guard=guard, **values, **_NO_LEASE)


def _of(outlet: str, account: str) -> ColumnElement[bool]:
    return and_(deliveries.c.outlet == outlet, deliveries.c.account == account)


def _in_doubt_since(attempts: int | None) -> list[ColumnElement[bool]]:
    """That very attempt, where one is named: an answer about an earlier one says nothing."""
    if attempts is None:
        return []
    return [deliveries.c.state == DeliveryState.UNSETTLED, deliveries.c.attempts == attempts]


def _leased_to(owner: str) -> ColumnElement[bool]:
    return and_(deliveries.c.state == DeliveryState.SENDING, deliveries.c.lease_owner == owner)


def _is_held_back(lane: Row[Any], now: datetime) -> bool:
    return any(until is not None and now < until for until in (lane.paused_until, lane.not_before))


def _in_flight(connection: Connection, outlet: str, account: str) -> bool:
    query = select(deliveries.c.id).where(_of(outlet, account), deliveries.c.state.in_(IN_FLIGHT)).limit(1)
    return connection.execute(query).first() is not None


def _oldest_due(outlet: str, account: str, now: datetime) -> Select[Any]:
    # The lane keeps the workers of one account apart. SKIP LOCKED is for whoever holds a single delivery
    # (a person dropping it): a worker does not stand behind them.
    query = _outgoing(outlet, account, DeliveryState.DUE, now).where(_not_retracted()).limit(1)
    return query.with_for_update(skip_locked=True, of=deliveries)


def _not_retracted() -> ColumnElement[bool]:
    return or_(entries.c.id.is_(None), entries.c.disposition != Disposition.RETRACTED)


def _outgoing(outlet: str, account: str, state: DeliveryState, now: datetime) -> Select[Any]:
    columns = [
        deliveries.c[n]
        for n in (
            "id",
            "key",
            "kind",
            "payload",
            "decision",
            "frozen",
            "attempts",
            "attempted_at",
            "first_attempt_at",
            "error",
        )
    ]
    ripe = or_(deliveries.c.not_before.is_(None), deliveries.c.not_before <= now)
    return (
        select(*columns, entries.c.entry)
        .join(entries, entries.c.id == deliveries.c.entry_id, isouter=True)
        .where(_of(outlet, account), deliveries.c.state == state, ripe)
        .order_by(deliveries.c.rank, deliveries.c.sort_at, deliveries.c.id)
    )


def _lease(connection: Connection, row: Row[Any], owner: str, now: datetime, lease: timedelta) -> Claimed:
    until, attempts = now + lease, row.attempts + 1
    payload, early = payload_from_json(row.payload), {}
    if payload.prepared_at > now:
        # Let go before its hour, it bears the time at which it leaves: `find` looks from there on.
        payload = replace(payload, prepared_at=now)
        early = {"payload": payload_to_json(payload)}
    move(
        connection,
        row.id,
        DeliveryState.SENDING,
        why=f"claimed by {owner}, attempt {attempts}",
        now=now,
        frozen=True,
        attempts=attempts,
        lease_owner=owner,
        lease_until=until,
        first_attempt_at=row.first_attempt_at or now,
        attempted_at=now,
        not_before=None,
        **early,
    )
    return Claimed(
        id=row.id,
        key=row.key,
        kind=row.kind,
        payload=payload,
        title=_title(row),
        attempts=attempts,
        attempted_at=now,
        lease_until=until,
        doubted=row.error is not None,
    )


def _in_doubt(row: Row[Any]) -> InDoubt:
    return InDoubt(
        id=row.id,
        key=row.key,
        payload=payload_from_json(row.payload),
        title=_title(row),
        attempts=row.attempts,
        attempted_at=row.attempted_at,
    )


def _title(row: Row[Any]) -> str:
    return row.entry["title"] if row.entry else row.payload["text"]


def _words(error: Exception) -> str:
    return (str(error) or type(error).__name__)[:_ERROR_LENGTH]


def _error(error: Exception) -> dict[str, str]:
    return {"error_class": type(error).__name__, "error": _words(error)}
