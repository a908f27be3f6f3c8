"""New ledgers to measure on: an SQLite file, and a database of a PostgreSQL server of our own; knows no table."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from piquet.ledger import upgrade

NO_SERVER = (
    "PostgreSQL is left out: neither initdb on PATH nor /usr/lib/postgresql/*/bin (Debian: postgresql)."
)
# As Debian leaves them, fsync included; only the log may grow between two checkpoints, so that none falls into a measurement.
_OPTIONS = "-c listen_addresses='' -c max_wal_size=8GB -c checkpoint_timeout=1h -c maintenance_work_mem=256MB"


@contextmanager
def sqlite_ledger() -> Iterator[str]:
    """The address of a new ledger in a file."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/ledger.db"
        upgrade(url)
        yield url


@contextmanager
def postgresql_ledger() -> Iterator[str | None]:
    """The address of a new ledger on a new server, which ends with the block; None where there is no server program."""
    binaries = _binaries()
    if binaries is None:
        yield None
        return
    # A socket's path has at most 107 characters, and the server's user must be able to reach it.
    folder = tempfile.mkdtemp(prefix="piquet-pg-")
    try:
        with _server(binaries, folder):
            url = f"postgresql://piquet@/postgres?host={folder}"
            upgrade(url)
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path | None:
    found = shutil.which("initdb")
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return Path(found).resolve().parent
    return packaged[-1].parent if packaged else None


@contextmanager
def _server(binaries: Path, folder: str) -> Iterator[None]:
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    data = f"{folder}/data"
    _run(binaries / "initdb", "-D", data, "-U", "piquet", "-A", "trust", "-E", "UTF8")
    options = f"{_OPTIONS} -c unix_socket_directories='{folder}'"
    _run(binaries / "pg_ctl", "-D", data, "-w", "-o", options, "-l", f"{folder}/log", "start")
    try:
        yield
    finally:
        _run(binaries / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")


def _run(program: Path, *arguments: str) -> None:
    # PostgreSQL refuses to run as root.
    other = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([program, *arguments], check=True, cwd="/", **quiet, **other)
