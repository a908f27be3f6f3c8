"""A web server on loopback that answers whatever bytes a test wants, at whatever speed; and documents to serve."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

Answer = bytes | Callable[[asyncio.StreamWriter], object]


@dataclass(slots=True)
class Site:
    """`answers` by path: whole answers as bytes, or a function that writes one. `requests` are those received."""

    port: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def url(self, path: str, *, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def paths(self) -> list[str]:
        return [path for path, _ in self.requests]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            path = head[0].split(" ")[1]
            headers = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
            self.requests.append((path, headers))
            answer = self.answers.get(path, reply(status="404 Not Found"))
            if callable(answer):
                await answer(writer)
            else:
                writer.write(answer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def a_site() -> AsyncIterator[Site]:
    site = Site()
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        server.close()


def reply(body: bytes = b"", *, status: str = "200 OK", length: int | None = None, **headers: str) -> bytes:
    """A whole answer; `length` is what it claims, -1 for nothing claimed."""
    claimed = [] if length == -1 else [f"Content-Length: {len(body) if length is None else length}"]
    lines = [f"HTTP/1.1 {status}", *claimed, *(f"{k.replace('_', '-')}: {v}" for k, v in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def rss(*entries: str, head: str = "") -> bytes:
    """A feed of ready-made items."""
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>The Paper</title>'
        f"<link>https://paper.example/</link>{head}{''.join(entries)}</channel></rss>"
    ).encode("utf-8", "surrogatepass")


def item(name: str, more: str = "") -> str:
    return f"<item><title>{name}</title><link>https://paper.example/{name}</link>{more}</item>"
