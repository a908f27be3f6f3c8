"""A newsroom whose cycles and workers are taken step by step over a real ledger; it notes what happens, judges nothing."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from piquet.compose import Style
from piquet.drafting import Composer, batch, decision_to_json
from piquet.entry import Entry, Sorted, SortRules, sort_out
from piquet.feed.state import FeedState
from piquet.ledger import Ledger
from piquet.ledger.codec import json_digest
from piquet.ledger.tables import deliveries
from piquet.ledger.values import Batch, Claimed
from piquet.outbox import OutboxRules, publish_due
from piquet.strike import Decision, Strike, days_by_hand, decide
from piquet.strike_form import strike_to_json
from tests.model.clock import Clock
from tests.model.feed import FEED, Feed, number_of
from tests.model.network import Fate, Network, traits
from tests.model.worker import Worker, fate_of, sleep

OUTLET = "journal"
ZONE = ZoneInfo("Europe/Paris")
RULES = OutboxRules()
FLOOD = SortRules(flood=3)
ACCOUNTS = {
    "slow/journal": traits("slow", settles_after=120),
    "small/journal": traits("small", longest=300),
    "mute/journal": traits("mute", reads_back=False),
}
_CLAIM_COLUMNS = ("id", "account", "state", "rank", "sort_at", "not_before", "key", "decision", "payload")


@dataclass(kw_only=True)
class Cycle:
    """A run between two of its steps: what it read, which of that is young enough, what it found and decided."""

    entries: tuple[Entry, ...]
    news: frozenset[Entry]
    found: tuple[Sorted, ...]
    decisions: Mapping[str, Decision] | None = None
    strike: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A claim with the account's deliveries as they stood before it, and the clock's time."""

    claimed: Claimed
    account: str
    before: tuple[Mapping[str, Any], ...]
    now: datetime


