"""The switch and everything else the community managers set; the rule it feeds is `piquet.strike`."""

from datetime import date, datetime, tzinfo
from typing import Literal

from prefect.blocks.core import Block
from pydantic import BaseModel, Field

from piquet import strike as rule


class Walkout(BaseModel):
    """One walkout of hours. / Un débrayage."""

    start: datetime = Field(title="From / De", description="When it starts. / Son début.")
    end: datetime = Field(title="Until / À", description="When it ends. / Sa fin.")


class Strike(Block):
    """Tells readers that community managers are on strike: the articles still go out, with your notice first.

    Dit aux lecteurs que des community managers sont en grève : les articles partent, précédés de votre message.
    """

    _block_type_name = "Strike"
    _block_type_slug = "strike"
    _description = (
        "Tells readers that community managers are on strike: the articles still go out, with your notice first. "
        "/ Dit aux lecteurs que des community managers sont en grève : les articles partent, précédés de votre message."
    )

    # A Literal of strings, not a bool: Prefect's block events carry only top-level strings.
    switch: Literal["normal", "strike"] = Field(
        default="normal",
        title="Switch / Interrupteur",
        description=(
            "Choose strike to be on strike from now until you choose normal again. "
            "With normal, the days and hours below decide. "
            "/ Choisissez strike pour être en grève dès maintenant, normal pour suivre les jours et heures ci-dessous."
        ),
    )
    mode: Literal["accompany", "replace", "message_only", "hold"] = Field(
        default="accompany",
        title="What happens to posts / Ce qui arrive aux posts",
        description=(
            "accompany: your notice, then the title and the link. replace: your notice instead of the title, "
            "with the link. message_only: your notice without the link. hold: nothing is posted until the end. "
            "/ accompany : votre message, puis le titre et le lien. replace : votre message à la place du titre, "
            "avec le lien. message_only : votre message sans le lien. hold : rien ne part avant la fin."
        ),
    )
    notices: list[str] = Field(
        default=["Community managers en grève. Ce message est publié automatiquement."],
        title="Notices / Messages",
        description=(
            "What readers see first. Several take turns. You may write {day_number} and {outlet}. "
            "/ Ce que les lecteurs voient d'abord. Plusieurs messages alternent. "
            "{day_number} et {outlet} sont remplacés."
        ),
    )
    short_notices: list[str] = Field(
        default=["Community managers en grève."],
        title="Short notices / Messages courts",
        description=(
            "Used where the notice and a long title do not fit together, as on X and Bluesky. "
            "/ Employés là où le message et un long titre ne tiennent pas ensemble, comme sur X et Bluesky."
        ),
    )
    days: list[date] = Field(
        default=[],
        title="Strike days / Jours de grève",
        description="Whole days, from midnight to midnight. / Des jours entiers, de minuit à minuit.",
    )
    windows: list[Walkout] = Field(
        default=[],
        title="Walkouts / Débrayages",
        description="Hours, such as 11:00 to 11:00 the next day. / Des heures, par exemple de 11 h à 11 h le lendemain.",
    )
    accounts: list[str] = Field(
        default=[],
        title="Accounts on strike / Comptes en grève",
        description=(
            "Such as mastodon/lejournal; leave it empty for all of them. "
            "/ Par exemple mastodon/lejournal ; laissez vide pour tous."
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
    hashtags: list[str] = Field(
        default=[],
        title="Hashtags / Mots-dièse",
        description="Added at the end where there is room. / Ajoutés à la fin s'il reste de la place.",
    )
    days_before: int = Field(
        default=0,
        ge=0,
        le=1000,
        title="Earlier strike days / Jours de grève précédents",
        description=(
            "How many strike days your movement had that are not listed above; {day_number} counts on from there. "
            "/ Combien de jours de grève le mouvement a eus, non listés ci-dessus ; {day_number} continue à partir de là."
        ),
    )

    def to_rule(self, zone: tzinfo) -> rule.Strike:
        """The strike as the rule knows it; raises UserError naming the field that cannot work."""
        return rule.strike_from_json(self.model_dump(mode="json", include=set(type(self).model_fields)), zone)
