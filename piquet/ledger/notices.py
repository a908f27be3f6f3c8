"""What the ledger knows of notices, reminders and closing posts, and of the posts they may answer."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, select

from piquet.ledger.moves import move
from piquet.ledger.states import IN_FLIGHT, DeliveryState
from piquet.ledger.store import Store
from piquet.ledger.tables import RANKS, deliveries
from piquet.ledger.values import Earlier, Noticed
from piquet.post import Receipt

# A network's clock may be behind ours.
_CLOCK_SLACK = timedelta(days=1)
# More are not looked at, however long the strike: the one in question is among the latest.
_LATEST = 500
_OPEN = (DeliveryState.DUE, DeliveryState.HELD, *IN_FLIGHT)
# By name, for the index has the state before the rank.
_OVER = tuple(state for state in DeliveryState if state not in _OPEN)
_UNTRIED = and_(
    deliveries.c.state.in_((DeliveryState.HELD, DeliveryState.DUE)), deliveries.c.frozen.is_(False)
)


class NoticeStore(Store):
    """Questions about an account's posts besides the articles', and the end of those whose time is over."""

    def noticed(self, outlet: str, account: str, since: datetime) -> list[Noticed]:
        """Notices, reminders and closing posts made since then, oldest first; those that still wait however old."""
        own = (
            deliveries.c.outlet == outlet,
            deliveries.c.account == account,
            deliveries.c.rank < RANKS["entry"],
        )
        # Two questions and not one with an OR, so that the index is used for both.
        waiting = select(deliveries).where(*own, deliveries.c.state.in_(_OPEN))
        over = select(deliveries).where(*own, deliveries.c.state.in_(_OVER), deliveries.c.created_at >= since)
        with self._reading() as connection:
            rows = [row for query in (waiting, over) for row in connection.execute(query)]
        return [_noticed(row) for row in sorted(rows, key=lambda row: row.id)]

    def last_notice(self, account: str, since: datetime) -> datetime | None:
        """When the last post that carries a notice left for this account, by our clock, from whichever outlet."""
        columns = (deliveries.c.attempted_at, deliveries.c.kind, deliveries.c.decision)
        query = (
            select(*columns)
            .where(deliveries.c.account == account, deliveries.c.sent_at >= since - _CLOCK_SLACK)
            .order_by(deliveries.c.sent_at.desc())
            .limit(_LATEST)
        )
        with self._reading() as connection:
            left = [at for at, kind, why in connection.execute(query).tuples() if _carries(kind, why)]
        return max((at for at in left if at >= since), default=None)

    def earlier(
        self, outlet: str, account: str, since: datetime, until: datetime, limit: int
    ) -> list[Earlier]:
        """The articles' posts without a notice that went out between these times, newest first."""
        query = (
            select(deliveries)
            .where(
                deliveries.c.outlet == outlet,
                deliveries.c.account == account,
                deliveries.c.kind == "entry",
                deliveries.c.state == DeliveryState.SENT,
                deliveries.c.sent_at >= since,
                deliveries.c.sent_at < until,
                deliveries.c.receipt_id.is_not(None),
            )
            .order_by(deliveries.c.sent_at.desc(), deliveries.c.id.desc())
            .limit(_LATEST)
        )
        with self._reading() as connection:
            rows = [row for row in connection.execute(query) if not _carries(row.kind, row.decision)]
        return [Earlier(id=row.id, receipt=_receipt(row)) for row in rows[:limit]]

    def notices_due(self, outlet: str, accounts: Collection[str], now: datetime) -> list[str]:
        """Those of these accounts that have a notice, reminder or closing post to send now."""
        ripe = deliveries.c.not_before.is_(None) | (deliveries.c.not_before <= now)
        query = select(deliveries.c.account).where(
            deliveries.c.outlet == outlet,
            deliveries.c.account.in_(accounts),
            deliveries.c.state == DeliveryState.DUE,
            deliveries.c.rank < RANKS["entry"],
            ripe,
        )
        with self._reading() as connection:
            return sorted(set(connection.execute(query).scalars()))

    def drop_untried(self, ids: Iterable[int], why: str, now: datetime) -> int:
        """Never send those of them that no worker has tried yet; how many."""
        with self._writing() as connection:
            return sum(
                move(connection, one, DeliveryState.DROPPED, why=why, now=now, guard=(_UNTRIED,), reason=why)
                for one in ids
            )


def _carries(kind: str, decision: dict[str, Any]) -> bool:
    return kind != "entry" or bool(decision.get("on_strike"))


def _noticed(row: Row[Any]) -> Noticed:
    return Noticed(
        id=row.id,
        kind=row.kind,
        key=row.key,
        state=DeliveryState(row.state),
        reason=row.reason,
        decision=row.decision,
        not_before=row.not_before,
        untried=row.state in (DeliveryState.HELD, DeliveryState.DUE) and not row.frozen,
        receipt=_receipt(row) if row.state == DeliveryState.SENT and row.receipt_id else None,
    )


def _receipt(row: Row[Any]) -> Receipt:
    return Receipt(id=row.receipt_id, url=row.receipt_url, at=row.sent_at)
