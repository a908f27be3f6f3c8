"""`make impact`: simulated strikes with and without an effect, then one on the wall; exit code 0 where every row holds."""

import sys
import time
from collections.abc import Iterable

from tests.impact.calibration import Table, calibration

# Without an effect of each kind, and with each effect.
STRIKES, EFFECTS = 200, 100


def main() -> int:
    """0 where every row holds."""
    began, wrong = time.monotonic(), 0
    for table in calibration(STRIKES, EFFECTS):
        wrong += shown(table)
    taken = time.monotonic() - began
    print(f"\n{'Every row holds' if not wrong else f'{wrong} rows do not hold'} ({taken:.0f} s).")
    return 1 if wrong else 0


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
