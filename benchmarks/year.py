"""A year of an outlet, 200 entries a day to 6 accounts: how large its ledger gets, and whether a cycle feels it."""

import json
import os
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from pathlib import Path
from typing import Any

from benchmarks.databases import sqlite_ledger
from benchmarks.measure import SMALL, judged, machine, python, run, table
from benchmarks.year_filling import MONTH, fill
from piquet.entry import Entry
from piquet.ledger.ledger import Ledger
from piquet.ledger.pruning import Pruned
from piquet.prune import prune

MONTHS = 2 if SMALL else 12
ENTRIES = 240 if SMALL else round(200 * MONTH / timedelta(days=1))
NETWORKS = ("mastodon", "bluesky", "x", "facebook", "threads", "telegram")
OUTLET = "journal"
LATER = 1 if SMALL else 2  # months after it, with retention
KNOWN, NEW, TIMES = 40, 4, 2 if SMALL else 4
BEGINS = datetime(2026, 1, 1, tzinfo=UTC)
# As short as retention may be, so that a year shows it.
KEPT = timedelta(days=30 if SMALL else 90)
MOST_SLOWER = 4.0 if SMALL else 1.5
MOST_LARGER = 1.25  # of the memory peak
# A year without retention, and what an entry may take in it.
MOST_MB = 60 if SMALL else 4_000


