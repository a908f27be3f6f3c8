"""Prune: what one outlet did long ago is forgotten; never the audit, nor which articles were met."""

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from piquet.prune import read_age, told
from tasks.opening import open_outlet
from tasks.prune import prune as prune_outlet


@flow(name="prune", flow_run_name="prune {outlet}", persist_result=False)
async def prune(outlet: str, older_than: str = "400d", dry_run: bool = False) -> State:
    """Forget deliveries, their moves and figures, and cycles that are older than this.

    Args:
        outlet: The name of its block. / Le nom de son bloc.
        older_than: How old, such as 400d; 90d at least. / L'âge, par exemple 400d ; 90d au moins.
        dry_run: Say what would be forgotten, and forget nothing. / Dire ce qui serait oublié, sans rien oublier.
    """
    age = read_age(older_than)
    done = await prune_outlet(await open_outlet(outlet), age, dry_run=dry_run)
    return Completed(message=f"{'Would be forgotten' if dry_run else 'Forgotten'}: {told(outlet, done)}")
