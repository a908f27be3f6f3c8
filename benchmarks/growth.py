"""What each cycle asks the ledger, at ten thousand, a hundred thousand and a million entries, with the plans."""

import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, create_engine, event

from benchmarks.databases import NO_SERVER, postgresql_ledger, sqlite_ledger
from benchmarks.filling import ACCOUNTS, KNOWN, LEASE, NEW, NOW, OUTLET, begin, entry, grow
from benchmarks.measure import SMALL, judged, machine, table
from piquet.ledger.engine import parse_url
from piquet.ledger.ledger import Ledger

SIZES = (1_000, 20_000) if SMALL else (10_000, 100_000, 1_000_000)
TIMES = 10 if SMALL else 60
# Flat: the largest ledger answers in at most so many times what the smallest takes.
MOST = 6.0 if SMALL else 2.0
_LARGE = ("entries", "entry_keys", "deliveries")
_READS_ALL = re.compile(rf"SCAN ({'|'.join(_LARGE)})\b|Seq Scan on ({'|'.join(_LARGE)})\b")
_ACCOUNT = ACCOUNTS[0]
_CONDITION = re.compile(r"\s*(Filter|Sort Key|Group Key|Hash Cond|Join Filter|Recheck Cond):")
_WIDTH = 120
# A statement with the parameters it had.
_Statement = tuple[str, Any]


def main() -> int:
    """Print the report; 0 where every question is flat and none reads a whole table."""
    print(f"{machine()}\n\nTo a ledger of 1,000,000 entries belong 6,000,000 keys and 1,000,000 deliveries.")
    complaints = [*_measured("SQLite", sqlite_ledger()), *_measured("PostgreSQL", postgresql_ledger())]
    return judged(complaints)


def _measured(name: str, ledger: AbstractContextManager[str | None]) -> list[str]:
    print(f"\n## {name}\n")
    with ledger as url:
        if url is None:
            print(NO_SERVER)
            return []
        seconds, plans = _grown(url)
    print(table(("question", *(f"{size:,}" for size in SIZES), "times"), _rows(seconds)))
    _print_plans(plans)
    return [f"{name}, {sentence}" for sentence in (*not_flat(seconds), *not_by_index(plans))]


def _grown(url: str) -> tuple[dict[str, list[float]], dict[str, list[str]]]:
    """Seconds of each question at each size, and its plans at the last."""
    seconds: dict[str, list[float]] = {}
    size = 0
    with Ledger.open(url) as ledger:
        begin(ledger)
    for after in SIZES:
        grow(url, size, after)
        size = after
        with Ledger.open(url) as ledger:
            for name, (ask, undo) in questions(ledger).items():
                seconds.setdefault(name, []).append(_seconds(ask, undo))
            plans = planned(ledger, url)
    return seconds, plans


def questions(ledger: Ledger) -> Mapping[str, tuple[Callable[[], Any], Callable[[Any], Any]]]:
    """What a cycle asks, by name, and what undoes it."""
    document = [entry(number) for number in range(1, KNOWN + NEW + 1)]
    return {
        "dedupe: known, 50 entries": (lambda: ledger.known(OUTLET, document), _nothing),
        "claim": (lambda: _claim(ledger), lambda claimed: _give_back(ledger, claimed)),
        "with_something_due, 4 accounts": (lambda: [_something_due(ledger, a) for a in ACCOUNTS], _nothing),
        "rewritable, 40 due": (lambda: ledger.rewritable(OUTLET, _ACCOUNT), _nothing),
        "ready": (lambda: ledger.ready(OUTLET, NOW, release_flood=True), _nothing),
        "report: changed since": (lambda: ledger.deliveries(OUTLET, since=NOW, limit=None), _nothing),
        "report: held": (lambda: ledger.held(OUTLET, ACCOUNTS), _nothing),
        "find: receipts of a day": (lambda: ledger.receipt_ids(_ACCOUNT, NOW - timedelta(days=1)), _nothing),
    }


def not_flat(seconds: Mapping[str, Sequence[float]], most: float = MOST) -> list[str]:
    """A sentence for each question that grows with the ledger."""
    return [
        f"{name}: {found[-1] / found[0]:.1f} times as long with {SIZES[-1]:,} entries as with {SIZES[0]:,}"
        for name, found in seconds.items()
        if found[-1] > most * found[0]
    ]


def not_by_index(plans: Mapping[str, Sequence[str]]) -> list[str]:
    """A sentence for each plan that reads a whole table."""
    return [
        f"{name} reads a whole table: {line}"
        for name, plan in plans.items()
        for line in plan
        if _READS_ALL.search(line)
    ]


def planned(ledger: Ledger, url: str) -> dict[str, list[str]]:
    """The plans of the very statements that each question makes, as the database tells them."""
    found: dict[str, list[str]] = {}
    for name, (ask, undo) in questions(ledger).items():
        with _heard() as statements:
            answer = ask()
        undo(answer)
        found[name] = list(dict.fromkeys(line for one in statements for line in _plan(one, url)))
    return found


def _claim(ledger: Ledger) -> Any:
    claimed = ledger.claim(OUTLET, _ACCOUNT, "bench", NOW, LEASE)
    if claimed is None:
        raise LookupError("there was nothing to claim")
    return claimed


def _give_back(ledger: Ledger, claimed: Any) -> None:
    ledger.postpone(claimed.id, "bench", NOW, "only measured", NOW)


def _something_due(ledger: Ledger, account: str) -> bool:
    ledger.account_state(account)
    return any(ledger.backlog(OUTLET, account).values())


def _nothing(_: Any) -> None:
    """There is nothing to undo."""


def _seconds(ask: Callable[[], Any], undo: Callable[[Any], Any]) -> float:
    found = []
    for _ in range(TIMES + 2):
        started = time.perf_counter()
        answer = ask()
        found.append(time.perf_counter() - started)
        undo(answer)
    # The fastest: others use this machine too, and can only make a question slower.
    return min(found[2:])


@contextmanager
def _heard() -> Iterator[list[_Statement]]:
    """The statements that any engine of this process runs meanwhile."""
    statements: list[_Statement] = []

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith(("SELECT", "UPDATE")) and any(f" {name} " in statement for name in _LARGE):
            statements.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", hear)


def _plan(statement: _Statement, url: str) -> list[str]:
    sql, parameters = statement
    engine = create_engine(parse_url(url))
    try:
        lite = engine.dialect.name == "sqlite"
        with engine.connect() as connection:
            explain = "EXPLAIN QUERY PLAN " if lite else "EXPLAIN (COSTS OFF) "
            rows = connection.exec_driver_sql(explain + sql, parameters).all()
    finally:
        engine.dispose()
    # What is compared may be a list of three hundred keys: the access is what counts.
    return [row[-1][:_WIDTH] for row in rows if lite or not _CONDITION.match(row[0])]


def _rows(seconds: Mapping[str, Sequence[float]]) -> Iterator[list[str]]:
    for name, found in seconds.items():
        yield [name, *(f"{one * 1000:.2f} ms" for one in found), f"{found[-1] / found[0]:.2f}"]


def _print_plans(plans: Mapping[str, Sequence[str]]) -> None:
    print(f"\nPlans at {SIZES[-1]:,} entries:\n\n```")
    for name, plan in plans.items():
        print("\n".join([name, *(f"    {line}" for line in plan)]))
    print("```")


if __name__ == "__main__":
    sys.exit(main())
