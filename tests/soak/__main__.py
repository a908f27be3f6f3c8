"""`make soak`: HOURS simulated hours of one-minute cycles; prints what was read and judges the trend of the second half."""

import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from benchmarks.measure import judged, machine, table
from tests.soak.stage import Stage, running_stage
from tests.soak.watching import BOUNDS, Sample, grown, read, too_much

_EVERY = 5  # simulated minutes between two looks
_NEWS = 7  # and between two articles
_SHORTEST = 120
_PRUNED_S = 150


def main() -> int:
    """0 where every run ended well, every article was posted once, and nothing grew by more than it may."""
    minutes = round(float(os.environ.get("HOURS") or 2) * 60)
    if minutes < _SHORTEST:
        print(
            f"HOURS={os.environ['HOURS']}: a trend shows in no less than two hours: write HOURS=2.",
            file=sys.stderr,
        )
        return 2
    print(
        f"{machine()}\n\n{minutes} cycles, one a simulated minute, an article every {_NEWS} of them.\n",
        flush=True,
    )
    with tempfile.TemporaryDirectory(prefix="piquet-soak-") as folder, running_stage(Path(folder)) as stage:
        began = time.monotonic()
        samples, complaints = _soaked(stage, minutes)
        complaints += stage.wrong_posts()
        taken = time.monotonic() - began
        complaints += _not_pruned(stage, minutes)
        posts = sum(len(stage.room.texts(account["network"])) for account in stage.room.accounts)
    print(
        f"\n{len(stage.feed.titles)} articles, {posts} posts; {taken / 60:.0f} min, {taken / minutes:.1f} s a cycle.\n"
    )
    print(table(("figure", "at first", "at last", "an hour adds", "may add"), _trends(samples)))
    return judged([*complaints, *too_much(samples)])


def _soaked(stage: Stage, minutes: int) -> tuple[list[Sample], list[str]]:
    """Every look, with the simulated hour of each; and what went wrong."""
    samples, complaints = [], []
    print("  ".join(("hour ", *(f"{bound.name:>14}" for bound in BOUNDS))), flush=True)
    for minute in range(minutes):
        if minute and minute % _NEWS == 0:
            stage.feed.publish(stage.now(minute) - timedelta(minutes=1))
        run = stage.cycle(minute)
        if run["state_name"] != "Completed":
            complaints.append(
                f"the run at minute {minute} ended {run['state_name']}: {run['state']['message']}"
            )
        if (minute + 1) % _EVERY == 0:
            samples.append(((minute + 1) / 60, _look(stage)))
            _print_sample(*samples[-1])
    # What was published last is posted in a last cycle.
    stage.cycle(minutes)
    return samples, complaints


def _look(stage: Stage) -> Mapping[str, float]:
    """Once the run's own process is gone."""
    time.sleep(1.5)
    return read(stage.processes, stage.local.folder / "prefect", stage.room.folder / "ledger.db")


def _print_sample(hour: float, values: Mapping[str, float]) -> None:
    cells = (f"{values[bound.name]:11.1f} {bound.unit[:2]}" for bound in BOUNDS)
    print("  ".join((f"{hour:5.1f}", *cells)), flush=True)


def _trends(samples: Sequence[Sample]) -> Iterator[Sequence[str]]:
    growth, since = grown(samples), samples[len(samples) // 2][0]
    for bound in BOUNDS:
        first, last = samples[0][1][bound.name], samples[-1][1][bound.name]
        yield (
            bound.name,
            f"{first:.1f}",
            f"{last:.1f} {bound.unit}",
            f"{growth[bound.name]:+.2f} {bound.unit}",
            f"{bound.may(since):g} {bound.unit}",
        )


def _not_pruned(stage: Stage, minutes: int) -> list[str]:
    """What is wrong where Prefect's own service does not take away the older half of the runs, once they are old."""
    before, half = stage.runs(), minutes // 2
    with closing(sqlite3.connect(stage.local.folder / "prefect" / "prefect.db", timeout=60)) as database:
        # The soak lasts minutes of real time, and Prefect keeps at least an hour.
        oldest = "SELECT id FROM flow_run WHERE end_time IS NOT NULL ORDER BY end_time LIMIT ?"
        back = "UPDATE flow_run SET end_time = strftime('%Y-%m-%d %H:%M:%f', end_time, '-15 days')"
        database.execute(f"{back} WHERE id IN ({oldest})", (half,))
        database.commit()
        end = time.monotonic() + _PRUNED_S
        while (after := stage.runs()) > before - half and time.monotonic() < end:
            time.sleep(2)
        size = _freed(database)
    print(f"\nPruned by Prefect's own service: {before - after} of {before} runs were older than 14 days; "
          f"{size:.1f} MB of its database are free again.")  # fmt: skip
    if after <= before - half:
        return []
    return [f"{after} runs are left in Prefect's database, not {before - half}: nothing pruned them"]


def _freed(database: sqlite3.Connection) -> float:
    """Megabytes that are free again, once their task runs and logs have followed the runs."""
    before, free = -1, 0
    while free != before:
        time.sleep(10)
        before, free = free, database.execute("PRAGMA freelist_count").fetchone()[0]
    return free * database.execute("PRAGMA page_size").fetchone()[0] / 1e6


if __name__ == "__main__":
    sys.exit(main())
