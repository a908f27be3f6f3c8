"""The wall's paths as an OpenAPI document, made from its own routes: no path can be forgotten; knows no network's rules."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from starlette.routing import Mount, Route

from piquet.wall import page
from piquet.wall.app import control_routes
from piquet.wall.calls import Desk
from piquet.wall.state import NETWORKS, Wall
from piquet.wall.testing import DEFAULT_ACCOUNTS, utc_now

# What the networks' bodies and queries are made of, so that more than the first check of each rule is reached.
_FIELDS = (
    *(
        "status",
        "text",
        "message",
        "commentary",
        "record",
        "repo",
        "collection",
        "rkey",
        "did",
        "handle",
        "link",
    ),
    *(
        "identifier",
        "password",
        "media_ids",
        "media",
        "in_reply_to_id",
        "reply",
        "visibility",
        "language",
        "url",
    ),
    *(
        "media_type",
        "creation_id",
        "reply_to_id",
        "chat_id",
        "entities",
        "link_preview_options",
        "message_id",
    ),
    *(
        "reply_parameters",
        "author",
        "content",
        "distribution",
        "lifecycleState",
        "visibility",
        "published",
        "pinned",
    ),
    *(
        "grant_type",
        "refresh_token",
        "client_id",
        "network",
        "kind",
        "account",
        "times",
        "on",
        "posts",
        "texts",
    ),
    *(
        "name",
        "title",
        "credentials",
        "seconds",
        "retry_after",
        "code",
        "swapRecord",
        "validate",
        "is_pinned",
    ),
)
_QUERY = (
    "limit",
    "since",
    "until",
    "fields",
    "cursor",
    "after",
    "ids",
    "uris",
    "count",
    "start_time",
    "max_results",
)
_ANY: Mapping[str, Any] = {
    "anyOf": [{"type": kind} for kind in ("string", "integer", "number", "boolean", "null")]
    + [{"type": "array", "items": {}}, {"type": "object"}]
}


def document(network: str) -> dict[str, Any]:
    """All paths of a network, or of the wall's own control where `network` is empty."""
    paths: dict[str, Any] = {}
    for path, methods in _routes(network):
        made = {method.lower(): _operation(path, method, network) for method in methods}
        paths[path] = paths.get(path, {}) | made
    return {"openapi": "3.0.3", "info": {"title": f"wall {network}", "version": "1"}, "paths": paths}


def _routes(network: str) -> Iterator[tuple[str, list[str]]]:
    wall = Wall(max_characters=500)
    if not network:
        yield from _walked([*control_routes(wall), *page.routes(wall)], "")
        return
    module = import_module(f"piquet.wall.{network}")
    yield from _walked(module.routes(Desk(wall=wall, clock=utc_now, dialect=module.DIALECT)), f"/{network}")


def _walked(routes: list[Any], prefix: str) -> Iterator[tuple[str, list[str]]]:
    for route in routes:
        if isinstance(route, Mount):
            yield from _walked(route.routes, prefix + route.path)
        elif isinstance(route, Route):
            path = f"{prefix}{route.path}".replace(":path}", "}").replace(":int}", "}")
            yield path, sorted(set(route.methods or ["GET"]) - {"HEAD"})


def _operation(path: str, method: str, network: str) -> dict[str, Any]:
    named = [part.partition("}")[0] for part in path.split("{")[1:]]
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": _place(name, network)} for name in named
    ]
    parameters += [{"name": name, "in": "query", "schema": {"type": "string"}} for name in _QUERY]
    operation: dict[str, Any] = {"parameters": parameters, "responses": {"default": {"description": "Any."}}}
    if network in ("facebook", "threads"):
        token = {"type": "string", "enum": [_credentials(network)["token"]]}
        parameters.append({"name": "access_token", "in": "query", "required": True, "schema": token})
    if method != "GET":
        operation["requestBody"] = {
            "content": {
                "application/json": {"schema": {"anyOf": [_body(), _ANY]}},
                "application/x-www-form-urlencoded": {"schema": _body()},
            }
        }
    return operation


def _body() -> dict[str, Any]:
    return {"type": "object", "properties": dict.fromkeys(_FIELDS, _ANY)}


def _place(name: str, network: str) -> dict[str, Any]:
    known = list(_credentials(network).values()) if network else []
    given = {"anyOf": [{"type": "string", "minLength": 1}, {"enum": [*known, "1", "me"]}]}
    if network == "telegram" and "token" in name:
        return {"enum": [_credentials(network)["token"], "1:x"]}
    return given


def _credentials(network: str) -> Mapping[str, str]:
    return next(account["credentials"] for account in DEFAULT_ACCOUNTS if account["network"] == network)


ALL = ("", *NETWORKS)
