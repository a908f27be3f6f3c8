"""A person's acts on deliveries, all of one act in one transaction with its rows of the audit trail; asks no network."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, select, update

from piquet.acts import Act, Acted, Candidate, Selection, becomes, why_not
from piquet.entry import Disposition
from piquet.errors import UserError
from piquet.ledger.audit import append
from piquet.ledger.keys import digest
from piquet.ledger.moves import move
from piquet.ledger.states import DeliveryState
from piquet.ledger.store import Store, lock_lane, lock_outlet
from piquet.ledger.tables import deliveries, entries, entry_keys
from piquet.likeness import canonical, is_home

_COLUMNS = [
    deliveries.c[name] for name in ("id", "account", "state", "not_before", "payload", "receipt_url", "kind")
]
_WAITS = (DeliveryState.DUE, DeliveryState.HELD)
_FREE = {"not_before": None, "error": None, "error_class": None}


class ActStore(Store):
    """With `dry_run` the same answer, and nothing done."""

    def act(self, outlet: str, act: Act, selection: Selection, *, dry_run: bool = False) -> list[Acted]:
        """Retry, drop or release what is selected; what became of each delivery, the oldest first."""
        query = _chosen(outlet, act, selection)
        if dry_run:
            with self._reading() as connection:
                rows = connection.execute(query).all()
                return [_acted(row, act, selection) for row in rows] + _flood(
                    connection, outlet, act, selection
                )
        with self._writing() as connection:
            lock_outlet(connection, outlet)
            _lock_lanes(connection, query)
            done = [_carry_out(connection, row, act, selection) for row in connection.execute(query).all()]
            flood = _flood(connection, outlet, act, selection)
            _release_flood(connection, outlet, act, selection, flood)
            return done + flood

    def retract(self, outlet: str, link: str, act: Act, *, dry_run: bool = False) -> list[Acted]:
        """Let the article at `link` never be posted again: drop what waits, and mark what stands to be taken down.

        Raises UserError where no article has this link. Doing it again asks again for what still stands.
        """
        with self._reading() if dry_run else self._writing() as connection:
            if not dry_run:
                lock_outlet(connection, outlet)
            articles = _articles(connection, outlet, link)
            ids = [row.id for row in articles]
            if not dry_run:
                _lock_lanes(connection, _of(ids))
                _mark(connection, outlet, link, articles, act)
            return [_retracted(connection, row, act, dry_run) for row in connection.execute(_of(ids)).all()]


def _chosen(outlet: str, act: Act, selection: Selection) -> Select[Any]:
    query = _rows().where(deliveries.c.outlet == outlet)
    if selection.deliveries:
        query = query.where(deliveries.c.id.in_(selection.deliveries))
    else:
        # Whole accounts and times are for what the act is about; only a number is worth a refusal.
        query = query.where(deliveries.c.state.in_(_about(act)))
    if selection.account:
        query = query.where(deliveries.c.account == selection.account)
    if selection.since:
        query = query.where(deliveries.c.updated_at >= selection.since)
    if selection.until:
        query = query.where(deliveries.c.updated_at < selection.until)
    return query.order_by(deliveries.c.sort_at, deliveries.c.id)


def _about(act: Act) -> tuple[DeliveryState, ...]:
    if act.kind == "retry":
        return (DeliveryState.FAILED,)
    if act.kind == "release":
        return _WAITS
    return (*_WAITS, DeliveryState.FAILED, DeliveryState.UNSETTLED, DeliveryState.SENDING)


def _rows() -> Select[Any]:
    return select(*_COLUMNS, entries.c.entry, entries.c.disposition).join(
        entries, entries.c.id == deliveries.c.entry_id, isouter=True
    )


def _lock_lanes(connection: Connection, query: Select[Any]) -> None:
    # In one order everywhere, or two acts on the same accounts wait for each other for ever.
    for account in sorted({row.account for row in connection.execute(query)}):
        lock_lane(connection, account)


def _acted(row: Row[Any], act: Act, selection: Selection) -> Acted:
    candidate = Candidate(
        state=DeliveryState(row.state),
        waits=row.not_before is not None and row.not_before > act.at,
        named=row.id in selection.deliveries,
        retracted=row.disposition == Disposition.RETRACTED,
    )
    refused = why_not(act.kind, candidate)
    return _told(row, row.state if refused else becomes(act.kind), refused)


def _told(row: Row[Any], after: str, refused: str = "") -> Acted:
    title = row.entry["title"] if row.entry else (row.payload or {}).get("text", "")
    return Acted(
        delivery=row.id,
        account=row.account,
        title=title,
        url=row.receipt_url or "",
        before=str(row.state),
        after=str(after),
        why_not=refused,
    )


def _carry_out(connection: Connection, row: Row[Any], act: Act, selection: Selection) -> Acted:
    told = _acted(row, act, selection)
    if told.why_not:
        return told
    why = f"{act.kind} by {act.who}: {act.why}"
    values: dict[str, Any] = {"reason": why} if act.kind == "drop" else {**_FREE, "due_at": act.at}
    if act.kind == "retry":
        # Its network surely has nothing of it: it may be composed anew.
        values["frozen"] = False
    move(connection, row.id, DeliveryState(told.after), why=why, now=act.at, act=act, **values)
    return told


def _flood(connection: Connection, outlet: str, act: Act, selection: Selection) -> list[Acted]:
    """The entries of a flood that a release lets go: an entry goes to every account, so none of these is named."""
    if act.kind != "release" or selection.deliveries or selection.account:
        return []
    rows = connection.execute(_flooded(outlet, selection)).all()
    return [
        Acted(delivery=None, account="", title=row.entry["title"], url="", before="waiting", after="fresh")
        for row in rows
    ]


def _flooded(outlet: str, selection: Selection) -> Select[Any]:
    waiting = (entries.c.disposition == Disposition.WAITING, entries.c.wait_until.is_(None))
    query = select(entries.c.id, entries.c.entry).where(entries.c.outlet == outlet, *waiting)
    if selection.since:
        query = query.where(entries.c.first_seen >= selection.since)
    if selection.until:
        query = query.where(entries.c.first_seen < selection.until)
    return query.order_by(entries.c.sort_at, entries.c.id)


def _release_flood(
    connection: Connection, outlet: str, act: Act, selection: Selection, flood: Sequence[Acted]
) -> None:
    """Their hour has come: the next cycle composes them."""
    if not flood:
        return
    ids = [row.id for row in connection.execute(_flooded(outlet, selection))]
    connection.execute(update(entries).where(entries.c.id.in_(ids)).values(wait_until=act.at))
    _audit(connection, outlet, act, {"entries": [one.title for one in flood]})


def _articles(connection: Connection, outlet: str, link: str) -> Sequence[Row[Any]]:
    """Every article under this link."""
    if is_home(link):
        raise UserError(
            f"retract, field 'url': {link!r} is a home page, not an article: give the article's link."
        )
    key = digest("link", canonical(link))
    query = (
        select(entries.c.id, entries.c.entry, entries.c.disposition)
        .join(entry_keys, entry_keys.c.entry_id == entries.c.id)
        .where(entry_keys.c.outlet == outlet, entry_keys.c.key == key)
        .order_by(entries.c.id)
    )
    if found := connection.execute(query).all():
        return found
    raise UserError(
        f"retract, field 'url': no article of {outlet} has the link {link!r}: give it as the feed did."
    )


def _of(articles: Iterable[int]) -> Select[Any]:
    return _rows().where(deliveries.c.entry_id.in_(list(articles))).order_by(deliveries.c.id)


def _mark(connection: Connection, outlet: str, link: str, articles: Sequence[Row[Any]], act: Act) -> None:
    ids = [row.id for row in articles]
    connection.execute(update(entries).where(entries.c.id.in_(ids)).values(disposition=Disposition.RETRACTED))
    standing = (deliveries.c.entry_id.in_(ids), deliveries.c.state == DeliveryState.SENT)
    connection.execute(update(deliveries).where(*standing).values(error=None, error_class=None))
    _audit(connection, outlet, act, {"url": link, "entries": [row.entry["title"] for row in articles]})


def _retracted(connection: Connection, row: Row[Any], act: Act, dry_run: bool) -> Acted:
    """Its delivery: dropped where it waits; taken down by whoever reconciles its account where it stands, or may."""
    if row.state in _WAITS:
        why = f"retract by {act.who}: {act.why}"
        if not dry_run:
            move(connection, row.id, DeliveryState.DROPPED, why=why, now=act.at, act=act, reason=why)
        return _told(row, DeliveryState.DROPPED)
    stands = (DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.UNSETTLED)
    return _told(row, DeliveryState.RETRACTED if row.state in stands else row.state)


def _audit(connection: Connection, outlet: str, act: Act, body: dict[str, Any]) -> None:
    row = {"at": act.at, "kind": "act", "who": act.who, "why": act.why, "body": {"act": act.kind, **body}}
    append(connection, outlet, "", [row])