_SUMMARY = "Un chapô de deux phrases, comme en ont les flux des journaux. " * 3
_HEADS = ("month", "entries", "MB", "a cycle, CPU", "wall", "peak")
# The number of the first article of each look: no two looks may bring the same.
_firsts = count(1_000, 1_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """What stood at a month's end: entries so far, megabytes in use, a cycle's CPU and wall seconds, its memory peak."""

    number: int
    entries: int
    size: float
    cpu: float
    wall: float
    peak: float


def main() -> int:
    """Print the months; 0 where a cycle is as quick and as small after a year as after its first month."""
    began = time.monotonic()
    print(f"{machine()}\n\nMonths of {ENTRIES} entries to {len(NETWORKS)} accounts, SQLite.\n", flush=True)
    with sqlite_ledger() as url, tempfile.TemporaryDirectory() as folder:
        path, log = url.removeprefix("sqlite:///"), Path(folder) / "cycles.log"
        _cycle(path, 0, log)  # what is multiplied
        without = [_month(path, number, log) for number in range(MONTHS)]
        kept = f"{folder}/kept.db"
        shutil.copy(path, kept)
        done, seconds, longest = _pruned(kept, MONTHS)
        after = [_measured(kept, MONTHS, log)]
        for number in range(MONTHS, MONTHS + LATER):
            fill(kept, number, _begins(number), ENTRIES)
            _pruned(kept, number + 1)
            after.append(_measured(kept, number + 1, log))
        broken = [broken for file in (path, kept) for broken in _breaks(file)]
    print(table(_HEADS, map(_row, without)))
    print(
        f"\nKept {KEPT.days} days: {done}, in {seconds:.1f} s, the longest batch {longest * 1000:.0f} ms.\n"
    )
    print(table(_HEADS, map(_row, after)))
    print(f"\n{time.monotonic() - began:.0f} s.")
    return judged([*broken, *not_flat(without), *not_kept(without[-1], after)])


def not_flat(months: Sequence[Month]) -> Iterator[str]:
    """What is wrong where a cycle is slower or larger at the end than at the beginning, or the ledger too large."""
    first, last = months[0], months[-1]
    # By CPU: others use this machine too.
    if last.cpu > MOST_SLOWER * first.cpu:
        yield f"a cycle takes {last.cpu / first.cpu:.2f} times as long after month {last.number}"
    if last.peak > MOST_LARGER * first.peak:
        yield f"a cycle's memory peak is {last.peak / first.peak:.2f} times what it was"
    if last.size > MOST_MB:
        yield f"the ledger has {last.size:.0f} MB, more than {MOST_MB}"


def not_kept(whole: Month, after: Sequence[Month]) -> Iterator[str]:
    """What is wrong where retention does not keep the ledger small, or it grows on in spite of it."""
    first, last = after[0], after[-1]
    if not first.size < 0.8 * whole.size:
        yield f"retention leaves {first.size:.0f} MB of {whole.size:.0f}"
    if last.cpu > MOST_SLOWER * first.cpu:
        yield f"with retention a cycle takes {last.cpu / first.cpu:.2f} times as long later"


def cycle(path: str, number: int, first: int) -> int:
    """A few cycles in a process of their own, each with new articles from the number `first` on; prints the quickest."""
    from tests.ledger.cycling import article, desk

    now, found = _begins(number), []
    with desk(now, [f"{network}/journal" for network in NETWORKS]) as cycling:
        # Too old to be news: they are only recorded.
        old = now - timedelta(days=2)
        known = [replace(article(first + n, old), summary=_SUMMARY) for n in range(KNOWN)]
        cycling.cycle(f"sqlite:///{path}", known)
        for round_ in range(TIMES):
            cycling.clock.now += timedelta(minutes=5)
            numbers = range(first + KNOWN + round_ * NEW, first + KNOWN + (round_ + 1) * NEW)
            new = [replace(article(n, cycling.clock.now), summary=_SUMMARY) for n in numbers]
            known = [*new, *known][: KNOWN + NEW]
            found.append(_one_cycle(cycling, path, known))
        posted = {len(cycling.links(account)) for account in cycling.outlet.accounts}
    # The parent's own size is what wait4 tells of a child that was forked from it (getrusage(2)).
    status = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    walls, cpus = zip(*found, strict=True)
    print(json.dumps({"wall": min(walls), "cpu": min(cpus), "peak": peak / 1000}))
    return 0 if min(posted) >= NEW * TIMES else 1


def _one_cycle(cycling: Any, path: str, entries: Sequence[Entry]) -> tuple[float, float]:
    """Wall and CPU seconds, the wall's own thread among them."""
    started = time.perf_counter(), time.process_time()
    with Ledger.open(f"sqlite:///{path}") as ledger:
        number = ledger.begin_cycle(OUTLET, cycling.clock.now)
    cycling.cycle(f"sqlite:///{path}", entries)
    with Ledger.open(f"sqlite:///{path}") as ledger:
        ledger.end_cycle(OUTLET, number, {"sent": NEW * len(NETWORKS), "found": NEW}, cycling.clock.now)
    return time.perf_counter() - started[0], time.process_time() - started[1]


def _begins(number: int) -> datetime:
    return BEGINS + MONTH * number


def _month(path: str, number: int, log: Path) -> Month:
    fill(path, number, _begins(number), ENTRIES)
    return _measured(path, number + 1, log)


def _measured(path: str, number: int, log: Path) -> Month:
    cpu, wall, peak = _cycle(path, number, log)
    with closing(sqlite3.connect(path)) as database:
        entries = database.execute("SELECT count(*) FROM entries").fetchone()[0]
        pages, free, size = (
            database.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
    return Month(
        number=number, entries=entries, size=(pages - free) * size / 1e6, cpu=cpu, wall=wall, peak=peak
    )


def _cycle(path: str, number: int, log: Path) -> tuple[float, float, float]:
    cost = run(python("benchmarks.year", path, str(number), str(next(_firsts))), dict(os.environ), log=log)
    if cost.code:
        raise RuntimeError(f"a cycle of month {number} did not post: {log.read_text('utf-8')[-2000:]}")
    return cost.told["cpu"], cost.told["wall"], cost.told["peak"]


def _pruned(path: str, number: int) -> tuple[Pruned, float, float]:
    """What went, in how many seconds, and the longest that anybody had to wait for the ledger."""
    breaths: list[float] = [time.perf_counter()]
    with Ledger.open(f"sqlite:///{path}") as ledger:
        started = time.perf_counter()
        done = prune(
            ledger, OUTLET, _begins(number) - KEPT, sleep=lambda _: breaths.append(time.perf_counter())
        )
        seconds = time.perf_counter() - started
    return done, seconds, max((b - a for a, b in pairwise(breaths)), default=0.0)


def _breaks(path: str) -> list[str]:
    with Ledger.open(f"sqlite:///{path}") as ledger:
        return [
            f"the audit chain of {one.chain} breaks at {one.number}: {one.why}"
            for one in ledger.audit_breaks(OUTLET)
        ]


def _row(month: Month) -> Sequence[str]:
    return (
        str(month.number),
        f"{month.entries:,}",
        f"{month.size:.0f}",
        f"{month.cpu * 1000:.0f} ms",
        f"{month.wall * 1000:.0f} ms",
        f"{month.peak:.0f} MB",
    )


if __name__ == "__main__":
    sys.exit(cycle(sys.argv[1], *map(int, sys.argv[2:])) if len(sys.argv) > 2 else main())
