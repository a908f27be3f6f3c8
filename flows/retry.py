"""Retry: failed deliveries of one outlet become due again, as a person asks."""

from prefect import flow
from prefect.client.schemas.objects import State

from tasks import clock
from tasks.acts import AnAccount, Asked, Deliveries, DryRun, Since, Until, Who, Why, carry_out_and_show, ended
from tasks.opening import close_desk
from tasks.remind import open_between


@flow(name="retry", flow_run_name="retry {outlet}", persist_result=False)
async def retry(
    outlet: str,
    who: Who,
    why: Why,
    deliveries: Deliveries = [],  # noqa: B006  Prefect shows the default in its form; nothing changes it
    account: AnAccount = "",
    since: Since = "",
    until: Until = "",
    dry_run: DryRun = False,
) -> State:
    """Send again what its network refused, once what was wrong is mended."""
    asked = Asked(
        kind="retry",
        who=who,
        why=why,
        deliveries=deliveries,
        account=account,
        since=since,
        until=until,
        dry_run=dry_run,
    )
    desk = await open_between(outlet)
    try:
        return ended(await carry_out_and_show(desk, asked, clock.now()), asked)
    finally:
        await close_desk(desk)
