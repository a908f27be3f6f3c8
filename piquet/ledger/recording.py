"""One cycle's findings written in one transaction: feeds, entries, deliveries, and changes to what is not yet sent."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, insert, or_, select, update

from piquet.dedupe import articles_near
from piquet.entry import Disposition, Entry
from piquet.errors import LedgerError
from piquet.ledger.audit import append
from piquet.ledger.codec import entry_from_json, entry_to_json, payload_to_json
from piquet.ledger.corrections import CorrectionStore, store_keys
from piquet.ledger.cycles import newest_strike
from piquet.ledger.entries import FEED_COLUMNS, EntryStore, articles_by_key
from piquet.ledger.keys import keys, link_key
from piquet.ledger.moves import decided, move, note, noted
from piquet.ledger.states import DeliveryState
from piquet.ledger.store import lock_lane, lock_outlet, upserting
from piquet.ledger.tables import RANKS, deliveries, entries, feeds, outlets
from piquet.ledger.values import Batch, Draft, Recorded, Rewritable, Rewrite
from piquet.likeness import is_home
from piquet.post import Payload

# What may still change: never attempted, or attempted and surely not posted.
# The states stand first and by themselves, so that the index is used.
_REWRITABLE = and_(
    deliveries.c.state.in_((DeliveryState.HELD, DeliveryState.DUE)),
    or_(deliveries.c.state == DeliveryState.HELD, deliveries.c.frozen.is_(False)),
)
_BEGINNINGS = (DeliveryState.DUE, DeliveryState.HELD)

# An entry's ledger id, and its place in the order.
_Place = tuple[int, datetime]


class RecordingStore(EntryStore, CorrectionStore):
    """What a cycle asks before it writes, and its one writing."""

    def rewritable(self, outlet: str, account: str) -> list[Rewritable]:
        """Deliveries whose content may still change, oldest first."""
        columns = [deliveries.c[name] for name in ("id", "decision", "state", "key", "reason")]
        composed_at = deliveries.c.payload["prepared_at"].as_string().label("composed_at")
        query = (
            select(*columns, composed_at, entries.c.entry, entries.c.corrected_at)
            .join(entries, entries.c.id == deliveries.c.entry_id, isouter=True)
            .where(deliveries.c.outlet == outlet, deliveries.c.account == account, _REWRITABLE)
            .order_by(deliveries.c.rank, deliveries.c.sort_at, deliveries.c.id)
        )
        with self._reading() as connection:
            return [_rewritable(row) for row in connection.execute(query)]

    def record(self, batch: Batch) -> bool:
        """Write it all or nothing; False, and nothing written, where a newer strike state than the batch's was seen.

        What another run recorded in the meantime stays as it is: a known entry is not inserted, nor its
        drafts; a delivery claimed since is not rewritten.
        """
        with self._writing() as connection:
            lock_outlet(connection, batch.outlet)
            if batch.strike is not None and batch.strike != newest_strike(connection, batch.outlet):
                return False
            _lock_lanes(connection, batch)
            _store_feeds(connection, batch)
            places = _insert_entries(connection, batch)
            _release(connection, batch)
            _insert_drafts(connection, batch, places)
            for rewrite in batch.rewrites:
                _rewrite(connection, rewrite, batch.now)
            return True


def _rewritable(row: Row[Any]) -> Rewritable:
    return Rewritable(
        id=row.id,
        entry=entry_from_json(row.entry) if row.entry else None,
        decision=row.decision,
        state=DeliveryState(row.state),
        key=row.key,
        reason=row.reason,
        corrected=_is_behind(row.composed_at, row.corrected_at),
    )


def _is_behind(composed_at: str | None, corrected_at: datetime | None) -> bool:
    return bool(composed_at and corrected_at and datetime.fromisoformat(composed_at) < corrected_at)


def _lock_lanes(connection: Connection, batch: Batch) -> None:
    """Keep workers from claiming a newer delivery while an older one is being rewritten."""
    ids = [rewrite.delivery_id for rewrite in batch.rewrites]
    rewritten = connection.execute(select(deliveries.c.account).where(deliveries.c.id.in_(ids))).scalars()
    # In one order everywhere, or two outlets that share accounts wait for each other for ever.
    for account in sorted({*rewritten, *(draft.account for draft in batch.drafts)}):
        lock_lane(connection, account)


def _store_feeds(connection: Connection, batch: Batch) -> None:
    rows = [{"outlet": batch.outlet} | {name: getattr(f, name) for name in FEED_COLUMNS} for f in batch.feeds]
    if rows:
        statement = upserting(connection, feeds)
        new = {name: statement.excluded[name] for name in FEED_COLUMNS if name != "url"}
        connection.execute(statement.on_conflict_do_update(index_elements=["outlet", "url"], set_=new), rows)


def _insert_entries(connection: Connection, batch: Batch) -> dict[Entry, _Place]:
    """Insert what is still new; the places of those."""
    once = {recorded.entry: recorded for recorded in batch.entries}
    articles = articles_by_key(connection, batch.outlet, (key for entry in once for key in keys(entry)))
    new = [one for one in once.values() if not set(articles_near(one.entry, articles)) - set(one.told_from)]
    if not new:
        return {}
    gone = _of_retracted(connection, new, articles)
    new = [replace(one, disposition=Disposition.RETRACTED) if one.entry in gone else one for one in new]
    statement = insert(entries).returning(entries.c.id, entries.c.sort_at, sort_by_parameter_order=True)
    places = connection.execute(statement, [_entry_row(batch, recorded) for recorded in new]).tuples().all()
    placed = list(zip(new, places, strict=True))
    pairs = (
        (place[0], key) for one, place in placed for entry in (one.entry, *one.repeats) for key in keys(entry)
    )
    store_keys(connection, batch.outlet, pairs)
    return {one.entry: (id_, sort_at) for one, (id_, sort_at) in placed if one.entry not in gone}


def _of_retracted(
    connection: Connection, new: Iterable[Recorded], articles: Mapping[str, set[int]]
) -> set[Entry]:
    """The new entries at a link whose every article was retracted: whatever id or title the feed gives it now."""
    near = {one.entry: articles.get(link_key(one.entry), set()) for one in new if not is_home(one.entry.link)}
    ids = {article for some in near.values() for article in some}
    if not ids:
        return set()
    query = select(entries.c.id).where(entries.c.id.in_(ids), entries.c.disposition == Disposition.RETRACTED)
    retracted = set(connection.execute(query).scalars())
    return {entry for entry, some in near.items() if some and some <= retracted}


def _entry_row(batch: Batch, recorded: Recorded) -> Mapping[str, Any]:
    entry = recorded.entry
    return {
        "outlet": batch.outlet,
        "feed": entry.feed,
        "guid": entry.id,
        "link": entry.link,
        "entry": entry_to_json(entry),
        "disposition": Disposition(recorded.disposition),
        "wait_until": recorded.wait_until,
        "first_seen": batch.now,
        "sort_at": entry.published or batch.now,
    }


def _release(connection: Connection, batch: Batch) -> None:
    waiting = (entries.c.outlet == batch.outlet, entries.c.disposition == Disposition.WAITING)
    connection.execute(
        update(entries)
        .where(entries.c.id.in_(batch.released), *waiting)
        .values(disposition=Disposition.FRESH)
    )


def _insert_drafts(connection: Connection, batch: Batch, places: Mapping[Entry, _Place]) -> None:
    _check_drafts(batch)
    stored = _stored_places(connection, batch)
    placed = [(draft, _place(draft, batch, places, stored)) for draft in batch.drafts]
    rows = [_delivery_row(batch, draft, place) for draft, place in placed if place]
    if not rows:
        return
    statement = upserting(connection, deliveries).on_conflict_do_nothing()
    columns = (
        deliveries.c.id,
        deliveries.c.entry_id,
        deliveries.c.state,
        deliveries.c.reason,
        deliveries.c.key,
    )
    inserted = connection.execute(statement.returning(*columns), rows).all()
    note(connection, [noted(row.id, None, row.state, row.reason, batch.now) for row in inserted])
    _audit_beginnings(connection, batch, {row.key: row.id for row in inserted})
    _take_turns(connection, batch.outlet, {row.entry_id for row in inserted if row.entry_id is not None})


def _audit_beginnings(connection: Connection, batch: Batch, ids: Mapping[str, int]) -> None:
    """The decision of each delivery that begins, in the chain of its account."""
    by_account: dict[str, list[Mapping[str, Any]]] = {}
    for draft in batch.drafts:
        if draft.key in ids:
            row = decided(
                ids[draft.key],
                DeliveryState(draft.state),
                draft.reason,
                batch.now,
                kind=draft.kind,
                decision=draft.decision,
                payload=_json_of(draft.payload),
            )
            by_account.setdefault(draft.account, []).append(row)
    for account in sorted(by_account):
        append(connection, batch.outlet, account, by_account[account])


def _check_drafts(batch: Batch) -> None:
    recorded = {item.entry for item in batch.entries}
    for draft in batch.drafts:
        if draft.entry is not None and draft.entry not in recorded:
            raise LedgerError(f"The draft for {draft.entry.link} has no entry in its batch.")
        if draft.state not in _BEGINNINGS or (draft.state == DeliveryState.DUE and draft.payload is None):
            raise LedgerError(
                f"A delivery begins due with its payload, or held; the draft {draft.key} is {draft.state}."
            )


def _stored_places(connection: Connection, batch: Batch) -> dict[int, _Place | None]:
    ids = {draft.entry_id for draft in batch.drafts if draft.entry_id is not None}
    columns = (entries.c.id, entries.c.sort_at, entries.c.disposition)
    query = select(*columns).where(entries.c.outlet == batch.outlet, entries.c.id.in_(ids))
    return {
        # Retracted since the cycle read it: its drafts have no place.
        entry_id: None if disposition == Disposition.RETRACTED else (entry_id, sort_at)
        for entry_id, sort_at, disposition in connection.execute(query).tuples()
    }


def _place(
    draft: Draft, batch: Batch, places: Mapping[Entry, _Place], stored: Mapping[int, _Place | None]
) -> tuple[int | None, datetime] | None:
    """Where a draft goes; None where another run was first to record its entry, or a person to retract it."""
    if draft.entry is not None:
        return places.get(draft.entry)
    if draft.entry_id is None:
        return None, batch.now
    if draft.entry_id not in stored:
        raise LedgerError(f"The outlet {batch.outlet} has no entry {draft.entry_id} to make a delivery of.")
    return stored[draft.entry_id]


def _delivery_row(batch: Batch, draft: Draft, place: tuple[int | None, datetime]) -> Mapping[str, Any]:
    entry_id, sort_at = place
    return {
        "entry_id": entry_id,
        "outlet": batch.outlet,
        "account": draft.account,
        "kind": draft.kind,
        "rank": RANKS[draft.kind],
        "sort_at": sort_at,
        "key": draft.key,
        "state": DeliveryState(draft.state),
        "payload": _json_of(draft.payload),
        "decision": dict(draft.decision),
        "reason": draft.reason,
        "not_before": draft.not_before,
        "due_at": max(batch.now, draft.not_before or batch.now) if draft.state == DeliveryState.DUE else None,
        "created_at": batch.now,
        "updated_at": batch.now,
    }


def _take_turns(connection: Connection, outlet: str, entry_ids: Iterable[int]) -> None:
    taken = len(set(entry_ids))
    connection.execute(update(outlets).where(outlets.c.outlet == outlet).values(turn=outlets.c.turn + taken))


def _rewrite(connection: Connection, rewrite: Rewrite, now: datetime) -> None:
    waits: dict[str, Any] = {}
    if rewrite.state == DeliveryState.HELD:
        waits = {"not_before": None, "due_at": None}
    elif rewrite.not_before:
        waits = {"not_before": rewrite.not_before}
    move(
        connection,
        rewrite.delivery_id,
        DeliveryState(rewrite.state),
        why=rewrite.reason,
        now=now,
        guard=(_REWRITABLE,),
        payload=_json_of(rewrite.payload),
        decision=dict(rewrite.decision),
        reason=rewrite.reason,
        **waits,
    )


def _json_of(payload: Payload | None) -> dict[str, Any] | None:
    return payload and payload_to_json(payload)