@dataclass(kw_only=True)
class Newsroom:
    """One outlet; `expected` are the numbers of the articles that must reach every account."""

    ledger: Ledger
    loop: asyncio.AbstractEventLoop
    on_claim: Callable[[Claim], None]
    clock: Clock = field(default_factory=Clock)
    feed: Feed = field(default_factory=Feed)
    strike: Strike = field(default_factory=Strike)
    seen: Strike = field(default_factory=Strike)
    networks: dict[str, Network] = field(default_factory=dict)
    workers: dict[str, Worker] = field(default_factory=dict)
    cycles: list[Cycle] = field(default_factory=list)
    expected: set[int] = field(default_factory=set)
    decided: dict[str, Decision] = field(default_factory=dict)
    judged: set[int] = field(default_factory=set)
    said: list[str] = field(default_factory=list)
    started: int = 0

    def __post_init__(self) -> None:
        for account, its in ACCOUNTS.items():
            self.networks[account] = Network(
                clock=self.clock, traits=its, patience=RULES.send_timeout, fate=fate_of
            )
        read_before = FeedState(url=FEED, ok_at=self.clock())
        self.ledger.record(Batch(outlet=OUTLET, now=self.clock(), feeds=(read_before,)))

    def look(self) -> Cycle:
        """The steps fetch and dedupe of a cycle."""
        entries, now = self.feed.document(), self.clock()
        known = self.ledger.known(OUTLET, entries)
        self.ledger.correct(OUTLET, known.changes, now)
        found = sort_out(entries, known=known, first_sight=(), now=now, rules=FLOOD)
        news = frozenset(e for e in entries if now - e.published <= FLOOD.max_age)
        cycle = Cycle(entries=entries, news=news, found=found)
        self.cycles.append(cycle)
        return cycle

    def decide(self, cycle: Cycle) -> None:
        """The step decide."""
        now = self.clock()
        self.ledger.see_strike(OUTLET, strike_to_json(self.strike), now)
        self.seen = self.strike
        cycle.strike = json_digest(strike_to_json(self.strike))
        by_hand = days_by_hand(self.ledger.strike_states(OUTLET), now, ZONE)
        cycle.decisions = {a: decide(self.strike, a, now, ZONE, by_hand=by_hand) for a in ACCOUNTS}

    def record(self, cycle: Cycle, *, release_flood: bool = False) -> None:
        """The step compose."""
        now = self.clock()
        ready = self.ledger.ready(OUTLET, now, release_flood=release_flood)
        waiting = {account: self.ledger.rewritable(OUTLET, account) for account in ACCOUNTS}
        recorded = batch(
            OUTLET,
            now=now,
            feeds=(),
            found=cycle.found,
            ready=ready,
            waiting=waiting,
            composers=[self._composer(account, now) for account in ACCOUNTS],
            decisions=cycle.decisions,
            turn=self.ledger.turn(OUTLET),
            strike=cycle.strike,
        )
        self.cycles.remove(cycle)
        if self.ledger.record(recorded):
            self._note(cycle)

    def begin(self, account: str) -> Worker | None:
        """A worker begins with this account, if fewer than two are at it."""
        name = next((name for name in (f"{account} a", f"{account} b") if name not in self.workers), None)
        if name is None:
            return None
        self.started += 1
        work = publish_due(
            self.ledger,
            self.networks[account],
            outlet=OUTLET,
            account=account,
            owner=f"{name}{self.started}",
            clock=self.clock,
            rules=RULES,
            say=self.said.append,
            sleep=sleep,
            applies=self._applying(account),
        )
        self.workers[name] = Worker(self.loop, self.clock, self._watch, work)
        return self.workers[name]

    def run(self, worker: Worker, fates: Sequence[Fate] = (), stops: int = 400) -> None:
        """Let a worker go on for so many stops; the networks' calls end as `fates` say, in turn, then well."""
        left = list(fates)
        for _ in range(stops):
            if worker.done:
                break
            fate = left[0] if left and worker.at in ("ready", "publish", "find") else Fate.WELL
            # What is slow is so from the upload on.
            left = left[1:] if worker.at in ("publish", "find") else left
            worker.go_on(fate)
        self.tidy()

    def cycle(self, fates: Sequence[Fate] = (), *, release_flood: bool = False) -> None:
        """A whole cycle at one go, one account after the other."""
        cycle = self.look()
        self.decide(cycle)
        self.record(cycle, release_flood=release_flood)
        for account in ACCOUNTS:
            if (worker := self.begin(account)) is not None:
                self.run(worker, fates)

    def tidy(self) -> None:
        """Forget the workers that have come to their end."""
        self.workers = {name: worker for name, worker in self.workers.items() if not worker.done}

    def kill(self, name: str) -> None:
        """One worker dies where it stands, if it still does."""
        if name in self.workers:
            self.workers.pop(name).die()

    def rows(self, *columns: str) -> list[Mapping[str, Any]]:
        """The ledger's deliveries, as they stand."""
        query = select(*(deliveries.c[name] for name in columns)).order_by(deliveries.c.id)
        with self.ledger._reading() as connection:
            return list(connection.execute(query).mappings())

    def _applying(self, account: str) -> Callable[[], Mapping[str, Any]]:
        """What a worker asks before each send; the judge holds the send against its answer."""

        def applies() -> Mapping[str, Any]:
            now = self.clock()
            by_hand = days_by_hand(self.ledger.strike_states(OUTLET), now, ZONE)
            self.decided[account] = decide(self.seen, account, now, ZONE, by_hand=by_hand)
            return decision_to_json(self.decided[account])

        return applies

    def _composer(self, account: str, now: datetime) -> Composer:
        client = self.networks[account]
        style = Style(
            account=account,
            outlet="Le Journal",
            language="fr",
            traits=client.traits,
            limit=client.traits.limit,
            local_now=now.astimezone(ZONE),
        )
        return Composer(account=account, style=style, client=client)

    def _note(self, cycle: Cycle) -> None:
        """Of articles that no cycle recorded before, those that are young enough must be posted."""
        first_met = {number_of(entry.title) for entry in cycle.entries} - self.judged
        self.expected |= first_met & {number_of(entry.title) for entry in cycle.news}
        self.judged |= first_met
        versions = {(entry.id, entry.link) for entry in cycle.entries}
        for article in self.feed.articles:
            if (article.id, article.link) in versions:
                article.changed = False

    def _watch(self, name: str, arguments: tuple[Any, ...], act: Callable[[], Any]) -> Any:
        if name != "claim":
            return act()
        account, now = arguments[1], arguments[3]
        before = tuple(row for row in self.rows(*_CLAIM_COLUMNS) if row["account"] == account)
        claimed = act()
        if claimed is not None:
            self.on_claim(Claim(claimed=claimed, account=account, before=before, now=now))
        return claimed


def by_delivery(networks: Mapping[str, Network]) -> dict[str, int]:
    """How many posts each delivery has become, by its key."""
    found: defaultdict[str, int] = defaultdict(int)
    for network in networks.values():
        for post in network.posts:
            found[post.payload.key] += 1
    return found
