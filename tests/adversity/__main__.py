"""Prints, for each trouble, what was said and what readers see in the end; exit code 0 only where each line holds."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from unittest import mock

import pytest

from piquet.ledger import upgrade
from tests.adversity import cycles, ledgers
from tests.adversity.stage import Stage, running_stage
from tests.ledger.conftest import PostgreSQL, _server_binaries

ARTICLES = ("Enquête n° 1", "Enquête n° 2", "Enquête n° 3")
Row = tuple[str, Callable[[], ledgers.Seen]]


def main() -> int:
    """All rows, one after the other."""
    with tempfile.TemporaryDirectory(prefix="piquet-adversity-") as name, ExitStack() as stack:
        folder = Path(name)
        # Nobody waits 30 s for each lock here.
        with mock.patch("piquet.ledger.engine._LOCK_WAIT_S", 1):
            held = [_ledger_row(*row) for row in _ledger_rows(folder, stack)]
        clocks = str(Path(__file__).with_name("test_clocks.py"))
        held.append(pytest.main(["-q", "-n0", "-p", "no:cacheprovider", clocks]) == 0)
        stage = stack.enter_context(running_stage(folder / "stage"))
        plays = (cycles.server_away, cycles.server_killed, cycles.server_slow)
        held += [_cycle_row(play, stage, folder) for play in plays]
    print("\nEvery line holds." if all(held) else "\nNot every line holds.")
    return 0 if all(held) else 1


def _ledger_rows(folder: Path, stack: ExitStack) -> Iterator[Row]:
    for moment in ("claim", "settle"):
        path = folder / f"locked-{moment}.db"
        yield _row(
            "SQLite ledger locked", f"sqlite:///{path}", moment, lambda p=path: ledgers.sqlite_locked(p)
        )
    yield from _full_rows(folder, stack)
    if (server := _postgresql(stack)) is None:
        return
    for moment in ledgers.MOMENTS:
        url = server.create(f"locked_{moment}")
        yield _row("PostgreSQL ledger locked", url, moment, lambda u=url: ledgers.postgresql_locked(u))
        url = server.create(f"gone_{moment}")
        yield _row("PostgreSQL dies and comes back", url, moment, lambda: ledgers.postgresql_gone(server))


def _full_rows(folder: Path, stack: ExitStack) -> Iterator[Row]:
    try:
        disk = stack.enter_context(ledgers.small_disk(folder / "disk"))
    except PermissionError:
        _skipped("disk full", "mounting a small disk is not permitted here")
        return
    for moment in ("claim", "settle"):
        url = f"sqlite:///{disk}/{moment}.db"
        yield _row("disk full", url, moment, lambda: ledgers.full(disk))


def _row(name: str, url: str, moment: str, trouble: ledgers.Trouble) -> Row:
    upgrade(url)
    return f"{name}, before {moment}", lambda: ledgers.play(url, moment, trouble)


def _postgresql(stack: ExitStack) -> PostgreSQL | None:
    if (binaries := _server_binaries()) is None:
        _skipped("PostgreSQL", "no server programs here")
        return None
    folder = Path(tempfile.mkdtemp(prefix="piquet-pg-"))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    server = PostgreSQL(binaries, folder)
    server.start()
    stack.callback(server.stop)
    return server


def _ledger_row(name: str, play: Callable[[], ledgers.Seen]) -> bool:
    seen = play()
    whole = seen.texts == ARTICLES and seen.states == {"sent"}
    return _told(name, seen.said, len(seen.texts), held=whole and len(seen.said.splitlines()) == 1)


def _cycle_row(play: Callable[[Stage, Path], cycles.Seen], stage: Stage, folder: Path) -> bool:
    seen = play(stage, folder)
    name = f"{play.__doc__} Exit code {seen.code}, then {seen.cycles} cycles."
    # Ours: Prefect's own loggers complain beside it. A run that only took longer has nothing to say.
    said = [line for line in seen.said.splitlines() if line.startswith("piquet: ")]
    held = seen.whole and "Traceback" not in seen.said and len(said) == (seen.code != 0)
    return _told(name, "; ".join(said), len(seen.texts), held=held)


def _told(name: str, said: str, posts: int, *, held: bool) -> bool:
    print(f"{'ok   ' if held else 'WRONG'} {name}\n      {posts} of 3 posts stand; said: {said}", flush=True)
    return held


def _skipped(name: str, why: str) -> None:
    print(f"      {name}: skipped, {why}", flush=True)
    if os.environ.get("PIQUET_NO_SKIPS"):
        raise SystemExit(1)


if __name__ == "__main__":
    sys.exit(main())
