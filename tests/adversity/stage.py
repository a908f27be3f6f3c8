"""A Prefect server that may be killed and started again, with a wall beside it; knows no outlet."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deployments.local import Local, _prefect_settings
from deployments.processes import child, reserved_port, wait_for
from piquet.wall.testing import running_wall


@dataclass(slots=True, kw_only=True)
class Server:
    """One Prefect server on one port and one database, through several lives."""

    local: Local
    port: int
    life: ExitStack = field(default_factory=ExitStack)
    pid: int = 0

    def start(self) -> None:
        """Return once it answers."""
        log = self.local.folder / "prefect.log"
        where = ["--host", "127.0.0.1", "--port", str(self.port)]
        command = [sys.executable, "-m", "prefect", "server", "start", *where]
        process = self.life.enter_context(child(command, log=log, env=self.local.env))
        self.pid = process.pid
        wait_for(f"{self.local.prefect}/api/health", process, log=log, seconds=150)

    def kill(self) -> None:
        """As a power cut would; `child` made it a process group of its own."""
        os.killpg(self.pid, signal.SIGKILL)
        self.life.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What a newsroom plays on."""

    local: Local
    server: Server


@contextmanager
def running_stage(folder: Path) -> Iterator[Stage]:
    """Start the server and the wall; both end with the block."""
    folder.mkdir(parents=True)
    with reserved_port(0) as port, running_wall(()) as wall:
        address = f"http://127.0.0.1:{port}"
        env = {**os.environ, **_prefect_settings(folder, port)}
        local = Local(folder=folder, prefect=address, wall=wall.url, accounts=(), env=env)
        server = Server(local=local, port=port)
        try:
            server.start()
            yield Stage(local=local, server=server)
        finally:
            server.life.close()
