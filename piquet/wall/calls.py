"""One request as a network's rules see it, and how faults come between it and them."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from piquet.wall.faults import Cut, Fault, take
from piquet.wall.state import Account, Wall

SECRET_HEADERS = ("authorization", "cookie")


class Refusal(Exception):
    """A rule says no: the answer is the network's own."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request with its body read; `now` is when it came."""

    method: str
    url: str
    base: str
    path: Mapping[str, str]
    query: tuple[tuple[str, str], ...]
    headers: Headers
    body: bytes
    now: datetime

    @property
    def content_type(self) -> str:
        """Without parameters, lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def form(self) -> list[tuple[str, str]]:
        """The fields of a URL-encoded body, as they came."""
        if self.content_type != "application/x-www-form-urlencoded":
            return []
        return parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)

    def json(self) -> dict[str, Any]:
        """The JSON object of the body; ValueError where it is none."""
        value = parsed(self.body)
        if not isinstance(value, dict):
            raise ValueError("not an object")
        return value

    def parameters(self) -> dict[str, Any]:
        """Query, form and JSON object together, as Rails and Graph take them; ValueError on bad JSON."""
        body = self.json() if self.content_type == "application/json" and self.body else {}
        return {**dict(self.query), **dict(self.form()), **body}

    def bearer(self) -> str | None:
        """The token of `Authorization: Bearer`."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None

    def shown(self) -> dict[str, Any]:
        """The request as auditors may read it: without tokens."""
        body = {**dict(self.form())} or self.body.decode("utf-8", "replace")
        if isinstance(body, dict):
            body.pop("access_token", None)
        elif self.content_type == "application/json" and self.body:
            body = {k: v for k, v in self.json().items() if k != "access_token"}
        headers = {k: v for k, v in self.headers.items() if k not in SECRET_HEADERS}
        path = self.url.removeprefix(self.base).partition("?")[0]
        return {"method": self.method, "path": path, "headers": headers, "body": body}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one network says what every network says."""

    network: str
    busy: Callable[[Fault, Account, datetime], Response]
    broken: Callable[[int], Response]
    suspended: Callable[[Account], Response]
    expired: Callable[[Wall, Call], Response]
    depleted: Callable[[Account], Response] | None = None


Authenticate = Callable[[Wall, Call], Account]
Rule = Callable[[Wall, Account, Call], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Makes endpoints of one network's rules."""

    wall: Wall
    clock: Callable[[], datetime]
    dialect: Dialect

    def endpoint(self, on: str, authenticate: Authenticate, rule: Rule) -> Endpoint:
        """Who is it, does a fault strike, and only then what the rule says."""

        async def answer(request: Request) -> Response:
            call = await read(request, self.clock())
            try:
                account = authenticate(self.wall, call)
                fault, self.wall.faults = take(self.wall.faults, self.dialect.network, account.name, on)
                return await self._under(fault, account, call, rule)
            except Refusal as refusal:
                return refusal.response

        return answer

    async def _under(self, fault: Fault | None, account: Account, call: Call, rule: Rule) -> Response:
        if fault is None:
            return rule(self.wall, account, call)
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
            return rule(self.wall, account, replace(call, now=self.clock()))
        if fault.kind in ("drop", "500_after"):
            with suppress(Refusal):
                rule(self.wall, account, call)
        return self._failure(fault, account, call)

    def _failure(self, fault: Fault, account: Account, call: Call) -> Response:
        dialect = self.dialect
        match fault.kind:
            case "drop" | "drop_before":
                return Cut()
            case "429":
                return dialect.busy(fault, account, call.now)
            case "refuse":
                return dialect.suspended(account)
            case "expired":
                return dialect.expired(self.wall, call)
            case "402" if dialect.depleted:
                return dialect.depleted(account)
            case kind:
                return dialect.broken(int(kind.removesuffix("_after")))


def parsed(body: bytes) -> Any:
    """The JSON value; ValueError also for half of a surrogate pair, which is no text."""
    value = json.loads(body)
    json.dumps(value, ensure_ascii=False).encode()
    return value


async def read(request: Request, now: datetime) -> Call:
    """The whole request."""
    return Call(
        method=request.method,
        url=str(request.url),
        base=f"{request.url.scheme}://{request.url.netloc}",
        path=request.path_params,
        query=tuple(request.query_params.multi_items()),
        headers=request.headers,
        body=await request.body(),
        now=now,
    )
