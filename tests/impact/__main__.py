"""`make impact`: simulated strikes with and without an effect, then one on the wall; exit code 0 where every row holds."""

import asyncio
import os
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from piquet.pages.impact import impact_files
from tests.impact.calibration import Table, calibration
from tests.impact.wall_checks import checked
from tests.impact.wall_day import Pace, Played, played

# Without an effect: of one day, and of each other kind; and with each effect.
STRIKES, OTHERS, EFFECTS = 200, 100, 60
# On the wall; the report of the first is left as a sample.
WALL = (3.0, 1.0)
SEED = 7


def main() -> int:
    """0 where every row holds."""
    began, wrong = time.monotonic(), 0
    for table in calibration(STRIKES, OTHERS, EFFECTS):
        wrong += shown(table)
    with ProcessPoolExecutor(len(WALL)) as pool:
        days = list(pool.map(_day, WALL))
    for effect, day in zip(WALL, days, strict=True):
        wrong += shown(checked(effect, day))
    _leave(days[0], Path(os.environ.get("REPORT") or ".piquet/impact"))
    taken = time.monotonic() - began
    print(f"\n{'Every row holds' if not wrong else f'{wrong} rows do not hold'} ({taken:.0f} s).")
    return 1 if wrong else 0


def _day(effect: float) -> Played:
    with TemporaryDirectory(prefix="piquet-impact-") as folder:
        return asyncio.run(played(effect, SEED, Path(folder), Pace()))


def _leave(day: Played, folder: Path) -> None:
    """The report in both languages, its pictures and its numbers."""
    files = [
        path
        for language in ("fr", "en")
        for path in impact_files(replace(day.impact, language=language), folder, day.snapshots)
    ]
    print(f"\nThe report, its pictures and its numbers are in {folder}/: {len(set(files))} files.")


def shown(table: Table) -> int:
    """Print a table; how many of its rows do not hold."""
    print(f"\n{table.title}\n")
    widths = [
        max(map(len, column)) for column in zip(table.heads, *(row.cells for row in table.rows), strict=True)
    ]
    print("      " + _aligned(table.heads, widths))
    for row in table.rows:
        print(f"  {'ok' if row.holds else 'NO'}  {_aligned(row.cells, widths)}", flush=True)
    return sum(not row.holds for row in table.rows)


def _aligned(cells: Iterable[str], widths: Iterable[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


if __name__ == "__main__":
    sys.exit(main())
