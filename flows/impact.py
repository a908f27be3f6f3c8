"""Impact: were we noticed? The report on the last strike that is over, or on the time asked for; posts nothing."""

from typing import Annotated

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from piquet.impact.report import report
from tasks import clock
from tasks.impact import choose, compare_posts, count_facts, leave_report, nothing_to_report
from tasks.opening import open_outlet
from tasks.titles import titled


@flow(name="impact", flow_run_name="impact {outlet}", persist_result=False)
async def impact(
    outlet: Annotated[str, titled("Outlet / Titre")],
    day: Annotated[str, titled("Day / Jour")] = "",
    since: Annotated[str, titled("Since / Depuis")] = "",
    until: Annotated[str, titled("Until / Jusqu'à")] = "",
) -> State:
    """Were we noticed? What readers did with the strike's posts, beside ordinary days: read it under Artifacts.

    Nous a-t-on remarqués ? Ce que les lecteurs ont fait des posts de la grève, comparé aux jours ordinaires :
    à lire sous « Artifacts ».

    Args:
        outlet: The name of the outlet's block. / Le nom du bloc du titre.
        day: Such as 2026-12-05 or yesterday. Empty: the last strike, if its report is due. / Par exemple 2026-12-05 ; vide : la dernière grève, si son rapport est dû.
        since: Instead of a day: from this time, such as 2026-12-05T11:00. / À la place d'un jour : à partir de cette heure.
        until: Until this time. Empty: until now. / Jusqu'à cette heure ; vide : jusqu'à maintenant.
    """
    opened, now = await open_outlet(outlet), clock.now()
    choice = await choose(opened, day=day, since=since, until=until, now=now)
    if choice.why_not:
        return nothing_to_report(opened, choice)
    facts = await count_facts(opened, choice, now)
    comparisons = await compare_posts(opened, choice, now)
    said = await leave_report(opened, choice, report(opened, choice.span, now, facts, comparisons))
    return Completed(message=said)
