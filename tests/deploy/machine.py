"""A machine for docs/deploy.md on this one: PostgreSQL, Redis and units under one folder, on ports of their own."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

from deployments.processes import child, reserved_port, wait_for
from piquet.errors import PiquetError
from tests.deploy.page import unit

# What the page says to do where the schedule's own cycle is on: run it again.
_CANCELLED = "finished in state 'Cancelled'"
_AGAIN = 3
_HIDDEN = ("PREFECT_", "PIQUET_", "VIRTUAL_ENV", "PG", "UV_PROJECT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where the page's paths and ports are here; `places` maps the page's words to this machine's."""

    folder: Path
    places: Mapping[str, str]
    ports: Mapping[str, int]
    stack: ExitStack = field(repr=False)
    units: dict[str, str] = field(default_factory=dict)
    running: dict[str, subprocess.Popen] = field(default_factory=dict)

    def here(self, text: str) -> str:
        """The page's text with this machine's places in it."""
        for word, place in self.places.items():
            text = text.replace(word, place)
        return text

    def run(self, script: str) -> str:
        """Run it in a shell that stops at the first failure; what it printed. Raises PiquetError."""
        for _ in range(_AGAIN):
            done = self._run(script)
            said = done.stdout + done.stderr
            if _CANCELLED not in said:
                break
            time.sleep(10)
        if done.returncode:
            last = "\n".join(said.splitlines()[-25:])
            raise PiquetError(f"A step of the page failed (code {done.returncode}):\n{script}\n{last}")
        return done.stdout

    def write(self, path: str, text: str) -> None:
        """Put a file of the page in its place; a unit is kept for when it is started."""
        if path.endswith(".service"):
            self.units[Path(path).stem] = self.here(text)
            verify(self.folder / Path(path).name.replace("@.", "@1."), self.here(text))
        else:
            Path(self.here(path)).write_text(self.here(text), encoding="utf-8")

    def start(self, name: str) -> None:
        """Start a unit as systemd would: its command, with nothing in the environment but what the unit names."""
        stem, _, instance = name.partition("@")
        read = unit(self.units[f"{stem}@" if instance else stem], instance)
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder), **read.env}
        for path in read.env_files:
            env |= env_file(Path(path.removeprefix("-")), needed=not path.startswith("-"))
        Path(self.here(read.state)).mkdir(parents=True, exist_ok=True)
        command = [Template(word).substitute(env) for word in read.command]
        log = self.folder / f"{name}.log"
        self.running[name] = self.stack.enter_context(child(command, log=log, env=env))
        if name == "prefect-server":
            wait_for(
                f"http://127.0.0.1:{self.ports['prefect']}/api/health",
                self.running[name],
                log=log,
                seconds=120,
            )

    def kill(self, name: str) -> None:
        """End a unit and all that descends from it at once, as a power cut would."""
        process = self.running.pop(name)
        for pid in [process.pid, *descendants(process.pid)]:
            os.kill(pid, signal.SIGKILL)
        process.wait()

    def _run(self, script: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self.here(script)],
            env=self._env(), cwd="/", capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip

    def _env(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_HIDDEN)}
        home = str(self.folder / "home")
        postgresql = {"PGHOST": str(self.folder / "postgresql"), "PGPORT": str(self.ports["postgresql"])}
        return {**kept, **postgresql, "PREFECT_HOME": home, "NO_COLOR": "1", "COLUMNS": "200"}


def verify(path: Path, text: str) -> None:
    """Let systemd itself read the unit, where this machine has it. Raises PiquetError with its complaint."""
    path.write_text(text, encoding="utf-8")
    if shutil.which("systemd-analyze"):
        done = subprocess.run(["systemd-analyze", "verify", str(path)], capture_output=True, text=True)
        complaints = [line for line in done.stderr.splitlines() if path.name in line]
        if done.returncode or complaints:
            raise PiquetError(f"systemd does not take {path.name}: {' '.join(complaints) or done.stderr}")


def env_file(path: Path, *, needed: bool = True) -> dict[str, str]:
    """The variables of an EnvironmentFile; none of one that is absent and need not be there."""
    if not needed and not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def descendants(pid: int) -> list[int]:
    """Every process below `pid`; a worker's runs have sessions of their own, so a group would not do."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it has just ended
    found = [pid]
    for one in found:
        found += [other for other, parent in parents.items() if parent == one]
    return found[1:]


@contextmanager
def machine(folder: Path, places: Mapping[str, str]) -> Iterator[Machine]:
    """PostgreSQL and Redis running under `folder`, everything on free ports; all of it ends with the block."""
    with ExitStack() as stack:
        ports = {name: stack.enter_context(reserved_port(0)) for name in ("prefect", "postgresql", "redis")}
        own = {"4200": ports["prefect"], "5432": ports["postgresql"], "6379": ports["redis"]}
        folders = {"/opt/piquet": "opt", "/etc/piquet": "etc", "/var/lib/piquet": "var"}
        here = {word: str(folder / place) for word, place in folders.items()}
        stack.enter_context(_postgresql(folder / "postgresql", ports["postgresql"]))
        _redis(stack, folder, ports["redis"])
        yield Machine(
            folder=folder,
            places={**places, **here, **{word: str(port) for word, port in own.items()}},
            ports=ports,
            stack=stack,
        )


@contextmanager
def _postgresql(folder: Path, port: int) -> Iterator[None]:
    """A server as Debian sets it up: the socket trusts who the system says one is, loopback asks for a password."""
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    if not packaged:
        raise PiquetError("PostgreSQL's server programs are not here: install Debian's postgresql.")
    folder.mkdir()
    shutil.chown(folder, "postgres", "postgres")
    data, bin_ = folder / "data", packaged[-1].parent

    def as_postgres(*command: str | Path) -> None:
        subprocess.run(
            ["runuser", "-u", "postgres", "--", *map(str, command)],
            check=True,
            cwd="/",
            stdout=subprocess.DEVNULL,
        )

    as_postgres(
        bin_ / "initdb",
        "-D",
        data,
        "-E",
        "UTF8",
        "--auth-local=peer",
        "--auth-host=scram-sha-256",
        "--no-sync",
    )
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} -c fsync=off"
    as_postgres(bin_ / "pg_ctl", "-D", data, "-w", "-o", options, "-l", folder / "log", "start")
    try:
        yield
    finally:
        as_postgres(bin_ / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")


def _redis(stack: ExitStack, folder: Path, port: int) -> None:
    program = shutil.which("redis-server")
    if program is None:
        raise PiquetError("Redis is not here: install Debian's redis-server.")
    conf = folder / "redis.conf"
    conf.write_text(f"bind 127.0.0.1\nport {port}\ndir {folder}\n", encoding="utf-8")
    process = stack.enter_context(child([program, str(conf)], log=folder / "redis.log"))
    end = time.monotonic() + 20
    while subprocess.run(["redis-cli", "-p", str(port), "ping"], capture_output=True).returncode:
        if process.poll() is not None or time.monotonic() > end:
            raise PiquetError(f"Redis did not start: read {folder / 'redis.log'}.")
        time.sleep(0.1)
