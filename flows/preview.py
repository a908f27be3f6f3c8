"""Preview: what readers will see of one outlet, ordinary and on strike, read under Artifacts; posts nothing."""

from typing import Annotated

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.states import Completed
from pydantic import Field

from piquet.pages.preview import heading
from tasks import clock
from tasks.opening import close_desk
from tasks.preview import leave_preview, look_ahead
from tasks.remind import open_between
from tasks.titles import titled


@flow(name="preview", flow_run_name="preview {outlet}", persist_result=False)
async def preview(
    outlet: Annotated[str, titled("Outlet / Titre")],
    entries: Annotated[int, Field(ge=1, le=10), titled("Articles")] = 2,
) -> State:
    """What readers will see on each account: read it under Artifacts.

    Ce que les lecteurs verront sur chaque compte : à lire sous « Artifacts ».

    Args:
        outlet: The name of the outlet's block. / Le nom du bloc du titre.
        entries: How many of the newest articles. / Combien des derniers articles.
    """
    desk = await open_between(outlet)
    try:
        shown = await look_ahead(desk, entries, clock.now(), say=get_run_logger().warning)
        await leave_preview(desk, shown)
        return Completed(message=heading(shown.moment, desk.outlet.zone, desk.outlet.language))
    finally:
        await close_desk(desk)
