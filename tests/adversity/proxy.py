"""A way to a server that is slow and now and then says 503; knows no HTTP beyond a request's first word."""

import asyncio
import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_METHODS = (b"GET ", b"POST ", b"PATCH ", b"PUT ", b"DELETE ")
_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)


@dataclass(kw_only=True)
class Proxy:
    """Each request waits `seconds`; every `busy`th is refused."""

    target: int
    seconds: float
    busy: int
    port: int = 0
    refused: int = 0
    passed: int = 0
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    async def serve(self, started: threading.Event, ended: asyncio.Event) -> None:
        """Until `ended`."""
        server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        await ended.wait()
        server.close()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            onward, outward = await asyncio.open_connection("127.0.0.1", self.target)
            back = asyncio.create_task(_copy(onward, writer))
            await self._forward(reader, writer, outward)
            back.cancel()
        for end in (writer, outward):
            end.close()

    async def _forward(self, reader, writer, outward) -> None:
        while words := await reader.read(65_536):
            if words.startswith(_METHODS):
                await asyncio.sleep(self.seconds)
                if next(self._numbers) % self.busy == 0:
                    self.refused += 1
                    writer.write(_BUSY)
                    await writer.drain()
                    return
                self.passed += 1
            outward.write(words)
            await outward.drain()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while words := await reader.read(65_536):
            writer.write(words)
            await writer.drain()
    writer.close()


@contextmanager
def in_front_of(target: int, *, seconds: float, busy: int) -> Iterator[Proxy]:
    """A proxy on a free port of loopback, in a thread."""
    proxy, started = Proxy(target=target, seconds=seconds, busy=busy), threading.Event()
    loop, ended = asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=[proxy.serve(started, ended)], daemon=True)
    thread.start()
    started.wait(10)
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)
