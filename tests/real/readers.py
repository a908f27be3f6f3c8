"""What a second account on a real server does with a post: like it, repost it, answer it, and take a like back."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from piquet.post import Receipt

_PATIENCE_S = 30


class BlueskyReader:
    """An account on a PDS."""

    def __init__(self, url: str, credentials: Mapping[str, str]) -> None:
        self._xrpc, self._owner = f"{url}/xrpc/com.atproto", {}
        login = {"identifier": credentials["handle"], "password": credentials["app_password"]}
        session = self._call("server.createSession", login)
        self._did, self._owner = session["did"], {"Authorization": f"Bearer {session['accessJwt']}"}

    def like(self, receipt: Receipt) -> Callable[[], None]:
        """Like it; what takes the like back."""
        uri = self._record("like", {"subject": self._subject(receipt)})
        *_, collection, key = uri.split("/")
        gone = {"repo": self._did, "collection": collection, "rkey": key}
        return lambda: self._call("repo.deleteRecord", gone) and None

    def repost(self, receipt: Receipt) -> None:
        self._record("repost", {"subject": self._subject(receipt)})

    def reply(self, receipt: Receipt) -> None:
        subject = self._subject(receipt)
        self._record("post", {"text": "Bravo", "reply": {"root": subject, "parent": subject}})

    def quote(self, receipt: Receipt) -> None:
        embed = {"$type": "app.bsky.embed.record", "record": self._subject(receipt)}
        self._record("post", {"text": "À lire", "embed": embed})

    def _record(self, kind: str, values: Mapping[str, Any]) -> str:
        collection = f"app.bsky.feed.{kind}"
        made = {"$type": collection, "createdAt": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.000Z}", **values}
        return self._call("repo.createRecord", {"repo": self._did, "collection": collection, "record": made})[
            "uri"
        ]

    def _subject(self, receipt: Receipt) -> Mapping[str, str]:
        _, _, did, collection, key = receipt.id.split("/")
        asked = {"repo": did, "collection": collection, "rkey": key}
        answer = httpx.get(f"{self._xrpc}.repo.getRecord", params=asked, trust_env=False).raise_for_status()
        return {"uri": receipt.id, "cid": answer.json()["cid"]}

    def _call(self, method: str, body: Mapping[str, Any]) -> Any:
        headers = getattr(self, "_owner", {})
        answer = httpx.post(f"{self._xrpc}.{method}", json=body, headers=headers, timeout=20, trust_env=False)
        return answer.raise_for_status().json()


class SnacReader:
    """An account on snac2 that follows the newsroom: a post reaches it as it does a reader elsewhere."""

    def __init__(self, url: str, credentials: Mapping[str, str], newsroom: str) -> None:
        self._url, self._owner = url, {"Authorization": f"Bearer {credentials['token']}"}
        asked = {"q": f"@{newsroom}@{url.removeprefix('http://')}", "resolve": "true"}
        (found,) = self._call("GET", "/api/v2/search", params=asked)["accounts"]
        self._call("POST", f"/api/v1/accounts/{found['id']}/follow")

    def like(self, receipt: Receipt) -> Callable[[], None]:
        """Like it; what takes the like back."""
        self._act(receipt, "favourite")
        return lambda: self._act(receipt, "unfavourite")

    def repost(self, receipt: Receipt) -> None:
        self._act(receipt, "reblog")

    def reply(self, receipt: Receipt) -> None:
        self._await(receipt)
        self._call("POST", "/api/v1/statuses", json={"status": "Bravo", "in_reply_to_id": receipt.id})

    def _act(self, receipt: Receipt, act: str) -> None:
        self._await(receipt)
        self._call("POST", f"/api/v1/statuses/{receipt.id}/{act}")

    def _await(self, receipt: Receipt) -> None:
        """Until the post has reached this reader: servers of this network send posts to each other, and to themselves."""
        end = time.monotonic() + _PATIENCE_S
        while receipt.id not in [one["id"] for one in self._call("GET", "/api/v1/timelines/home")]:
            if time.monotonic() > end:
                raise TimeoutError("the post did not reach its reader")
            time.sleep(0.2)

    def _call(self, method: str, path: str, **asked: Any) -> Any:
        # A connection of its own each time: snac closes kept ones without a word.
        answer = httpx.request(
            method, self._url + path, headers=self._owner, timeout=20, trust_env=False, **asked
        )
        return answer.raise_for_status().json()
