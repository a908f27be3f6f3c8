"""What the contract and fault suites run against: the wall's networks and the real servers, one kind of handle."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import httpx

from piquet.networks.bluesky import BlueskyClient
from piquet.networks.facebook import FacebookClient
from piquet.networks.linkedin import LinkedInClient
from piquet.networks.mastodon import MastodonClient
from piquet.networks.mastodon_status import plain_text
from piquet.networks.protocol import Client
from piquet.networks.telegram import TelegramClient
from piquet.networks.threads import ThreadsClient
from piquet.networks.x import XClient
from piquet.wall.testing import WallHandle, running_wall
from tests.real.servers import running_pds, running_snac

# How each client calls the address of its network, and one secret of it.
CLIENTS = {
    "mastodon": (MastodonClient, "server", "token"),
    "bluesky": (BlueskyClient, "service", "app_password"),
    "x": (XClient, "api", "access_token_secret"),
    "facebook": (FacebookClient, "graph", "token"),
    "threads": (ThreadsClient, "api", "token"),
    "linkedin": (LinkedInClient, "api", "token"),
    "telegram": (TelegramClient, "api", "token"),
}


class Leniency(StrEnum):
    """Where a real server keeps less than its API promises; tests hold it to exactly this."""

    TAKES_ANY_LENGTH = "takes a text over its own stated limit"
    IGNORES_KEYS = "ignores Idempotency-Key, so that a resend is a second post"
    KEEPS_DELETED = "answers 404 to DELETE of a status, and the status stands"
    NO_FIGURES = "has no AppView behind it, so that app.bsky.feed.getPosts is a 502"


LENIENCIES: Mapping[str, frozenset[Leniency]] = {
    "pds": frozenset({Leniency.NO_FIGURES}),
    "snac2": frozenset({Leniency.TAKES_ANY_LENGTH, Leniency.IGNORES_KEYS, Leniency.KEEPS_DELETED}),
    "gotosocial": frozenset({Leniency.IGNORES_KEYS}),
}


def other_servers(told: str) -> Mapping[str, tuple[str, str]]:
    """Mastodon-API servers that somebody else runs: "name address token, ..." gives address and token by name."""
    return {
        name: (url, token) for name, url, token in (one.split() for one in told.split(",") if one.strip())
    }


OTHERS = other_servers(os.environ.get("PIQUET_MASTODON_SERVERS", ""))
REAL = ("pds", "snac2", *OTHERS)
NAMES = (*(f"wall-{network}" for network in CLIENTS), *REAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A post as readers see it on a target: its text, the post it answers, its pictures' texts, whether pinned."""

    id: str
    text: str
    parent: str | None = None
    alts: tuple[str, ...] = ()
    pinned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One account on one network, on the wall or real."""

    name: str
    network: str
    base: str
    credentials: Mapping[str, str] = field(repr=False)
    wall: WallHandle | None = None

    def has(self, leniency: Leniency) -> bool:
        """Whether it is declared to be that lenient."""
        return leniency in LENIENCIES.get(self.name, ())

    def client(self, *, base: str | None = None, **changed: Any) -> Client:
        """A client of its account, `base` being where something stands in between."""
        make, address, _ = CLIENTS[self.network]
        return make(**{**self.credentials, address: base or self.base, "timeout": 10, **changed})

    def stranger(self) -> Client:
        """A client with a wrong secret."""
        return self.client(**{CLIENTS[self.network][2]: "not-the-s3cret"})

    def shown(self, mark: str) -> list[Shown]:
        """The posts whose text has the mark, oldest first."""
        return [post for post in _READERS[self.name](self) if mark in post.text]

    def texts(self, mark: str) -> list[str]:
        """Their texts."""
        return [post.text for post in self.shown(mark)]


def _wall_posts(target: Target) -> list[Shown]:
    return [
        Shown(
            id=post["id"],
            text=post["text"],
            parent=_wall_parent(post["record"]),
            alts=_wall_alts(post["record"]),
            pinned=bool(post["record"].get("pinned")),
        )
        for post in target.wall.posts(target.network)
    ]


def _wall_parent(kept: Mapping[str, Any]) -> str | None:
    if "record" in kept:
        return kept["record"].get("reply", {}).get("parent", {}).get("uri")
    answered = kept.get("in_reply_to_id") or kept.get("parent") or kept.get("reply")
    return str(answered) if answered else None


def _wall_alts(kept: Mapping[str, Any]) -> tuple[str, ...]:
    return _alts(kept["record"]) if "record" in kept else tuple(kept.get("alts", ()))


def _alts(record: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(image["alt"] for image in record.get("embed", {}).get("images", ()))


def _pds_posts(target: Target) -> list[Shown]:
    asked = {"repo": target.credentials["handle"], "collection": "app.bsky.feed.post", "limit": 100}
    answer = _get(f"{target.base}/xrpc/com.atproto.repo.listRecords", asked)
    return [
        Shown(
            id=one["uri"],
            text=one["value"]["text"],
            parent=one["value"].get("reply", {}).get("parent", {}).get("uri"),
            alts=_alts(one["value"]),
        )
        for one in reversed(answer["records"])
    ]


def _mastodon_posts(target: Target) -> list[Shown]:
    owner = {"Authorization": f"Bearer {target.credentials['token']}"}
    account = _get(f"{target.base}/api/v1/accounts/verify_credentials", {}, owner)["id"]
    found = _get(f"{target.base}/api/v1/accounts/{account}/statuses", {"limit": 40}, owner)
    return [
        Shown(
            id=status["id"],
            text=plain_text(status["content"]),
            parent=status["in_reply_to_id"],
            alts=tuple(one["description"] for one in status["media_attachments"]),
            pinned=status.get("pinned") is True,
        )
        for status in reversed(found)
    ]


def _get(url: str, query: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Any:
    with httpx.Client(timeout=20, trust_env=False) as http:
        return http.get(url, params=query, headers=headers).raise_for_status().json()


_READERS = {
    **dict.fromkeys((f"wall-{network}" for network in CLIENTS), _wall_posts),
    **dict.fromkeys(("snac2", *OTHERS), _mastodon_posts),
    "pds": _pds_posts,
}


@contextmanager
def open_target(name: str) -> Iterator[Target]:
    """Start it; raises tests.real.install.Absent where a real server is not installed."""
    if name == "pds":
        with running_pds() as server:
            yield Target(name=name, network="bluesky", base=server.url, credentials=server.credentials)
    elif name == "snac2":
        with running_snac() as server:
            yield Target(name=name, network="mastodon", base=server.url, credentials=server.credentials)
    elif name in OTHERS:
        url, token = OTHERS[name]
        yield Target(name=name, network="mastodon", base=url, credentials={"token": token})
    else:
        network = name.removeprefix("wall-")
        with running_wall() as wall:
            yield Target(
                name=name,
                network=network,
                base=wall.base(network),
                credentials=wall.credentials(network),
                wall=wall,
            )
