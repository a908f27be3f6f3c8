"""One Mastodon account."""

from prefect.blocks.core import Block
from pydantic import Field, SecretStr

from blocks.account import SECRET_HELP, AccountForm, revealed
from piquet.networks.images import Fetch
from piquet.networks.mastodon import MastodonClient


class MastodonAccount(AccountForm, Block):
    """An account on a Mastodon server. / Un compte sur un serveur Mastodon."""

    _block_type_name = "Mastodon Account"
    _block_type_slug = "mastodon-account"
    _description = "An account on a Mastodon server. / Un compte sur un serveur Mastodon."

    server: str = Field(
        title="Server / Serveur",
        description="Its address, such as https://mastodon.social. / Son adresse.",
    )
    token: SecretStr = Field(title="Access token / Jeton d'accès", description=SECRET_HELP)

    def get_client(self, *, fetch: Fetch | None = None) -> MastodonClient:
        """A client for this account; raises UserError where its secret is not to be had."""
        token = revealed(self.token, "Mastodon Account, field 'token'")
        return MastodonClient(server=self.server, token=token, fetch=fetch)
