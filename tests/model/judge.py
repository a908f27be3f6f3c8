"""What must hold whatever happens: each check reads the ledger and the networks, and raises where they are wrong."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from piquet.drafting import decision_to_json, same_effect
from piquet.entry import Disposition
from piquet.ledger.states import IN_FLIGHT, MOVES, DeliveryState
from piquet.ledger.tables import entries, moves
from piquet.post import Payload
from piquet.strike import Decision
from tests.model.feed import number_of
from tests.model.newsroom import ACCOUNTS, OUTLET, Claim, Newsroom, by_delivery

ORDINARY = "Enquête"
_DONE = {DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.DROPPED}
# Becoming due from one of these is being composed, or free to be: what failed is surely not there.
_COMPOSED_FROM = (None, DeliveryState.HELD, DeliveryState.DUE, DeliveryState.FAILED)


@dataclass(kw_only=True)
class Judge:
    """Looks on; `attempted` is what each delivery's last attempt sent, by its key."""

    newsroom: Newsroom = field(init=False)
    attempted: dict[str, Payload] = field(default_factory=dict)
    stands: dict[int, str | None] = field(default_factory=dict)
    last_move: int = 0

    def claimed(self, claim: Claim) -> None:
        """One at a time, the oldest first, and with the notice that applies."""
        self._alone_and_first(claim)
        payload, key = claim.claimed.payload, claim.claimed.key
        if self._was_in_doubt(claim.claimed.id):
            assert payload == self.attempted[key], (
                "what may be there already goes out again exactly as it was"
            )
        else:
            self._as_decided(claim, self.newsroom.decided[claim.account])
        self.attempted[key] = payload

    def always(self) -> None:
        """After each step: nobody reads anything twice, and deliveries move only as they may."""
        assert all(times == 1 for times in by_delivery(self.newsroom.networks).values())
        assert all(times == 1 for times in self._articles().values())
        self._moves_are_allowed()

    def is_quiet(self) -> bool:
        """Whether nothing is left to do."""
        waits = select(entries.c.id).where(entries.c.disposition == Disposition.WAITING)
        return not self._all(waits) and all(row["state"] in _DONE for row in self.newsroom.rows("state"))

    def at_the_end(self) -> None:
        """Once all is quiet: nothing lost, each end told, the audit trail whole."""
        posts = by_delivery(self.newsroom.networks)
        for row in self.newsroom.rows("key", "state", "error", "reason"):
            state, times = DeliveryState(row["state"]), posts.get(row["key"], 0)
            assert state in _DONE, row
            assert times == 1 or state is not DeliveryState.SENT, row
            assert times == 0 or state is not DeliveryState.FAILED, row
            assert row["reason"] and (row["error"] or state is not DeliveryState.FAILED), row
        delivered = Counter(account for account, _ in self._deliveries())
        missing = {(account, n) for account in ACCOUNTS for n in self.newsroom.expected} - self._deliveries()
        assert not missing, missing
        assert sum(delivered.values()) == len(self.newsroom.expected) * len(ACCOUNTS)
        assert self.newsroom.ledger.audit_breaks(OUTLET) == []

    def _alone_and_first(self, claim: Claim) -> None:
        states = {DeliveryState(row["state"]) for row in claim.before}
        assert not states & set(IN_FLIGHT)
        ripe = [
            (row["rank"], row["sort_at"], row["id"])
            for row in claim.before
            if row["state"] == DeliveryState.DUE
            and (row["not_before"] is None or row["not_before"] <= claim.now)
        ]
        assert min(ripe)[2] == claim.claimed.id

    def _was_in_doubt(self, delivery_id: int) -> bool:
        """Whether what goes out now may ever have been there already: nothing composed it anew since."""
        for move in reversed(self.newsroom.ledger.history(delivery_id)):
            if move.after is DeliveryState.UNSETTLED:
                return True
            if move.after is DeliveryState.DUE and move.before in _COMPOSED_FROM:
                return False
        raise AssertionError("it was never composed")

    def _as_decided(self, claim: Claim, decision: Decision) -> None:
        (row,) = (row for row in claim.before if row["id"] == claim.claimed.id)
        assert same_effect(row["decision"], decision_to_json(decision)), (row["decision"], decision)
        text = claim.claimed.payload.text
        assert decision.mode != "hold"
        notices = decision.notices + decision.short_notices
        assert text.startswith(notices if decision.on_strike else ORDINARY), (text, decision)

    def _articles(self) -> Counter[int]:
        """How many entries of the ledger are one article, by its number."""
        query = select(entries.c.entry).where(entries.c.outlet == OUTLET)
        return Counter(number_of(entry["title"]) for entry in self._all(query))

    def _deliveries(self) -> set[tuple[str, int]]:
        query = select(entries.c.id, entries.c.entry)
        numbers = {id_: number_of(entry["title"]) for id_, entry in self._all_rows(query)}
        rows = self.newsroom.rows("account", "entry_id")
        return {(row["account"], numbers[row["entry_id"]]) for row in rows}

    def _moves_are_allowed(self) -> None:
        columns = (moves.c.id, moves.c.delivery_id, moves.c["from"], moves.c.to, moves.c.why)
        query = select(*columns).where(moves.c.id > self.last_move).order_by(moves.c.id)
        for id_, delivery_id, before, after, why in self._all_rows(query):
            assert before == self.stands.get(delivery_id) and why
            assert before is None or DeliveryState(after) in MOVES[DeliveryState(before)]
            self.stands[delivery_id], self.last_move = after, id_
        assert {row["id"]: row["state"] for row in self.newsroom.rows("id", "state")} == self.stands

    def _all(self, query: Any) -> list[Any]:
        return [row[0] for row in self._all_rows(query)]

    def _all_rows(self, query: Any) -> list[Any]:
        with self.newsroom.ledger._reading() as connection:
            return list(connection.execute(query))
