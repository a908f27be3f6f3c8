"""What readers did with posts, at the ages it was measured at; knows no network, and decides nothing."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Text, cast, exists, func, or_, select

from piquet.ledger.states import DeliveryState
from piquet.ledger.store import Store, upserting
from piquet.ledger.tables import deliveries, snapshots
from piquet.ledger.values import Snapshot
from piquet.measure import AGES, Due, Taken, Window, tolerance
from piquet.post import Receipt

_FIGURES = ("likes", "reposts", "replies", "quotes", "views")
# Rows a fetch: a million read at once would take a gigabyte.
_AT_ONCE = 10_000
# What is older than this when it is measured is measured no more.
_LAST = AGES[-1] + tolerance(AGES[-1])


class SnapshotStore(Store):
    """Rows are only ever added. A blank one says that the network was asked and told nothing: the post is gone."""

    def due_for_measure(self, outlet: str, account: str, windows: Iterable[Window]) -> list[Due]:
        """The posts of these windows that stand, and were not measured at their age; cheap however much was ever sent."""
        with self._reading() as connection:
            return [
                Due(delivery_id=id_, receipt=Receipt(id=receipt, url=url or "", at=at), age=window.age)
                for window in windows
                for id_, receipt, url, at in connection.execute(_due(outlet, account, window)).tuples()
            ]

    def take(self, outlet: str, taken: Iterable[Taken]) -> int:
        """Keep these; how many are new: of two that read one post at one age, the first one's figures stay."""
        rows = [_row(outlet, one) for one in taken]
        if not rows:
            return 0
        with self._writing() as connection:
            statement = upserting(connection, snapshots).values(rows).on_conflict_do_nothing()
            return len(connection.execute(statement.returning(snapshots.c.delivery_id)).all())

    def reads(self, account: str, since: datetime) -> int:
        """How many posts of the account were measured since then, for whichever outlet."""
        query = (
            select(func.count())
            .select_from(snapshots.join(deliveries, deliveries.c.id == snapshots.c.delivery_id))
            .where(
                deliveries.c.account == account,
                deliveries.c.sent_at >= since - _LAST,
                snapshots.c.taken_at >= since,
            )
        )
        with self._reading() as connection:
            return connection.execute(query).scalar_one()

    def measured(self, outlet: str, since: datetime, until: datetime) -> Iterator[Snapshot]:
        """Every snapshot of what the outlet sent from `since` on and before `until`, post by post, ages in order."""
        sent = (
            deliveries.c.outlet == outlet,
            deliveries.c.sent_at >= since,
            deliveries.c.sent_at < until,
        )
        figures = [snapshots.c[name] for name in _FIGURES]
        query = (
            select(snapshots.c.delivery_id, snapshots.c.age, snapshots.c.taken_at, *figures)
            .where(snapshots.c.delivery_id.in_(select(deliveries.c.id).where(*sent)))
            .where(or_(*(figure.is_not(None) for figure in figures)))
            .order_by(snapshots.c.delivery_id, snapshots.c.age)
            .execution_options(yield_per=_AT_ONCE)
        )
        with self._reading() as connection:
            posts = _posts(connection, sent)
            for id_, age, at, likes, reposts, replies, quotes, views in connection.execute(query).tuples():
                if id_ not in posts:  # another writer's, since the posts were read
                    continue
                account, kind, on_strike, sent_at = posts[id_]
                yield Snapshot(
                    delivery_id=id_,
                    account=account,
                    kind=kind,
                    on_strike=on_strike,
                    sent_at=sent_at,
                    age=_age(age),
                    taken_at=at,
                    likes=likes,
                    reposts=reposts,
                    replies=replies,
                    quotes=quotes,
                    views=views,
                )


def _due(outlet: str, account: str, window: Window) -> Select[Any]:
    age = int(window.age.total_seconds())
    known = exists().where(snapshots.c.delivery_id == deliveries.c.id, snapshots.c.age == age)
    columns = (deliveries.c.id, deliveries.c.receipt_id, deliveries.c.receipt_url, deliveries.c.sent_at)
    return select(*columns).where(
        deliveries.c.account == account,
        deliveries.c.sent_at > window.since,
        deliveries.c.sent_at <= window.until,
        deliveries.c.outlet == outlet,
        deliveries.c.state == DeliveryState.SENT,
        deliveries.c.receipt_id.is_not(None),
        ~known,
    )


def _row(outlet: str, one: Taken) -> dict[str, Any]:
    figures = {name: getattr(one, name) for name in _FIGURES}
    age = int(one.age.total_seconds())
    return {"delivery_id": one.delivery_id, "age": age, "outlet": outlet, "taken_at": one.at, **figures}


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
