"""Plays rows side by side, as most of a row is waiting, and tells of each in the table's order."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from prefect.logging.handlers import APILogHandler

from deployments.local import Local
from tests.peers.bench import Bench, open_bench
from tests.peers.observed import Observed
from tests.peers.table import Row


async def play(
    rows: Sequence[Row], local: Local, folder: Path, *, at_once: int, say: Callable[[Row, Observed], None]
) -> list[Observed]:
    """What was seen of each row, in their order; `say` hears it as soon as all rows before it are done."""
    gate = asyncio.Semaphore(at_once)
    with open_bench(local, folder) as bench:
        # Those that wait longest begin first.
        tasks = {row.key: asyncio.create_task(_one(gate, row, bench)) for row in sorted(rows, key=_quick)}
        seen = []
        for row in rows:
            seen.append(await tasks[row.key])
            say(row, seen[-1])
        # Log lines leave in the background, and the server ends next.
        await APILogHandler.aflush()
        return seen


def _quick(row: Row) -> bool:
    return not row.slow


async def _one(gate: asyncio.Semaphore, row: Row, bench: Bench) -> Observed:
    async with gate:
        try:
            return await row.play(bench)
        except Exception as error:  # one row that could not be played must not hide the others
            return Observed(expected=[], posted={}, also={f"played ({type(error).__name__}: {error})": False})
