"""Sending what is due on one account, oldest first, each once; knows neither strikes nor how a post is made."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from piquet import crashpoint
from piquet.budget import KEPT_FOR, UNBOUNDED, Allowance, Purse, Ruling
from piquet.errors import Busy, LedgerError, PiquetError, Refused, Rejected, UserError
from piquet.ledger.ledger import Ledger
from piquet.ledger.states import DeliveryState
from piquet.ledger.values import Claimed, InDoubt
from piquet.networks.protocol import Ability, Client
from piquet.post import Receipt

# Networks' clocks and ours differ; a post cannot bear a time from before its payload was made, give or take.
_CLOCK_SLACK = timedelta(days=1)
# A network that names a time beyond this has a clock of its own.
_LONGEST_REST_S = 86_400.0
_POLL = timedelta(seconds=1)
_TITLE_LENGTH = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRules:
    """How long to wait for what.

    `most` deliveries a call; a `publish` is given up after `send_timeout`, and its lease lasts longer. A network
    that is busy is waited for once, up to `patience`, else until it says, or `busy_pause` where it does not.
    An account that is refused is paused for `pause`. `second_look`: how soon a lost answer is looked for.
    """

    most: int = 100
    send_timeout: timedelta = timedelta(seconds=30)
    lease: timedelta = timedelta(seconds=45)
    patience: timedelta = timedelta(seconds=20)
    busy_pause: timedelta = timedelta(seconds=10)
    pause: timedelta = timedelta(minutes=10)
    second_look: timedelta = timedelta(seconds=2)

    def __post_init__(self) -> None:
        """Two workers must not send one delivery: the first gives up before the second may begin."""
        if self.send_timeout >= self.lease:
            raise UserError(
                f"Outbox, field 'lease': {self.lease} must be longer than send_timeout, {self.send_timeout}."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one call did (`sent`, `failed`) and left (`waiting`, `unsettled`).

    `refused`: the network's words where the account is paused. `transient`: trying again soon may help.
    `ruling`: what the account's budget said of the last post, None where it has none or nothing was due.
    """

    sent: int = 0
    failed: int = 0
    waiting: int = 0
    unsettled: int = 0
    refused: str | None = None
    transient: bool = False
    ruling: Ruling | None = None


async def publish_due(
    ledger: Ledger,
    client: Client,
    *,
    outlet: str,
    account: str,
    owner: str,
    clock: Callable[[], datetime],
    rules: OutboxRules,
    say: Callable[[str], None],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    allowance: Allowance = UNBOUNDED,
) -> Outcome:
    """Clear up what is in doubt on this account, then send what is due, as far as `allowance` goes.

    Raises LedgerError only; a network's trouble is in the outcome. `owner` names this call among all
    workers. Whatever happens in between, the ledger knows enough for the next call to go on.
    """
    purse = Purse(account=account, allowance=allowance)
    outbox = _Outbox(ledger, client, outlet, account, owner, clock, rules, say, sleep, purse)
    if await outbox.may_begin() and await outbox.clear_up():
        await outbox.drain()
    return await outbox.outcome()


