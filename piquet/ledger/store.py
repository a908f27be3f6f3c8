"""What every part of the ledger stands on: transactions for reading and writing, and locks on one row."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Row, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from piquet import crashpoint
from piquet.ledger.engine import explained, shown, writer
from piquet.ledger.tables import accounts, outlets

_INSERTS = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class Store:
    """Transactions on one ledger; its errors are LedgerErrors without secrets."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = writer(engine)
        self._name = shown(engine.url)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with explained(self._name), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with explained(self._name), self._writer.begin() as connection:
            yield connection
            crashpoint.committing("before")
        crashpoint.committing("after")


def upserting(connection: Connection, table: Table) -> Any:
    """An INSERT that knows ON CONFLICT, in the connection's dialect."""
    return _INSERTS[connection.dialect.name](table)


def lock_outlet(connection: Connection, outlet: str) -> Row[Any]:
    """Hold an outlet's row until the transaction ends: one run of it records at a time."""
    return _locked(connection, outlets, "outlet", outlet)


def lock_lane(connection: Connection, account: str) -> Row[Any]:
    """Hold an account's row until the transaction ends: one worker at a time takes from its lane."""
    return _locked(connection, accounts, "account", account)


def _locked(connection: Connection, table: Table, column: str, name: str) -> Row[Any]:
    query = select(table).where(table.c[column] == name).with_for_update()
    if row := connection.execute(query).first():
        return row
    connection.execute(upserting(connection, table).values({column: name}).on_conflict_do_nothing())
    return connection.execute(query).one()
