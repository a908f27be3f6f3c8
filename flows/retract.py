"""Retract: one article is taken down everywhere it was posted, and never posted again, as a person asks."""

from prefect import flow
from prefect.client.schemas.objects import State

from tasks import clock
from tasks.acts import Asked, carry_out_and_show, ended, take_down
from tasks.opening import close_desk
from tasks.remind import open_between


@flow(name="retract", flow_run_name="retract {outlet}", persist_result=False)
async def retract(outlet: str, url: str, who: str, why: str, dry_run: bool = False) -> State:
    """Take the article at `url` down everywhere; a network that is busy is asked again by each cycle.

    Args:
        outlet: The name of its block. / Le nom de son bloc.
        url: The article's link, as the feed gives it. / Le lien de l'article, comme dans le flux.
        who: Who does it; the audit trail keeps it. / Qui agit ; l'audit le garde.
        why: Why; the audit trail keeps it. / Pourquoi ; l'audit le garde.
        dry_run: Say what would be done, and do nothing. / Dire ce qui serait fait, sans rien faire.
    """
    asked = Asked(kind="retract", who=who, why=why, url=url, dry_run=dry_run)
    desk = await open_between(outlet)
    try:
        done = await carry_out_and_show(desk, asked, clock.now())
        outcomes = {} if dry_run else await take_down(desk, done)
        left = sorted(desk.ledger.retracting(outlet) & set(desk.accounts))
        return ended(done, asked, outcomes, left)
    finally:
        await close_desk(desk)
