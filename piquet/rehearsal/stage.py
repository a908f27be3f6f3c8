"""The accounts of a rehearsal: each on a wall of its own, with secrets made for it; no real address can get here."""

import secrets
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from piquet.networks.bluesky import BlueskyClient
from piquet.networks.facebook import FacebookClient
from piquet.networks.linkedin import LinkedInClient
from piquet.networks.mastodon import MastodonClient
from piquet.networks.protocol import Client
from piquet.networks.telegram import TelegramClient
from piquet.networks.threads import ThreadsClient
from piquet.networks.x import XClient
from piquet.outlet import Outlet
from piquet.wall.app import wall_app
from piquet.wall.server import in_thread
from piquet.wall.state import Wall

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A running wall and, by account, the only clients of a rehearsal."""

    wall: Wall
    clients: Mapping[str, Client]


@contextmanager
def on_a_wall(outlet: Outlet, clock: Clock) -> Iterator[Stage]:
    """The outlet's accounts on a wall that goes by `clock` and ends with the block; the caller closes the clients."""
    wall = Wall()
    accounts = {reference: _account(reference, outlet) for reference in outlet.accounts}
    for account in accounts.values():
        wall.add_account(account)
    with in_thread(wall_app(wall, clock=clock)) as url:
        clients = {reference: _client(account, url, clock) for reference, account in accounts.items()}
        yield Stage(wall=wall, clients=clients)


def wall_name(reference: str) -> str:
    """The name on the wall of `network/name`: the wall's names have underscores where blocks' have dashes."""
    return reference.partition("/")[2].replace("-", "_")


def same_post(ids: Iterable[str], receipt_id: str) -> str | None:
    """Which of the wall's post ids a receipt's is: on some networks the one holds more than the other."""
    tail = receipt_id.rpartition("/")[2]
    return next((one for one in ids if one.rpartition("/")[2] == tail), None)


@dataclass(slots=True)
class _InMemory:
    """A session that ends with the rehearsal."""

    kept: Mapping[str, str] | None = None

    def load(self) -> Mapping[str, str] | None:
        return self.kept

    def save(self, session: Mapping[str, str]) -> None:
        self.kept = session


def _account(reference: str, outlet: Outlet) -> dict[str, Any]:
    network, name = reference.partition("/")[0], wall_name(reference)
    return {
        "network": network,
        "name": name,
        "title": outlet.title,
        "language": outlet.language,
        "credentials": _credentials(network, name),
    }


def _credentials(network: str, name: str) -> dict[str, str]:
    number, secret = str(zlib.crc32(name.encode())), secrets.token_urlsafe(18)
    match network:
        case "bluesky":
            return {"handle": f"{name.replace('_', '-')}.wall.test", "app_password": secret}
        case "x":
            # Not the four keys: their signatures bear the real time, and a rehearsal has its own.
            return {"client_id": name, "refresh_token": secret}
        case "facebook":
            return {"page_id": number, "token": secret}
        case "linkedin":
            return {"organization": number, "token": secret}
        case "telegram":
            return {"token": f"{number}:{secret}", "channel": f"@{name}"}
        case _:
            return {"token": secret}


def _client(account: Mapping[str, Any], url: str, clock: Clock) -> Client:
    """A client that can reach this wall only: its address is written here and nowhere read."""
    keys = account["credentials"]
    match account["network"]:
        case "mastodon":
            return MastodonClient(server=f"{url}/mastodon", **keys)
        case "bluesky":
            return BlueskyClient(service=f"{url}/bluesky", session=_InMemory(), **keys)
        case "x":
            return XClient(api=f"{url}/x", session=_InMemory(), clock=clock, **keys)
        case "facebook":
            return FacebookClient(graph=f"{url}/facebook/v26.0", **keys)
        case "threads":
            return ThreadsClient(api=f"{url}/threads/v1.0", pause=0, **keys)
        case "linkedin":
            return LinkedInClient(api=f"{url}/linkedin", **keys)
        case "telegram":
            return TelegramClient(api=f"{url}/telegram", **keys)
        case network:
            raise ValueError(f"{network!r} has no place on the wall: add it to the rehearsal.")
