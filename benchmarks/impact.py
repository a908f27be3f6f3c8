"""What a report over 100,000 posts and 1,000,000 snapshots costs, beside a plain SQL sum over the same rows."""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from benchmarks.databases import NO_SERVER, postgresql_ledger, sqlite_ledger
from benchmarks.measure import SMALL, Cost, judged, machine, python, run, table

POSTS = 4_000 if SMALL else 100_000
SNAPSHOTS = POSTS * 10
MOST_S = 120.0 if SMALL else 30.0
MOST_MB = 1_000.0
STAGES = ("facts", "compare", "page")


def main() -> int:
    """Print the report; 0 where it is made in time and memory, on each database."""
    print(
        f"{machine()}\n\nOne report: {POSTS:,} posts of nine weeks, {SNAPSHOTS:,} snapshots, the last day on strike."
    )
    complaints = [*_measured("SQLite", sqlite_ledger()), *_measured("PostgreSQL", postgresql_ledger())]
    return judged(complaints)


def report(url: str, folder: str) -> int:
    """In a process of its own: make the report once, and print the seconds of its stages and of the plain sum."""
    from benchmarks.impact_report import loaded, make, plain_sum

    seconds: dict[str, float] = {}

    def timed(name: str, act: Callable[[], Any]) -> Any:
        started = time.perf_counter()
        answer = act()
        seconds[name] = time.perf_counter() - started
        return answer

    told = make(url, Path(folder), timed)
    counts = {"read": timed("load", lambda: loaded(url)), "summed": timed("sum", lambda: plain_sum(url))}
    print(json.dumps({**seconds, **told, **counts}))
    return 0


def complaints_of(name: str, cost: Cost) -> list[str]:
    """A sentence for each line that does not hold."""
    found = [f"{name}: the report ended with {cost.code}"] if cost.code else []
    spent = sum(cost.told[stage] for stage in STAGES)
    if spent > MOST_S:
        found.append(f"{name}: the report takes {spent:.1f} s, more than {MOST_S:.0f} s")
    if cost.peak_mb > MOST_MB:
        found.append(f"{name}: {cost.peak_mb:,.0f} MB at the most, more than {MOST_MB:,.0f} MB")
    if cost.told["read"] != SNAPSHOTS or cost.told["summed"] != SNAPSHOTS:
        found.append(f"{name}: not every snapshot was read: {cost.told['read']:,} of {SNAPSHOTS:,}")
    if not cost.told["found"]:
        found.append(f"{name}: the effect that the figures were made with was not found")
    if cost.told["missing"] or not cost.told["posts"]:
        found.append(f"{name}: {cost.told['missing']} links are missing, and every one was published")
    return found


def _measured(name: str, ledger: AbstractContextManager[str | None]) -> list[str]:
    from benchmarks.impact_filling import fill

    print(f"\n## {name}\n")
    with ledger as url, tempfile.TemporaryDirectory() as folder:
        if url is None:
            print(NO_SERVER)
            return []
        fill(url, POSTS)
        command = python("benchmarks.impact", "report", url, folder)
        cost = run(command, dict(os.environ), log=Path(folder) / "errors.log")
    print(table(("what", "seconds", "times the sum"), _rows(cost)))
    return complaints_of(name, cost)


def _rows(cost: Cost) -> list[tuple[str, str, str]]:
    floor = cost.told["sum"]
    spent = {stage: cost.told[stage] for stage in STAGES}
    lines = {
        **spent,
        "the report": sum(spent.values()),
        "reading the snapshots alone": cost.told["load"],
        "plain SQL sum": floor,
    }
    rows = [(name, f"{seconds:.2f}", f"{seconds / floor:.1f}") for name, seconds in lines.items()]
    process = f"{cost.wall:.2f} s, {cost.cpu:.2f} s of CPU, {cost.peak_mb:,.0f} MB at the most"
    return [*rows, ("whole process, imports included", process, "")]


if __name__ == "__main__":
    sys.exit(report(*sys.argv[2:]) if sys.argv[1:2] == ["report"] else main())
