"""A strike played on a wall with a stepped clock: real rules, ledger, clients and HTTP; it can reach no real account."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from piquet.budget import UNBOUNDED, Allowance
from piquet.compose import Style
from piquet.drafting import Composer
from piquet.entry import Entry, Sorted
from piquet.errors import PiquetError
from piquet.feed import FeedResult, FeedState
from piquet.lane import Outcome
from piquet.ledger import Ledger, upgrade
from piquet.ledger.values import Noticed
from piquet.limits import Limit
from piquet.networks.protocol import Ability, Client, Traits
from piquet.outbox import publish_due
from piquet.outlet import Outlet
from piquet.pinning import keep_pin, pin_is_due
from piquet.post import Post
from piquet.rehearsal.stage import Stage, on_a_wall
from piquet.rehearsal.timeline import Event, Timeline, What, timeline_of
from piquet.rehearsal.times import STEP, Clock, is_cycle, moments
from piquet.remind import Situation, first_sent
from piquet.reminding import record, situations, todo
from piquet.stages import applying, decided, rules_of, sort_new, write_posts
from piquet.strike import Decision, Strike
from piquet.strike_form import strike_to_json
from piquet.strike_spans import Span, spans
from piquet.template import DEFAULT


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """What is rehearsed. The feeds are not read: each of `entries` appears when it is published.

    `states` are the strike as somebody saves it, with when; `templates`, `hashtags` and `allowances` are by account.
    `pinned`: what a person has pinned on every account before it begins.
    """

    outlet: Outlet
    states: tuple[tuple[datetime, Strike], ...]
    entries: tuple[Entry, ...]
    templates: Mapping[str, str] = field(default_factory=dict)
    hashtags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    allowances: Mapping[str, Allowance] = field(default_factory=dict)
    pinned: str = ""


async def simulate(play: Play, *, start: datetime, until: datetime, step: timedelta = STEP) -> Timeline:
    """What happens from `start` until `until` (aware), looked at every `step` around a strike.

    Away from one only the cycles that find something are played. Raises PiquetError where a post does not go out.
    """
    clock = Clock(start.astimezone(UTC))
    with TemporaryDirectory(prefix="piquet-rehearsal-") as folder, on_a_wall(play.outlet, clock) as stage:
        url = f"sqlite:///{Path(folder) / 'ledger.db'}"
        upgrade(url)
        async with AsyncExitStack() as stack:
            ledger = stack.enter_context(Ledger.open(url))
            for client in stage.clients.values():
                stack.push_async_callback(client.aclose)
            player = _Player(play, clock, stage, ledger)
            await player.begin()
            for moment in moments(_spans(play), _news(play), start=start, until=until, step=step):
                clock.now = moment
                await player.play_moment()
            return await player.told(start, until)


def _spans(play: Play) -> list[Span]:
    """The strikes of any of its accounts."""
    accounts, zone = play.outlet.accounts, play.outlet.zone
    return [span for account in accounts for span in spans(play.states, account, zone)]


def _news(play: Play) -> list[datetime]:
    """When an entry appears or the strike is saved."""
    return [*(at for at, _ in play.states), *map(_published, play.entries)]


@dataclass(slots=True)
class _Player:
    """One rehearsal as it runs; `notes` are what no row of the ledger tells."""

    play: Play
    clock: Clock
    stage: Stage
    ledger: Ledger
    notes: list[Event] = field(default_factory=list)
    seen: int = 0
    shown: int = 0
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    limits: dict[str, Limit] = field(default_factory=dict)
    entries: Sequence[Entry] = ()

    @property
    def traits(self) -> dict[str, Traits]:
        return {account: client.traits for account, client in self.stage.clients.items()}

    async def begin(self) -> None:
        """The feeds are known, the accounts' limits too, and a person's own post is pinned where one may be."""
        self.entries = sorted(self.play.entries, key=_published)
        feeds = [_read(feed, self.clock.now) for feed in {e.feed: None for e in self.entries}]
        await self._write(feeds, [])
        for account, client in self.stage.clients.items():
            self.limits[account] = await client.limit()
            if self.play.pinned and Ability.PINS in client.traits.abilities:
                await self._pin_by_hand(account, client)

    async def play_moment(self) -> None:
        """A cycle when it is time for one or the strike was changed, else what goes on between two of them."""
        flipped = self._save_states()
        self._decide()
        if flipped or is_cycle(self.clock.now):
            await self._cycle()
        else:
            await self._between()

    async def told(self, start: datetime, until: datetime) -> Timeline:
        """Everything that happened, as it stands in the ledger and on the wall."""
        pinned = {
            account: [receipt.id for receipt in await client.pinned()]
            for account, client in self.stage.clients.items()
            if Ability.READS_PINS in client.traits.abilities
        }
        return timeline_of(
            self.ledger,
            self.stage.wall,
            self.play.outlet,
            self.notes,
            start=start,
            until=until,
            pinned=pinned,
        )

    def _save_states(self) -> bool:
        """What the cycle of an automation does at once: the strike block as it stands now is seen."""
        before = self.seen
        while self.seen < len(self.play.states) and self.play.states[self.seen][0] <= self.clock.now:
            self.ledger.see_strike(
                self.play.outlet.name, strike_to_json(self.play.states[self.seen][1]), self.clock.now
            )
            self.seen += 1
        return self.seen > before

    def _decide(self) -> None:
        strike = self.play.states[self.seen - 1][1] if self.seen else None
        before, outlet = self.decisions, self.play.outlet
        self.decisions = decided(self.ledger, outlet, outlet.accounts, strike, self.clock.now)
        for account, decision in self.decisions.items():
            was = account in before and before[account].on_strike
            if was != decision.on_strike:
                self._note(account, What.BEGINS if decision.on_strike else What.ENDS, day=decision.day_number)

    async def _cycle(self) -> None:
        fetched = self._feeds()
        found = sort_new(self.ledger, self.play.outlet, fetched, self.clock.now)
        known = self._situations()
        self._remind(known)
        await self._write(fetched, found.entries)
        await self._send([a for a in self.stage.clients if self._backlog(a)], known)

    async def _between(self) -> None:
        known, outlet = self._situations(), self.play.outlet
        self._remind(known)
        if due := self.ledger.notices_due(outlet.name, outlet.accounts, self.clock.now):
            await self._write([], [])
        await self._send(due, known)

    def _feeds(self) -> list[FeedResult]:
        """Each feed in which something is new, as a document of all that it ever held."""
        count = sum(_published(entry) <= self.clock.now for entry in self.entries)
        new, self.shown = {e.feed: None for e in self.entries[self.shown : count]}, count
        documents = {feed: [e for e in self.entries[:count] if e.feed == feed] for feed in new}
        return [
            replace(_read(feed, self.clock.now), entries=tuple(document[::-1]))
            for feed, document in documents.items()
        ]

    def _remind(self, known: Sequence[Situation]) -> None:
        for situation in known:
            decision = self.decisions[situation.account]
            if found := todo(situation, decision):
                record(self.ledger, found, decision, self._composer(situation.account), _nobody)

    def _situations(self) -> list[Situation]:
        outlet = self.play.outlet
        return [*situations(self.ledger, outlet.name, self.traits, self.clock.now, outlet.zone)]

    async def _write(self, fetched: Sequence[FeedResult], found: Sequence[Sorted]) -> None:
        async def composers(accounts: Sequence[str]) -> list[Composer]:
            return [self._composer(account) for account in accounts]

        await write_posts(
            self.ledger,
            self.play.outlet,
            self.play.outlet.accounts,
            composers,
            fetched=fetched,
            found=found,
            decisions=self.decisions,
            now=self.clock.now,
        )

    def _backlog(self, account: str) -> bool:
        return any(self.ledger.backlog(self.play.outlet.name, account).values())

    async def _send(self, accounts: Sequence[str], known: Sequence[Situation]) -> None:
        """What is due, then the pins; `known` still holds where nothing went out."""
        if accounts:
            await self._publish(accounts)
            known = self._situations()
        await self._pin(known)

    async def _publish(self, accounts: Sequence[str]) -> None:
        for outcome in await asyncio.gather(*(self._publish_one(account) for account in accounts)):
            if outcome.failed or outcome.refused or outcome.unsettled:
                raise PiquetError(f"A rehearsal's post did not go out on the wall: {outcome}.")

    async def _publish_one(self, account: str) -> Outcome:
        return await publish_due(
            self.ledger,
            self.stage.clients[account],
            outlet=self.play.outlet.name,
            account=account,
            owner="rehearsal",
            clock=self.clock,
            rules=rules_of(self.play.outlet),
            say=_nobody,
            sleep=self.clock.sleep,
            allowance=self.play.allowances.get(account, UNBOUNDED),
            applies=applying(self.ledger, self.play.outlet, account, self.clock),
        )

    async def _pin(self, known: Sequence[Situation]) -> None:
        name = self.play.outlet.name
        for situation in known:
            account, wanted = situation.account, first_sent(situation)
            if pin_is_due(self.ledger, name, account, wanted):
                before = self._pins(account)
                await self._keep_pin(account, wanted)
                self._note_pins(account, before, self._pins(account))

    async def _keep_pin(self, account: str, wanted: Noticed | None) -> None:
        await keep_pin(
            self.ledger,
            self.stage.clients[account],
            outlet=self.play.outlet.name,
            account=account,
            wanted=wanted,
            clock=self.clock,
            say=_fail,
        )

    def _note_pins(self, account: str, before: Mapping[int, str], after: Mapping[int, str]) -> None:
        for pin in before.keys() - after.keys():
            self._note(account, What.UNPINNED, receipt=before[pin])
        for pin in after.keys() - before.keys():
            self._note(account, What.PINNED, receipt=after[pin])

    def _pins(self, account: str) -> dict[int, str]:
        found = self.ledger.pins(self.play.outlet.name, account)
        return {pin.delivery_id: pin.receipt.id for pin in found}

    async def _pin_by_hand(self, account: str, client: Client) -> None:
        payload = client.prepare(Post(text=self.play.pinned), key="0" * 40, at=self.clock.now)
        await client.pin(await client.publish(payload))

    def _composer(self, account: str) -> Composer:
        client, outlet = self.stage.clients[account], self.play.outlet
        style = Style(
            account=account,
            outlet=outlet.title,
            language=outlet.language,
            traits=client.traits,
            limit=self.limits[account],
            local_now=self.clock.now.astimezone(outlet.zone),
            template=self.play.templates.get(account, DEFAULT),
            hashtags=self.play.hashtags.get(account, ()),
        )
        return Composer(account=account, style=style, client=client)

    def _note(self, account: str, what: What, *, day: int | None = None, receipt: str = "") -> None:
        self.notes.append(
            Event(at=self.clock.now, account=account, what=what, day_number=day, receipt=receipt)
        )


def _published(entry: Entry) -> datetime:
    if entry.published is None:
        raise ValueError(f"{entry.title!r} of a rehearsal has no time: give every entry one.")
    return entry.published


def _read(feed: str, now: datetime) -> FeedResult:
    return FeedResult(url=feed, state=FeedState(url=feed, ok_at=now))


def _nobody(words: str) -> None:
    """Nobody listens: the timeline tells it."""


def _fail(words: str) -> None:
    raise PiquetError(f"On the wall {words}.")
