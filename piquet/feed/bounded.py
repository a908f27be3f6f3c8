"""Parsing where a runaway can be ended: in a thread what is surely quick, all else in a process with limits."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import piquet
from piquet.entry import Entry, Image
from piquet.errors import FeedError, NotAFeed
from piquet.feed.links import shown
from piquet.feed.parse import NeedsPatience, ParsedFeed, parse
from piquet.feed.rules import RetrieveRules

# The dearest body within these bounds took 1.1 s of CPU (benchmarks/feed_cost.py); feedparser takes 50 µs a tag.
_MOST_BYTES = 1_000_000
_MOST_TAGS = 30_000
_MOST_NAMESPACES = 500
_LONG_TAG = re.compile(rb"<[^<>]{16000}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A body to parse; see `piquet.feed.parse.parse`."""

    body: bytes
    headers: Mapping[str, str]
    url: str
    feed: str
    now: datetime


async def parse_bounded(task: Task, rules: RetrieveRules) -> ParsedFeed:
    """The parsed feed; `FeedError` where it takes more CPU or memory than the rules allow."""
    if is_simple(task.body):
        try:
            return await asyncio.to_thread(_parse, task, patient=False)
        except NeedsPatience:
            pass
    return await asyncio.to_thread(_in_process, task, rules)


def is_simple(body: bytes) -> bool:
    """Whether parsing can only be quick: small, few tags, no huge one, no crowd of namespaces."""
    return (
        len(body) <= _MOST_BYTES
        and body.count(b"<") <= _MOST_TAGS
        and body.count(b"xmlns:") <= _MOST_NAMESPACES
        and not _LONG_TAG.search(body)
    )


def _parse(task: Task, *, patient: bool) -> ParsedFeed:
    return parse(task.body, task.headers, task.url, feed=task.feed, now=task.now, patient=patient)


def _in_process(task: Task, rules: RetrieveRules) -> ParsedFeed:
    head = {
        "headers": dict(task.headers),
        "url": task.url,
        "feed": task.feed,
        "now": task.now.isoformat(),
        "cpu": rules.parse_cpu,
        "memory": rules.parse_memory,
    }
    # No more of the environment than it takes to find Python's and our modules: it may hold tokens.
    environment = {"PYTHONPATH": str(Path(piquet.__file__).parents[1]), "PATH": os.environ.get("PATH", "")}
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "piquet.feed.worker"],
            input=json.dumps(head).encode() + b"\n" + task.body,
            capture_output=True,
            timeout=rules.parse_cpu * 2,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _too_much(task, rules) from error
    if done.returncode:
        raise _too_much(task, rules)
    return _unpacked(json.loads(done.stdout))


def _too_much(task: Task, rules: RetrieveRules) -> FeedError:
    return FeedError(
        f"{shown(task.url)} takes more than {rules.parse_cpu} seconds or "
        f"{rules.parse_memory / 1e9:g} GB to read ({len(task.body) / 1e6:.1f} MB); no feed should."
    )


def packed(parsed: ParsedFeed | NotAFeed) -> dict[str, Any]:
    """As JSON takes it (times as text). Never a pickle: what comes back was made of a stranger's bytes."""
    if isinstance(parsed, NotAFeed):
        return {"not_a_feed": str(parsed)}
    values = asdict(parsed)
    for entry in values["entries"]:
        entry |= {key: entry[key] and entry[key].isoformat() for key in ("published", "updated")}
    return values


def _unpacked(values: dict[str, Any]) -> ParsedFeed:
    if "not_a_feed" in values:
        raise NotAFeed(values["not_a_feed"])
    entries = tuple(_entry(entry) for entry in values.pop("entries"))
    return ParsedFeed(**{**values, "entries": entries, "warnings": tuple(values["warnings"])})


def _entry(values: dict[str, Any]) -> Entry:
    dates = {key: values[key] and datetime.fromisoformat(values[key]) for key in ("published", "updated")}
    image = values["image"] and Image(**values["image"])
    return Entry(**{**values, **dates, "image": image, "tags": tuple(values["tags"])})
