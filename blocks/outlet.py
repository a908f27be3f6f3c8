"""One newsroom: its feeds, accounts, zone, language and limits; the rule value it becomes is `piquet.outlet`."""

from typing import Literal

from prefect.blocks.core import Block
from pydantic import Field

from piquet import outlet as rule


class Outlet(Block):
    """A newsroom and where it posts. / Une rédaction et les comptes où elle publie."""

    _block_type_name = "Outlet"
    _block_type_slug = "outlet"
    _description = "A newsroom and where it posts. / Une rédaction et les comptes où elle publie."

    title: str = Field(
        title="Name / Nom", description="As readers know it. / Tel que les lecteurs le connaissent."
    )
    zone: str = Field(
        default="Europe/Paris",
        title="Time zone / Fuseau horaire",
        description="The newsroom's, such as Europe/Paris. / Celui de la rédaction.",
    )
    language: Literal["fr", "en"] = Field(
        default="fr",
        title="Language / Langue",
        description="That of the articles where a feed does not say. / Celle des articles si le flux ne la dit pas.",
    )
    feeds: list[str] = Field(
        title="Feeds / Flux",
        description="The web addresses of its RSS, Atom or JSON feeds. / Les adresses de ses flux RSS, Atom ou JSON.",
    )
    accounts: list[str] = Field(
        title="Accounts / Comptes",
        description="Such as mastodon/lejournal: the network, a slash, the account's block. / Le réseau, /, le bloc.",
    )
    strike: str = Field(
        default="",
        title="Strike block / Bloc de grève",
        description="Its name; empty means the same name as this block. / Son nom ; vide : le même que ce bloc.",
    )
    ledger: str = Field(
        default="ledger",
        title="Ledger block / Bloc du registre",
        description="The name of the block that says where the ledger is. / Le nom du bloc qui dit où est le registre.",
    )
    first_posts: int = Field(
        default=0,
        ge=0,
        le=50,
        title="Posts on first sight / Posts à la première lecture",
        description="How many newest articles of a new feed are posted. / Combien d'articles d'un nouveau flux partent.",
    )
    max_age_hours: int = Field(
        default=24,
        ge=1,
        le=720,
        title="Oldest article / Article le plus ancien",
        description="Older ones, in hours, are recorded and not posted. / Au-delà, en heures, rien n'est publié.",
    )
    flood: int = Field(
        default=20,
        ge=1,
        le=1000,
        title="Flood / Afflux",
        description="More new articles at once than this: the oldest wait for you. / Au-delà, les plus anciens attendent.",
    )
    flood_policy: Literal["hold", "post"] = Field(
        default="hold",
        title="In a flood / En cas d'afflux",
        description="hold: the oldest wait for a person. post: they go out. / hold : ils attendent. post : ils partent.",
    )
    posts_per_cycle: int = Field(
        default=20,
        ge=1,
        le=200,
        title="Posts per cycle / Posts par cycle",
        description="At most, for each account; the rest follow next time. / Au plus, par compte ; la suite après.",
    )
    stale_hours: int = Field(
        default=6,
        ge=1,
        le=720,
        title="No news after / Plus une actualité après",
        description="A post that waited longer, in hours, is dropped. / Un post en attente au-delà est abandonné.",
    )
    release_minutes: int = Field(
        default=2,
        ge=0,
        le=120,
        title="Release pace / Rythme de reprise",
        description="After a strike in mode hold, minutes between posts. / Après une grève hold, minutes entre posts.",
    )
    lease_seconds: int = Field(
        default=120,
        ge=2,
        le=3600,
        title="Lease / Bail",
        description="After this long, a post that was being sent is looked for on the network. / Délai de vérification.",
    )
    allowed_hosts: list[str] = Field(
        default=[],
        title="Intranet hosts / Hôtes internes",
        description="Feeds may be read from these private hosts. / Les flux de ces hôtes privés sont permis.",
    )
    allow_files: bool = Field(
        default=False,
        title="Feeds from files / Flux en fichiers",
        description="Lets a feed be a file of the worker, for demonstrations. / Permet un flux en fichier local.",
    )

    def to_rule(self, name: str) -> rule.Outlet:
        """The outlet as the rules know it; raises UserError naming the field that cannot work."""
        return rule.read_outlet(name, self.model_dump(include=set(type(self).model_fields)))