@dataclass(slots=True)
class _Outbox:
    """One call of publish_due. The methods that answer bool answer whether to go on."""

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
    waited: bool = field(default=False, init=False)
    transient: bool = field(default=False, init=False)

    async def may_begin(self) -> bool:
        """Whether the account is neither paused nor asked to rest, once a short rest is over."""
        state = await asyncio.to_thread(self.ledger.account_state, self.account)
        now = self.clock()
        if state.paused(now):
            self.say(f"{self.account} is paused until {_hour(state.paused_until)}: {state.pause_reason}")
            return False
        return not state.resting(now) or await self._wait(state.not_before - now)

    async def clear_up(self) -> bool:
        """Ask the network about every delivery in doubt; stop at the first that stays so."""
        await self._await_other_worker()
        await asyncio.to_thread(self.ledger.expire_leases, self.outlet, self.account, self.clock())
        for doubt in await asyncio.to_thread(self.ledger.unsettled, self.outlet, self.account, self.clock()):
            if not await self._resolve(doubt, resend=True):
                return False
        return True

    async def drain(self) -> None:
        """Send what is due, oldest first, while the budget lasts."""
        await asyncio.to_thread(self._count)
        own, terms = (self.outlet, self.account, self.owner), (self.rules.lease, self.purse.may_go)
        for _ in range(self.rules.most):
            claimed = await asyncio.to_thread(self.ledger.claim, *own, self.clock(), *terms)
            if claimed is None or not await self._send(claimed):
                return

    async def outcome(self) -> Outcome:
        """What was done, and what the ledger says is left."""
        backlog = await asyncio.to_thread(self.ledger.backlog, self.outlet, self.account)
        state = await asyncio.to_thread(self.ledger.account_state, self.account)
        paused = state.paused(self.clock())
        open_ends = backlog[DeliveryState.SENDING] + backlog[DeliveryState.UNSETTLED]
        return Outcome(
            sent=self.sent,
            failed=self.failed,
            waiting=backlog[DeliveryState.DUE],
            unsettled=backlog[DeliveryState.UNSETTLED],
            refused=state.pause_reason if paused else None,
            transient=not paused and (self.transient or open_ends > 0),
            ruling=self.purse.ruling,
        )

    def _count(self) -> None:
        """What is used of the allowance; once a call, so what another worker sends meanwhile counts in the next."""
        if since := self.purse.allowance.since(now := self.clock()):
            to_come = self.ledger.first_in_line(self.outlet, self.account, now, now + KEPT_FOR)
            self.purse.count(self.ledger.sent_payloads(self.account, since), to_come, now)

    async def _await_other_worker(self) -> None:
        """Wait, one lease at most, for whoever is sending on this account: they settle, or their lease ends."""
        deadline = self.clock() + self.rules.lease
        while (end := await asyncio.to_thread(self.ledger.lease_end, self.outlet, self.account)) is not None:
            now = self.clock()
            if now >= min(end, deadline):
                return
            await self.sleep(min(_POLL, end - now).total_seconds())

    async def _send(self, claimed: Claimed) -> bool:
        try:
            claimed = await self._ready(claimed)
            receipt = await self._publish(claimed)
        except Rejected as error:
            return await self._reject(claimed, error)
        except Refused as error:
            return await self._refuse(claimed, error)
        except Busy as error:
            return await self._postpone(claimed, error)
        except Exception as error:  # Unsettled, a timeout, and what no client foresaw: the post may be there.
            return await self._doubt(claimed, error)
        return await self._settle(claimed, receipt)

    async def _ready(self, claimed: Claimed) -> Claimed:
        """With everything uploaded that the post needs, in the ledger before the post itself may leave."""
        try:
            async with asyncio.timeout(self.rules.send_timeout.total_seconds()):
                payload = await self.client.ready(claimed.payload)
        except (Rejected, Refused, Busy):
            raise
        except Exception as error:  # whatever became of an upload, no reader can see it
            raise Busy(f"it could not be made ready ({type(error).__name__})") from None
        if payload == claimed.payload:
            return claimed
        if not await asyncio.to_thread(self.ledger.keep_payload, claimed.id, self.owner, payload):
            raise Busy("the lease ended before the post could leave", retry_after=0)
        return replace(claimed, payload=payload)

    async def _publish(self, claimed: Claimed) -> Receipt:
        if self.clock() + self.rules.send_timeout > claimed.lease_until:
            # This process stood still since it claimed: a send now could meet that of the next to claim.
            raise Busy("the lease was nearly over before the post could leave", retry_after=0)
        crashpoint.reached("before-send", self.account)
        async with asyncio.timeout(self.rules.send_timeout.total_seconds()):
            receipt = await self.client.publish(claimed.payload)
        crashpoint.reached("after-send", self.account)
        if self.client.traits.refuses_repeats and receipt.id in await self._known(claimed):
            # It refused this text because of a post that another delivery became, and named that one.
            raise Rejected(f"the same text stands there already: {receipt.url}")
        return receipt

    async def _settle(self, delivery: Claimed | InDoubt, receipt: Receipt) -> bool:
        if await self._record(self.ledger.settle, delivery.id, self.owner, receipt):
            self.sent += 1
            self.purse.spend(delivery.payload)
            self.say(f"sent {_quoted(delivery)} -> {receipt.url}")
        return True

    async def _reject(self, claimed: Claimed, error: Rejected) -> bool:
        if await self._record(self.ledger.fail, claimed.id, self.owner, error):
            self.failed += 1
            self.say(f"{self.account} will never take {_quoted(claimed)}: {error}")
        return True

    async def _refuse(self, claimed: Claimed, error: Refused) -> bool:
        # The account before the delivery, here and when busy: dying in between must not let a newer one overtake.
        await self._pause(error)
        # Only the account waits: once a person resumes it, its deliveries go out at once.
        await self._record(self.ledger.postpone, claimed.id, self.owner, self.clock(), str(error))
        return False

    async def _postpone(self, claimed: Claimed, error: Busy) -> bool:
        wait = await self._rest(error)
        await self._record(self.ledger.postpone, claimed.id, self.owner, self.clock(), str(error))
        return await self._wait(wait)

    async def _doubt(self, claimed: Claimed, error: Exception) -> bool:
        why = _safe_words(error)
        self.say(f"no clear answer about {_quoted(claimed)} ({why}): looking for it")
        await self._record(self.ledger.unsettle, claimed.id, self.owner, why, None)
        await self.sleep(self.rules.second_look.total_seconds())
        return await self._resolve(claimed, resend=False)

    async def _resolve(self, delivery: Claimed | InDoubt, *, resend: bool) -> bool:
        """Settle a delivery in doubt if the network has it; with `resend`, make it due if it surely has not."""
        if Ability.READS_BACK not in self.client.traits.abilities:
            return await self._leave_to_a_person(delivery)
        try:
            async with asyncio.timeout(self.rules.send_timeout.total_seconds()):
                found = await self._find(delivery)
        except Exception as error:
            return await self._leave_in_doubt(delivery, error)
        if found is not None:
            return await self._settle(delivery, found)
        if not resend or self.clock() < self._surely_absent_at(delivery):
            self.say(f"{_quoted(delivery)} is not on {self.account}: looked for again before anything newer")
            return False
        return await self._make_due(delivery)

    async def _leave_to_a_person(self, delivery: Claimed | InDoubt) -> bool:
        # The network cannot be asked: missing a post is seen and mended, posting it twice is not. docs/decisions.md, 10
        network = self.client.traits.title
        why = f"no clear answer came, and {network} cannot be asked: look whether it is there"
        await asyncio.to_thread(self.ledger.drop, delivery.id, why, self.clock())
        self.say(f"{_quoted(delivery)} is not sent again: {why}")
        return True

    async def _find(self, delivery: Claimed | InDoubt) -> Receipt | None:
        known = await self._known(delivery)
        crashpoint.reached("before-find", self.account)
        found = await self.client.find(delivery.payload, known=known)
        crashpoint.reached("after-find", self.account)
        return found

    async def _known(self, delivery: Claimed | InDoubt) -> frozenset[str]:
        """The posts that other deliveries became."""
        since = delivery.payload.prepared_at - _CLOCK_SLACK
        return await asyncio.to_thread(self.ledger.receipt_ids, self.account, since)

    async def _leave_in_doubt(self, delivery: Claimed | InDoubt, error: Exception) -> bool:
        if isinstance(error, LedgerError):
            raise error
        self.say(f"{self.account} does not tell whether it has {_quoted(delivery)}: {_safe_words(error)}")
        if isinstance(error, Refused):
            await self._pause(error)
        elif isinstance(error, Busy):
            await self._rest(error)
        return False

    async def _make_due(self, delivery: Claimed | InDoubt) -> bool:
        why, now = f"{self.owner} did not find it on {self.account}", self.clock()
        await asyncio.to_thread(self.ledger.make_due, delivery.id, why, now, attempts=delivery.attempts)
        return True

    def _surely_absent_at(self, delivery: Claimed | InDoubt) -> datetime:
        """When a post that left on the last attempt, at the very end of its time, would be to be seen."""
        return delivery.attempted_at + self.rules.send_timeout + self.client.traits.settles_after

    async def _pause(self, error: Refused) -> datetime:
        until = self.clock() + self.rules.pause
        await asyncio.to_thread(self.ledger.pause, self.account, until, str(error))
        self.say(f"{self.account} may not post, paused until {_hour(until)}: {error}")
        return until

    async def _rest(self, error: Busy) -> timedelta:
        """Keep every worker off this account for as long as its network asked."""
        wait = _rest_after(error, self.rules)
        # A time that the network named is for a later cycle; one that we guessed may be tried again sooner.
        self.transient = self.transient or error.retry_after is None
        await asyncio.to_thread(self.ledger.rest, self.account, self.clock() + wait)
        seconds = wait.total_seconds()
        self.say(f"{self.account} is busy, nothing was posted; again in {seconds:.0f} s: {error}")
        return wait

    async def _wait(self, wait: timedelta) -> bool:
        """Wait out a short rest, once a call."""
        if self.waited or wait > self.rules.patience:
            return False
        self.waited = True
        await self.sleep(wait.total_seconds())
        return True

    async def _record(self, act: Callable[..., bool], *arguments: Any) -> bool:
        done = await asyncio.to_thread(act, *arguments, self.clock())
        if not done:
            self.say(f"delivery {arguments[0]} was taken over by another worker after its lease ended")
        return done


def _rest_after(error: Busy, rules: OutboxRules) -> timedelta:
    if error.retry_after is None:
        return rules.busy_pause
    return timedelta(seconds=min(max(0.0, error.retry_after), _LONGEST_REST_S))


def _quoted(delivery: Claimed | InDoubt) -> str:
    title = delivery.title
    return f'"{title}"' if len(title) <= _TITLE_LENGTH else f'"{title[: _TITLE_LENGTH - 1].rstrip()}…"'


def _safe_words(error: Exception) -> str:
    """Our own errors' words; of any other error only its name, for its words may hold an address with a token."""
    return str(error) if isinstance(error, PiquetError) else type(error).__name__


def _hour(time: datetime) -> str:
    return time.strftime("%H:%M:%S UTC")
