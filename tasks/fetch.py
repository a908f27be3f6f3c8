"""Fetch: every feed of the outlet, concurrently; a feed that fails is a value."""

from datetime import datetime

from prefect import task
from prefect.logging import get_run_logger

from piquet.feed import FeedResult, FeedState, RetrieveRules
from piquet.feed import fetch as fetch_feeds
from piquet.feed.links import shown
from tasks.opening import Desk
from tasks.options import PLAIN


@task(name="fetch", **PLAIN)
async def fetch(desk: Desk, now: datetime) -> tuple[FeedResult, ...]:
    """Read the outlet's feeds, asking each server only for what changed."""
    outlet = desk.outlet
    known = desk.ledger.feed_states(outlet.name)
    states = [known.get(url, FeedState(url=url)) for url in outlet.feeds]
    rules = RetrieveRules(allowed_hosts=frozenset(outlet.allowed_hosts), allow_files=outlet.allow_files)
    results = await fetch_feeds(states, rules=rules, now=now)
    for result in results:
        _say(result)
    return results


def _say(result: FeedResult) -> None:
    log, name = get_run_logger(), shown(result.url)
    if result.error:
        log.warning("%s: %s", name, result.error)
    elif result.unchanged:
        log.info("%s: unchanged", name)
    else:
        log.info("%s: %d entries", name, len(result.entries))
    for warning in result.warnings:
        log.warning("%s: %s", name, warning)
    if result.permanent_url:
        moved = shown(result.permanent_url)
        log.warning("%s has moved for good to %s: change the outlet's feeds.", name, moved)
