"""What the ledger knows of a span for its impact report, and which reports were made; it counts and compares nothing."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Text, and_, cast, select

from piquet.entry import Disposition
from piquet.impact.facts import Answer, Article, Standing, carries_link, carries_notice
from piquet.impact.values import Span
from piquet.ledger.audit import append
from piquet.ledger.moves import PIQUET
from piquet.ledger.states import DeliveryState
from piquet.ledger.store import Store
from piquet.ledger.tables import audit, deliveries, entries

# As text: PostgreSQL cannot look into a json that holds "\u0000" anywhere, and few decisions differ.
_DECISION = cast(deliveries.c.decision, Text)
_REPORT = "report"


class ImpactStore(Store):
    """Questions about one span, each answered by an index; and the memory of what was reported."""

    def articles(self, outlet: str, span: Span) -> list[Article]:
        """The entries that were first seen in the span, oldest first, and whether the link of each stands anywhere."""
        stands = and_(
            deliveries.c.entry_id == entries.c.id,
            deliveries.c.kind == "entry",
            deliveries.c.state == DeliveryState.SENT,
        )
        columns = [entries.c[name] for name in ("id", "link", "guid", "disposition", "wait_until")]
        query = (
            select(*columns, _DECISION)
            .join(deliveries, stands, isouter=True)
            .where(
                entries.c.outlet == outlet,
                entries.c.first_seen >= span.since,
                entries.c.first_seen < span.until,
            )
            .order_by(entries.c.first_seen, entries.c.id)
        )
        found: dict[int, Article] = {}
        with self._reading() as connection:
            for id_, link, guid, disposition, wait_until, decision in connection.execute(query).tuples():
                if id_ in found and found[id_].stands:
                    continue
                found[id_] = Article(
                    link=link or guid,
                    disposition=Disposition(disposition),
                    wait_until=wait_until,
                    stands=decision is not None and carries_link(_read(decision)),
                )
        return list(found.values())

    def standing(self, outlet: str, span: Span) -> list[Standing]:
        """The deliveries sent in the span whose posts stand, in no order."""
        columns = [deliveries.c[name] for name in ("id", "account", "kind", "sent_at")]
        query = select(*columns, _DECISION).where(*_sent(outlet, span))
        with self._reading() as connection:
            return [
                Standing(
                    id=id_,
                    account=account,
                    kind=kind,
                    sent_at=sent_at,
                    carries=carries_notice(kind, _read(decision)),
                )
                for id_, account, kind, sent_at, decision in connection.execute(query).tuples()
            ]

    def answers(self, outlet: str, span: Span) -> list[Answer]:
        """The replies that Piquet put under earlier posts in the span."""
        query = select(_DECISION, deliveries.c.sent_at).where(
            *_sent(outlet, span), deliveries.c.kind == "notice"
        )
        with self._reading() as connection:
            found = [(_read(decision), at) for decision, at in connection.execute(query).tuples()]
        return [
            Answer(parent=decision["parent"], sent_at=at) for decision, at in found if "parent" in decision
        ]

    def reported(self, outlet: str) -> set[tuple[Span, int]]:
        """The spans that were reported on, each with the age in seconds at which."""
        own = (audit.c.outlet == outlet, audit.c.chain == "", audit.c.kind == _REPORT)
        with self._reading() as connection:
            bodies = connection.execute(select(audit.c.body).where(*own)).scalars().all()
        return {(_span(body), body["age"]) for body in bodies}

    def note_report(self, outlet: str, span: Span, age: int, now: datetime, why: str) -> None:
        """Remember, in the audit trail, that the span was reported on at that age."""
        body = {"since": span.since.isoformat(), "until": span.until.isoformat(), "age": age}
        row = {"at": now, "kind": _REPORT, "who": PIQUET, "why": why, "body": body}
        with self._writing() as connection:
            append(connection, outlet, "", [row])


def _sent(outlet: str, span: Span) -> tuple[Any, ...]:
    return (
        deliveries.c.outlet == outlet,
        deliveries.c.sent_at >= span.since,
        deliveries.c.sent_at < span.until,
        deliveries.c.state == DeliveryState.SENT,
    )


@lru_cache(maxsize=1_000)
def _read(decision: str) -> Mapping[str, Any]:
    return json.loads(decision)


def _span(body: Mapping[str, Any]) -> Span:
    return Span(since=datetime.fromisoformat(body["since"]), until=datetime.fromisoformat(body["until"]))
