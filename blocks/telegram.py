"""One Telegram channel."""

from prefect.blocks.core import Block
from pydantic import Field, SecretStr

from blocks.account import SECRET_HELP, AccountForm, revealed
from piquet.networks.telegram import TelegramClient


class TelegramChannel(AccountForm, Block):
    """A Telegram channel, posted to by a bot. / Un canal Telegram, alimenté par un bot."""

    _block_type_name = "Telegram Channel"
    _block_type_slug = "telegram-channel"
    _description = "A Telegram channel, posted to by a bot. / Un canal Telegram, alimenté par un bot."

    channel: str = Field(
        title="Channel / Canal",
        description="Its @name, or its number if it is private. / Son @nom, ou son numéro s'il est privé.",
    )
    token: SecretStr = Field(title="Bot token / Jeton du bot", description=SECRET_HELP)
    api: str = Field(
        default="https://api.telegram.org",
        title="Bot API",
        description="The network's own address. / L'adresse du réseau.",
    )

    def get_client(self) -> TelegramClient:
        """A client for this channel; raises UserError where its token is not to be had."""
        token = revealed(self.token, "Telegram Channel, field 'token'")
        return TelegramClient(token=token, channel=self.channel, api=self.api)
