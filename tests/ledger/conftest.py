"""A ledger of each kind for each test: an SQLite file, and a database of a private PostgreSQL server."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from piquet.entry import Entry
from piquet.ledger import Ledger, upgrade
from piquet.ledger.values import Batch, Claimed, Draft, Recorded
from piquet.post import Payload, Receipt


def _server_binaries() -> Path | None:
    found = shutil.which("initdb")
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not (found or packaged):
        return None
    return Path(found).resolve().parent if found else packaged[-1].parent


class PostgreSQL:
    """A throw-away server, reachable only through a socket in its own folder."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self._binaries = binaries
        self._folder = folder
        # PostgreSQL refuses to run as root.
        self._as = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        if self._as:
            shutil.chown(folder, "postgres", "postgres")

    def start(self) -> None:
        self._run("initdb", "-D", self._data, "-U", "piquet", "-A", "trust", "-E", "UTF8", "--no-sync")
        # Far from UTC, so that a time read back in the session's zone would show.
        options = f"-c listen_addresses='' -c unix_socket_directories='{self._folder}' "
        options += " -c fsync=off -c timezone=Asia/Tokyo"
        self._run("pg_ctl", "-D", self._data, "-w", "-o", options, "-l", f"{self._folder}/log", "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self._data, "-w", "-m", "immediate", "stop")

    def url(self, database: str) -> str:
        return f"postgresql://piquet@/{database}?host={self._folder}"

    def create(self, database: str, template: str = "template1") -> str:
        engine = create_engine(self.url("postgres").replace("postgresql:", "postgresql+psycopg:"))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f'CREATE DATABASE "{database}" TEMPLATE "{template}"'))
        engine.dispose()
        return self.url(database)

    @property
    def _data(self) -> str:
        return f"{self._folder}/data"

    def _run(self, program: str, *arguments: str) -> None:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
        subprocess.run([self._binaries / program, *arguments], check=True, cwd="/", **quiet, **self._as)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """One server for the session; skips where the machine has none."""
    binaries = _server_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server here: neither initdb on PATH nor /usr/lib/postgresql/*/bin")
    # A socket's path has at most 107 characters: pytest's own folders may be too deep, and are root's alone.
    folder = Path(tempfile.mkdtemp(prefix="piquet-pg-"))
    server = PostgreSQL(binaries, folder)
    try:
        server.start()
        upgrade(server.create("upgraded"))
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def upgraded_file(tmp_path_factory) -> Path:
    """An SQLite ledger with nothing in it, to copy."""
    path = tmp_path_factory.mktemp("upgraded") / "ledger.sqlite"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request, tmp_path) -> str:
    """The address of a new, empty, upgraded ledger."""
    if request.param == "sqlite":
        path = shutil.copy(request.getfixturevalue("upgraded_file"), tmp_path / "ledger.sqlite")
        return f"sqlite:///{path}"
    return request.getfixturevalue("postgresql").create(f"test_{os.urandom(6).hex()}", "upgraded")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request, tmp_path) -> str:
    """The address of a database where no ledger was ever made."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new/ledger.sqlite"
    return request.getfixturevalue("postgresql").create(f"test_{os.urandom(6).hex()}")


@pytest.fixture
def ledger(ledger_url) -> Iterator[Ledger]:
    """An open ledger."""
    with Ledger.open(ledger_url) as opened:
        yield opened


class Build:
    """Entries, drafts and batches of one outlet, as a cycle would make them."""

    outlet = "journal"
    account = "mastodon/journal"
    now = datetime(2026, 12, 5, 8, 0, tzinfo=UTC)
    lease = timedelta(seconds=45)

    def entry(self, name: str, **changes) -> Entry:
        link = f"https://journal.example/{name}"
        return Entry(
            **{"feed": "https://journal.example/rss", "id": name, "link": link, "title": name} | changes
        )

    def payload(self, key: str, text: str = "Texte") -> Payload:
        return Payload(
            network="mastodon",
            key=key,
            prepared_at=self.now,
            text=text,
            link=f"https://journal.example/{key}",
            body={"status": text, "language": "fr", "a": [1, None]},
        )

    def draft(
        self, entry: Entry | None = None, *, account: str = account, state: str = "due", **changes
    ) -> Draft:
        key = changes.pop("key", f"{entry.id if entry else 'reminder'} {account}")
        payload = self.payload(key) if state == "due" else None
        content = {"payload": payload, "decision": {"on_strike": False}, "reason": "ordinary"}
        return Draft(**{"key": key, "account": account, "state": state, "entry": entry} | content | changes)

    def batch(self, *entries: Entry, drafts: tuple[Draft, ...] | None = None, **changes) -> Batch:
        recorded = tuple(Recorded(entry=entry, disposition="fresh") for entry in entries)
        drafts = tuple(self.draft(entry) for entry in entries) if drafts is None else drafts
        return Batch(
            **{"outlet": self.outlet, "now": self.now, "entries": recorded, "drafts": drafts} | changes
        )

    def claim(
        self, ledger: Ledger, *, owner: str = "one", account: str = account, at: datetime = now
    ) -> Claimed | None:
        return ledger.claim(self.outlet, account, owner, at, self.lease)

    def receipt(self, number: int = 1, at: datetime = now) -> Receipt:
        return Receipt(id=str(number), url=f"https://mastodon.example/@journal/{number}", at=at)


@pytest.fixture(scope="session")
def build() -> Build:
    """Makers of values."""
    return Build()
