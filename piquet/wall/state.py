"""What the wall holds (accounts, posts, notices, faults) and its journal; knows no network's rules."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from piquet.errors import UserError
from piquet.wall.faults import Fault
from piquet.wall.readers import UNREAD, Read, read_from

NETWORKS = ("mastodon", "bluesky", "x", "facebook", "threads", "linkedin", "telegram")
CREDENTIALS = {
    "mastodon": ("token",),
    "bluesky": ("handle", "app_password"),
    "x": ("consumer_key", "consumer_secret", "access_token", "access_token_secret"),
    "facebook": ("page_id", "token"),
    "threads": ("token",),
    "linkedin": ("organization", "token"),
    "telegram": ("token", "channel"),
}
CONSENT = ("client_id", "refresh_token")  # in place of X's four keys, or beside them


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One login on one network, with the outlet's title and the credentials its clients must show."""

    network: str
    name: str
    title: str
    language: str = "fr"
    credentials: Mapping[str, str] = field(repr=False)

    @property
    def number(self) -> str:
        """A numeric id that follows from network and name, so that it survives a restart."""
        digest = hashlib.sha256(f"{self.network}/{self.name}".encode()).digest()
        return str(10**17 + int.from_bytes(digest[:7], "big"))


@dataclass(frozen=True, slots=True, kw_only=True)
class WallPost:
    """One post as it stands: `path` is its address on this wall, `wire` what its network keeps of it."""

    network: str
    account: str
    id: str
    text: str
    time: datetime
    path: str
    link: str | None = None
    card: Mapping[str, Any] | None = None
    language: str | None = None
    wire: Mapping[str, Any] = field(default_factory=dict)
    request: Mapping[str, Any] = field(default_factory=dict)
    deleted: datetime | None = None


def account_from(data: Mapping[str, Any]) -> Account:
    """An account from JSON; UserError names what is wrong."""
    network, name = data.get("network"), data.get("name")
    if network not in NETWORKS:
        raise UserError(f"network is {network!r}: use one of {', '.join(NETWORKS)}.")
    if not isinstance(name, str) or not name.isascii() or not name.replace("_", "").isalnum():
        raise UserError(f"name is {name!r}: use ASCII letters, digits and underscores.")
    title, language = data.get("title") or name, data.get("language") or "fr"
    if not isinstance(title, str) or not isinstance(language, str):
        raise UserError(f"title and language of {network}/{name} are not both texts: mend them.")
    credentials = _credentials(network, name, data.get("credentials") or {})
    return Account(network=network, name=name, title=title, language=language, credentials=credentials)


def _credentials(network: str, name: str, given: Any) -> dict[str, str]:
    if not isinstance(given, Mapping) or not all(isinstance(value, str) for value in given.values()):
        raise UserError(f"credentials of {network}/{name} are not an object of texts: write one.")
    consented = network == "x" and all(given.get(key) for key in CONSENT)
    missing = [key for key in CREDENTIALS[network] if not given.get(key) and not consented]
    if missing:
        raise UserError(f"credentials of {network}/{name} lack {', '.join(missing)}: add them.")
    return dict(given)


def post_to(post: WallPost) -> dict[str, Any]:
    """JSON-ready."""
    deleted = post.deleted and post.deleted.isoformat()
    return {**asdict(post), "time": post.time.isoformat(), "deleted": deleted}


def post_from(data: Mapping[str, Any]) -> WallPost:
    """The reverse of `post_to`."""
    deleted = data.get("deleted")
    times = {
        "time": datetime.fromisoformat(data["time"]),
        "deleted": datetime.fromisoformat(deleted) if deleted else None,
    }
    return WallPost(**{**data, **times})


