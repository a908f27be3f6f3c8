"""Prints the crash matrix of each database, then the soak; exit code 0 only where every line holds.

`python -m tests.crash` is all of it; words pick steps and places: `python -m tests.crash after-send telegram`.
FAST=1: each step on one place, in turn, and no soak. KILLS: how many kills the soak makes on each database.
"""

import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.crash.matrix import Matrix, Plan, run
from tests.crash.soak import soak
from tests.crash.stage import REAL, Lane, running_stage
from tests.crash.steps import STEPS, WALL


def main(words: Sequence[str]) -> int:
    """Both databases beside each other."""
    began, fast = time.monotonic(), bool(os.environ.get("FAST"))
    plan = _plan(words, one_place_a_step=fast)
    kills = 0 if fast or words else int(os.environ.get("KILLS") or 200)
    real = [name for name in REAL if name in plan.places]
    # The pool outside: when it is interrupted the stage ends first, and with it whatever the threads wait for.
    with ThreadPoolExecutor(2) as pool, running_stage(real=real) as lanes:
        absent = len(lanes) < 2 or any(name not in lanes[0].real for name in real)
        print(
            "A cell: entries exactly once and in order ('once'), after so many cycles; '-': no such step there."
        )
        print(
            "'told': Telegram cannot be asked: at most once, and a person is told (docs/decisions.md, 10).\n"
        )
        matrices = list(pool.map(lambda lane: run(lane, plan, say=_progress), lanes))
        held = [_show(lane, plan, found) for lane, found in zip(lanes, matrices, strict=True)]
        print(f"The matrix took {_minutes(began)} min.\n", flush=True)
        soaked = list(pool.map(lambda lane: soak(lane, kills), lanes)) if kills else []
    for result in soaked:
        print(result.line)
    good = all(held) and all(result.holds for result in soaked)
    good = good and not (absent and os.environ.get("PIQUET_NO_SKIPS"))
    print(f"\nAll of it took {_minutes(began)} min.")
    print("Every line holds." if good else "Not every line holds.")
    return 0 if good else 1


def _plan(words: Sequence[str], *, one_place_a_step: bool) -> Plan:
    everywhere = (*WALL, *REAL)
    steps = tuple(step for step in STEPS if step.kill in words) or STEPS
    places = tuple(place for place in everywhere if place in words) or everywhere
    return Plan(steps=steps, places=places, one_place_a_step=one_place_a_step)


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _show(lane: Lane, plan: Plan, cells: Matrix) -> bool:
    """Print a lane's matrix; whether it holds."""
    places = [place for place in plan.places if place in (*WALL, *lane.real)]
    width = max(len(step.title) for step in STEPS) + 2
    print(f"{lane.database:{width}}" + "".join(f"{place:11}" for place in places))
    for step in plan.steps:
        words = (cells[step, place].word if (step, place) in cells else "-" for place in places)
        print(f"{step.title:{width}}" + "".join(f"{word:11}" for word in words))
    wrong = [(step, cell) for (step, _), cell in cells.items() if not cell.holds]
    for step, cell in wrong:
        print(f"  {step.title}: {cell.why}")
    print(f"{lane.database}: {len(cells)} cells, {len(wrong)} wrong\n", flush=True)
    return bool(cells) and not wrong


def _minutes(began: float) -> str:
    return f"{(time.monotonic() - began) / 60:.1f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
