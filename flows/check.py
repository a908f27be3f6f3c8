"""Check: every account of one outlet, whether it may post and for how long."""

import asyncio

from prefect import flow
from prefect.client.schemas.objects import State

from tasks import clock
from tasks.check import check_account, report_check
from tasks.opening import close_accounts, open_accounts, open_outlet


@flow(name="check", flow_run_name="check {outlet}", persist_result=False)
async def check(outlet: str) -> State:
    """Ask each network about its account of `outlet`; nothing is posted."""
    now = clock.now()
    opened = await open_outlet(outlet)
    accounts = await open_accounts(opened)
    try:
        found = await asyncio.gather(*(check_account(opened, accounts, a, now) for a in accounts))
        return await report_check(opened, found, now)
    finally:
        await close_accounts(accounts)
