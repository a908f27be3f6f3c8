"""All feeds of an outlet at once: each gives its entries or the reason why not, and none delays or hides another."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import httpx

from piquet.entry import Entry
from piquet.errors import FeedError
from piquet.feed.bounded import Task, parse_bounded
from piquet.feed.links import shown
from piquet.feed.parse import ParsedFeed
from piquet.feed.retrieve import Retrieved, restarted, retrieve
from piquet.feed.rules import RetrieveRules
from piquet.feed.state import FeedState
from piquet.tls import trust

_AT_ONCE = 8
# A feed mended within a cycle or two, or by the person who runs the next one by hand, is asked at once.
_PATIENCE = timedelta(minutes=5)
_LONGEST_PAUSE = timedelta(hours=1)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedResult:
    """What came of one feed; `state` is to be stored, `error` is a sentence, `url` is the feed as it was asked for."""

    url: str
    state: FeedState
    entries: tuple[Entry, ...] = ()
    error: str | None = None
    unchanged: bool = False
    warnings: tuple[str, ...] = ()
    permanent_url: str | None = None


async def fetch(
    states: Sequence[FeedState], *, rules: RetrieveRules, now: datetime
) -> tuple[FeedResult, ...]:
    """Every feed's result, in the order of `states`; at most eight are read at a time."""
    gate = asyncio.Semaphore(_AT_ONCE)
    # The environment's proxies would connect in our place, to addresses that nobody checked.
    async with httpx.AsyncClient(trust_env=False, verify=trust()) as client:
        return tuple(await asyncio.gather(*(_gated(gate, state, client, rules, now) for state in states)))


async def _gated(
    gate: asyncio.Semaphore,
    state: FeedState,
    client: httpx.AsyncClient,
    rules: RetrieveRules,
    now: datetime,
) -> FeedResult:
    if state.not_before and state.not_before > now:
        return FeedResult(url=state.url, state=state, error=_resting(state))
    async with gate:
        try:
            return await _one(state, client, rules, now)
        except FeedError as error:
            return _failed(state, str(error), now, error.retry_after)
        except (
            Exception
        ) as error:  # a mistake of ours in reading one feed must not cost the others their turn
            logger.exception("%s could not be read", shown(state.url))
            return _failed(state, f"{shown(state.url)} could not be read: {type(error).__name__}.", now, None)


async def _one(
    state: FeedState, client: httpx.AsyncClient, rules: RetrieveRules, now: datetime
) -> FeedResult:
    found = await retrieve(state.url, state=state, client=client, rules=rules, now=now)
    if found.body is None:
        return FeedResult(url=state.url, state=found.state, unchanged=True, permanent_url=found.permanent_url)
    task = Task(body=found.body, headers=found.headers, url=found.url, feed=state.url, now=now)
    return _read(found, await parse_bounded(task, rules))


def _read(found: Retrieved, parsed: ParsedFeed) -> FeedResult:
    return FeedResult(
        url=found.state.url,
        state=restarted(found.state) if parsed.cut else found.state,
        entries=parsed.entries,
        warnings=parsed.warnings,
        permanent_url=found.permanent_url,
    )


def _failed(state: FeedState, sentence: str, now: datetime, retry_after: float | None) -> FeedResult:
    """The state after a failure: after minutes of them it rests as long again, or for as long as its server asks."""
    since = state.failing_since or now
    lasted = now - since
    pause = min(lasted, _LONGEST_PAUSE) if lasted >= _PATIENCE else timedelta(0)
    pause = max(pause, timedelta(seconds=retry_after or 0))
    failed = replace(
        state,
        failures=state.failures + 1,
        failing_since=since,
        last_error=sentence,
        not_before=now + pause if pause else None,
    )
    return FeedResult(url=state.url, state=failed, error=f"{sentence} {_since(failed)}")


def _resting(state: FeedState) -> str:
    """Why a feed is not asked now."""
    reason = state.last_error or f"{shown(state.url)} asked for a pause."
    return f"{reason} {_since(state)}"


def _since(state: FeedState) -> str:
    since = f"Failing since {_minute(state.failing_since)}; " if state.failing_since else ""
    again = f"after {_minute(state.not_before)}" if state.not_before else "in the next cycle"
    return f"{since}{'it' if since else 'It'} is asked again {again}."


def _minute(time: datetime | None) -> str:
    return f"{time:%d %B %Y %H:%M} UTC" if time else "the next poll"
