"""What the crash tests play on: a Prefect server, a wall and a clock for each database, and the real servers there are."""

import logging
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from deployments.local import Local, running_locally
from piquet.ledger import upgrade
from piquet.wall.testing import running_wall
from tests.crash.forkserver import ForkServer
from tests.ledger.conftest import PostgreSQL, _server_binaries
from tests.real.install import Absent
from tests.real.targets import Target, open_target

REAL = ("pds", "snac2")


@dataclass(slots=True)
class Clock:
    """The time of a wall and of the cycles beside it, put forward so that nothing need be waited for.

    `base` is where the next cell begins: after what a network asked for in the one before.
    """

    ahead: float = 0
    base: float = 0

    def __call__(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.ahead)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """All that one database's cells need; lanes run beside each other and share only the Prefect server."""

    database: str
    folder: Path
    local: Local = field(repr=False)
    server: PostgreSQL | None
    forks: ForkServer
    clock: Clock = field(default_factory=Clock)
    real: Mapping[str, Target] = field(default_factory=dict)

    def new_ledger(self, name: str) -> str:
        """The address of a new ledger."""
        if self.server:
            return self.server.create(name, "upgraded")
        url = f"sqlite:///{self.folder / name}.db"
        upgrade(url)
        return url


@contextmanager
def running_stage(*, real: Sequence[str] = REAL) -> Iterator[list[Lane]]:
    """A lane for SQLite and, where the machine has its server, one for PostgreSQL; what is absent is said."""
    with tempfile.TemporaryDirectory(prefix="piquet-crash-") as folder, ExitStack() as stack:
        local = stack.enter_context(running_locally(Path(folder) / "local"))
        targets = {name: target for name in real if (target := _target(stack, name))}
        yield open_lanes(stack, local, Path(folder), targets)


def open_lanes(stack: ExitStack, local: Local, folder: Path, real: Mapping[str, Target]) -> list[Lane]:
    """The lanes on a Prefect server that runs already."""
    servers = {"sqlite": None, "postgresql": _postgresql(stack)}
    if servers["postgresql"] is None:
        print("postgresql: skipped, there is no PostgreSQL server on this machine", flush=True)
        del servers["postgresql"]
    return [_lane(stack, local, folder / name, server, real) for name, server in servers.items()]


def _lane(
    stack: ExitStack, local: Local, folder: Path, server: PostgreSQL | None, real: Mapping[str, Target]
) -> Lane:
    folder.mkdir()
    # A client killed in mid-sentence is what these tests are about, and no error of the wall's server.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    clock = Clock()
    wall = stack.enter_context(running_wall((), clock=clock))
    return Lane(
        database=folder.name,
        folder=folder,
        local=replace(local, wall=wall.url),
        server=server,
        forks=stack.enter_context(ForkServer(local.env, folder / "cycles.log")),
        clock=clock,
        real=real,
    )


def _target(stack: ExitStack, name: str) -> Target | None:
    try:
        return stack.enter_context(open_target(name))
    except Absent as absent:
        print(f"{name}: skipped, {absent}", flush=True)
        return None


def _postgresql(stack: ExitStack) -> PostgreSQL | None:
    binaries = _server_binaries()
    if binaries is None:
        return None
    folder = Path(tempfile.mkdtemp(prefix="piquet-pg-"))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    server = PostgreSQL(binaries, folder)
    server.start()
    stack.callback(server.stop)
    upgrade(server.create("upgraded"))
    return server
