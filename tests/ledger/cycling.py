"""Whole cycles of one outlet without Prefect: the real rules and clients, on a wall, over any ledger; it judges nothing."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from piquet.compose import Style
from piquet.drafting import Composer
from piquet.entry import Entry
from piquet.feed import FeedResult, FeedState
from piquet.lane import Outcome
from piquet.ledger import Ledger
from piquet.outbox import publish_due
from piquet.outlet import Outlet
from piquet.rehearsal.stage import Stage, on_a_wall
from piquet.rehearsal.times import Clock
from piquet.stages import applying, decided, rules_of, sort_new, write_posts
from piquet.strike import Strike
from piquet.strike_form import strike_to_json
from tests.day import plays

FEED = plays.FEED
NETWORKS = ("mastodon", "bluesky", "x", "facebook", "threads", "linkedin", "telegram")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """An outlet on a wall; its ledger is opened anew for each cycle, as each flow run does."""

    outlet: Outlet
    stage: Stage
    clock: Clock
    runner: asyncio.Runner

    def cycle(self, url: str, entries: Sequence[Entry] | None, strike: Strike | None = None) -> list[Outcome]:
        """One cycle over a feed of these entries, the newest first; None: the feed did not answer."""
        strike = strike or Strike(notices=("En grève.",))
        with Ledger.open(url) as ledger:
            return self.runner.run(self._cycle(ledger, entries, strike))

    def links(self, account: str) -> list[str]:
        """The article of each post that stands on that account, the oldest first."""
        network, name = account.split("/")
        return [post.link or post.text for post in self.stage.wall.posts(network, name)]

    async def _cycle(self, ledger: Ledger, entries: Sequence[Entry] | None, strike: Strike) -> list[Outcome]:
        outlet, now = self.outlet, self.clock()
        ledger.see_strike(outlet.name, strike_to_json(strike), now)
        fetched = [] if entries is None else [self._read(entries)]
        found = sort_new(ledger, outlet, fetched, now).entries
        await write_posts(
            ledger,
            outlet,
            outlet.accounts,
            self._composers,
            fetched=fetched,
            found=found,
            decisions=decided(ledger, outlet, outlet.accounts, strike, now),
            now=now,
        )
        return await asyncio.gather(*(self._publish(ledger, account) for account in outlet.accounts))

    def _read(self, entries: Sequence[Entry]) -> FeedResult:
        state = FeedState(url=FEED, ok_at=self.clock())
        return FeedResult(url=FEED, state=state, entries=tuple(entries))

    async def _composers(self, accounts: Sequence[str]) -> list[Composer]:
        return [self._composer(account) for account in accounts]

    def _composer(self, account: str) -> Composer:
        client = self.stage.clients[account]
        style = Style(
            account=account,
            outlet=self.outlet.title,
            language="fr",
            traits=client.traits,
            limit=client.traits.limit,
            local_now=self.clock().astimezone(self.outlet.zone),
        )
        return Composer(account=account, style=style, client=client)

    async def _publish(self, ledger: Ledger, account: str) -> Outcome:
        return await publish_due(
            ledger,
            self.stage.clients[account],
            outlet=self.outlet.name,
            account=account,
            owner="cycle",
            clock=self.clock,
            rules=rules_of(self.outlet),
            say=_nobody,
            sleep=self.clock.sleep,
            applies=applying(ledger, self.outlet, account, self.clock),
        )


@contextmanager
def desk(now: datetime, accounts: Sequence[str] | None = None) -> Iterator[Desk]:
    """An outlet with an account on each network, or with these, whose time begins at `now`."""
    outlet = plays.outlet(UTC, tuple(accounts or (f"{network}/journal" for network in NETWORKS)))
    clock = Clock(now)
    with on_a_wall(outlet, clock) as stage, asyncio.Runner() as runner:
        yield Desk(outlet=outlet, stage=stage, clock=clock, runner=runner)
        for client in stage.clients.values():
            runner.run(client.aclose())


def article(number: int, published: datetime) -> Entry:
    """The article of that number."""
    return Entry(
        feed=FEED,
        id=f"id-{number}",
        link=f"https://journal.example/articles/{number}",
        title=f"Article n° {number}",
        published=published,
    )


def _nobody(_: str) -> None:
    """Nobody listens."""
