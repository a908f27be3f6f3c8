"""Makes a ledger large: rows that the ledger itself wrote, multiplied in SQL; and the few that are asked for."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Engine, Table, cast, create_engine, func, insert, literal, select, text
from sqlalchemy.types import BigInteger, String

from piquet.entry import Entry
from piquet.ledger.engine import parse_url
from piquet.ledger.ledger import Ledger
from piquet.ledger.tables import deliveries, entries, entry_keys
from piquet.ledger.values import Batch, Draft, Recorded
from piquet.post import Payload, Receipt

OUTLET = "groupe"
ACCOUNTS = ("mastodon/groupe", "bluesky/groupe", "x/groupe", "facebook/groupe")
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
LEASE = timedelta(seconds=45)
KNOWN, NEW = 40, 10  # a document of fifty entries, ten of them new
KEYS = 6  # an article has that many on the day it is met
_OLD = NOW - timedelta(days=1)


def entry(number: int) -> Entry:
    """An article like those of a newspaper."""
    link = f"https://groupe.example/articles/{number}/la-redaction-raconte"
    return Entry(
        feed="https://groupe.example/rss",
        id=link,
        link=link,
        title=f"Article {number} : la rédaction raconte, chiffres à l'appui",
        summary="Un chapô de deux phrases, comme en ont les flux des journaux. " * 3,
        published=NOW,
        language="fr",
    )


def begin(ledger: Ledger) -> None:
    """One entry that was sent everywhere, which is multiplied, and forty whose deliveries are due."""
    model = [entry(0)]
    ledger.record(_batch(model, _OLD))
    for account in ACCOUNTS:
        claimed = ledger.claim(OUTLET, account, "begin", _OLD, LEASE)
        if claimed is None:
            raise LookupError(f"nothing to claim on {account} in a new ledger")
        ledger.settle(claimed.id, "begin", Receipt(id=account, url=entry(0).link, at=_OLD), _OLD)
    ledger.record(_batch([entry(number) for number in range(1, KNOWN + 1)], NOW))


def grow(url: str, before: int, after: int) -> None:
    """From `before` entries to `after`, with their keys and one sent delivery each: a quarter for each account."""
    engine = create_engine(parse_url(url))
    try:
        if engine.dialect.name == "sqlite":
            _multiply(engine, before, after, "PRAGMA synchronous = OFF", "PRAGMA cache_size = -1000000")
        else:
            _multiply(engine, before, after)
        _tidy(engine)
    finally:
        engine.dispose()


def _multiply(engine: Engine, before: int, after: int, *settings: str) -> None:
    dialect = engine.dialect.name
    with engine.connect() as connection:
        for setting in settings:
            connection.exec_driver_sql(setting)
        connection.commit()
        number = _numbers(before, after)
        n = number.c.n
        old = {name: _minutes_before(dialect, n) for name in ("first_seen", "sort_at")}
        _copy(connection, entries, 1, number, {"id": 1_000 + n, **old})
        _copy_keys(connection, dialect, number)
        for place in range(len(ACCOUNTS)):
            own = number.select().where(n % len(ACCOUNTS) == place).subquery()
            _copy(connection, deliveries, place + 1, own, _delivery(dialect, own.c.n))
        connection.commit()


def _delivery(dialect: str, n: Any) -> Mapping[str, ColumnElement[Any]]:
    times = ("sort_at", "updated_at", "created_at", "sent_at", "attempted_at", "first_attempt_at")
    return {
        "id": 1_000 + n,
        "entry_id": 1_000 + n,
        "key": _random_hex(dialect),
        "receipt_id": cast(n, String),
        **{name: _minutes_before(dialect, n) for name in times},
    }


def _numbers(before: int, after: int) -> Any:
    """The numbers from `before` to `after`, as a table."""
    walk = select(literal(before, BigInteger).label("n")).cte("numbers", recursive=True)
    return walk.union_all(select(walk.c.n + 1).where(walk.c.n < after - 1))


def _copy(connection: Any, table: Table, model: int, numbers: Any, changed: Mapping[str, Any]) -> None:
    """The row whose id is `model`, once for every number, with these columns changed."""
    own = table.alias("model")
    columns = [changed.get(column.name, own.c[column.name]) for column in table.columns]
    rows = select(*columns).select_from(own).join(numbers, literal(True)).where(own.c.id == model)
    connection.execute(insert(table).from_select([column.name for column in table.columns], rows))


def _copy_keys(connection: Any, dialect: str, numbers: Any) -> None:
    for _ in range(KEYS):
        rows = select(literal(OUTLET), _random_hex(dialect).label("key"), 1_000 + numbers.c.n).order_by("key")
        connection.execute(insert(entry_keys).from_select(["outlet", "key", "entry_id"], rows))


def _random_hex(dialect: str) -> ColumnElement[Any]:
    """64 hexadecimal digits, as a key has."""
    if dialect == "sqlite":
        return func.lower(func.hex(func.randomblob(32)))
    return func.md5(cast(func.random(), String)).concat(func.md5(cast(func.random(), String)))


def _minutes_before(dialect: str, n: Any) -> ColumnElement[Any]:
    """An article a minute: a million are two years."""
    if dialect == "sqlite":
        minutes = literal("-").concat(cast(n, String)).concat(literal(" minutes"))
        return func.strftime("%Y-%m-%d %H:%M:%f000", _OLD.strftime("%Y-%m-%d %H:%M:%S"), minutes)
    return literal(_OLD) - n * text("interval '1 minute'")


def _tidy(engine: Engine) -> None:
    """As a database is in ordinary times: statistics there, nothing left to write."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            return
        for table in (entries, entry_keys, deliveries):
            last = "SELECT setval(pg_get_serial_sequence(%s, 'id'), 1000000000)"
            if "id" in table.columns:
                connection.exec_driver_sql(last, (table.name,))
        connection.exec_driver_sql("VACUUM ANALYZE")
        connection.exec_driver_sql("CHECKPOINT")


def _batch(some: Sequence[Entry], at: datetime) -> Batch:
    return Batch(
        outlet=OUTLET,
        now=at,
        entries=tuple(Recorded(entry=one, disposition="fresh") for one in some),
        drafts=tuple(_draft(one, account, at) for one in some for account in ACCOUNTS),
    )


def _draft(one: Entry, account: str, at: datetime) -> Draft:
    key = f"{account} {one.id}"
    body = {"status": f"{one.title}\n{one.link}", "language": "fr", "visibility": "public"}
    payload = Payload(
        network="mastodon", key=key, prepared_at=at, text=body["status"], link=one.link, body=body
    )
    decision = {"on_strike": False, "mode": None, "notices": [], "short_notices": [], "hashtags": []}
    return Draft(
        key=key,
        account=account,
        state="due",
        reason="no strike",
        decision=decision,
        entry=one,
        payload=payload,
    )
