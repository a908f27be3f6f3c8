"""A proxy in front of any target that spoils the answer, or the request, of the calls that post; knows no payload."""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from enum import StrEnum
from urllib.parse import urlsplit

WAIT_S = 7
_DRIP_S = 0.2


class Fault(StrEnum):
    """What becomes of a call that posts."""

    LOST_REQUEST = "request lost before the commit"
    LOST_ANSWER = "answer lost after the commit"
    BUSY = "429 with headers"
    BROKEN_BEFORE = "503 before the commit"
    BROKEN_AFTER = "502 after the commit"
    SLOW = "slow body"
    RESET = "reset in mid-body"
    HALF = "half a response"


UNTOUCHED = (Fault.LOST_REQUEST, Fault.BUSY, Fault.BROKEN_BEFORE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request as it came: the bytes are its head, with the blank line, and its body."""

    method: str
    path: str
    head: bytes = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(slots=True, kw_only=True)
class Proxy:
    """`fault` strikes the next `times` calls that `posts` knows; `struck` counts them. `url` is where it listens."""

    target: str
    network: str
    posts: Callable[[Call], bool]
    fault: Fault | None = None
    times: int = 0
    struck: int = 0
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: one request, then it is closed."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            call = await _read(reader)
            if self.fault and self.struck < self.times and self.posts(call):
                self.struck += 1
                await self._spoil(self.fault, call, writer)
            else:
                writer.write(await self._forward(call))
                await writer.drain()
        writer.close()

    async def _spoil(self, fault: Fault, call: Call, writer: asyncio.StreamWriter) -> None:
        if fault is Fault.BUSY:
            writer.write(busy(self.network, datetime.now(UTC)))
        elif fault is Fault.BROKEN_BEFORE:
            writer.write(_answer(503, "Service Unavailable", "<html>Service Unavailable</html>"))
        elif fault is not Fault.LOST_REQUEST:
            await _after(fault, await self._forward(call), writer)
        await writer.drain()

    async def _forward(self, call: Call) -> bytes:
        """The target's whole answer."""
        place = urlsplit(self.target)
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        writer.write(_closing(call.head) + call.body)
        answer = await reader.read()
        writer.close()
        return answer


async def _after(fault: Fault, answer: bytes, writer: asyncio.StreamWriter) -> None:
    """What is left of an answer to a request that was carried out."""
    head, _, body = answer.partition(b"\r\n\r\n")
    half = head + b"\r\n\r\n" + body[: len(body) // 2]
    if fault is Fault.BROKEN_AFTER:
        writer.write(_answer(502, "Bad Gateway", "<html>Bad Gateway</html>"))
    elif fault is Fault.HALF:
        writer.write(half)
    elif fault is Fault.RESET:
        writer.write(half)
        await writer.drain()
        _reset(writer)
    elif fault is Fault.SLOW:
        writer.write(half)
        for byte in body[len(body) // 2 :]:
            await asyncio.sleep(_DRIP_S)
            writer.write(bytes([byte]))
            await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    """The next close is an RST: a linger of no time throws away what was not yet taken."""
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def busy(network: str, now: datetime) -> bytes:
    """A refusal for WAIT_S seconds, as this network words it."""
    until = now + timedelta(seconds=WAIT_S)
    unix = str(int(until.timestamp()))
    match network:
        case "mastodon":
            return _answer(
                429,
                "Too Many Requests",
                {"error": "Too many requests"},
                {"X-RateLimit-Reset": until.isoformat()},
            )
        case "bluesky":
            told = {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}
            return _answer(
                429, "Too Many Requests", told, {"retry-after": str(WAIT_S), "ratelimit-reset": unix}
            )
        case "x":
            told = {
                "title": "Too Many Requests",
                "detail": "Too Many Requests",
                "type": "about:blank",
                "status": 429,
            }
            return _answer(
                429, "Too Many Requests", told, {"x-rate-limit-remaining": "0", "x-rate-limit-reset": unix}
            )
        case "facebook" | "threads":
            told = {
                "error": {"message": "(#32) Page request limit reached", "type": "OAuthException", "code": 32}
            }
            return _answer(400, "Bad Request", told)
        case "telegram":
            told = {"ok": False, "error_code": 429, "description": "Too Many Requests: retry after 7"}
            return _answer(429, "Too Many Requests", {**told, "parameters": {"retry_after": WAIT_S}})
        case _:
            return _answer(
                429, "Too Many Requests", {"status": 429, "message": "Resource level throttle limit"}
            )


def _answer(status: int, reason: str, body: object, headers: dict[str, str] | None = None) -> bytes:
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    kind = "text/html" if isinstance(body, str) else "application/json"
    lines = {
        "Date": format_datetime(datetime.now(UTC), usegmt=True),
        "Content-Type": kind,
        "Content-Length": str(len(content)),
        "Connection": "close",
        **(headers or {}),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} {reason}\r\n{head}\r\n".encode() + content


async def _read(reader: asyncio.StreamReader) -> Call:
    head = await reader.readuntil(b"\r\n\r\n")
    method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
    length = int(_header(head, b"content-length") or 0)
    return Call(method=method, path=urlsplit(path).path, head=head, body=await reader.readexactly(length))


def _header(head: bytes, name: bytes) -> bytes | None:
    lines = (line.partition(b":") for line in head.split(b"\r\n")[1:])
    return next((value.strip() for key, _, value in lines if key.strip().lower() == name), None)


def _closing(head: bytes) -> bytes:
    """The same head, asking the target to close when it has answered."""
    lines = [line for line in head.split(b"\r\n") if line and not line.lower().startswith(b"connection:")]
    return b"\r\n".join([*lines, b"Connection: close", b"", b""])


@asynccontextmanager
async def in_front_of(target: str, network: str, posts: Callable[[Call], bool]) -> AsyncIterator[Proxy]:
    """A proxy on a free loopback port; its `url` has the target's path."""
    proxy = Proxy(target=target, network=network, posts=posts)
    serving: set[asyncio.Task[None]] = set()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.create_task(proxy.serve(reader, writer)))

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    proxy.url = f"http://127.0.0.1:{port}{urlsplit(target).path}"
    async with server:
        yield proxy
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
