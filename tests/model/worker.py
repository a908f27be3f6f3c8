"""A worker that stops before each call of the ledger, of a network and of sleep, and goes on when told how it ends."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any
from unittest import mock

from piquet.errors import LedgerError
from tests.model.clock import Clock
from tests.model.network import Fate

# Whoever looks on at each call of the ledger is given its name, its arguments, and what makes the call.
Watch = Callable[[str, tuple[Any, ...], Callable[[], Any]], Any]

# What runs now, so that a call can be told whose it is.
_workers: dict[asyncio.Task[Any], "Worker"] = {}


def timeless_loop() -> asyncio.AbstractEventLoop:
    """A loop in which no timeout ever comes: on a busy machine a real one would end a worker that merely stands."""
    loop = asyncio.new_event_loop()
    loop.time = lambda: 0.0
    return loop


class Worker:
    """One call of `publish_due`, driven from stop to stop.

    `at` names the call that it stands before, `error` is what the ledger ended it with.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, clock: Clock, watch: Watch, work: Coroutine[Any, Any, Any]
    ) -> None:
        self.at: str | None = None
        self.error: LedgerError | None = None
        self.watch = watch
        self._loop, self._clock = loop, clock
        self._answer: asyncio.Future[Fate] | None = None
        self._task = loop.create_task(work)
        _workers[self._task] = self
        self._until_still()

    @property
    def done(self) -> bool:
        """Whether it has come to its end, its own or a failing ledger's."""
        return self._task.done()

    def go_on(self, fate: Fate) -> None:
        """Let the call that it stands before end so; runs until the next one."""
        self.at, answer = None, self._answer
        answer.set_result(fate)
        self._until_still()

    def die(self) -> None:
        """As in a power cut: nothing that follows the stop happens."""
        if not self.done:
            self.at = None
            self._task.cancel()
            self._loop.run_until_complete(self._still())
        _workers.pop(self._task, None)

    async def stop(self, name: str) -> Fate:
        """Stand before a call."""
        self._answer = self._loop.create_future()
        self.at = name
        return await self._answer

    def _until_still(self) -> None:
        with mock.patch("asyncio.to_thread", _at_the_ledger):
            self._loop.run_until_complete(self._still())
        if self._task.done():
            _workers.pop(self._task, None)
            if not self._task.cancelled() and (error := self._task.exception()) is not None:
                # publish_due raises LedgerError only; any other is a finding.
                if not isinstance(error, LedgerError):
                    raise error
                self.error = error

    async def _still(self) -> None:
        while self.at is None and not self._task.done():
            await asyncio.sleep(0)

    async def sleep(self, seconds: float) -> None:
        """Time passes for everybody."""
        until = self._clock.true + timedelta(seconds=seconds)
        await self.stop("sleep")
        self._clock.true = max(self._clock.true, until)


def current() -> Worker:
    """The worker whose call this is."""
    return _workers[asyncio.current_task()]


async def fate_of(name: str) -> Fate:
    """How a network's call ends."""
    return await current().stop(name)


async def sleep(seconds: float) -> None:
    """What `publish_due` is given to sleep with."""
    await current().sleep(seconds)


async def _at_the_ledger(act: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """In place of `asyncio.to_thread`, by which the outbox calls the ledger."""
    fate = await current().stop(act.__name__)
    if fate is Fate.LEDGER_BEFORE:
        raise LedgerError("the ledger did not do its work")
    result = current().watch(act.__name__, arguments, lambda: act(*arguments, **named))
    if fate is Fate.LEDGER_AFTER:
        raise LedgerError("the ledger did not answer")
    return result
