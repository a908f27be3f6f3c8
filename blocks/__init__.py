"""What people set in the Prefect UI, one form a file; `prefect block register -m blocks` adds them all."""

from blocks.bluesky import BlueskyAccount
from blocks.facebook import FacebookPage
from blocks.ledger import Ledger
from blocks.linkedin import LinkedInPage
from blocks.mastodon import MastodonAccount
from blocks.outlet import Outlet
from blocks.strike import Strike
from blocks.telegram import TelegramChannel
from blocks.threads import ThreadsProfile
from blocks.x import XAccount

ACCOUNTS = {
    "mastodon": MastodonAccount,
    "bluesky": BlueskyAccount,
    "x": XAccount,
    "facebook": FacebookPage,
    "threads": ThreadsProfile,
    "linkedin": LinkedInPage,
    "telegram": TelegramChannel,
}

__all__ = [
    "ACCOUNTS",
    "BlueskyAccount",
    "FacebookPage",
    "Ledger",
    "LinkedInPage",
    "MastodonAccount",
    "Outlet",
    "Strike",
    "TelegramChannel",
    "ThreadsProfile",
    "XAccount",
]
