"""One Facebook Page."""

from prefect.blocks.core import Block
from pydantic import Field, SecretStr

from blocks.account import SECRET_HELP, AccountForm, revealed
from piquet.networks.facebook import FacebookClient


class FacebookPage(AccountForm, Block):
    """A Facebook Page, reached with its Page token. / Une Page Facebook, avec son jeton de Page."""

    _block_type_name = "Facebook Page"
    _block_type_slug = "facebook-page"
    _description = "A Facebook Page. / Une Page Facebook."

    page_id: str = Field(title="Page id / Identifiant de la Page", description="Its number. / Son numéro.")
    token: SecretStr = Field(title="Page token / Jeton de Page", description=SECRET_HELP)
    graph: str = Field(
        default="https://graph.facebook.com/v26.0",
        title="Graph API",
        description="The network's own address and version. / L'adresse et la version du réseau.",
    )

    def get_client(self) -> FacebookClient:
        """A client for this Page; raises UserError where its token is not to be had."""
        token = revealed(self.token, "Facebook Page, field 'token'")
        return FacebookClient(page_id=self.page_id, token=token, graph=self.graph)
