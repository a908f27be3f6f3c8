"""One X (Twitter) account."""

from dataclasses import replace
from decimal import Decimal

from prefect.blocks.core import Block
from pydantic import Field, SecretStr

from blocks.account import SECRET_HELP, AccountForm, revealed
from blocks.session import KeptSession
from piquet.budget import Allowance
from piquet.networks.x import XClient

_SECRETS = (
    "consumer_key",
    "consumer_secret",
    "access_token",
    "access_token_secret",
    "client_secret",
    "refresh_token",
)
_NONE = SecretStr("")


class XAccount(AccountForm, Block):
    """An account on X, reached with the four keys of an app, or with its client ID and a refresh token.

    / Un compte X, avec les quatre clés d'une application, ou son identifiant client et un jeton d'actualisation.
    """

    _block_type_name = "X Account"
    _block_type_slug = "x-account"
    _description = "An account on X (Twitter). / Un compte sur X (Twitter)."

    consumer_key: SecretStr = Field(default=_NONE, title="API key / Clé d'API", description=SECRET_HELP)
    consumer_secret: SecretStr = Field(
        default=_NONE, title="API key secret / Secret de la clé d'API", description=SECRET_HELP
    )
    access_token: SecretStr = Field(
        default=_NONE, title="Access token / Jeton d'accès", description=SECRET_HELP
    )
    access_token_secret: SecretStr = Field(
        default=_NONE, title="Access token secret / Secret du jeton", description=SECRET_HELP
    )
    client_id: str = Field(
        default="",
        title="Client ID (OAuth 2) / Identifiant client (OAuth 2)",
        description="In place of the four keys, with a refresh token. / À la place des quatre clés.",
    )
    client_secret: SecretStr = Field(
        default=_NONE,
        title="Client secret (OAuth 2) / Secret client (OAuth 2)",
        description=f"Empty for a public app. / Vide pour une application publique. {SECRET_HELP}",
    )
    refresh_token: SecretStr = Field(
        default=_NONE,
        title="First refresh token (OAuth 2) / Premier jeton d'actualisation (OAuth 2)",
        description=f"Piquet keeps the ones that follow. / Piquet conserve les suivants. {SECRET_HELP}",
    )
    api: str = Field(
        default="https://api.x.com", title="API", description="The network's own address. / Son adresse."
    )

    monthly_budget: int = Field(
        default=0,
        ge=0,
        le=1_000_000,
        title="Monthly budget / Budget mensuel",
        description=(
            "In US dollars; X takes 0.20 for a post with a link. Posts beyond it wait. 0: no budget. "
            "/ En dollars ; X prend 0,20 par post avec lien. Au-delà, les posts attendent. 0 : pas de budget."
        ),
    )

    measured: bool = Field(
        default=True,
        title="Measure / Mesurer",
        description=(
            "Ask X what readers did with the posts, five times a post: 0.005 dollars each, within the monthly budget. "
            "/ Demander à X ce que les lecteurs ont fait des posts, cinq fois par post : 0,005 dollar à chaque fois, "
            "dans la limite du budget mensuel."
        ),
    )

    def allowance(self) -> Allowance:
        """What this account may use."""
        return replace(super().allowance(), monthly_budget=Decimal(self.monthly_budget))

    def get_client(self) -> XClient:
        """A client for this account; raises UserError where a secret is not to be had, or neither set is complete.

        Renewed tokens are kept in the Secret block x-session-<name of this block>, where this block is saved.
        """
        name = self._block_document_name
        secrets = {field: revealed(getattr(self, field), f"X Account, field '{field}'") for field in _SECRETS}
        session = KeptSession(f"x-session-{name}") if name else None
        return XClient(api=self.api, client_id=self.client_id, session=session, **secrets)
