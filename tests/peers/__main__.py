"""Prints the table: each fault, what Piquet did, and its peers' results beside; exit code 0 only where every row holds."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from unittest import mock

from deployments.local import Local, running_locally

# What the cycles of this process log is not the table.
_QUIET = {
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
}
AT_ONCE = 4


def main(keys: Sequence[str]) -> int:
    """The rows of these keys, all where none is given."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_locally(Path(folder) / "state") as local,
        # Prefect reads its settings when it is imported, so whatever imports it comes after this.
        mock.patch.dict(os.environ, {**local.env, **_QUIET}),
    ):
        return _print(local, Path(folder), keys)


def _print(local: Local, folder: Path, keys: Sequence[str]) -> int:
    from tests.peers.beside import read_notes
    from tests.peers.playing import play
    from tests.peers.printing import counts, line
    from tests.peers.table import ROWS

    rows = [row for row in ROWS if not keys or row.key in keys]
    table = read_notes()
    seen = asyncio.run(
        play(
            rows,
            local,
            folder,
            at_once=AT_ONCE,
            say=lambda row, observed: print(line(row, observed, table), flush=True),
        )
    )
    print(counts(rows, seen, table))
    held = all(observed.holds for observed in seen)
    print("\nEvery row holds." if held else "\nNot every row holds.")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
