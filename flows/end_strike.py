"""End a strike: now or at a given time, written into the Strike block; days already struck go on counting."""

from typing import Annotated

from prefect import flow
from prefect.client.schemas.objects import State

from tasks import clock
from tasks.opening import close_desk
from tasks.planning import carry_out, end
from tasks.remind import open_between
from tasks.titles import titled


@flow(name="end_strike", flow_run_name="end_strike {outlet}", persist_result=False)
async def end_strike(
    outlet: Annotated[str, titled("Outlet / Titre")],
    who: Annotated[str, titled("Who ends it / Qui y met fin")],
    why: Annotated[str, titled("Why / Pourquoi")],
    when: Annotated[str, titled("When / Quand")] = "",
    later_too: Annotated[bool, titled("What is planned too / Ce qui est prévu aussi")] = False,
    check_only: Annotated[bool, titled("Only check / Seulement vérifier")] = False,
) -> State:
    """End the strike that runs; the posts that follow are ordinary.

    Mettre fin à la grève en cours ; les posts suivants sont ordinaires.

    Args:
        outlet: The name of the outlet's block. / Le nom du bloc du titre.
        who: Your name; the audit trail keeps it. / Votre nom ; l'audit le garde.
        why: Such as: suspended by vote. / Par exemple : suspendue par un vote.
        when: Empty: now; else such as 2026-12-05 18:00. / Vide : maintenant ; sinon par exemple 2026-12-05 18:00.
        later_too: Take off the days and walkouts planned for later, too. / Retirer aussi les jours et débrayages prévus ensuite.
        check_only: Show what would change, and change nothing. / Montrer ce qui changerait, sans rien changer.
    """
    desk = await open_between(outlet)
    try:
        rule = end(who, why, when=when, later_too=later_too)
        return await carry_out(desk, rule, clock.now(), check_only=check_only)
    finally:
        await close_desk(desk)
