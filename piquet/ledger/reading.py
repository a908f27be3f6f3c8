"""The ledger as people ask it: how many deliveries stand where, which ones, and the history of each."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, or_, select

from piquet.ledger.codec import payload_from_json
from piquet.ledger.states import DeliveryState
from piquet.ledger.store import Store
from piquet.ledger.tables import RANKS, deliveries, entries, moves
from piquet.ledger.values import DeliveryRow, Move
from piquet.post import Payload

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
        self,
        outlet: str,
        *,
        since: datetime | None = None,
        limit: int | None = 100,
        account: str | None = None,
        state: DeliveryState | None = None,
    ) -> list[DeliveryRow]:
        """Deliveries changed since then, the last changed first; of one account or in one state where asked."""
        query = (
            select(deliveries, entries.c.entry)
            .join(entries, entries.c.id == deliveries.c.entry_id, isouter=True)
            .where(deliveries.c.outlet == outlet)
            .order_by(deliveries.c.updated_at.desc(), deliveries.c.id.desc())
            .limit(limit)
        )
        if since is not None:
            query = query.where(deliveries.c.updated_at >= since)
        if account is not None:
            query = query.where(deliveries.c.account == account)
        if state is not None:
            query = query.where(deliveries.c.state == state)
        with self._reading() as connection:
            return [_row(row) for row in connection.execute(query)]

    def number_held(self, outlet: str, account: str) -> int:
        """How many of an account's deliveries are held back; cheap however much was ever sent."""
        own = (deliveries.c.outlet == outlet, deliveries.c.account == account)
        return sum(number for *_, number in self._counted(*own, deliveries.c.state == DeliveryState.HELD))

    def held(self, outlet: str, accounts: Collection[str]) -> list[DeliveryRow]:
        """What is held back on these accounts, in no order; cheap however much was ever sent."""
        # With the accounts named, and without an order, both databases go by ix_deliveries_claim.
        query = (
            select(deliveries, entries.c.entry)
            .join(entries, entries.c.id == deliveries.c.entry_id, isouter=True)
            .where(
                deliveries.c.outlet == outlet,
                deliveries.c.account.in_(accounts),
                deliveries.c.state == DeliveryState.HELD,
            )
        )
        with self._reading() as connection:
            return [_row(row) for row in connection.execute(query)]

    def sent_payloads(self, account: str, since: datetime) -> list[tuple[datetime, Payload]]:
        """What went out on an account since then, for whichever outlet, each with its time."""
        # The payload whole: PostgreSQL cannot look into a json that holds "\u0000" anywhere.
        query = select(deliveries.c.sent_at, deliveries.c.payload).where(
            deliveries.c.account == account, deliveries.c.sent_at >= since
        )
        with self._reading() as connection:
            return [(at, payload_from_json(payload)) for at, payload in connection.execute(query).tuples()]

    def first_in_line(self, outlet: str, account: str, now: datetime, until: datetime) -> list[Payload]:
        """The notices and reminders of an account that become due between `now` and `until`."""
        query = select(deliveries.c.payload).where(
            deliveries.c.outlet == outlet,
            deliveries.c.account == account,
            deliveries.c.state == DeliveryState.DUE,
            deliveries.c.rank < RANKS["entry"],
            deliveries.c.not_before > now,
            deliveries.c.not_before <= until,
        )
        with self._reading() as connection:
            return [payload_from_json(payload) for payload in connection.execute(query).scalars()]

    def to_send(self, outlet: str, account: str, until: datetime) -> list[Payload]:
        """What an account has yet to pay for until then: due, being sent, or in doubt; cheap however much was ever sent."""
        open_states = (DeliveryState.DUE, DeliveryState.SENDING, DeliveryState.UNSETTLED)
        query = select(deliveries.c.payload).where(
            deliveries.c.outlet == outlet,
            deliveries.c.account == account,
            deliveries.c.state.in_(open_states),
            deliveries.c.payload.is_not(None),
            or_(deliveries.c.not_before.is_(None), deliveries.c.not_before <= until),
        )
        with self._reading() as connection:
            return [payload_from_json(payload) for payload in connection.execute(query).scalars()]

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
