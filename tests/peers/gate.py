"""A gate before the wall's Mastodon: it counts the posts that come by and may refuse, cut or act on any of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from piquet.wall.faults import Cut
from piquet.wall.server import in_thread

_PATHS = "/{name}/{path:path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One call that posts: the how-manieth of its gate it is, its text, and its Idempotency-Key."""

    number: int
    text: str
    key: str | None


@dataclass(slots=True, kw_only=True)
class Gate:
    """`before` may answer in the network's place; `after` hears of what the network took, and may cut the answer."""

    url: str
    before: Callable[[Attempt], Response | None] = lambda attempt: None
    after: Callable[[Attempt], Response | None] = lambda attempt: None
    attempts: list[Attempt] = field(default_factory=list)


@dataclass(slots=True)
class Gates:
    """All gates, by name."""

    wall: str
    url: str = ""
    gates: dict[str, Gate] = field(default_factory=dict)

    def gate(self, name: str) -> Gate:
        """A new gate; `url` is the address of a Mastodon server."""
        self.gates[name] = Gate(url=f"{self.url}/{name}")
        return self.gates[name]

    async def serve(self, request: Request) -> Response:
        """Let a call through, or not."""
        gate, body = self.gates[request.path_params["name"]], await request.body()
        if request.method != "POST" or not request.url.path.endswith("/api/v1/statuses"):
            return await self._forward(request, body)
        attempt = Attempt(
            number=len(gate.attempts) + 1,
            text=(await request.json())["status"],
            key=request.headers.get("idempotency-key"),
        )
        gate.attempts.append(attempt)
        if refused := gate.before(attempt):
            return refused
        taken = await self._forward(request, body)
        return gate.after(attempt) or taken

    async def _forward(self, request: Request, body: bytes) -> Response:
        """The wall's own answer."""
        url = f"{self.wall}/mastodon/{request.path_params['path']}"
        headers = {k: v for k, v in request.headers.items() if k not in ("host", "content-length")}
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.request(
                request.method, url, params=request.query_params, headers=headers, content=body
            )
        kept = {k: v for k, v in answer.headers.items() if k not in ("content-length", "content-encoding")}
        return Response(answer.content, answer.status_code, kept)


def at(number: int, answer: Callable[[], Response]) -> Callable[[Attempt], Response | None]:
    """That answer to the call of that number, once."""
    return lambda attempt: answer() if attempt.number == number else None


def busy(seconds: int | None = None) -> Response:
    """429, with Retry-After where `seconds` are given."""
    headers = {} if seconds is None else {"Retry-After": str(seconds)}
    return JSONResponse({"error": "Too many requests"}, 429, headers)


def broken() -> Response:
    """500, and nothing was posted."""
    return Response("<html>We're sorry, but something went wrong</html>", 500, media_type="text/html")


def revoked() -> Response:
    """401."""
    return JSONResponse({"error": "The access token was revoked"}, 401)


def never() -> Response:
    """422."""
    return JSONResponse({"error": "Validation failed: This text is not welcome here"}, 422)


def cut() -> Response:
    """The connection is reset without an answer."""
    return Cut()


@contextmanager
def running_gates(wall: str) -> Iterator[Gates]:
    """Gates on a free loopback port, before the wall at that address."""
    gates = Gates(wall)
    methods = ["GET", "POST", "DELETE"]
    with in_thread(Starlette(routes=[Route(_PATHS, gates.serve, methods=methods)])) as url:
        gates.url = url
        yield gates
