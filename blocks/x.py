"""One X (Twitter) account."""

from dataclasses import replace
from decimal import Decimal

from prefect.blocks.core import Block
from pydantic import Field, SecretStr

from blocks.account import SECRET_HELP, AccountForm, revealed
from piquet.budget import Allowance
from piquet.networks.x import XClient

_SECRETS = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")


class XAccount(AccountForm, Block):
    """An account on X, reached with the four keys of an app. / Un compte X, avec les quatre clés d'une application."""

    _block_type_name = "X Account"
    _block_type_slug = "x-account"
    _description = "An account on X (Twitter). / Un compte sur X (Twitter)."

    consumer_key: SecretStr = Field(title="API key / Clé d'API", description=SECRET_HELP)
    consumer_secret: SecretStr = Field(
        title="API key secret / Secret de la clé d'API", description=SECRET_HELP
    )
    access_token: SecretStr = Field(title="Access token / Jeton d'accès", description=SECRET_HELP)
    access_token_secret: SecretStr = Field(
        title="Access token secret / Secret du jeton", description=SECRET_HELP
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
            "/ En dollars ; X prend 0,20 par post avec lien. Au-delà, les posts attendent. 0 : pas de budget."
        ),
    )

    def allowance(self) -> Allowance:
        """What this account may use."""
        return replace(super().allowance(), monthly_budget=Decimal(self.monthly_budget))

    def get_client(self) -> XClient:
        """A client for this account; raises UserError where a secret is not to be had."""
        secrets = {name: revealed(getattr(self, name), f"X Account, field '{name}'") for name in _SECRETS}
        return XClient(api=self.api, **secrets)
