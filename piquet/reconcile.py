"""Settling what is in doubt on one account, and taking down what was retracted; sends nothing new."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from piquet import crashpoint
from piquet.budget import UNBOUNDED, Purse
from piquet.errors import Busy, LedgerError, Refused, Rejected
from piquet.lane import Lane, OutboxRules, Outcome, quoted, safe_words
from piquet.ledger.ledger import Ledger
from piquet.ledger.values import Claimed, InDoubt, Posted
from piquet.networks.protocol import Ability, Client, Unanswered, unable
from piquet.post import Receipt

# Networks' clocks and ours differ; a post cannot bear a time from before its payload was made, give or take.
_CLOCK_SLACK = timedelta(days=1)
_POLL = timedelta(seconds=1)


async def reconcile_account(
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
) -> Outcome:
    """Clear up what is in doubt on this account and take down what was retracted, as `publish_due` does first.

    Raises LedgerError only; a network's trouble is in the outcome.
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
        purse=Purse(account=account, allowance=UNBOUNDED),
    )
    if await lane.may_begin() and await clear_up(lane):
        await sweep(lane)
        await take_down(lane)
    return await lane.outcome()


async def clear_up(lane: Lane) -> bool:
    """Ask the network about every delivery in doubt; stop at the first that stays so. Whether none is left."""
    await _await_other_worker(lane)
    own = (lane.outlet, lane.account)
    await asyncio.to_thread(lane.ledger.expire_leases, *own, lane.clock())
    for doubt in await asyncio.to_thread(lane.ledger.unsettled, *own, lane.clock()):
        if not await resolve(lane, doubt, resend=True):
            return False
    return True


async def resolve(lane: Lane, delivery: Claimed | InDoubt, *, resend: bool) -> bool:
    """Settle a delivery in doubt if the network has it; with `resend`, make it due if it surely has not."""
    if lane.client.traits.unanswered is Unanswered.ASK_A_PERSON:
        return await _leave_to_a_person(lane, delivery)
    try:
        async with asyncio.timeout(lane.rules.send_timeout.total_seconds()):
            found = await _find(lane, delivery)
    except Exception as error:
        return await _leave_in_doubt(lane, delivery, error)
    if found is not None:
        await lane.settle(delivery, found)
        return True
    if not resend or lane.clock() < _surely_absent_at(lane, delivery):
        lane.say(f"{quoted(delivery)} is not on {lane.account}: looked for again before anything newer")
        return False
    why = f"{lane.owner} did not find it on {lane.account}"
    await asyncio.to_thread(lane.ledger.make_due, delivery.id, why, lane.clock(), attempts=delivery.attempts)
    return True


async def known_receipts(lane: Lane, delivery: Claimed | InDoubt) -> frozenset[str]:
    """The posts that other deliveries became."""
    since = delivery.payload.prepared_at - _CLOCK_SLACK
    return await asyncio.to_thread(lane.ledger.receipt_ids, lane.account, since)


async def take_down(lane: Lane) -> bool:
    """Delete the posts of retracted articles, the oldest first; whether the account may be used on."""
    for post in await asyncio.to_thread(lane.ledger.to_take_down, lane.outlet, lane.account):
        try:
            await _delete(lane, post)
        except Rejected as error:
            await _leave_standing(lane, post, error)
        except Refused as error:
            # Perhaps the deletion alone is refused: whether the account is, its next post tells.
            lane.asks.append(f"{lane.account} did not take down {post.receipt.url}: {error}")
            lane.say(lane.asks[-1])
        except Busy as error:
            await lane.keep_away(error)
            return False
        except LedgerError:
            raise
        except Exception as error:
            # Deleting twice harms nobody: the next call finishes what this one began.
            lane.say(f"no clear answer about taking down {quoted(post)} ({safe_words(error)}): tried again")
            lane.transient = True
            return True
    return True


async def sweep(lane: Lane) -> None:
    """Drop what is due and worth nothing any more: too old to be news, or of a retracted article."""
    own = (lane.outlet, lane.account, lane.clock(), lane.rules.stale)
    for dropped in await asyncio.to_thread(lane.ledger.sweep, *own):
        lane.dropped += 1
        lane.say(f"dropped {quoted(dropped)}: {dropped.why}")


async def _await_other_worker(lane: Lane) -> None:
    """Wait, one lease at most, for whoever is sending on this account: they settle, or their lease ends."""
    # Looks are counted, and not the time: the clock may step back an hour meanwhile.
    for _ in range(lane.rules.lease // _POLL + 2):
        end = await asyncio.to_thread(lane.ledger.lease_end, lane.outlet, lane.account)
        if end is None or (left := end - lane.clock()) <= timedelta(0):
            return
        await lane.sleep(min(_POLL, left).total_seconds())


async def _leave_to_a_person(lane: Lane, delivery: Claimed | InDoubt) -> bool:
    # The network cannot be asked: missing a post is seen and mended, posting it twice is not. docs/decisions.md, 10
    network = lane.client.traits.title
    why = f"no clear answer came, and {network} cannot be asked: look whether it is there"
    attempts = delivery.attempts
    if await asyncio.to_thread(lane.ledger.drop, delivery.id, why, lane.clock(), attempts=attempts):
        lane.dropped += 1
        lane.say(f"{quoted(delivery)} is not sent again: {why}")
    return True


async def _find(lane: Lane, delivery: Claimed | InDoubt) -> Receipt | None:
    known = await known_receipts(lane, delivery)
    crashpoint.reached("before-find", lane.account)
    found = await lane.client.find(delivery.payload, known=known)
    crashpoint.reached("after-find", lane.account)
    return found


async def _leave_in_doubt(lane: Lane, delivery: Claimed | InDoubt, error: Exception) -> bool:
    if not isinstance(error, LedgerError):
        lane.say(f"{lane.account} does not tell whether it has {quoted(delivery)}: {safe_words(error)}")
    await lane.keep_away(error)
    return False


def _surely_absent_at(lane: Lane, delivery: Claimed | InDoubt) -> datetime:
    """When a post that left on the last attempt, at the very end of its time, would be to be seen."""
    latest_end = lane.rules.latest_start + lane.rules.send_timeout
    return delivery.attempted_at + latest_end + lane.client.traits.settles_after


async def _delete(lane: Lane, post: Posted) -> None:
    if Ability.DELETES not in lane.client.traits.abilities:
        raise unable(lane.client.traits, Ability.DELETES)
    crashpoint.reached("before-delete", lane.account)
    async with asyncio.timeout(lane.rules.send_timeout.total_seconds()):
        await lane.client.delete(post.receipt)
    crashpoint.reached("after-delete", lane.account)
    if await asyncio.to_thread(lane.ledger.taken_down, post.id, lane.clock()):
        lane.retracted += 1
        lane.say(f"took down {quoted(post)}, which was {post.receipt.url}")


async def _leave_standing(lane: Lane, post: Posted, error: Rejected) -> None:
    """Name the post to a person, once: asking again would get the same answer."""
    sentence = f"{lane.account} did not take down {post.receipt.url}: {error} Delete it there by hand."
    await asyncio.to_thread(lane.ledger.leave_standing, post.id, sentence, lane.clock())
    lane.asks.append(sentence)
    lane.say(sentence)
