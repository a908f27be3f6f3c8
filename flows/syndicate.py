"""Syndicate: fetch, dedupe, decide, compose, publish, for one outlet."""

import asyncio
from collections.abc import Sequence
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from piquet.entry import Sorted
from piquet.feed import FeedResult
from piquet.lane import Outcome
from tasks import clock
from tasks.compose import compose
from tasks.dedupe import dedupe
from tasks.fetch import fetch
from tasks.opening import Desk, close_desk, open_desk
from tasks.publish import publish, with_something_due
from tasks.remind import pin, remind
from tasks.report import report
from tasks.strike import Decisions, decide_accounts, overtaken

# A strike that begins, ends or is changed while posts go out is decided and composed anew in the same cycle.
_ROUNDS = 3


# Async all through: a synchronous flow costs a second more, and a task per entry would drown the server.
@flow(name="syndicate", flow_run_name="syndicate {outlet}", persist_result=False)
async def syndicate(outlet: str) -> State:
    """One cycle of `outlet`: every new article, exactly once, to each of its accounts."""
    now = clock.now()
    desk = await open_desk(outlet, now)
    try:
        fetched = await fetch(desk, now)
        found = await dedupe(desk, fetched, now)
        outcomes: dict[str, Any] = {}
        for _ in range(_ROUNDS):
            decisions, later, done = await _post(desk, fetched, found)
            outcomes |= later
            if done and not await overtaken(desk):
                break
        return await report(desk, fetched, decisions, outcomes, now)
    finally:
        await close_desk(desk)


async def _post(
    desk: Desk, fetched: Sequence[FeedResult], found: Sequence[Sorted]
) -> tuple[Decisions, dict[str, Any], bool]:
    """Decide, compose and publish, as things stand now; the outcome of each account, and whether the decisions held."""
    now = clock.now()
    decisions = await decide_accounts(desk, now)
    await remind(desk, decisions, now)
    composed = await compose(desk, fetched, found, decisions, now)
    accounts = with_something_due(desk, now)
    outcomes = await asyncio.gather(*(publish(desk, a) for a in accounts), return_exceptions=True)
    await pin(desk, clock.now())
    held = composed and not any(isinstance(o, Outcome) and o.outdated for o in outcomes)
    return decisions, dict(zip(accounts, outcomes, strict=True)), held
