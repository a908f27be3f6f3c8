"""The bytes of an article's picture, retrieved as safely as a feed and soon given up; knows no network."""

import asyncio
import socket
import threading
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import httpx

from piquet.errors import FeedError, PiquetError
from piquet.feed.links import literal_address, shown
from piquet.feed.retrieve import retrieve
from piquet.feed.rules import RetrieveRules
from piquet.feed.state import FeedState
from piquet.tls import trust

DEADLINE = 8.0


class PictureError(PiquetError):
    """There is no picture to be had; the sentence says why."""


class Pictures:
    """Fetches the pictures of one account's cycle; `deadline`, in seconds, is for all that fail in it together.

    `allowed_hosts` may be anywhere, all others are public hosts, at every hop.
    """

    def __init__(self, *, allowed_hosts: Collection[str] = (), deadline: float = DEADLINE) -> None:
        self._rules = RetrieveRules(allowed_hosts=frozenset(allowed_hosts))
        self._left = deadline

    async def fetch(self, url: str, most: int) -> bytes:
        """The bytes at `url`, `most` at most; raises PictureError."""
        if self._left <= 0:
            raise PictureError(f"{shown(url)} is not asked for: pictures took too long in this cycle.")
        started = time.monotonic()
        try:
            return await fetch_picture(url, most, rules=replace(self._rules, deadline=self._left))
        except PictureError:
            self._left -= time.monotonic() - started
            raise


async def fetch_picture(url: str, most: int, *, rules: RetrieveRules) -> bytes:
    """The bytes at an http or https address, `most` at most, within `rules.deadline`; raises PictureError."""
    rules = replace(rules, max_bytes=most, allow_files=False, read_timeout=rules.deadline)
    try:
        async with asyncio.timeout(rules.deadline):
            await _resolvable(url)
            # The environment's proxies would connect in our place, to addresses that nobody checked.
            async with httpx.AsyncClient(trust_env=False, verify=trust()) as client:
                found = await retrieve(
                    url, state=FeedState(url=url), client=client, rules=rules, now=datetime.now(UTC)
                )
    except TimeoutError:
        raise PictureError(f"{shown(url)} did not answer within {rules.deadline:.1f} seconds.") from None
    except FeedError as error:
        raise PictureError(str(error)) from None
    return found.body or b""


async def _resolvable(url: str) -> None:
    """Return once the host's name has an address.

    In a thread that nobody waits for: the event loop's own would be joined when the process ends, however long
    a name server keeps silent (docs.python.org, loop.shutdown_default_executor).
    """
    host = _host(url)
    if not host or literal_address(host):
        return
    loop = asyncio.get_running_loop()
    done: asyncio.Future[bool] = loop.create_future()
    threading.Thread(target=_resolve, args=(host, loop, done), daemon=True).start()
    if not await done:
        raise PictureError(f"The name {host} could not be resolved.")


def _host(url: str) -> str:
    try:
        return httpx.URL(url).raw_host.decode("ascii")
    except (httpx.InvalidURL, UnicodeError):
        return ""  # the retrieval says what is wrong with it


def _resolve(host: str, loop: asyncio.AbstractEventLoop, done: "asyncio.Future[bool]") -> None:
    try:
        found = bool(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError):
        found = False
    with suppress(RuntimeError):  # the loop is closed: nobody waits for the answer any more
        loop.call_soon_threadsafe(lambda: done.done() or done.set_result(found))
