"""What every account's form has in common, whatever its network."""

from pydantic import BaseModel, Field, SecretStr, field_validator

from piquet.budget import Allowance
from piquet.config import resolve_secret
from piquet.hashtags import read_hashtags
from piquet.template import DEFAULT, check_template

SECRET_HELP = (
    "The secret itself, or env:NAME to read it from the worker's environment (recommended on a shared server). "
    "/ Le secret, ou env:NOM pour le lire dans l'environnement du worker (recommandé sur un serveur partagé)."
)


class AccountForm(BaseModel):
    """The look of an account's posts, and how many there may be."""

    template: str = Field(
        default=DEFAULT,
        title="Template / Modèle",
        description=(
            "How a post is built from {notice} {title} {link} {summary} {hashtags} {day_number} {outlet}; "
            "{notice} stands first and is empty on ordinary days. "
            "/ Comment un post est construit ; {notice} vient en premier et reste vide les jours ordinaires."
        ),
    )
    hashtags: list[str] = Field(
        default=[],
        title="Hashtags / Mots-dièse",
        description="Added to each post where there is room. / Ajoutés à chaque post s'il reste de la place.",
    )

    posts_per_day: int = Field(
        default=0,
        ge=0,
        le=10_000,
        title="Posts per day / Posts par jour",
        description=(
            "At most, in any 24 hours; the rest wait their turn. 0: as many as the network takes. "
            "/ Au plus, en 24 heures ; les autres attendent. 0 : autant que le réseau en accepte."
        ),
    )

    measured: bool = Field(
        default=True,
        title="Measure / Mesurer",
        description=(
            "Ask the network what readers did with the posts, five times a post within a week. "
            "/ Demander au réseau ce que les lecteurs ont fait des posts, cinq fois par post en une semaine."
        ),
    )

    def allowance(self) -> Allowance:
        """What this account may use."""
        return Allowance(posts_per_day=self.posts_per_day)

    @field_validator("template")
    @classmethod
    def _known_placeholders(cls, template: str) -> str:
        check_template(template, of="this account")
        return template

    @field_validator("hashtags")
    @classmethod
    def _one_word_each(cls, hashtags: list[str]) -> list[str]:
        return list(read_hashtags(hashtags, "This account, field 'hashtags'"))


def revealed(secret: SecretStr, where: str) -> str:
    """The secret's value, read from the environment where it names a variable there."""
    return resolve_secret(secret.get_secret_value(), where)
