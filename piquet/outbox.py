"""Sending what is due on one account, oldest first, each once; knows neither strikes nor how a post is made."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from piquet import crashpoint
from piquet.budget import KEPT_FOR, UNBOUNDED, Allowance, Purse, month_start, read_price
from piquet.drafting import still_applies
from piquet.errors import Busy, Refused, Rejected, Repeated
from piquet.lane import Lane, OutboxRules, Outcome, quoted, safe_words
from piquet.ledger.ledger import Ledger
from piquet.ledger.values import Claimed
from piquet.networks.protocol import Client
from piquet.post import Payload, Receipt
from piquet.reconcile import clear_up, known_receipts, resolve, sweep, take_down

# A post of an attempt without an answer, which the network knows and does not list yet, is waited for this often.
_LOOKS_FOR_A_REPEAT = 5


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
    applies: Callable[[], Mapping[str, Any] | None] = lambda: None,
) -> Outcome:
    """Clear up what is in doubt on this account, then send what is due, as far as `allowance` goes.

    `applies` is asked before each send for the decision that applies then, as deliveries store it (None: whichever they
    were made by): what was made by another one is left to be composed anew.
    Raises LedgerError only; a network's trouble is in the outcome. `owner` names this call among all
    workers. Whatever happens in between, the ledger knows enough for the next call to go on.
    """
    lane = Lane(
        ledger=ledger,
        client=client,
        outlet=outlet,
        account=account,
        owner=owner,
        clock=clock,
        rules=rules,
        say=say,
        sleep=sleep,
        purse=Purse(account=account, allowance=allowance),
    )
    if await lane.may_begin() and await clear_up(lane) and await take_down(lane):
        await sweep(lane)
        await _drain(lane, applies)
    return await lane.outcome()


async def _drain(lane: Lane, applies: Callable[[], Mapping[str, Any] | None]) -> None:
    """Send what is due, oldest first, while the budget lasts and the decisions hold."""
    await asyncio.to_thread(_count, lane)
    own = (lane.outlet, lane.account, lane.owner)
    for _ in range(lane.rules.most):
        may_go = partial(_may_go, lane, await asyncio.to_thread(applies))
        claimed = await asyncio.to_thread(lane.ledger.claim, *own, lane.clock(), lane.rules.lease, may_go)
        if claimed is None or not await _send(lane, claimed):
            return


def _may_go(
    lane: Lane,
    applies: Mapping[str, Any] | None,
    kind: str,
    payload: Payload,
    made_by: Mapping[str, Any] | None,
) -> bool:
    lane.outdated = not (applies is None or made_by is None or still_applies(made_by, applies))
    return not lane.outdated and lane.purse.may_go(kind, payload)


def _count(lane: Lane) -> None:
    """What is used of the allowance; once a call, so what another worker sends meanwhile counts in the next."""
    if since := lane.purse.allowance.since(now := lane.clock()):
        to_come = lane.ledger.first_in_line(lane.outlet, lane.account, now, now + KEPT_FOR)
        reads = lane.ledger.reads(lane.account, month_start(now)) if read_price(lane.account) else 0
        lane.purse.count(lane.ledger.sent_payloads(lane.account, since), to_come, now, reads)


async def _send(lane: Lane, claimed: Claimed) -> bool:
    """Send one delivery; whether the next may go."""
    try:
        claimed = await _ready(lane, claimed)
        receipt = await _publish(lane, claimed)
    except Rejected as error:
        if isinstance(error, Repeated) and claimed.doubted and claimed.attempts <= _LOOKS_FOR_A_REPEAT:
            return await _doubt(lane, claimed, error)
        return await _reject(lane, claimed, error)
    except Refused as error:
        return await _refuse(lane, claimed, error)
    except Busy as error:
        return await _postpone(lane, claimed, error)
    except Exception as error:  # Unsettled, a timeout, and what no client foresaw: the post may be there.
        return await _doubt(lane, claimed, error)
    await lane.settle(claimed, receipt)
    return True


async def _ready(lane: Lane, claimed: Claimed) -> Claimed:
    """With everything uploaded that the post needs, in the ledger before the post itself may leave."""
    try:
        async with asyncio.timeout(lane.rules.send_timeout.total_seconds()):
            payload = await lane.client.ready(claimed.payload)
    except (Rejected, Refused, Busy):
        raise
    except Exception as error:  # whatever became of an upload, no reader can see it
        raise Busy(f"it could not be made ready ({type(error).__name__})") from None
    if payload == claimed.payload:
        return claimed
    if not await asyncio.to_thread(lane.ledger.keep_payload, claimed.id, lane.owner, payload):
        raise Busy("the lease ended before the post could leave", retry_after=0)
    return replace(claimed, payload=payload)


async def _publish(lane: Lane, claimed: Claimed) -> Receipt:
    if lane.clock() > claimed.attempted_at + lane.rules.latest_start:
        # This process stood still since it claimed: a send now could meet that of the next to claim.
        raise Busy("the lease was nearly over before the post could leave", retry_after=0)
    crashpoint.reached("before-send", lane.account)
    async with asyncio.timeout(lane.rules.send_timeout.total_seconds()):
        receipt = await lane.client.publish(claimed.payload)
    crashpoint.reached("after-send", lane.account)
    if lane.client.traits.refuses_repeats and receipt.id in await known_receipts(lane, claimed):
        # It refused this text because of a post that another delivery became, and named that one.
        raise Rejected(f"the same text stands there already: {receipt.url}")
    return receipt


async def _reject(lane: Lane, claimed: Claimed, error: Rejected) -> bool:
    if await lane.record(lane.ledger.fail, claimed.id, lane.owner, error):
        lane.failed += 1
        lane.say(f"{lane.account} will never take {quoted(claimed)}: {error}")
    return True


async def _refuse(lane: Lane, claimed: Claimed, error: Refused) -> bool:
    # The account before the delivery, here and when busy: dying in between must not let a newer one overtake.
    await lane.pause(error)
    # Only the account waits: once a person resumes it, its deliveries go out at once.
    await lane.record(lane.ledger.postpone, claimed.id, lane.owner, lane.clock(), str(error))
    return False


async def _postpone(lane: Lane, claimed: Claimed, error: Busy) -> bool:
    wait = await lane.rest(error)
    # What an earlier attempt may still put there stays what it is: docs/decisions.md, 4.
    postpone = lane.ledger.postpone_as_it_is if claimed.doubted else lane.ledger.postpone
    await lane.record(postpone, claimed.id, lane.owner, lane.clock(), str(error))
    return await lane.wait(wait)


async def _doubt(lane: Lane, claimed: Claimed, error: Exception) -> bool:
    why = safe_words(error)
    lane.say(f"no clear answer about {quoted(claimed)} ({why}): looking for it")
    await lane.record(lane.ledger.unsettle, claimed.id, lane.owner, why, None)
    await lane.sleep(lane.rules.second_look.total_seconds())
    return await resolve(lane, claimed, resend=False)
