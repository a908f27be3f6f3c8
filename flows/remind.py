"""Remind: between two cycles, what is due besides the articles of one outlet on strike."""

import asyncio

from prefect import flow
from prefect.client.schemas.objects import State

from tasks import clock
from tasks.compose import compose
from tasks.opening import close_desk
from tasks.publish import publish
from tasks.remind import ended, notices_due, open_between, pin
from tasks.remind import remind as record
from tasks.strike import overtaken, standing


@flow(name="remind", flow_run_name="remind {outlet}", persist_result=False)
async def remind(outlet: str) -> State:
    """Reminders, replies and the closing post that are due now for `outlet`; most runs find nothing to do."""
    now = clock.now()
    desk = await open_between(outlet)
    try:
        # A strike that was just changed is the next cycle's: until then the old state must make no new post.
        if await overtaken(desk):
            return ended({})
        decisions = standing(desk, now)
        await record(desk, decisions, now)
        accounts, outcomes = notices_due(desk, now), []
        if accounts:
            # What waits on these accounts goes out too, and a strike may have begun or ended since it was composed.
            await compose(desk, (), (), decisions, now)
            outcomes = await asyncio.gather(*(publish(desk, a) for a in accounts), return_exceptions=True)
        await pin(desk, clock.now())
        return ended(dict(zip(accounts, outcomes, strict=True)))
    finally:
        await close_desk(desk)
