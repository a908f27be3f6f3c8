"""Measure: what readers did with the posts of one outlet, at growing ages; nothing is posted."""

import asyncio

from prefect import flow
from prefect.client.schemas.objects import State

from tasks import clock
from tasks.measure import measure as measure_account
from tasks.measure import measured, with_posts_to_measure
from tasks.opening import close_desk
from tasks.remind import open_between


@flow(name="measure", flow_run_name="measure {outlet}", persist_result=False)
async def measure(outlet: str) -> State:
    """Ask the networks of `outlet` for the figures of every post that is of an age now."""
    desk = await open_between(outlet)
    try:
        due = with_posts_to_measure(desk, clock.now())
        asked = (measure_account(desk, account, posts) for account, posts in due.items())
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        return measured(dict(zip(due, outcomes, strict=True)))
    finally:
        await close_desk(desk)
