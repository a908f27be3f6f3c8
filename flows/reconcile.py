"""Reconcile: what became of the posts of one outlet whose answer was lost; nothing new is sent."""

import asyncio

from prefect import flow
from prefect.client.schemas.objects import State

from tasks import clock
from tasks.opening import close_desk
from tasks.reconcile import reconcile as reconcile_account
from tasks.reconcile import reconciled, with_open_ends
from tasks.remind import open_between


@flow(name="reconcile", flow_run_name="reconcile {outlet}", persist_result=False)
async def reconcile(outlet: str) -> State:
    """Ask the networks of `outlet` about every post in doubt, and take down what was retracted."""
    desk = await open_between(outlet)
    try:
        accounts = with_open_ends(desk, clock.now())
        asked = (reconcile_account(desk, account) for account in accounts)
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        return reconciled(dict(zip(accounts, outcomes, strict=True)))
    finally:
        await close_desk(desk)
