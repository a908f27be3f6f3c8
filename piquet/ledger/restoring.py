"""What a ledger restored from a backup may have forgotten, and how it is kept from being posted twice; sends nothing.

Posts that were due or on their way at the backup are in doubt until their networks were asked; articles of before the
loss that the ledger does not know are not posted (`piquet.restored`); and every account waits for a person, because
what a strike's hold, its reminders and people's acts did since the backup is nowhere to be read.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select, update

from piquet.entry import Disposition
from piquet.ledger.audit import append
from piquet.ledger.moves import move
from piquet.ledger.states import IN_FLIGHT, DeliveryState
from piquet.ledger.store import Store, upserting
from piquet.ledger.tables import accounts, audit, cycles, deliveries, entries, feeds, outlets

_KIND = "restore"
# Until a person ends it: a pause has an end, and nobody waits that long.
_PAUSE = timedelta(days=3650)
_NO_LEASE = {"lease_owner": None, "lease_until": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """`ends`: the last thing the backup knows of. How many deliveries are in doubt, and the accounts that wait, by outlet."""

    ends: datetime | None
    in_doubt: int
    accounts: dict[str, tuple[str, ...]]


class RestoredStore(Store):
    """Whether this ledger was restored, for whoever decides what is new."""

    def lost_at(self, outlet: str) -> datetime | None:
        """When the ledger that was replaced last was lost; None where none ever was."""
        own = (audit.c.outlet == outlet, audit.c.chain == "", audit.c.kind == _KIND)
        query = select(audit.c.body).where(*own).order_by(audit.c.number.desc()).limit(1)
        with self._reading() as connection:
            body = connection.execute(query).scalar()
        return datetime.fromisoformat(body["lost"]) if body else None


def newest(connection: Connection) -> datetime | None:
    """The last thing that was written into a ledger of any revision."""
    found = [
        connection.execute(select(func.max(column))).scalar()
        for column in (deliveries.c.updated_at, cycles.c.started_at, entries.c.first_seen)
    ]
    return max((at for at in found if at), default=None)


def mark(connection: Connection, *, who: str, lost: datetime, now: datetime) -> Restored:
    """Mark a ledger that has just been restored, in the caller's transaction."""
    ends = newest(connection)
    why = f"the ledger was restored from a backup that ends at {_told(ends)}"
    row = {"at": now, "kind": _KIND, "who": who, "why": why, "body": {"lost": lost.isoformat()}}
    for outlet in _outlets(connection):
        append(connection, outlet, "", [row])
    _forget_embargoes(connection, lost)
    found = _accounts(connection)
    _pause(connection, {account for some in found.values() for account in some}, why, now)
    return Restored(ends=ends, in_doubt=_doubt(connection, lost, why, now), accounts=found)


def _told(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "no time at all"


def _outlets(connection: Connection) -> list[str]:
    columns = (outlets.c.outlet, feeds.c.outlet, cycles.c.outlet)
    return sorted(
        {name for column in columns for name in connection.execute(select(column).distinct()).scalars()}
    )


def _accounts(connection: Connection) -> dict[str, tuple[str, ...]]:
    query = select(deliveries.c.outlet, deliveries.c.account).distinct()
    found: dict[str, list[str]] = {}
    for outlet, account in sorted(connection.execute(query).tuples()):
        found.setdefault(outlet, []).append(account)
    return {outlet: tuple(some) for outlet, some in found.items()}


def _forget_embargoes(connection: Connection, lost: datetime) -> None:
    """An article whose hour came before the loss went out, or may have: like all others of before it, it is only known."""
    came = (entries.c.disposition == Disposition.WAITING, entries.c.wait_until <= lost)
    connection.execute(update(entries).where(*came).values(disposition=Disposition.BASELINE, wait_until=None))


def _pause(connection: Connection, names: Collection[str], why: str, now: datetime) -> None:
    reason = f"{why[0].upper()}{why[1:]}: look at `piquet status`, then let it go with `piquet resume`."
    values = {"paused_until": now + _PAUSE, "pause_reason": reason}
    for account in sorted(names):
        statement = upserting(connection, accounts).values(account=account, **values)
        connection.execute(statement.on_conflict_do_update(index_elements=["account"], set_=values))


def _doubt(connection: Connection, lost: datetime, why: str, now: datetime) -> int:
    """Put in doubt what may have been sent since; how many. What must wait until after the loss cannot have been."""
    may_be_sent = and_(
        deliveries.c.state == DeliveryState.DUE,
        or_(deliveries.c.not_before.is_(None), deliveries.c.not_before <= lost),
    )
    query = select(deliveries.c.id, deliveries.c.state, deliveries.c.first_attempt_at).where(
        or_(may_be_sent, deliveries.c.state.in_(IN_FLIGHT))
    )
    rows = connection.execute(query.order_by(deliveries.c.id)).tuples().all()
    for id_, state, first in rows:
        _doubt_one(connection, id_, DeliveryState(state), why, now, first_attempt_at=first or lost)
    return len(rows)


def _doubt_one(
    connection: Connection, id_: int, state: DeliveryState, why: str, now: datetime, **values: Any
) -> None:
    # As long as a send that began at the very end may take to show, counted from now, it is looked for.
    values |= {"attempted_at": now, "not_before": None, **_NO_LEASE}
    for step in _steps(state):
        move(connection, id_, step, why=why, now=now, **(values if step is DeliveryState.UNSETTLED else {}))
    if state is DeliveryState.UNSETTLED:
        connection.execute(update(deliveries).where(deliveries.c.id == id_).values(updated_at=now, **values))


def _steps(state: DeliveryState) -> Iterable[DeliveryState]:
    """The moves that there are: what is due is claimed before it can be in doubt."""
    if state is DeliveryState.DUE:
        return (DeliveryState.SENDING, DeliveryState.UNSETTLED)
    return (DeliveryState.UNSETTLED,) if state is DeliveryState.SENDING else ()
