"""The networks that repeat secrets, on a socket in front of the real wall: the first part of a path says how each fails."""

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from piquet.wall.server import in_thread
from tests.secrecy.marks import spoken
from tests.secrecy.networks import PLACES, fail

# What it forwards of the requests of an account that fails only once it is let in: "session-500".
_SESSIONS = ("createSession", "oauth2/token")


@dataclass(slots=True, kw_only=True)
class Repeaters:
    """By the name of an account, its secrets; `struck` counts the requests that were failed."""

    wall: str
    secrets: Mapping[str, Sequence[str]]
    url: str = ""
    struck: Counter[str] = field(default_factory=Counter)
    turns: Iterator[int] = field(default_factory=itertools.count)

    def base(self, kind: str, name: str, how: str) -> str:
        """The address of a network for the account `name`, which fails there as `how` says: "401", "session-500"."""
        return f"{self.url}/{how}/{name}{PLACES[kind]}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        _, how, name, network, *rest = request.url.path.split("/")
        path = "/".join([network, *rest])
        let_in, _, failure = how.rpartition("-")
        if let_in and path.endswith(_SESSIONS):
            answer = await self._forward(request, path)
        else:
            self.struck[name] += 1
            words = spoken(self.secrets[name], next(self.turns))
            if failure == "reset":
                scope["cut"]()
                return
            answer = fail(network, int(failure) if failure.isdecimal() else failure.replace("_", " "), words)
        await _answer(answer)(scope, receive, send)

    async def _forward(self, request: Request, path: str) -> httpx.Response:
        headers = {k: v for k, v in request.headers.items() if k not in ("host", "content-length")}
        async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
            return await client.request(
                request.method,
                f"{self.wall}/{path}",
                params=request.query_params,
                headers=headers,
                content=await request.body(),
            )


def _answer(given: httpx.Response) -> Response:
    kept: dict[str, Any] = {
        k: v for k, v in given.headers.items() if k in ("content-type", "location", "www-authenticate")
    }
    return Response(given.content, given.status_code, kept)


@contextmanager
def repeaters(wall: str, secrets: Mapping[str, Sequence[str]]) -> Iterator[Repeaters]:
    """They run until the block ends."""
    made = Repeaters(wall=wall, secrets=secrets)
    with in_thread(made) as made.url:
        yield made
