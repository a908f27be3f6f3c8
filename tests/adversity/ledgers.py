"""A ledger that fails while a worker stands before a given call, and is there again afterwards."""

import asyncio
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psycopg

from piquet.ledger import Ledger
from tests.ledger.conftest import PostgreSQL
from tests.model.network import Fate
from tests.model.newsroom import Newsroom
from tests.model.worker import timeless_loop

ACCOUNT = "small/journal"
_A_LEASE = timedelta(minutes=1)
# Before anything, before the send, and between the network's answer and its being written down.
MOMENTS = ("account_state", "claim", "settle")

Trouble = Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the worker said of the ledger, and the articles that readers see once all is well again."""

    said: str
    texts: tuple[str, ...]
    states: frozenset[str]


def play(url: str, moment: str, trouble: Trouble) -> Seen:
    """Three articles; the ledger fails when the worker stands before its first `moment`, until the worker ends."""
    with Ledger.open(url) as ledger, asyncio.Runner(loop_factory=timeless_loop) as runner:
        room = Newsroom(ledger=ledger, loop=runner.get_loop(), on_claim=lambda claim: None)
        for _ in range(3):
            room.feed.publish(room.clock.true)
        said = _fail(room, moment, trouble)
        for _ in range(3):
            room.cycle()
            room.clock.pass_(_A_LEASE)
        states = frozenset(row["state"] for row in room.rows("state"))
        texts = tuple(post.payload.text.split("\n")[0] for post in room.networks[ACCOUNT].posts)
        return Seen(said=said, texts=texts, states=states)


def _fail(room: Newsroom, moment: str, trouble: Trouble) -> str:
    cycle = room.look()
    room.decide(cycle)
    room.record(cycle)
    worker = room.begin(ACCOUNT)
    while worker.at != moment:
        worker.go_on(Fate.WELL)
    with trouble():
        while not worker.done:
            worker.go_on(Fate.WELL)
    room.tidy()
    return str(worker.error or "")


@contextmanager
def sqlite_locked(path: Path) -> Iterator[None]:
    """Another process is in the middle of writing."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextmanager
def postgresql_locked(url: str) -> Iterator[None]:
    """Somebody's migration holds the tables."""
    with psycopg.connect(url) as other:
        other.execute("LOCK TABLE accounts, deliveries IN ACCESS EXCLUSIVE MODE")
        yield
        other.rollback()


@contextmanager
def postgresql_gone(server: PostgreSQL) -> Iterator[None]:
    """The database server dies, and is started again."""
    server.stop()
    try:
        yield
    finally:
        options = f"-c listen_addresses='' -c unix_socket_directories='{server._folder}' -c fsync=off"
        server._run("pg_ctl", "-D", server._data, "-w", "-o", options, "-l", f"{server._folder}/log", "start")


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of two megabytes under `folder`; raises PermissionError where nothing may be mounted."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        raise PermissionError
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], capture_output=True, check=True)


@contextmanager
def full(disk: Path) -> Iterator[None]:
    """Nothing more fits on it."""
    filler = disk / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(b"\0" * 4096)
    try:
        yield
    finally:
        filler.unlink()
