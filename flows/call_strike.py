"""Call a strike: what would fail on the day is refused now; the rest is written into the Strike block and shown."""

from datetime import date
from typing import Annotated, Literal

from prefect import flow
from prefect.client.schemas.objects import State
from pydantic import Field

from piquet.calling import Request
from tasks import clock
from tasks.opening import close_desk
from tasks.planning import call, carry_out
from tasks.remind import open_between
from tasks.titles import titled


@flow(name="call_strike", flow_run_name="call_strike {outlet}", persist_result=False)
async def call_strike(
    outlet: Annotated[str, titled("Outlet / Titre")],
    who: Annotated[str, titled("Who calls it / Qui l'appelle")],
    why: Annotated[str, titled("Why / Pourquoi")],
    days: Annotated[list[date], titled("Strike days / Jours de grève")] = [],  # noqa: B006  Prefect shows the default
    walkouts: Annotated[list[str], titled("Walkouts / Débrayages")] = [],  # noqa: B006
    renewed_until: Annotated[str, titled("Renewed until / Reconduite jusqu'à")] = "",
    from_now: Annotated[bool, titled("From now on / Dès maintenant")] = False,
    mode: Annotated[
        Literal["as_it_is", "accompany", "replace", "message_only", "hold"],
        titled("What happens to posts / Ce qui arrive aux posts"),
    ] = "as_it_is",
    notices: Annotated[list[str], titled("Notices / Messages")] = [],  # noqa: B006
    short_notices: Annotated[list[str], titled("Short notices / Messages courts")] = [],  # noqa: B006
    reminders: Annotated[list[str], titled("Reminders / Rappels")] = [],  # noqa: B006
    reminder_minutes: Annotated[
        int,
        Field(ge=-1, le=1440),
        titled("Minutes between reminders / Minutes entre les rappels"),
    ] = -1,
    closing: Annotated[str, titled("Closing post / Post de fin")] = "",
    accounts: Annotated[list[str], titled("Accounts on strike / Comptes en grève")] = [],  # noqa: B006
    statement_url: Annotated[str, titled("Your statement / Votre communiqué")] = "",
    without_statement: Annotated[bool, titled("Without a statement / Sans communiqué")] = False,
    fund_url: Annotated[str, titled("Strike fund / Caisse de grève")] = "",
    hashtags: Annotated[list[str], titled("Hashtags / Mots-dièse")] = [],  # noqa: B006
    movement: Annotated[str, titled("Movement / Mouvement")] = "",
    check_only: Annotated[bool, titled("Only check / Seulement vérifier")] = False,
) -> State:
    """Call a strike, or change one; what you leave empty stays as it is in the Strike block.

    Appeler à la grève, ou la modifier ; ce que vous laissez vide reste comme dans le bloc Strike.

    Args:
        outlet: The name of the outlet's block. / Le nom du bloc du titre.
        who: Your name; the audit trail keeps it. / Votre nom ; l'audit le garde.
        why: Such as: voted in the assembly. / Par exemple : voté en assemblée.
        days: Whole days, added to those there are. / Des jours entiers, ajoutés à ceux qui y sont.
        walkouts: Such as 2026-12-05 11:00 to 2026-12-06 11:00; only the start where you renew it by vote. / Par exemple 2026-12-05 11:00 à 2026-12-06 11:00 ; le début seul si la grève est reconductible.
        renewed_until: After a vote, the new end of the renewable walkout, such as 2026-12-07 11:00. / Après un vote, la nouvelle fin.
        from_now: On strike at once, until end_strike. / En grève tout de suite, jusqu'à end_strike.
        mode: accompany: your notice, then the article. replace: your notice with the link. message_only: your notice alone. hold: the articles wait until the end; reminders still go out. / accompany : votre message, puis l'article. replace : votre message et le lien. message_only : votre message seul. hold : les articles attendent la fin ; les rappels partent quand même.
        notices: What readers see first; several take turns. / Ce que les lecteurs voient d'abord ; plusieurs messages alternent.
        short_notices: Used where the long ones do not fit. / Utilisés là où les longs ne tiennent pas.
        reminders: What the reminders say; empty means the notices. / Ce que disent les rappels ; sans eux, les messages.
        reminder_minutes: 0 for none, -1 as it is. / 0 : aucun rappel, -1 : comme avant.
        closing: Posted once when the strike ends. / Publié une fois à la fin.
        accounts: Such as mastodon/lejournal; write all for every account. / Par exemple mastodon/lejournal ; écrivez all pour tous.
        statement_url: Its web address. / Son adresse.
        without_statement: Go on strike though there is no statement to link to. / Faire grève sans communiqué à donner en lien.
        fund_url: Its web address, added to reminders where there is room. / Son adresse, ajoutée aux rappels s'il reste de la place.
        hashtags: Added at the end where there is room. / Ajoutés à la fin s'il reste de la place.
        movement: A new name starts a new count of strike days. / Un nouveau nom recommence le compte des jours.
        check_only: Say what would be refused and show what readers would see; change nothing. / Dire ce qui serait refusé et montrer ce que verraient les lecteurs, sans rien changer.
    """
    asked = Request(
        who=who,
        why=why,
        from_now=from_now,
        days=days,
        walkouts=walkouts,
        renewed_until=renewed_until,
        accounts=accounts,
        mode=mode,
        notices=notices,
        short_notices=short_notices,
        reminders=reminders,
        reminder_minutes=None if reminder_minutes < 0 else reminder_minutes,
        closing=closing,
        statement_url=statement_url,
        fund_url=fund_url,
        hashtags=hashtags,
        movement=movement,
    )
    desk = await open_between(outlet)
    try:
        rule = call(asked, without_statement=without_statement)
        return await carry_out(desk, rule, clock.now(), check_only=check_only)
    finally:
        await close_desk(desk)
