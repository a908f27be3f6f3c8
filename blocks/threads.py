"""One Threads profile."""

from prefect.blocks.core import Block
from pydantic import Field, SecretStr

from blocks.account import SECRET_HELP, AccountForm, revealed
from blocks.session import KeptSession
from piquet.networks.threads import ThreadsClient


class ThreadsProfile(AccountForm, Block):
    """A Threads profile; its token lasts 60 days. / Un profil Threads ; son jeton dure 60 jours."""

    _block_type_name = "Threads Profile"
    _block_type_slug = "threads-profile"
    _description = "A Threads profile. / Un profil Threads."

    token: SecretStr = Field(title="Long-lived token / Jeton de longue durée", description=SECRET_HELP)
    api: str = Field(
        default="https://graph.threads.net/v1.0",
        title="Threads API",
        description="The network's own address and version. / L'adresse et la version du réseau.",
    )

    def get_client(self) -> ThreadsClient:
        """A client for this profile; raises UserError where its token is not to be had.

        What the token becomes is kept in the Secret block threads-session-<name of this block>, where this is saved.
        """
        name = self._block_document_name
        return ThreadsClient(
            token=revealed(self.token, "Threads Profile, field 'token'"),
            session=KeptSession(f"threads-session-{name}") if name else None,
            api=self.api,
        )
