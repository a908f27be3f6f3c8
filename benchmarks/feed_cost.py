"""What reading feeds costs in CPU and memory, beside other parsers: python -m benchmarks.feed_cost FOLDER."""

import asyncio
import contextlib
import io
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import feedparser

from piquet.errors import FeedError
from piquet.feed import FeedState, RetrieveRules, fetch, parse
from piquet.feed.bounded import is_simple
from piquet.feed.fingerprint import fingerprint
from piquet.feed.parse import NeedsPatience
from tests.feed.hostile import DOCUMENTS

try:  # only measured against, so no dependencies of ours: uv run --with fastfeedparser --with reader ...
    import fastfeedparser
except ImportError:
    fastfeedparser = None
try:
    import reader
except ImportError:
    reader = None

FEEDS = 1_000
CHANGED = 10
NOW = datetime.now(UTC)
RULES = RetrieveRules(allow_files=True)


def main(folder: str) -> int:
    """Print the report; 0 where nothing we hold to be quick is slow."""
    bodies = [
        path.read_bytes() for path in sorted(Path(folder).glob("*.*")) if path.suffix in (".xml", ".atom")
    ]
    poll = _poll(bodies)
    changed = _changed(bodies)
    ours = changed["piquet"]
    print(f"CPU for a changed feed, mean of {len(bodies)}:")
    for name, seconds in changed.items():
        print(f"  {name:16}{seconds * 1000:8.1f} ms  {seconds / ours:6.2f} of ours")
    print("CPU for an unchanged feed (its body came again):")
    unchanged = _mean(fingerprint, bodies)
    print(f"  {'piquet':16}{unchanged * 1000:8.2f} ms; a 304 costs no more than the answer")
    if reader:
        print(f"  {'reader':16}{_reader_again(bodies) * 1000:8.2f} ms")
    print(poll)
    return _hostile()


def _changed(bodies: Sequence[bytes]) -> dict[str, float]:
    found = {
        "piquet": _mean(lambda body: parse(body, {}, "https://paper.example/f", now=NOW), bodies),
        "feedparser": _mean(lambda body: feedparser.parse(io.BytesIO(body)), bodies),
    }
    if fastfeedparser:
        found["fastfeedparser"] = _mean(_fast, bodies)
    if reader:
        found["reader"] = _reader_first(bodies)
    return found


def _mean(read: Callable[[bytes], object], bodies: Sequence[bytes]) -> float:
    """CPU seconds a body, of the best of three rounds after one to warm up."""
    rounds = []
    for _ in range(4):
        started = time.process_time()
        for body in bodies:
            read(body)
        rounds.append((time.process_time() - started) / len(bodies))
    return min(rounds[1:])


def _fast(body: bytes) -> None:
    with contextlib.suppress(Exception):  # it raises what lxml or its own code raises
        fastfeedparser.parse(body)


def _reader_first(bodies: Sequence[bytes]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        return _reader_update(_library(bodies, folder), len(bodies))


def _reader_again(bodies: Sequence[bytes]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        library = _library(bodies, folder)
        library.update_feeds()
        return _reader_update(library, len(bodies))


def _library(bodies: Sequence[bytes], folder: str):
    library = reader.make_reader(":memory:", feed_root=folder)
    for number, body in enumerate(bodies):
        Path(folder, f"{number}.xml").write_bytes(body)
        library.add_feed(f"{number}.xml")
    return library


def _reader_update(library, feeds: int) -> float:
    started = time.process_time()
    library.update_feeds()
    return (time.process_time() - started) / feeds


def _poll(bodies: Sequence[bytes]) -> str:
    """1,000 feeds read twice, ten of them changed in between."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, f"{number}.xml") for number in range(FEEDS)]
        for number, path in enumerate(paths):
            path.write_bytes(bodies[number % len(bodies)])
        first = asyncio.run(fetch([FeedState(url=str(path)) for path in paths], rules=RULES, now=NOW))
        for path in paths[:CHANGED]:
            path.write_bytes(path.read_bytes().replace(b"</title>", b"!</title>"))
        started = time.process_time()
        states = [result.state for result in first]
        again = asyncio.run(fetch(states, rules=RULES, now=NOW + timedelta(minutes=5)))
        seconds = time.process_time() - started
    unchanged = sum(result.unchanged for result in again)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return (
        f"{FEEDS} feeds polled, {unchanged} of them unchanged: {seconds:.2f} s of CPU; "
        f"memory peak with all of them read once: {peak:.0f} MB"
    )


def _hostile() -> int:
    """The dearest hostile body that is parsed in a thread, where nothing could end it."""
    costs = {
        name: cost for name in DOCUMENTS if (cost := _cost(DOCUMENTS[name](990_000).encode())) is not None
    }
    name = max(costs, key=costs.__getitem__)
    print(f"dearest of {len(costs)} hostile bodies parsed in a thread: {name}, {costs[name]:.2f} s of CPU")
    return 0 if costs[name] < 5 else 1


def _cost(body: bytes) -> float | None:
    if not is_simple(body):
        return None
    started = time.process_time()
    with contextlib.suppress(FeedError, NeedsPatience):
        parse(body, {}, "https://paper.example/f", now=NOW, patient=False)
    return time.process_time() - started


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "../shared/feeds"))
