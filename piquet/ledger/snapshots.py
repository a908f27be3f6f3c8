"""What readers did with posts, at the ages it was measured at; knows no network, and decides nothing."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, cast, select

from piquet.ledger.store import Store
from piquet.ledger.tables import deliveries, snapshots
from piquet.ledger.values import Snapshot

_FIGURES = ("likes", "reposts", "replies", "quotes", "views")
# Rows a fetch: a million read at once would take a gigabyte.
_AT_ONCE = 10_000


class SnapshotStore(Store):
    """Rows are only ever added."""

    def measured(self, outlet: str, since: datetime, until: datetime) -> Iterator[Snapshot]:
        """Every snapshot of what the outlet sent from `since` on and before `until`, post by post, ages in order."""
        sent = (
            deliveries.c.outlet == outlet,
            deliveries.c.sent_at >= since,
            deliveries.c.sent_at < until,
        )
        figures = [snapshots.c[name] for name in _FIGURES]
        query = (
            select(snapshots.c.delivery_id, snapshots.c.age, *figures)
            .where(snapshots.c.delivery_id.in_(select(deliveries.c.id).where(*sent)))
            .order_by(snapshots.c.delivery_id, snapshots.c.age)
            .execution_options(yield_per=_AT_ONCE)
        )
        with self._reading() as connection:
            posts = _posts(connection, sent)
            for id_, age, likes, reposts, replies, quotes, views in connection.execute(query).tuples():
                account, kind, on_strike, sent_at = posts[id_]
                yield Snapshot(
                    delivery_id=id_,
                    account=account,
                    kind=kind,
                    on_strike=on_strike,
                    sent_at=sent_at,
                    age=_age(age),
                    likes=likes,
                    reposts=reposts,
                    replies=replies,
                    quotes=quotes,
                    views=views,
                )


def _posts(
    connection: Connection, sent: tuple[ColumnElement[bool], ...]
) -> dict[int, tuple[str, str, bool, datetime]]:
    """Account, kind, whether a strike applied, and time of each of these deliveries."""
    # As text: PostgreSQL cannot look into a json that holds "\u0000" anywhere, and few decisions differ.
    decision = cast(deliveries.c.decision, Text)
    columns = (deliveries.c.id, deliveries.c.account, deliveries.c.kind, decision, deliveries.c.sent_at)
    rows = connection.execute(select(*columns).where(*sent)).tuples()
    return {id_: (account, kind, _on_strike(text), at) for id_, account, kind, text, at in rows}


@lru_cache(maxsize=1_000)
def _on_strike(decision: str) -> bool:
    values: dict[str, Any] = json.loads(decision)
    return bool(values.get("on_strike"))


@lru_cache(maxsize=1_000)
def _age(seconds: int) -> timedelta:
    return timedelta(seconds=seconds)
