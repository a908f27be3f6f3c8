"""Audit: what was posted, where, why, and who decided, for a day, a time or the last strike of one outlet."""

from prefect import flow
from prefect.client.schemas.objects import State

from tasks import clock
from tasks.audit import read_audit, report_audit
from tasks.opening import open_outlet


@flow(name="audit", flow_run_name="audit {outlet}", persist_result=False)
async def audit(
    outlet: str, day: str = "", since: str = "", until: str = "", last_strike: bool = False
) -> State:
    """What was posted, where, why, and who decided: read it under Artifacts.

    Ce qui a été publié, où, pourquoi, et qui l'a décidé : à lire sous « Artifacts ».

    Args:
        outlet: The name of the outlet's block. / Le nom du bloc du titre.
        day: Such as 2026-12-05, today or yesterday. Empty: today. / Par exemple 2026-12-05 ; vide : aujourd'hui.
        since: Instead of a day: from this time, such as 2026-12-05T11:00. / À la place d'un jour : à partir de cette heure.
        until: Until this time. Empty: until now. / Jusqu'à cette heure ; vide : jusqu'à maintenant.
        last_strike: The strike that began last, whole. / La dernière grève, entière.
    """
    opened = await open_outlet(outlet)
    found = await read_audit(
        opened, day=day, since=since, until=until, last_strike=last_strike, now=clock.now()
    )
    return await report_audit(opened, found)
