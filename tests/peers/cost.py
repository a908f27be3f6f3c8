"""The row of the table that counts seconds of CPU: a hundred feeds of which none changed."""

import asyncio
import sys

from tests.e2e.newsroom import ROOT
from tests.peers.bench import Bench
from tests.peers.observed import Observed

FEEDS = 100
MOST_S = 1.5
# The CPU of a process until the end of its first cycle, starting included, and that of its second cycle.
_CYCLES = """
import asyncio, sys, time
from flows.syndicate import syndicate

async def main():
    first = await syndicate(sys.argv[1], return_state=True)
    one = time.process_time()
    second = await syndicate(sys.argv[1], return_state=True)
    print(one, time.process_time() - one, first.is_completed() and second.is_completed())

asyncio.run(main())
"""


async def a_hundred_unchanged(bench: Bench) -> Observed:
    """The cycle is judged, as for the peers that stay resident; what a new process costs stands beside it."""
    case = bench.case("f100")
    others = [bench.press.feed(f"f100-{number}") for number in range(1, FEEDS)]
    for feed in others:
        feed.publish(50)
    await case.begin(feeds=[case.feed.url, *(feed.url for feed in others)])
    started, cycle, completed = await _cpu(case.name, case.room.env)
    asked = [feed.asked for feed in (case.feed, *others)]
    return case.observed(
        [],
        also={
            f"a cycle of at most {MOST_S} s": cycle <= MOST_S,
            "only 304s": all(statuses == [200, 304, 304] for statuses in asked),
            "completed": completed,
        },
        seen=[f"{cycle:.1f} s of CPU a cycle, {started:.1f} s with the start of a process"],
    )


async def _cpu(outlet: str, env: dict[str, str]) -> tuple[float, float, bool]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _CYCLES, outlet, env=env, cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    said, _ = await child.communicate()
    started, cycle, completed = said.split()
    return float(started), float(cycle), completed == b"True"
