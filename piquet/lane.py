"""One account's lane in one call: how long to wait for what, what holds the account back, and what came of it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from piquet.budget import Purse, Ruling
from piquet.errors import Busy, LedgerError, PiquetError, Refused, UserError
from piquet.ledger.ledger import Ledger
from piquet.ledger.states import DeliveryState
from piquet.ledger.values import Claimed, Dropped, InDoubt, Posted
from piquet.networks.protocol import Client
from piquet.post import Receipt

# A network that names a time beyond this has a clock of its own.
_LONGEST_REST_S = 86_400.0
_TITLE_LENGTH = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRules:
    """How long to wait for what.

    `most` deliveries a call; a `publish` is given up after `send_timeout`, and its lease lasts longer. A network
    that is busy is waited for once, up to `patience`, else until it says, or `busy_pause` where it does not.
    An account that is refused is paused for `pause`. `second_look`: how soon a lost answer is looked for.
    `stale`: by kind, how long a delivery may wait before it is worth nothing; kinds not named wait for ever.
    """

    most: int = 100
    send_timeout: timedelta = timedelta(seconds=30)
    lease: timedelta = timedelta(seconds=45)
    patience: timedelta = timedelta(seconds=20)
    busy_pause: timedelta = timedelta(seconds=10)
    pause: timedelta = timedelta(minutes=10)
    second_look: timedelta = timedelta(seconds=2)
    stale: Mapping[str, timedelta] = field(default_factory=dict)

    @property
    def latest_start(self) -> timedelta:
        """How long after its claim a send may still begin: as long as making it ready may take, within the lease."""
        return min(self.send_timeout, self.lease - self.send_timeout)

    def __post_init__(self) -> None:
        """Two workers must not send one delivery: the first gives up before the second may begin."""
        if self.send_timeout >= self.lease:
            raise UserError(
                f"Outbox, field 'lease': {self.lease} must be longer than send_timeout, {self.send_timeout}."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one call did (`sent`, `failed`, `dropped`, `retracted`) and left (`waiting`, `unsettled`).

    `refused`: the network's words where the account is paused. `transient`: trying again soon may help.
    `ruling`: what the account's budget said of the last post, None where it has none or nothing was due.
    `asks`: a sentence for each thing that only a person can do. `outdated`: another decision applies by now than the
    next delivery was made by: compose it anew.
    """

    sent: int = 0
    failed: int = 0
    dropped: int = 0
    retracted: int = 0
    waiting: int = 0
    unsettled: int = 0
    refused: str | None = None
    transient: bool = False
    ruling: Ruling | None = None
    asks: tuple[str, ...] = ()
    outdated: bool = False


@dataclass(slots=True, kw_only=True)
class Lane:
    """One worker on one account. The methods that answer bool answer whether to go on."""

    ledger: Ledger
    client: Client
    outlet: str
    account: str
    owner: str
    clock: Callable[[], datetime]
    rules: OutboxRules
    say: Callable[[str], None]
    sleep: Callable[[float], Awaitable[None]]
    purse: Purse
    sent: int = field(default=0, init=False)
    failed: int = field(default=0, init=False)
    dropped: int = field(default=0, init=False)
    retracted: int = field(default=0, init=False)
    asks: list[str] = field(default_factory=list, init=False)
    waited: bool = field(default=False, init=False)
    transient: bool = field(default=False, init=False)
    outdated: bool = field(default=False, init=False)

    async def may_begin(self) -> bool:
        """Whether the account is neither paused nor asked to rest, once a short rest is over."""
        state = await asyncio.to_thread(self.ledger.account_state, self.account)
        now = self.clock()
        if state.paused_until and state.paused(now):
            self.say(f"{self.account} is paused until {_hour(state.paused_until)}: {state.pause_reason}")
            return False
        if state.not_before and state.resting(now):
            return await self.wait(state.not_before - now)
        return True

    async def outcome(self) -> Outcome:
        """What was done, and what the ledger says is left."""
        backlog = await asyncio.to_thread(self.ledger.backlog, self.outlet, self.account)
        state = await asyncio.to_thread(self.ledger.account_state, self.account)
        paused = state.paused(self.clock())
        open_ends = backlog[DeliveryState.SENDING] + backlog[DeliveryState.UNSETTLED]
        return Outcome(
            sent=self.sent,
            failed=self.failed,
            dropped=self.dropped,
            retracted=self.retracted,
            waiting=backlog[DeliveryState.DUE],
            unsettled=backlog[DeliveryState.UNSETTLED],
            refused=state.pause_reason if paused else None,
            transient=not paused and (self.transient or open_ends > 0),
            ruling=self.purse.ruling,
            asks=tuple(self.asks),
            outdated=self.outdated,
        )

    async def settle(self, delivery: Claimed | InDoubt, receipt: Receipt) -> None:
        """Record that the post is there."""
        if await self.record(self.ledger.settle, delivery.id, self.owner, receipt):
            self.sent += 1
            self.purse.spend(delivery.payload)
            self.say(f"sent {quoted(delivery)} -> {receipt.url}")

    async def record(self, end: Callable[..., bool], *arguments: Any) -> bool:
        """Record the known end of a delivery; False where another worker was first."""
        done = await asyncio.to_thread(end, *arguments, self.clock())
        if not done:
            self.say(f"delivery {arguments[0]} was taken over by another worker after its lease ended")
        return done

    async def keep_away(self, error: Exception) -> None:
        """Hold the account back where this error is about the account, and not about one post."""
        if isinstance(error, LedgerError):
            raise error
        if isinstance(error, Refused):
            await self.pause(error)
        elif isinstance(error, Busy):
            await self.rest(error)

    async def pause(self, error: Refused) -> None:
        """Give nothing out for this account until a person, or some minutes, may have mended it."""
        until = self.clock() + self.rules.pause
        await asyncio.to_thread(self.ledger.pause, self.account, until, str(error))
        self.say(f"{self.account} may not post, paused until {_hour(until)}: {error}")

    async def rest(self, error: Busy) -> timedelta:
        """Keep every worker off this account for as long as its network asked."""
        wait = _rest_after(error, self.rules)
        # A time that the network named is for a later cycle; one that we guessed may be tried again sooner.
        self.transient = self.transient or error.retry_after is None
        await asyncio.to_thread(self.ledger.rest, self.account, self.clock() + wait)
        seconds = wait.total_seconds()
        self.say(f"{self.account} is busy, nothing was posted; again in {seconds:.0f} s: {error}")
        return wait

    async def wait(self, wait: timedelta) -> bool:
        """Wait out a short rest, once a call."""
        if self.waited or wait > self.rules.patience:
            return False
        self.waited = True
        await self.sleep(wait.total_seconds())
        return True


def quoted(delivery: Claimed | InDoubt | Posted | Dropped) -> str:
    """Its title for a log line."""
    title = delivery.title
    return f'"{title}"' if len(title) <= _TITLE_LENGTH else f'"{title[: _TITLE_LENGTH - 1].rstrip()}…"'


def safe_words(error: Exception) -> str:
    """Our own errors' words; of any other error only its name, for its words may hold an address with a token."""
    return str(error) if isinstance(error, PiquetError) else type(error).__name__


def _rest_after(error: Busy, rules: OutboxRules) -> timedelta:
    if error.retry_after is None:
        return rules.busy_pause
    return timedelta(seconds=min(max(0.0, error.retry_after), _LONGEST_REST_S))


def _hour(time: datetime) -> str:
    return time.strftime("%H:%M:%S UTC")
