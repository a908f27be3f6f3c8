"""A running wall, emptied before each test, and clients that speak to it without Piquet's adapters."""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
from oauthlib.oauth1 import Client as Signer

from piquet.wall.testing import WallHandle, running_wall


@pytest.fixture(scope="module")
def shared_wall() -> Iterator[WallHandle]:
    with running_wall() as wall:
        yield wall


@pytest.fixture
def wall(shared_wall: WallHandle) -> WallHandle:
    shared_wall.reset()
    return shared_wall


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=10) as client:
        yield client


class Poster:
    """Posts plain text to each network as its own documentation says."""

    def __init__(self, wall: WallHandle, http: httpx.Client) -> None:
        self.wall, self.http = wall, http

    def mastodon(self, status: str, headers: Mapping[str, str] | None = None, **more: Any) -> httpx.Response:
        return self.http.post(
            f"{self.wall.base('mastodon')}/api/v1/statuses",
            json={"status": status, **more},
            headers={
                "Authorization": f"Bearer {self.wall.credentials('mastodon')['token']}",
                **(headers or {}),
            },
        )

    def session(self) -> dict[str, Any]:
        known = self.wall.credentials("bluesky")
        return self.xrpc(
            "server.createSession", {"identifier": known["handle"], "password": known["app_password"]}
        ).json()

    def xrpc(self, method: str, body: Any = None, token: str | None = None, **query: str) -> httpx.Response:
        url = f"{self.wall.base('bluesky')}/xrpc/com.atproto.{method}"
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if body is None:
            return self.http.get(url, params=query, headers=headers)
        return self.http.post(url, json=body, headers=headers)

    def bluesky(self, text: str, method: str = "repo.putRecord", token: str | None = None, **more: Any):
        record = {"$type": "app.bsky.feed.post", "text": text, "createdAt": "2026-11-22T09:30:00.000Z"}
        given = {key: more.pop(key) for key in ("rkey", "swapRecord", "repo", "collection") if key in more}
        body = {
            "repo": self.wall.credentials("bluesky")["handle"],
            "collection": "app.bsky.feed.post",
            "rkey": "3jzfcijpj2z2a",
            "record": {**record, **more},
            **given,
        }
        return self.xrpc(method, body, token or self.session()["accessJwt"])

    def signed(self, method: str, path: str, json: Any = None, **changed: str) -> httpx.Response:
        keys = {**self.wall.credentials("x"), **changed}
        signer = Signer(
            keys["consumer_key"],
            keys["consumer_secret"],
            keys["access_token"],
            keys["access_token_secret"],
        )
        url = self.wall.base("x") + path
        _, headers, _ = signer.sign(url, http_method=method)
        return self.http.request(method, url, json=json, headers=headers)

    def x(self, text: str, **more: Any) -> httpx.Response:
        return self.signed("POST", "/2/tweets", {"text": text, **more})

    def facebook(self, message: str | None, link: str | None = None, **more: str) -> httpx.Response:
        keys = self.wall.credentials("facebook")
        body = {"message": message, "link": link, "access_token": keys["token"], **more}
        given = {key: value for key, value in body.items() if value is not None}
        return self.http.post(f"{self.wall.base('facebook')}/{keys['page_id']}/feed", data=given)

    def threads(self, text: str, **more: Any) -> httpx.Response:
        url = f"{self.wall.base('threads')}/me"
        token = {"access_token": self.wall.credentials("threads")["token"]}
        made = self.http.post(f"{url}/threads", data={"media_type": "TEXT", "text": text, **more, **token})
        if made.is_error:
            return made
        return self.http.post(f"{url}/threads_publish", data={"creation_id": made.json()["id"], **token})

    def rest(self, method: str, path: str, json: Any = None, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        common = {
            "Authorization": f"Bearer {self.wall.credentials('linkedin')['token']}",
            "Linkedin-Version": "202608",
            "X-Restli-Protocol-Version": "2.0.0",
        }
        url = f"{self.wall.base('linkedin')}/rest/{path}"
        return self.http.request(method, url, json=json, headers={**common, **named})

    def linkedin(self, commentary: str, **more: Any) -> httpx.Response:
        body = {
            "author": f"urn:li:organization:{self.wall.credentials('linkedin')['organization']}",
            "commentary": commentary,
            "visibility": "PUBLIC",
            "distribution": {"feedDistribution": "MAIN_FEED"},
            "lifecycleState": "PUBLISHED",
        }
        return self.rest("POST", "posts", {**body, **more})

    def bot(self, method: str, **given: Any) -> httpx.Response:
        known = self.wall.credentials("telegram")
        url = f"{self.wall.base('telegram')}/bot{known['token']}/{method}"
        return self.http.post(url, json={"chat_id": known["channel"], **given})

    def telegram(self, text: str, **more: Any) -> httpx.Response:
        return self.bot("sendMessage", text=text, **more)

    def to(self, network: str, text: str, **more: Any) -> httpx.Response:
        return getattr(self, network)(text, **more)

    def control(self, path: str, body: Any) -> httpx.Response:
        return self.http.post(f"{self.wall.url}/_wall/{path}", json=body)


@pytest.fixture
def post(wall: WallHandle, http: httpx.Client) -> Poster:
    return Poster(wall, http)


@pytest.fixture
def posting() -> type[Poster]:
    """For a wall of the test's own."""
    return Poster
