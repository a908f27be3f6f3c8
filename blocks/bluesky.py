"""One Bluesky account."""

from prefect.blocks.core import Block
from pydantic import Field, SecretStr

from blocks.account import SECRET_HELP, AccountForm, revealed
from blocks.session import KeptSession
from piquet.networks.bluesky import BlueskyClient
from piquet.networks.images import Fetch


class BlueskyAccount(AccountForm, Block):
    """An account on Bluesky, opened with an app password. / Un compte Bluesky, ouvert par un mot de passe d'application."""

    _block_type_name = "Bluesky Account"
    _block_type_slug = "bluesky-account"
    _description = "An account on Bluesky. / Un compte Bluesky."

    handle: str = Field(
        title="Handle / Identifiant", description="Such as lejournal.bsky.social. / Son identifiant."
    )
    app_password: SecretStr = Field(
        title="App password / Mot de passe d'application", description=SECRET_HELP
    )
    service: str = Field(
        default="https://bsky.social",
        title="Service",
        description="The server that holds the account. / Le serveur qui héberge le compte.",
    )

    def get_client(self, *, fetch: Fetch | None = None) -> BlueskyClient:
        """A client for this account; raises UserError where its secret is not to be had.

        Its sign-in is kept in the Secret block bluesky-session-<name of this block>, where this block is saved.
        """
        name = self._block_document_name
        return BlueskyClient(
            service=self.service,
            handle=self.handle,
            app_password=revealed(self.app_password, "Bluesky Account, field 'app_password'"),
            session=KeptSession(f"bluesky-session-{name}") if name else None,
            fetch=fetch,
        )
