"""A ledger of nine weeks, the last day on strike: entries, deliveries and what readers did, from one seed."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, create_engine, insert, text

from piquet.impact.values import Span
from piquet.ledger.codec import payload_to_json
from piquet.ledger.engine import parse_url
from piquet.ledger.tables import deliveries, entries, snapshots, strike_states
from piquet.post import Payload

OUTLET = "groupe"
NETWORKS = ("mastodon", "bluesky", "x", "facebook")
ACCOUNTS = tuple(f"{network}/{name}" for name in ("groupe", "sport") for network in NETWORKS)
# Those of the rule, and as many between them: a million for a hundred thousand posts.
AGES = tuple(int(timedelta(hours=hours).total_seconds()) for hours in (1, 2, 3, 6, 12, 24, 48, 72, 120, 168))
DAYS = 57
STRIKE_DAY = date(2026, 11, 12)
# Midnight in Paris, where winter is an hour ahead of UTC.
_MIDNIGHT = datetime(2026, 11, 11, 23, tzinfo=UTC)
SPAN = Span(since=_MIDNIGHT, until=_MIDNIGHT + timedelta(days=1))
BEGINS = SPAN.until - timedelta(days=DAYS)
_VIEWS_ON = ("x", "facebook")
EFFECT = 1.5
_NOTICE = "Community managers en grève."
_ROWS_AT_ONCE = 20_000


def fill(url: str, posts: int) -> None:
    """So many deliveries, one of each entry on each account, and ten snapshots each."""
    engine = create_engine(parse_url(url))
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA synchronous = OFF")
            connection.execute(insert(strike_states), [_strike(False, BEGINS), _strike(True, SPAN.since)])
            count = posts // len(ACCOUNTS)
            _insert(connection, entries, (_entry(n, _time(n, count)) for n in range(1, count + 1)))
            _insert(connection, deliveries, _deliveries(count))
            _copy(connection, _snapshots(posts))
        _tidy(engine)
    finally:
        engine.dispose()


def _time(number: int, count: int) -> datetime:
    """Spread evenly over the nine weeks."""
    return BEGINS + timedelta(days=DAYS) * (number - 0.5) / count


def _entry(number: int, at: datetime) -> dict[str, Any]:
    link = f"https://groupe.example/articles/{number}"
    value = {"feed": "f", "id": link, "link": link, "title": f"Article {number} : la rédaction raconte"}
    return {
        "id": number,
        "outlet": OUTLET,
        "feed": "https://groupe.example/rss",
        "guid": link,
        "link": link,
        "entry": {**value, "summary": "Un chapô de deux phrases. " * 8},
        "disposition": "fresh",
        "first_seen": at,
        "sort_at": at,
    }


def _deliveries(count: int) -> Iterator[dict[str, Any]]:
    for number in range(1, count + 1):
        seen = _time(number, count)
        at = seen + timedelta(seconds=90)
        for place, account in enumerate(ACCOUNTS):
            yield _delivery((number - 1) * len(ACCOUNTS) + place + 1, number, account, seen, at)


def _delivery(id_: int, number: int, account: str, seen: datetime, at: datetime) -> dict[str, Any]:
    link, on_strike = f"https://groupe.example/articles/{number}", at >= SPAN.since
    words = f"{f'{_NOTICE} ' if on_strike else ''}Article {number} : la rédaction raconte"
    notices = [_NOTICE] if on_strike else []
    decision = {"on_strike": on_strike, "mode": "accompany" if on_strike else None, "notices": notices}
    return {
        "id": id_,
        "entry_id": number,
        "outlet": OUTLET,
        "account": account,
        "kind": "entry",
        "rank": 2,
        "sort_at": seen,
        "key": f"{number} {account}",
        "state": "sent",
        "frozen": True,
        "payload": _payload(account, f"{number} {account}", seen, words, link),
        "decision": decision,
        "reason": "on strike" if on_strike else "no strike",
        "attempts": 1,
        "sent_at": at,
        "receipt_id": str(id_),
        "receipt_url": f"https://network.example/{id_}",
        "due_at": seen,
        "created_at": seen,
        "updated_at": at,
    }


def _payload(account: str, key: str, at: datetime, words: str, link: str) -> dict[str, Any]:
    network, body = account.partition("/")[0], {"status": words, "language": "fr", "visibility": "public"}
    return payload_to_json(
        Payload(network=network, key=key, prepared_at=at, text=words, link=link, body=body)
    )


def _strike(on: bool, at: datetime) -> dict[str, Any]:
    state = {"switch": "normal", "days": [STRIKE_DAY.isoformat()] if on else [], "notices": [_NOTICE]}
    return {"outlet": OUTLET, "seen_at": at, "digest": str(on), "state": state}


def _snapshots(posts: int) -> Iterator[tuple[Any, ...]]:
    """Heavy-tailed figures that grow with age; views on two networks only, and a known effect on the strike day."""
    random = np.random.default_rng(20191217)
    ids = np.arange(1, posts + 1)
    number = (ids - 1) // len(ACCOUNTS)
    strike = number >= (posts // len(ACCOUNTS)) * (DAYS - 1) / DAYS
    whole = random.lognormal(3.0, 1.0, posts) * np.where(strike, EFFECT, 1.0)
    views = [account.partition("/")[0] in _VIEWS_ON for account in ACCOUNTS]
    for age in AGES:
        grown = whole * (1 - np.exp(-age / 30_000))
        columns = [random.poisson(grown * share).tolist() for share in (1.0, 0.3, 0.2, 0.05, 20.0)]
        for id_, likes, reposts, replies, quotes, seen in zip(ids.tolist(), *columns, strict=True):
            told = seen if views[(id_ - 1) % len(ACCOUNTS)] else None
            yield id_, age, OUTLET, SPAN.until, likes, reposts, replies, quotes, told


def _insert(connection: Connection, table: Any, rows: Iterable[dict[str, Any]]) -> None:
    some: list[dict[str, Any]] = []
    for row in rows:
        some.append(row)
        if len(some) == _ROWS_AT_ONCE:
            connection.execute(insert(table), some)
            some = []
    if some:
        connection.execute(insert(table), some)


def _copy(connection: Connection, rows: Iterator[tuple[Any, ...]]) -> None:
    """By the fastest way that each driver has."""
    names = ", ".join(column.name for column in snapshots.columns)
    cursor: Any = connection.connection.cursor()
    if connection.dialect.name == "postgresql":
        with cursor.copy(f"COPY snapshots ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join("?" * len(snapshots.columns))
    stored = f"{SPAN.until.replace(tzinfo=None):%Y-%m-%d %H:%M:%S.%f}"
    given: Iterator[Sequence[Any]] = ((*row[:3], stored, *row[4:]) for row in rows)
    cursor.executemany(f"INSERT INTO snapshots ({names}) VALUES ({marks})", given)


def _tidy(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            connection.execute(text("VACUUM ANALYZE"))
