"""Dashboard: the last days of one outlet, account by account, read under Artifacts; posts nothing."""

from typing import Annotated

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed
from pydantic import Field

from tasks import clock
from tasks.dashboard import board_of, leave_dashboard
from tasks.titles import titled


@flow(name="dashboard", flow_run_name="dashboard {outlet}", persist_result=False)
async def dashboard(
    outlet: Annotated[str, titled("Outlet / Titre")],
    days: Annotated[int, Field(ge=1, le=366), titled("Days / Jours")] = 30,
) -> State:
    """Posts, refusals, delays, quota, money and strike days of each account: read it under Artifacts.

    Posts, refus, délais, quota, argent et jours de grève de chaque compte : à lire sous « Artifacts ».

    Args:
        outlet: The name of the outlet's block. / Le nom du bloc du titre.
        days: How many of the last days, today included. / Combien de jours, aujourd'hui compris.
    """
    board = await board_of(outlet, days, clock.now())
    await leave_dashboard(outlet, board)
    return Completed(message=f"{sum(row.posts for row in board.rows)} posts in {days} days.")
