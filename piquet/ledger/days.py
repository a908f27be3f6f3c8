"""What a dashboard counts, read from the ledger: posts with their delays, and failures; sums nothing up."""

from datetime import datetime

from sqlalchemy import and_, select

from piquet.dashboard import Failed, Sent
from piquet.ledger.states import DeliveryState
from piquet.ledger.store import Store
from piquet.ledger.tables import deliveries, entries


class DayStore(Store):
    """Both questions go by an index in time: what was before costs nothing."""

    def sent_between(self, outlet: str, since: datetime, until: datetime) -> list[Sent]:
        """What went out from `since` on and before `until`, in no order; taken down since or not."""
        # A reply under an earlier article bears that one's entry, and was not brought by the feed today.
        brought = and_(entries.c.id == deliveries.c.entry_id, deliveries.c.kind == "entry")
        query = (
            select(deliveries.c.account, deliveries.c.sent_at, entries.c.first_seen)
            .join(entries, brought, isouter=True)
            .where(deliveries.c.outlet == outlet, deliveries.c.sent_at >= since, deliveries.c.sent_at < until)
        )
        with self._reading() as connection:
            rows = connection.execute(query).tuples()
            return [Sent(account=account, at=at, seen=seen) for account, at, seen in rows]

    def failed_since(self, outlet: str, since: datetime) -> list[Failed]:
        """What a network refused since then, and still stands so."""
        query = select(deliveries.c.account, deliveries.c.updated_at).where(
            deliveries.c.outlet == outlet,
            deliveries.c.updated_at >= since,
            deliveries.c.state == DeliveryState.FAILED,
        )
        with self._reading() as connection:
            return [Failed(account=account, at=at) for account, at in connection.execute(query).tuples()]
