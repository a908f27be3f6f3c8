"""Retract: one article is taken down everywhere it was posted, and never posted again, as a person asks."""

from prefect import flow
from prefect.client.schemas.objects import State

from tasks import clock
from tasks.acts import Asked, DryRun, Who, Why, carry_out_and_show, ended, take_down
from tasks.opening import close_desk
from tasks.remind import open_between


@flow(name="retract", flow_run_name="retract {outlet}", persist_result=False)
async def retract(outlet: str, url: str, who: Who, why: Why, dry_run: DryRun = False) -> State:
    """Take the article at `url` down everywhere; a network that is busy is asked again by each cycle."""
    asked = Asked(kind="retract", who=who, why=why, url=url, dry_run=dry_run)
    desk = await open_between(outlet)
    try:
        done = await carry_out_and_show(desk, asked, clock.now())
        return ended(done, asked, {} if dry_run else await take_down(desk, done))
    finally:
        await close_desk(desk)
