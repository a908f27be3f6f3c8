"""Prints, for every target and fault, what stands in the end; exit code 0 only where each line holds."""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from piquet.networks.protocol import Ability
from tests.faults.cases import Result, suffer
from tests.faults.proxy import Fault
from tests.real.install import Absent
from tests.real.targets import NAMES, Target, open_target

TIMES = 2


def main() -> int:
    """All targets, one after the other."""
    print(f"Each fault strikes up to {TIMES} sends in a row; then: posts that readers see, cycles it took.\n")
    held = [_report(name) for name in NAMES]
    print("\nEvery line holds." if all(held) else "\nNot every line holds.")
    return 0 if all(held) else 1


def _report(name: str) -> bool:
    try:
        with open_target(name) as target:
            held = [_line(target, fault) for fault in Fault]
            return all(held)
    except Absent as absent:
        print(f"{name:14} skipped: {absent}", flush=True)
        return not os.environ.get("PIQUET_NO_SKIPS")


def _line(target: Target, fault: Fault) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        result = asyncio.run(suffer(target, fault, Path(folder), times=TIMES))
    traits = target.client().traits
    held = result.holds(traits, fault)
    mark = "ok" if held else "WRONG"
    person = "" if Ability.READS_BACK in traits.abilities or result.settled else ", left to a person"
    print(f"{target.name:14} {fault.value:32} {_seen(result)}{person}  {mark}", flush=True)
    return held


def _seen(result: Result) -> str:
    posts = f"{result.posts} post" + ("" if result.posts == 1 else "s")
    return f"{posts:8} struck {result.struck}  cycles {result.cycles}"


if __name__ == "__main__":
    sys.exit(main())
