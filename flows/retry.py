"""Retry: failed deliveries of one outlet become due again, as a person asks."""

from prefect import flow
from prefect.client.schemas.objects import State

from tasks import clock
from tasks.acts import Asked, carry_out_and_show, ended
from tasks.opening import close_desk
from tasks.remind import open_between


@flow(name="retry", flow_run_name="retry {outlet}", persist_result=False)
async def retry(
    outlet: str,
    who: str,
    why: str,
    deliveries: list[int] = [],  # noqa: B006  Prefect shows the default in its form; nothing changes it
    account: str = "",
    since: str = "",
    until: str = "",
    dry_run: bool = False,
) -> State:
    """Send again what its network refused, once what was wrong is mended.

    Args:
        outlet: The name of its block. / Le nom de son bloc.
        who: Who does it; the audit trail keeps it. / Qui agit ; l'audit le garde.
        why: Why; the audit trail keeps it. / Pourquoi ; l'audit le garde.
        deliveries: Their numbers, as the tables show them. / Leurs numéros, comme dans les tableaux.
        account: Only this one, such as mastodon/lejournal. / Seulement celui-ci, comme mastodon/lejournal.
        since: Changed from this time on, such as 2026-12-05T11:00. / Modifiées à partir de cette heure.
        until: Changed before this time. / Modifiées avant cette heure.
        dry_run: Say what would be done, and do nothing. / Dire ce qui serait fait, sans rien faire.
    """
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
