"""Posts a second of several worker processes that share one ledger; the wall runs on the same cores."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from benchmarks.databases import NO_SERVER, postgresql_ledger, sqlite_ledger
from benchmarks.measure import ROOT, SMALL, group_cpu, judged, machine, python, table
from benchmarks.plain import client_of, style_of
from deployments.local import wall_accounts
from deployments.processes import child, reserved_port, wait_for
from piquet.drafting import Composer, batch
from piquet.entry import Disposition, Entry, Sorted
from piquet.ledger.ledger import Ledger
from piquet.strike import Strike, decide

POSTS = 5 if SMALL else 100  # an account
NAMES = ("nord", "sud")  # with four accounts each
ROUNDS = 1 if SMALL else 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Some workers on one ledger; `shared`: every one of them works for every account."""

    database: str
    workers: int
    shared: bool = False

    @property
    def name(self) -> str:
        """For the table."""
        return f"{self.workers}, each for all accounts" if self.shared else str(self.workers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What came of one run: posts a second, and milliseconds of CPU a post."""

    a_second: float
    worker_ms: float
    wall_ms: float
    complaint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """The wall, its accounts and a folder for the workers' settings."""

    folder: Path
    wall: str
    process: int
    accounts: Sequence[Mapping[str, Any]]


_SHORT = (Crew(database="PostgreSQL", workers=2), Crew(database="SQLite", workers=2))
_WHOLE = (
    *(Crew(database="PostgreSQL", workers=workers) for workers in (1, 2, 4)),
    Crew(database="PostgreSQL", workers=2, shared=True),
    *(Crew(database="SQLite", workers=workers) for workers in (1, 2)),
    Crew(database="SQLite", workers=2, shared=True),
)
CREWS = _SHORT if SMALL else _WHOLE


def main() -> int:
    """Print the report; 0 where every post arrived exactly once."""
    print(f"{machine()}\n\n{POSTS} posts on each of {4 * len(NAMES)} accounts, median of {ROUNDS}.\n")
    paces: dict[Crew, list[Pace]] = {}
    with _stand() as stand:
        for database, opened in (("PostgreSQL", postgresql_ledger()), ("SQLite", sqlite_ledger())):
            paces |= _on(stand, opened, [crew for crew in CREWS if crew.database == database])
    heads = ("ledger", "workers", "posts a second", "worker CPU a post", "wall CPU a post")
    print(table(heads, (_row(crew, found) for crew, found in paces.items())))
    return judged([pace.complaint for found in paces.values() for pace in found if pace.complaint])


def complaint(crew: Crew, *, due: int, there: int, sent: int) -> str:
    """What is wrong, empty where nothing is."""
    if there == sent == due:
        return ""
    return (
        f"{crew.database}, {crew.name}: {due} were due, the workers sent {sent}, the wall shows {there} more"
    )


def _on(
    stand: Stand, ledger: AbstractContextManager[str | None], crews: Sequence[Crew]
) -> dict[Crew, list[Pace]]:
    found: dict[Crew, list[Pace]] = {crew: [] for crew in crews}
    with ledger as url:
        if url is None:
            print(NO_SERVER)
            return {}
        for number in range(ROUNDS):
            for place, crew in enumerate(crews):
                found[crew].append(_run(stand, url, crew, f"{crew.database}{number}{place}"))
    return found


def _run(stand: Stand, url: str, crew: Crew, outlet: str) -> Pace:
    before = _posted(stand)
    _fill(stand, url, outlet)
    own = [stand.accounts if crew.shared else stand.accounts[n :: crew.workers] for n in range(crew.workers)]
    with ExitStack() as stack:
        team = [stack.enter_context(_worker(stand, url, outlet, mine, n)) for n, mine in enumerate(own)]
        for worker in team:
            _line(worker)
        wall_before, started = group_cpu(stand.process), time.time()
        for worker in team:
            worker.stdin.write("go\n")
            worker.stdin.flush()
        told = [json.loads(_line(worker)) for worker in team]
    posts = POSTS * len(stand.accounts)
    return Pace(
        a_second=posts / (max(one["ended"] for one in told) - started),
        worker_ms=1000 * sum(one["cpu"] for one in told) / posts,
        wall_ms=1000 * (group_cpu(stand.process) - wall_before) / posts,
        complaint=complaint(
            crew, due=posts, there=_posted(stand) - before, sent=sum(one["sent"] for one in told)
        ),
    )


def _fill(stand: Stand, url: str, outlet: str) -> None:
    """Record one entry a post, with a due delivery for every account."""
    now = datetime.now(UTC)
    entries = [_entry(outlet, number, now) for number in range(POSTS)]
    composers = [_composer(stand, account, now) for account in stand.accounts]
    with Ledger.open(url) as ledger:
        ledger.record(
            batch(
                outlet,
                now=now,
                feeds=(),
                found=[Sorted(entry=entry, disposition=Disposition.FRESH) for entry in entries],
                ready=(),
                waiting={composer.account: () for composer in composers},
                composers=composers,
                decisions={c.account: decide(Strike(), c.account, now, UTC) for c in composers},
                turn=0,
            )
        )


def _entry(outlet: str, number: int, now: datetime) -> Entry:
    link = f"https://{outlet.lower()}.example/{number}/la-redaction-raconte"
    title = f"{outlet}, article {number} : la rédaction raconte"
    return Entry(feed=f"https://{outlet.lower()}.example/rss", id=link, link=link, title=title, published=now)


def _composer(stand: Stand, account: Mapping[str, Any], now: datetime) -> Composer:
    client = client_of(account, {"wall": stand.wall, "memory": str(stand.folder / account["name"])})
    style = style_of(account, client, now)
    return Composer(account=style.account, style=style, client=client)


@contextmanager
def _worker(
    stand: Stand, url: str, outlet: str, accounts: Sequence[Mapping[str, Any]], number: int
) -> Iterator[subprocess.Popen[str]]:
    path = stand.folder / f"worker{number}.json"
    memory = str(stand.folder / "session")
    settings = {"ledger": url, "wall": stand.wall, "memory": memory, "outlet": outlet, "accounts": accounts}
    path.write_text(json.dumps(settings), encoding="utf-8")
    command = python("benchmarks.worker", str(path))
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def _line(worker: subprocess.Popen[str]) -> str:
    line = worker.stdout.readline() if worker.stdout else ""
    if not line:
        raise RuntimeError("a worker ended before its work did: its own words stand above")
    return line


@contextmanager
def _stand() -> Iterator[Stand]:
    accounts = [account for name in NAMES for account in wall_accounts(name, name.title())]
    with tempfile.TemporaryDirectory() as name, reserved_port(0) as port:
        folder, log = Path(name), Path(name) / "wall.log"
        (folder / "accounts.json").write_text(json.dumps(accounts), encoding="utf-8")
        command = python("piquet.wall", "--port", str(port), "--accounts", str(folder / "accounts.json"))
        with child(command, log=log) as process:
            wait_for(f"http://127.0.0.1:{port}/", process, log=log)
            yield Stand(
                folder=folder, wall=f"http://127.0.0.1:{port}", process=process.pid, accounts=accounts
            )


def _posted(stand: Stand) -> int:
    answer = httpx.get(f"{stand.wall}/_wall/posts", trust_env=False, timeout=60).raise_for_status()
    return len(answer.json()["posts"])


def _row(crew: Crew, found: Sequence[Pace]) -> list[str]:
    def middle(what: str) -> float:
        return sorted(getattr(pace, what) for pace in found)[len(found) // 2]

    cpu = [f"{middle(what):.1f} ms" for what in ("worker_ms", "wall_ms")]
    return [crew.database, crew.name, f"{middle('a_second'):.0f}", *cpu]


if __name__ == "__main__":
    sys.exit(main())
