"""Where the ledger is."""

from prefect.blocks.core import Block
from pydantic import Field, SecretStr

from blocks.account import SECRET_HELP, revealed
from piquet.ledger import Ledger as Store


class Ledger(Block):
    """The database of what was posted. / La base de données de ce qui a été publié."""

    _block_type_name = "Ledger"
    _block_type_slug = "ledger"
    _description = "The database of what was posted. / La base de données de ce qui a été publié."

    url: SecretStr = Field(
        title="Address / Adresse",
        description="Such as sqlite:////var/lib/piquet/ledger.db or postgresql+psycopg://... " + SECRET_HELP,
    )

    def get_client(self) -> Store:
        """The open ledger; raises UserError or LedgerError in one sentence."""
        return Store.open(revealed(self.url, "Ledger, field 'url'"))
