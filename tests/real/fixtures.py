"""Pytest's side of the targets: started once a session, absent ones skipped by name."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.real.install import Absent
from tests.real.targets import NAMES, REAL, Target, open_target

# One worker runs what needs a real server, so that each is started once.
_ONE_WORKER = pytest.mark.xdist_group("servers")
_PARAMETERS = [pytest.param(name, marks=[_ONE_WORKER] if name in REAL else []) for name in NAMES]


@pytest.fixture(scope="session")
def opened() -> Iterator[Callable[[str], Target]]:
    """Starts each target once, when it is first asked for; an absent server skips by its name."""
    started: dict[str, Target] = {}
    with ExitStack() as stack:

        def get(name: str) -> Target:
            try:
                return started.get(name) or started.setdefault(name, stack.enter_context(open_target(name)))
            except Absent as absent:
                pytest.skip(f"{name}: {absent}")

        yield get


@pytest.fixture(params=_PARAMETERS)
def target(request: pytest.FixtureRequest, opened: Callable[[str], Target]) -> Target:
    """Every target in turn."""
    return opened(request.param)
