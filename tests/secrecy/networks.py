"""Networks that repeat the secrets they were sent in every kind of failure, in front of a wall that works."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from piquet.networks.protocol import Client
from piquet.wall.app import wall_app
from piquet.wall.state import Wall
from piquet.wall.testing import utc_now
from tests.real.targets import CLIENTS
from tests.secrecy.marks import Marks, spoken

STATUSES = (302, 400, 401, 403, 404, 409, 422, 429, 500, 503)
# Kinds of failure that are no status.
BROKEN = ("malformed", "wrong shape", "cut", "reset", "late", "TLS", "protocol", "unforeseen")
PLACES = {
    "mastodon": "/mastodon",
    "bluesky": "/bluesky",
    "x": "/x",
    "x-oauth2": "/x",
    "facebook": "/facebook/v26.0",
    "threads": "/threads/v1.0",
    "linkedin": "/linkedin",
    "telegram": "/telegram",
}


def credentials(kind: str, marks: Marks) -> dict[str, str]:
    """A marked secret in each secret field of an account of that kind; what is public stays plain."""

    def secret(field_: str) -> str:
        return marks.new(f"{kind} {field_}")

    match kind:
        case "bluesky":
            return {"handle": "lejournal.wall.test", "app_password": secret("app_password")}
        case "x":
            names = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
            return {name: secret(name) for name in names}
        case "x-oauth2":
            names = ("client_secret", "refresh_token")
            return {"client_id": "public-client-id", **{name: secret(name) for name in names}}
        case "facebook":
            return {"page_id": "100200300", "token": secret("token")}
        case "linkedin":
            return {"organization": "2414183", "token": secret("token")}
        case "telegram":
            return {"channel": "@lejournal", "token": f"110201543:{secret('token')}"}
    return {"token": secret("token")}


def account(kind: str, given: Mapping[str, str]) -> dict[str, Any]:
    """The same as the wall takes it."""
    return {
        "network": network_of(kind),
        "name": "lejournal",
        "title": "Le Journal",
        "credentials": dict(given),
    }


def network_of(kind: str) -> str:
    """The network of a kind of account: X has two."""
    return kind.partition("-")[0]


def answer(network: str, status: int, words: str) -> httpx.Response:
    """A refusal in the network's own shape, with these words in every place that has words."""
    bodies: Mapping[str, Any] = {
        "mastodon": {"error": words, "error_description": words},
        "bluesky": {"error": words, "message": words},
        "x": {
            "title": words,
            "detail": words,
            "type": "about:blank",
            "errors": [{"message": words}],
            "error": words,
            "error_description": words,
        },
        "linkedin": {"message": words, "code": words, "status": status},
        "telegram": {"ok": False, "error_code": status, "description": words},
    }
    graph = {
        "error": {"message": words, "type": words, "code": 190, "fbtrace_id": words, "error_user_msg": words}
    }
    headers = {"location": f"https://elsewhere.example/?{words!r}", "www-authenticate": repr(words)}
    return httpx.Response(status, json=bodies.get(network, graph), headers=headers)


def fail(network: str, kind: object, words: str) -> httpx.Response:
    """The answer of that kind, or the error it raises: libraries, too, put what they were given into theirs."""
    match kind:
        case int():
            return answer(network, kind, words)
        case "malformed":
            return httpx.Response(200, text=f'{{"error": "{words}')
        case "wrong shape":
            return httpx.Response(200, json=[words, {"id": None, "error": words}])
        case "cut":
            raise httpx.RemoteProtocolError(f"peer closed connection: {words}")
        case "reset":
            raise httpx.ReadError(f"[Errno 104] {words}")
        case "late":
            raise httpx.ReadTimeout(words)
        case "TLS":
            raise httpx.ConnectError(f"[SSL: CERTIFICATE_VERIFY_FAILED] {words}")
        case "protocol":
            raise httpx.LocalProtocolError(f"Illegal header value {words!r}")
    raise RuntimeError(f"nobody foresaw {words}")


@dataclass(slots=True, kw_only=True)
class Repeating(httpx.AsyncBaseTransport):
    """A network that works for `after` requests and then fails as `failure` says, repeating `secrets` in that `form`."""

    inner: httpx.AsyncBaseTransport
    network: str
    failure: object
    secrets: Iterable[str]
    form: int = 0
    after: int = 0
    struck: int = field(default=0, init=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.after > 0:
            self.after -= 1
            return await self.inner.handle_async_request(request)
        await request.aread()
        self.struck += 1
        return fail(self.network, self.failure, spoken(self.secrets, self.form))


def wall_of(kind: str, given: Mapping[str, str]) -> httpx.AsyncBaseTransport:
    """A wall without a socket that knows this account."""
    wall = Wall(max_characters=500)
    wall.add_account(account(kind, given))
    return httpx.ASGITransport(app=wall_app(wall, clock=utc_now))


class Kept:
    """A session store in memory; X with OAuth 2 spends no token without one."""

    def __init__(self) -> None:
        self.session: Mapping[str, str] | None = None

    def load(self) -> Mapping[str, str] | None:
        return self.session

    def save(self, session: Mapping[str, str]) -> None:
        self.session = session


def client_of(
    kind: str, given: Mapping[str, str], transport: httpx.AsyncBaseTransport, **more: Any
) -> Client:
    """A client of that account over that transport."""
    make, address, _ = CLIENTS[network_of(kind)]
    if kind == "x-oauth2":
        more = {"session": Kept(), "pause": 0.0, **more}
    return make(
        **{**given, address: f"http://localhost{PLACES[kind]}", "transport": transport, "timeout": 2, **more}
    )
