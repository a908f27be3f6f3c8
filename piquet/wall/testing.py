"""The wall for tests: a server in a thread on a free loopback port, and a handle to arm and read it.

    from piquet.wall.testing import running_wall

    with running_wall() as wall:
        wall.base("mastodon")                # "http://127.0.0.1:40123/mastodon": add /api/v1/...
        wall.base("bluesky")                 # ".../bluesky": add /xrpc/...
        wall.base("x")                       # ".../x": add /2/...
        wall.base("facebook")                # ".../facebook/v26.0": add /{page}/...
        wall.base("threads")                 # ".../threads/v1.0": add /me/...
        wall.base("linkedin")                # ".../linkedin": add /rest/...
        wall.base("telegram")                # ".../telegram": add /bot{token}/...
        wall.credentials("x")                # what the adapter's constructor takes besides its base
        wall.fault("x", "429", retry_after=30)       # the next publishing call on X
        wall.fault("bluesky", "drop", times=2)       # posted, then the connection is cut
        wall.fault("bluesky", "429", on="session")   # on: post (default), read, delete, session, any
        wall.posts("mastodon")               # [{"text", "link", "card", "time", "id", "url", "language", "request"}]
        wall.read({"network": "x", "account": "lejournal", "id": "1", "likes": 3})   # what readers did with posts
        wall.reset()                         # posts, notices, faults away; accounts stay

Kinds of faults: piquet.wall.faults.KINDS. Default accounts: one `lejournal` on each network.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx

from piquet.wall.app import wall_app
from piquet.wall.server import in_thread
from piquet.wall.state import Wall

VERSIONED = {"facebook": "/v26.0", "threads": "/v1.0"}
DEFAULT_ACCOUNTS = (
    {
        "network": "mastodon",
        "name": "lejournal",
        "title": "Le Journal",
        "credentials": {"token": "mastodon-test-token"},
    },
    {
        "network": "bluesky",
        "name": "lejournal",
        "title": "Le Journal",
        "credentials": {"handle": "lejournal.wall.test", "app_password": "blue-test-pass-word"},
    },
    {
        "network": "x",
        "name": "lejournal",
        "title": "Le Journal",
        "credentials": {
            "consumer_key": "x-test-key",
            "consumer_secret": "x-test-secret",
            "access_token": "x-test-token",
            "access_token_secret": "x-test-token-secret",
        },
    },
    {
        "network": "facebook",
        "name": "lejournal",
        "title": "Le Journal",
        "credentials": {"page_id": "100200300", "token": "facebook-test-token"},
    },
    {
        "network": "threads",
        "name": "lejournal",
        "title": "Le Journal",
        "credentials": {"token": "threads-test-token"},
    },
    {
        "network": "linkedin",
        "name": "lejournal",
        "title": "Le Journal",
        "credentials": {"organization": "2414183", "token": "linkedin-test-token"},
    },
    {
        "network": "telegram",
        "name": "lejournal",
        "title": "Le Journal",
        "credentials": {"token": "110201543:telegram-test-token", "channel": "@lejournal"},
    },
)


class WallHandle:
    """A running wall. Everything but `url`, `base` and `credentials` goes over its control paths."""

    def __init__(self, url: str, accounts: Iterable[Mapping[str, Any]]) -> None:
        self.url = url
        self.accounts = tuple(accounts)
        self._http = httpx.Client(base_url=url, timeout=10, trust_env=False)

    def base(self, network: str) -> str:
        """What stands for https://api.x.com, https://graph.facebook.com/v26.0 and so on."""
        return f"{self.url}/{network}{VERSIONED.get(network, '')}"

    def credentials(self, network: str, account: str | None = None) -> dict[str, str]:
        """The credentials of an account, by default the network's first."""
        return next(
            dict(a["credentials"])
            for a in self.accounts
            if a["network"] == network and account in (None, a["name"])
        )

    def posts(self, network: str | None = None, account: str | None = None) -> list[dict[str, Any]]:
        """The posts that stand, oldest first."""
        wanted = {"network": network, "account": account}
        query = {key: value for key, value in wanted.items() if value}
        return self._http.get("/_wall/posts", params=query).raise_for_status().json()["posts"]

    def fault(self, network: str, kind: str, times: int = 1, **more: Any) -> None:
        """Arm a fault: `more` is account, on, retry_after, seconds or code (piquet.wall.faults.Fault)."""
        self._control("faults", {"network": network, "kind": str(kind), "times": times, **more})

    def notices(self, *texts: str) -> None:
        """Register the notice texts that the page marks."""
        self._control("notices", {"texts": list(texts)})

    def read(self, *posts: Mapping[str, Any]) -> None:
        """Say what readers did so far with posts: network, account, id, and likes, reposts, replies, quotes, views."""
        self._control("read", {"posts": list(posts)})

    def reset(self) -> None:
        """Take posts, notices and faults away; the accounts stay."""
        self._control("reset", {})

    def close(self) -> None:
        """Close the handle's own connection."""
        self._http.close()

    def _control(self, path: str, body: Mapping[str, Any]) -> None:
        answer = self._http.post(f"/_wall/{path}", json=body)
        if answer.is_error:
            raise ValueError(answer.json()["error"])


def utc_now() -> datetime:
    """The real time."""
    return datetime.now(UTC)


@contextmanager
def running_wall(
    accounts: Iterable[Mapping[str, Any]] | None = None,
    *,
    clock: Callable[[], datetime] = utc_now,
    max_characters: int = 500,
) -> Iterator[WallHandle]:
    """A wall with these accounts (JSON as for /_wall/accounts), served until the block ends."""
    chosen = DEFAULT_ACCOUNTS if accounts is None else tuple(accounts)
    wall = Wall(max_characters=max_characters)
    for account in chosen:
        wall.add_account(dict(account))
    with in_thread(wall_app(wall, clock=clock)) as url:
        handle = WallHandle(url, chosen)
        try:
            yield handle
        finally:
            handle.close()
