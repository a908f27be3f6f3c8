"""The switch and everything else the community managers set; the rule it feeds is `piquet.strike`."""

from datetime import date, datetime, tzinfo
from typing import Literal

from prefect.blocks.core import Block
from pydantic import BaseModel, Field

from piquet.strike import Strike as Rule
from piquet.strike_form import strike_from_json


class Walkout(BaseModel):
    """One walkout of hours. / Un débrayage."""

    start: datetime = Field(title="From / De", description="When it starts. / Son début.")
    end: datetime | None = Field(
        default=None,
        title="Until / À",
        description=(
            "When it ends: press date-time. Leave None where you renew it by vote: it then lasts 24 hours. "
            "/ Sa fin : cliquez sur « date-time ». Laissez « None » si la grève est reconductible : elle dure alors 24 heures."
        ),
    )
    renewed_until: datetime | None = Field(
        default=None,
        title="Renewed until / Reconduite jusqu'à",
        description=(
            "After each vote, the new end: press date-time. Without it the walkout ends by itself. "
            "/ Après chaque vote, la nouvelle fin : cliquez sur « date-time ». Sans elle, le débrayage se termine de lui-même."
        ),
    )


class Strike(Block):
    """Tells readers that community managers are on strike: the articles still go out, with your notice first.

    Dit aux lecteurs que des community managers sont en grève : les articles partent, précédés de votre message.
    """

    _block_type_name = "Strike"
    _block_type_slug = "strike"
    _description = (
        "Tells readers that community managers are on strike: the articles still go out, with your notice first. "
        "/ Dit aux lecteurs que des community managers sont en grève : les articles partent, précédés de votre message."
    )

    # A Literal of strings, not a bool: Prefect's block events carry only top-level strings.
    switch: Literal["normal", "strike"] = Field(
        default="normal",
        title="Switch / Interrupteur",
        description=(
            "Choose strike to be on strike from now until you choose normal again. With normal, the days and hours "
            "below decide: to end a listed day early, take it out of the list, too. "
            "/ Choisissez strike pour être en grève dès maintenant, jusqu'à ce que vous remettiez normal. Avec normal, "
            "les jours et les heures ci-dessous décident : pour finir plus tôt un jour listé, retirez-le aussi."
        ),
    )
    days: list[date] = Field(
        default=[],
        title="Strike days / Jours de grève",
        description=(
            "Whole days, from midnight to midnight in your newsroom's time. Press Add item for each. "
            "/ Des jours entiers, de minuit à minuit à l'heure de votre rédaction. Cliquez sur « Add item » pour chacun."
        ),
    )
    windows: list[Walkout] = Field(
        default=[],
        title="Walkouts / Débrayages",
        description=(
            "Hours, such as 11:00 to 11:00 the next day. Choose your time zone first: the form begins with UTC. Each "
            "press on AM or PM moves the hour by 12, so read what the field then shows: month, day, year, and 01:00 PM "
            "is 13:00. / Des heures, par exemple de 11 h à 11 h le lendemain. Choisissez d'abord votre fuseau horaire : "
            "le formulaire commence par UTC. Chaque clic sur AM ou PM déplace l'heure de 12 : relisez ce que le champ "
            "montre ensuite, mois, jour, année, et 01:00 PM veut dire 13 h."
        ),
    )
    accounts: list[str] = Field(
        default=[],
        title="Accounts on strike / Comptes en grève",
        description=(
            "One an item, such as mastodon/lejournal; leave the list empty for all of them. "
            "/ Un par ligne, par exemple mastodon/lejournal ; laissez la liste vide pour tous."
        ),
    )
    mode: Literal["accompany", "replace", "message_only", "hold"] = Field(
        default="accompany",
        title="What happens to posts / Ce qui arrive aux posts",
        description=(
            "accompany: your notice, then the title and the link. replace: your notice instead of the title, "
            "with the link. message_only: your notice without the link. hold: the articles wait until the end; reminders still go out. "
            "/ accompany : votre message, puis le titre et le lien. replace : votre message à la place du titre, "
            "avec le lien. message_only : votre message sans le lien. hold : les articles attendent la fin ; les rappels partent quand même."
        ),
    )
    notices: list[str] = Field(
        default=["Community managers en grève. Ce message est publié automatiquement."],
        title="Notices / Messages",
        description=(
            "What readers see first. Several take turns. {day_number} becomes the number of the strike day, "
            "{outlet} the name of your newsroom. / Ce que les lecteurs voient d'abord. Plusieurs messages alternent. "
            "{day_number} devient le numéro du jour de grève, {outlet} le nom de votre titre."
        ),
    )
    short_notices: list[str] = Field(
        default=["Community managers en grève."],
        title="Short notices / Messages courts",
        description=(
            "Used where the notice and a long title do not fit together, as on X and Bluesky. "
            "/ Utilisés là où le message et un long titre ne tiennent pas ensemble, comme sur X et Bluesky."
        ),
    )
    statement_url: str = Field(
        default="",
        title="Your statement / Votre communiqué",
        description=(
            "The web address of your statement, added where a post carries no article link. "
            "/ L'adresse de votre communiqué, ajoutée là où un post ne porte pas de lien d'article."
        ),
    )
    fund_url: str = Field(
        default="",
        title="Strike fund / Caisse de grève",
        description=(
            "The web address of your strike fund, added to reminders where there is room. "
            "/ L'adresse de votre caisse de grève, ajoutée aux rappels s'il reste de la place."
        ),
    )
    hashtags: list[str] = Field(
        default=[],
        title="Hashtags / Mots-dièse",
        description="Added at the end where there is room. / Ajoutés à la fin s'il reste de la place.",
    )
    movement: str = Field(
        default="",
        title="Movement / Mouvement",
        description=(
            "A name for it, such as Pensions 2026; a new name starts a new count of strike days. "
            "/ Son nom, par exemple Retraites 2026 ; un nouveau nom recommence le compte des jours de grève."
        ),
    )
    days_before: int = Field(
        default=0,
        ge=0,
        le=1000,
        title="Earlier strike days / Jours de grève précédents",
        description=(
            "How many strike days your movement had that are not listed above; {day_number} counts on from there. "
            "/ Nombre de jours de grève déjà faits par le mouvement et non listés ci-dessus ; {day_number} continue à partir de là."
        ),
    )
    reminder_minutes: int = Field(
        default=120,
        ge=0,
        le=1440,
        title="Minutes between reminders / Minutes entre les rappels",
        description=(
            "A reminder is a post that is only your notice; the first goes out when the strike starts. 0 means none. "
            "/ Un rappel est un post qui n'est que votre message ; le premier part au début de la grève. 0 : aucun."
        ),
    )
    reminder_from: str = Field(
        default="08:00",
        title="Reminders from / Rappels à partir de",
        description="The hour at which reminders begin each day. / L'heure où les rappels commencent chaque jour.",
    )
    reminder_until: str = Field(
        default="20:00",
        title="Reminders until / Rappels jusqu'à",
        description=(
            "The hour at which they end; 24:00 is midnight. / L'heure où ils s'arrêtent ; 24:00 veut dire minuit."
        ),
    )
    reminder_gap_minutes: int = Field(
        default=30,
        ge=1,
        le=1440,
        title="Quiet minutes before a reminder / Minutes de silence avant un rappel",
        description=(
            "A reminder waits until the last post with your notice is this old. "
            "/ Un rappel attend que le dernier post portant votre message ait cet âge."
        ),
    )
    reminders: list[str] = Field(
        default=[],
        title="Reminders / Rappels",
        description=(
            "What reminders say, in turn; left empty, your notices take turns. "
            "/ Ce que disent les rappels, à tour de rôle ; sans eux, vos messages alternent."
        ),
    )
    # A Literal of strings for the same reason as the switch.
    pin: Literal["yes", "no"] = Field(
        default="yes",
        title="Pin the first reminder / Épingler le premier rappel",
        description=(
            "yes keeps it first on your page until the strike ends, where the network can; "
            "then what was pinned before is put back. "
            "/ yes le garde en tête de votre page jusqu'à la fin, là où le réseau le permet ; "
            "l'ancien post épinglé revient ensuite."
        ),
    )
    tail_days: int = Field(
        default=2,
        ge=0,
        le=14,
        title="Days of earlier posts / Jours de posts précédents",
        description=(
            "Posts of that many days before the strike still circulate: each gets your notice as a reply, once. "
            "0 means none. / Les posts d'autant de jours avant la grève circulent encore : chacun reçoit votre message "
            "en réponse, une fois. 0 : aucun."
        ),
    )
    tail_posts: int = Field(
        default=20,
        ge=0,
        le=100,
        title="Most replies / Réponses au plus",
        description="For each account, the newest first. / Pour chaque compte, en commençant par les plus récents.",
    )
    closing: str = Field(
        default="",
        title="Closing post / Post de fin",
        description=(
            "Posted once when the strike ends; leave it empty for none. "
            "/ Publié une fois à la fin de la grève ; laissez vide pour aucun."
        ),
    )
    changed_by: str = Field(
        default="",
        title="Who changes this / Qui modifie",
        description=(
            "Your name, each time you save; kept for whoever asks later. "
            "/ Votre nom, à chaque enregistrement ; gardé pour qui le demandera plus tard."
        ),
    )
    why: str = Field(
        default="",
        title="Why / Pourquoi",
        description=(
            "Such as: voted in the assembly of 4 December. / Par exemple : voté en assemblée le 4 décembre."
        ),
    )

    def to_rule(self, zone: tzinfo) -> Rule:
        """The strike as the rule knows it; raises UserError naming the field that cannot work."""
        return strike_from_json(self.model_dump(mode="json", include=set(type(self).model_fields)), zone)
