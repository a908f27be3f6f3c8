"""A month of an outlet's life put into its ledger at once: rows that real cycles wrote, multiplied, with a real audit chain."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime, timedelta

from sqlalchemy import select

from piquet.ledger.audit import append
from piquet.ledger.engine import connect, parse_url, writer
from piquet.ledger.tables import audit, deliveries

MONTH = timedelta(days=365) / 12
CYCLES_A_DAY = 288
# As piquet.measure has them, in seconds.
AGES = (3_600, 21_600, 86_400, 259_200, 604_800)
KEYS = 6
# No month's rows may have another's ids, nor those of the cycles between them.
_ROOM = 10_000_000
_AT_ONCE = 5_000


def fill(path: str, month: int, begins: datetime, entries: int) -> None:
    """So many entries and their deliveries, moves, audit rows and figures, and the cycles of the month, all long over."""
    base, step = (month + 1) * _ROOM, MONTH / entries
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for setting in ("synchronous = OFF", "cache_size = -200000", "foreign_keys = OFF"):
            database.execute(f"PRAGMA {setting}")
        database.execute("BEGIN IMMEDIATE")
        _numbers(database, entries)
        at = _time(begins, step)
        _entries(database, base, at)
        for place, (delivery, _) in enumerate(_models(database)):
            _delivery(database, delivery, base, place, at)
        _cycles(database, base, begins)
        database.execute("COMMIT")
        _audit(path, base, begins, step, entries, _models(database))
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _models(database: sqlite3.Connection) -> list[tuple[int, str]]:
    """The deliveries of the first article that was sent everywhere: one an account."""
    first = "SELECT min(entry_id) FROM deliveries WHERE state = 'sent'"
    return database.execute(
        f"SELECT id, account FROM deliveries WHERE entry_id = ({first}) ORDER BY id"
    ).fetchall()


def _numbers(database: sqlite3.Connection, count: int) -> None:
    database.execute("CREATE TEMP TABLE IF NOT EXISTS numbers (n INTEGER PRIMARY KEY)")
    database.execute("DELETE FROM numbers")
    database.executemany("INSERT INTO numbers VALUES (?)", ((n,) for n in range(count)))


def _time(begins: datetime, step: timedelta) -> str:
    return _after(begins, f"n * {step.total_seconds():.3f}")


def _after(begins: datetime, seconds: str) -> str:
    """SQL for a time so many seconds after it, as the ledger writes times."""
    return f"strftime('%Y-%m-%d %H:%M:%f000', '{begins:%Y-%m-%d %H:%M:%S}', ({seconds}) || ' seconds')"


def _entries(database: sqlite3.Connection, base: int, at: str) -> None:
    model = "SELECT min(entry_id) FROM deliveries WHERE state = 'sent'"
    changed = {"id": f"{base} + n", "guid": f"'id-' || ({base} + n)", "first_seen": at, "sort_at": at}
    _multiply(database, "entries", f"id = ({model})", changed)
    for _ in range(KEYS):
        database.execute(
            f"INSERT INTO entry_keys SELECT outlet, lower(hex(randomblob(32))) AS k, {base} + n "
            "FROM numbers, (SELECT outlet FROM entries LIMIT 1) ORDER BY k"
        )


def _delivery(database: sqlite3.Connection, model: int, base: int, place: int, at: str) -> None:
    """The deliveries of one account, with their moves and figures."""
    own = f"{base} + n * 10 + {place}"
    times = ("sort_at", "updated_at", "created_at", "sent_at", "attempted_at", "first_attempt_at", "due_at")
    changed = {
        "id": own,
        "entry_id": f"{base} + n",
        "key": "lower(hex(randomblob(32)))",
        "receipt_id": f"'{place}-' || ({base} + n)",
        **dict.fromkeys(times, at),
    }
    _multiply(database, "deliveries", f"id = {model}", changed)
    _multiply(database, "moves", f"delivery_id = {model}", {"id": "NULL", "delivery_id": own, "at": at})
    for age in AGES:
        database.execute(
            "INSERT INTO snapshots SELECT "
            f"{own}, {age}, outlet, {at}, n % 50, n % 20, n % 9, NULL, NULL "
            "FROM numbers, (SELECT outlet FROM entries LIMIT 1)"
        )


def _cycles(database: sqlite3.Connection, base: int, begins: datetime) -> None:
    count = int(MONTH.total_seconds() / 86_400 * CYCLES_A_DAY)
    _numbers(database, count)
    at = _after(begins, f"n * {86_400 / CYCLES_A_DAY}")
    model = "SELECT min(id) FROM cycles"
    _multiply(database, "cycles", f"id = ({model})", {"id": f"{base} + n", "started_at": at, "ended_at": at})


def _multiply(database: sqlite3.Connection, table: str, where: str, changed: Mapping[str, str]) -> None:
    """The rows that `where` finds, once for every number, with these columns changed."""
    columns = [f'"{row[1]}"' for row in database.execute(f"PRAGMA table_info({table})")]
    values = ", ".join(changed.get(column.strip('"'), f"model.{column}") for column in columns)
    found = f"(SELECT * FROM {table} WHERE {where}) AS model"
    database.execute(f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {found}, numbers")


def _audit(
    path: str, base: int, begins: datetime, step: timedelta, entries: int, models: list[tuple[int, str]]
) -> None:
    """As the ledger itself appends: a decision and an end for each delivery, in the chain of its account."""
    engine = writer(connect(parse_url(f"sqlite:///{path}")))
    with engine.begin() as connection:
        for place, (model, account) in enumerate(models):
            query = select(audit).where(audit.c.delivery_id == model).order_by(audit.c.number)
            rows = [dict(row) for row in connection.execute(query).mappings()]
            outlet = connection.execute(select(deliveries.c.outlet).limit(1)).scalar_one()
            every = _chained(rows, base + place, begins, step, entries)
            while part := [row for _, row in zip(range(_AT_ONCE), every, strict=False)]:
                append(connection, outlet, account, part)
    engine.dispose()


def _chained(
    models: list[dict], first: int, begins: datetime, step: timedelta, entries: int
) -> Iterator[dict]:
    names = ("kind", "who", "why", "body")
    for number in range(entries):
        for model in models:
            own = {name: model[name] for name in names}
            yield {**own, "at": begins + step * number, "delivery_id": first + number * 10}
