"""Rehearse: a whole strike day of one outlet in minutes, on a wall of its own; read under Artifacts, nothing is posted."""

from typing import Annotated

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from tasks import clock
from tasks.rehearsal import leave_rehearsal, rehearse_strike
from tasks.titles import titled


@flow(name="rehearse", flow_run_name="rehearse {outlet}", persist_result=False)
async def rehearse(
    outlet: Annotated[str, titled("Outlet / Titre")], day: Annotated[str, titled("Day / Jour")] = ""
) -> State:
    """Play a whole strike day with the last days' articles: read it under Artifacts. Nothing is posted.

    Jouer une journée de grève entière avec les articles des derniers jours : à lire sous « Artifacts ».
    Rien n'est publié.

    Args:
        outlet: The name of the outlet's block. / Le nom du bloc du titre.
        day: Such as 2026-12-05. Empty: the next strike, or tomorrow. / Par exemple 2026-12-05 ; vide : la prochaine grève, ou demain.
    """
    done = await rehearse_strike(outlet, day, clock.now())
    await leave_rehearsal(done)
    return Completed(message=done.sentence)
