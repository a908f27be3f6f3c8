"""Forgetting what is old, in small transactions that cycles go on between; never the audit, nor by what an article is known.

What goes: deliveries that came to their end, with their moves, figures and ended pins; rows of cycles. What stays of an
article for ever is its id, link, title and date with all of its keys: a feed may list it again after years.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    delete,
    exists,
    func,
    not_,
    or_,
    select,
    update,
)

from piquet.entry import Disposition
from piquet.ledger.states import DeliveryState
from piquet.ledger.store import Store
from piquet.ledger.tables import cycles, deliveries, entries, moves, outlets, pins, snapshots
from piquet.ledger.values import PinState

_ENDED = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.DROPPED, DeliveryState.RETRACTED)
_PINNED = (PinState.WANTED, PinState.PINNED, PinState.ENDING)
# Of an article that is only remembered; what tells it from others stays (piquet.likeness).
_GONE: Mapping[str, Any] = {"image": None, "tags": [], "updated": None}
# As long as this takes, a cycle may have to wait for the ledger (docs/operations.md has it measured).
AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """How many rows went, and `entries` that keep only what tells them from others."""

    deliveries: int = 0
    moves: int = 0
    snapshots: int = 0
    pins: int = 0
    cycles: int = 0
    entries: int = 0

    def __add__(self, other: "Pruned") -> "Pruned":
        """Both."""
        names = [field.name for field in fields(self)]
        return Pruned(**{name: getattr(self, name) + getattr(other, name) for name in names})

    def __bool__(self) -> bool:
        """Whether anything went."""
        return any(getattr(self, field.name) for field in fields(self))


class PruningStore(Store):
    """One batch a call, each its own transaction: done again, it goes on; stopped anywhere, nothing is half gone."""

    def outlets(self) -> list[str]:
        """Every outlet that ever recorded anything."""
        with self._reading() as connection:
            return list(connection.execute(select(outlets.c.outlet).order_by(outlets.c.outlet)).scalars())

    def prunable(self, outlet: str, before: datetime) -> Pruned:
        """What pruning would take; entries are not counted."""
        ended = select(deliveries.c.id).where(*_old(outlet, before))
        with self._reading() as connection:
            return Pruned(
                deliveries=_count(connection, ended),
                moves=_count(connection, select(moves.c.id).where(moves.c.delivery_id.in_(ended))),
                snapshots=_count(
                    connection, select(snapshots.c.age).where(snapshots.c.delivery_id.in_(ended))
                ),
                pins=_count(connection, select(pins.c.id).where(pins.c.delivery_id.in_(ended))),
                cycles=_count(connection, _old_cycles(outlet, before)),
            )

    def prune_deliveries(self, outlet: str, before: datetime) -> Pruned:
        """Forget the oldest deliveries that came to their end before then, with all that hangs on them."""
        oldest = select(deliveries.c.id).where(*_old(outlet, before)).order_by(deliveries.c.updated_at)
        # What a person acts on at this very moment is left for the next time.
        query = oldest.limit(AT_ONCE).with_for_update(skip_locked=True)
        with self._writing() as connection:
            ids = connection.execute(query).scalars().all()
            return Pruned(
                moves=_delete(connection, moves, moves.c.delivery_id.in_(ids)),
                snapshots=_delete(connection, snapshots, snapshots.c.delivery_id.in_(ids)),
                pins=_delete(connection, pins, pins.c.delivery_id.in_(ids)),
                deliveries=_delete(connection, deliveries, deliveries.c.id.in_(ids)),
            )

    def prune_cycles(self, outlet: str, before: datetime) -> Pruned:
        """Forget the oldest cycles of before then; the last one stays, however old."""
        with self._writing() as connection:
            ids = connection.execute(_old_cycles(outlet, before).limit(AT_ONCE)).scalars().all()
            return Pruned(cycles=_delete(connection, cycles, cycles.c.id.in_(ids)))

    def prune_entries(self, outlet: str, before: datetime, after: int) -> tuple[Pruned, int | None]:
        """Let articles of before then keep only what tells them from others, from the one after the id `after` on.

        Also the id to go on after, None at the end.
        """
        with self._reading() as connection:
            rows = connection.execute(_old_entries(outlet, before, after)).tuples().all()
        slimmer = {id_: slim for id_, entry in rows if (slim := _slimmer(entry))}
        if slimmer:
            with self._writing() as connection:
                for id_, entry in slimmer.items():
                    connection.execute(update(entries).where(entries.c.id == id_).values(entry=entry))
        return Pruned(entries=len(slimmer)), rows[-1][0] if len(rows) == AT_ONCE else None


def _old(outlet: str, before: datetime) -> Sequence[ColumnElement[bool]]:
    """Deliveries that came to their end before then, and that nobody has still to take down or unpin."""
    retracted = exists().where(
        entries.c.id == deliveries.c.entry_id, entries.c.disposition == Disposition.RETRACTED
    )
    to_take_down = and_(
        deliveries.c.state == DeliveryState.SENT, deliveries.c.error_class.is_(None), retracted
    )
    pinned = exists().where(pins.c.delivery_id == deliveries.c.id, pins.c.state.in_(_PINNED))
    return (
        deliveries.c.outlet == outlet,
        deliveries.c.updated_at < before,
        deliveries.c.state.in_(_ENDED),
        not_(to_take_down),
        not_(pinned),
    )


def _old_cycles(outlet: str, before: datetime) -> Select[Any]:
    last = select(func.max(cycles.c.id)).where(cycles.c.outlet == outlet).scalar_subquery()
    own = (cycles.c.outlet == outlet, cycles.c.started_at < before, cycles.c.id < last)
    return select(cycles.c.id).where(*own).order_by(cycles.c.id)


def _old_entries(outlet: str, before: datetime, after: int) -> Select[Any]:
    waits = or_(
        entries.c.disposition == Disposition.WAITING, exists().where(deliveries.c.entry_id == entries.c.id)
    )
    own = (entries.c.id > after, entries.c.outlet == outlet, entries.c.first_seen < before, not_(waits))
    return select(entries.c.id, entries.c.entry).where(*own).order_by(entries.c.id).limit(AT_ONCE)


def _slimmer(entry: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The entry as it is remembered; None where it is so already."""
    # Where there is no title, the summary is what tells an article from others.
    summary = {} if not entry["title"] else {"summary": ""}
    slim = {**entry, **_GONE, **summary}
    return slim if slim != entry else None


def _count(connection: Connection, query: Select[Any]) -> int:
    return connection.execute(select(func.count()).select_from(query.order_by(None).subquery())).scalar_one()


def _delete(connection: Connection, table: Any, where: ColumnElement[bool]) -> int:
    return connection.execute(delete(table).where(where)).rowcount