class Wall:
    """All state. Every lasting change goes through `change`, which also writes it to the `keep` file."""

    def __init__(self, *, keep: Path | None = None, max_characters: int = 500) -> None:
        self.max_characters = max_characters
        self.accounts: dict[tuple[str, str], Account] = {}
        self.revoked: set[str] = set()
        self._keep: Path | None = None
        self._clear()
        for line in _lines(keep) if keep and keep.exists() else ():
            self.change(**line)
        self._keep = keep

    def _clear(self) -> None:
        self._posts: dict[tuple[str, str, str], WallPost] = {}
        self.notices: list[str] = []
        self.cards: dict[str, Mapping[str, str]] = {}
        self.faults: list[Fault] = []
        self.blobs: dict[str, Mapping[str, Any]] = {}
        self.containers: dict[str, Mapping[str, Any]] = {}
        self.profiles: dict[str, Mapping[str, Any]] = {}
        self._read: dict[tuple[str, str, str], Read] = {}
        self.spent: dict[str, datetime] = {}
        self.nonces: dict[str, datetime] = {}

    def change(self, change: str, data: Any) -> None:
        """Apply one change and, with a `keep` file, append it there."""
        match change:
            case "account":
                self._add_account(account_from(data))
            case "post":
                self._put(post_from(data))
            case "notices":
                self.notices = list(dict.fromkeys([*self.notices, *data]))
            case "cards":
                self.cards |= data
            case "blob":
                self.blobs[data["ref"]["$link"]] = data
            case "profile":
                self.profiles[data["account"]] = data
            case "container":
                self.containers[data["id"]] = data
            case "read":
                self._read.update([read_from(data)])
            case "reset":
                self._clear()
            case _:
                raise UserError(f"change is {change!r}: the kept file is not one of this wall's.")
        if self._keep:
            with open(self._keep, "a", encoding="utf-8", opener=_private) as file:
                file.write(json.dumps({"change": change, "data": data}, ensure_ascii=False) + "\n")

    def _put(self, post: WallPost) -> None:
        key = (post.network, post.account, post.id)
        if key in self._posts and self._posts[key].deleted:
            del self._posts[key]  # posted anew: it comes after what was posted meanwhile
        self._posts[key] = post

    def add_account(self, data: Any) -> None:
        """Add or replace an account from JSON; UserError names what is wrong."""
        if not isinstance(data, dict):
            raise UserError(
                "An account is a JSON object with network, name, title, language and credentials."
            )
        account = account_from(data)
        if self.accounts.get((account.network, account.name)) != account:
            self.change("account", asdict(account))

    def _add_account(self, account: Account) -> None:
        for other in self.of_network(account.network):
            if other.name != account.name and _shared(other.credentials, account.credentials):
                raise UserError(
                    f"{account.network}/{account.name} has a credential of {other.name}: use another."
                )
        self.accounts[account.network, account.name] = account

    def of_network(self, network: str) -> list[Account]:
        """The accounts of one network."""
        return [a for a in self.accounts.values() if a.network == network]

    def posts(self, network: str | None = None, account: str | None = None) -> list[WallPost]:
        """The posts that stand, oldest first."""
        return [
            p
            for p in self._posts.values()
            if not p.deleted and network in (None, p.network) and account in (None, p.account)
        ]

    def post(self, network: str, account: str, id: str) -> WallPost | None:
        """The post with this id, if it stands."""
        post = self._posts.get((network, account, id))
        return post if post and not post.deleted else None

    def read(self, post: WallPost) -> Read:
        """What readers did with a post."""
        return self._read.get((post.network, post.account, post.id), UNREAD)

    def everything(self, network: str, account: str) -> Sequence[WallPost]:
        """The posts of an account with the deleted ones, oldest first."""
        return [p for p in self._posts.values() if (p.network, p.account) == (network, account)]

    def put(self, post: WallPost) -> None:
        """Add or replace a post."""
        self.change("post", post_to(post))

    def delete(self, post: WallPost, now: datetime) -> None:
        """Take a post down; it is remembered as deleted."""
        self.put(replace(post, deleted=now))

    def next_number(self, network: str, floor: int) -> int:
        """An id above every earlier one of this network, `floor` or more."""
        used = [int(p.id.rpartition("_")[2]) for p in self._posts.values() if p.network == network]
        return max(floor, *(number + 1 for number in used)) if used else floor


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)  # it holds the accounts' credentials


def _lines(keep: Path) -> list[dict[str, Any]]:
    """Every kept change. A last line without its end (the wall was killed) is cut off."""
    whole, _, torn = keep.read_bytes().rpartition(b"\n")
    if torn:
        os.truncate(keep, keep.stat().st_size - len(torn))
    try:
        return [json.loads(line) for line in whole.split(b"\n") if line]
    except ValueError:
        raise UserError(f"{keep} is not a file that a wall kept: name another.") from None


def _shared(some: Mapping[str, str], others: Mapping[str, str]) -> bool:
    tokens = ("token", "access_token", "refresh_token", "handle", "page_id", "organization", "channel")
    return any(key in some and some[key] == others.get(key) for key in tokens)
