"""The whole wall as one ASGI application: networks, page and control paths behind a check of who asks."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from piquet.errors import UserError
from piquet.wall import bluesky, facebook, linkedin, mastodon, page, telegram, threads, x
from piquet.wall.calls import Desk, parsed
from piquet.wall.faults import Fault, complaint
from piquet.wall.readers import read_from, read_to
from piquet.wall.state import NETWORKS, Wall, WallPost

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
Clock = Callable[[], datetime]


def wall_app(wall: Wall, *, clock: Clock) -> ASGIApp:
    """The application; `clock` gives aware UTC."""
    networks = [
        Mount(
            f"/{module.DIALECT.network}",
            routes=module.routes(Desk(wall=wall, clock=clock, dialect=module.DIALECT)),
        )
        for module in (mastodon, bluesky, x, facebook, threads, linkedin, telegram)
    ]
    return Dated(
        LoopbackOnly(Starlette(routes=[*page.routes(wall), *control_routes(wall), *networks])), clock
    )


class Dated:
    """Every answer bears the wall's own time: clients take a network's clock for the right one."""

    def __init__(self, inner: ASGIApp, clock: Clock) -> None:
        self.inner, self.clock = inner, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = (b"date", format_datetime(self.clock(), usegmt=True).encode())
                message = {**message, "headers": [*message.get("headers", ()), date]}
            await send(message)

        await self.inner(scope, receive, dated)


class LoopbackOnly:
    """Refuses other hosts' names (DNS rebinding) and other pages' requests (a form posted from the web)."""

    def __init__(self, inner: ASGIApp) -> None:
        self.inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        await (_stranger(headers) or self.inner)(scope, receive, send)


def _stranger(headers: dict[str, str]) -> Response | None:
    host, origin = headers.get("host", ""), headers.get("origin")
    if _name(f"//{host}") not in LOOPBACK_NAMES:
        return PlainTextResponse("The wall answers only to localhost and 127.0.0.1.\n", 421)
    if origin is not None and origin != f"http://{host}":
        return PlainTextResponse("The wall takes no requests from other pages.\n", 403)
    return None


def _name(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def control_routes(wall: Wall) -> list[Route]:
    """What tests, rehearsals and the demo use besides the networks' own paths."""

    async def posts(request: Request) -> Response:
        asked = request.query_params
        found = wall.posts(asked.get("network") or None, asked.get("account") or None)
        base = f"{request.url.scheme}://{request.url.netloc}"
        return JSONResponse({"posts": [as_json(p, base) for p in found]})

    async def accounts(request: Request) -> Response:
        known = [{"network": a.network, "name": a.name, "title": a.title} for a in wall.accounts.values()]
        return JSONResponse({"accounts": known})

    return [
        Route("/_wall/posts", posts, methods=["GET"]),
        Route("/_wall/accounts", accounts, methods=["GET"]),
        *(_control(wall, name, do) for name, do in CONTROLS.items()),
    ]


def _control(wall: Wall, name: str, do: Callable[[Wall, Any], None]) -> Route:
    async def answer(request: Request) -> Response:
        try:
            body = await request.body()
            do(wall, parsed(body) if body else {})
        except UserError as error:
            return JSONResponse({"error": str(error)}, 400)
        except ValueError:
            return JSONResponse({"error": "The body is not JSON: send one JSON object."}, 400)
        return JSONResponse({}, 200)

    return Route(f"/_wall/{name}", answer, methods=["POST"])


def _arm(wall: Wall, body: Any) -> None:
    try:
        fault = Fault(**_object(body))
    except TypeError:
        fields = ", ".join(Fault.__slots__)
        raise UserError(
            f"A fault has network and kind, and may have others of {fields}; got {list(body)}."
        ) from None
    if fault.network not in NETWORKS:
        raise UserError(f"network is {fault.network!r}: use one of {', '.join(NETWORKS)}.")
    if wrong := complaint(fault):
        raise UserError(wrong)
    wall.faults = [*wall.faults, fault]


def _add_notices(wall: Wall, body: Any) -> None:
    texts = _object(body).get("texts")
    if not isinstance(texts, list) or not all(isinstance(t, str) and t.strip() for t in texts):
        raise UserError('texts is not a list of notice texts: send {"texts": ["..."]}.')
    wall.change("notices", texts)


def _add_cards(wall: Wall, body: Any) -> None:
    cards = _object(body)
    if not all(isinstance(card, dict) for card in cards.values()):
        raise UserError("cards are {url: {title, description}}: one of them is not an object.")
    wall.change("cards", cards)


def _set_read(wall: Wall, body: Any) -> None:
    given = _object(body).get("posts")
    if not isinstance(given, list):
        raise UserError('posts is not a list: send {"posts": [{"network", "account", "id", "likes"}]}.')
    known = [read_to(*read_from(_object(one))) for one in given]
    for one in known:
        if wall.post(one["network"], one["account"], one["id"]) is None:
            raise UserError(f"{one['network']}/{one['account']} has no post {one['id']}: post it first.")
    for one in known:
        wall.change("read", one)


def _reset(wall: Wall, body: Any) -> None:
    wall.change("reset", None)


CONTROLS: dict[str, Callable[[Wall, Any], None]] = {
    "accounts": Wall.add_account,
    "faults": _arm,
    "notices": _add_notices,
    "cards": _add_cards,
    "read": _set_read,
    "reset": _reset,
}


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise UserError("The body is not a JSON object: send one.")
    return body


def as_json(post: WallPost, base: str) -> dict[str, Any]:
    """A post as /_wall/posts gives it; `record` is what its network keeps besides."""
    shown = asdict(post)
    shown["record"] = shown.pop("wire")
    del shown["path"], shown["deleted"]
    return {**shown, "time": post.time.isoformat(), "url": f"{base}{post.path}"}
