"""A sample of the crash matrix: a third of the steps, both databases; `make crash` runs all of it, and the soak."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from tests.crash.matrix import Plan, run
from tests.crash.stage import open_lanes
from tests.crash.steps import STEPS

# Two dozen cycles on a busy machine, one after the other.
pytestmark = [pytest.mark.xdist_group("prefect"), pytest.mark.timeout(600)]

# Every sixth step on each database, not the same ones, and few newsrooms, for each takes seconds to open.
_PICKED = {
    "sqlite": (STEPS[::6], ("mastodon", "x", "facebook")),
    "postgresql": (STEPS[3::6], ("bluesky", "threads", "telegram")),
}


def sampled(lane):
    steps, places = _PICKED[lane.database]
    plan = Plan(steps=steps, places=places, one_place_a_step=True)
    return {
        (lane.database, step.title, place): cell for (step, place), cell in run(lane, plan, say=print).items()
    }


def test_a_cycle_killed_at_any_step_leaves_each_entry_on_each_network_exactly_once(local, tmp_path):
    with ThreadPoolExecutor(2) as pool, ExitStack() as stack:
        found = list(pool.map(sampled, open_lanes(stack, local, tmp_path, {})))
    cells = {name: cell for lane in found for name, cell in lane.items()}
    assert len(cells) >= 8
    assert {name: cell.why for name, cell in cells.items() if not cell.holds} == {}
