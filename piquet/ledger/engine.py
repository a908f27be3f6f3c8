"""Connecting to SQLite or PostgreSQL and telling how old a ledger is; knows nothing of what is kept in it."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from piquet.errors import LedgerError, LedgerTooNew, LedgerTooOld
from piquet.ledger.tables import REVISION

# A transaction here takes milliseconds; who waits this long meets a stuck process, not a queue.
_LOCK_WAIT_S = 30
_PASSWORD = (
    "The ledger's address cannot be read: where its password holds @, : or /, write them as %40, %3A and %2F."
)


def parse_url(url: str) -> URL:
    """The address of a ledger, with psycopg 3 for PostgreSQL. Raises LedgerError, without the secret in it."""
    parsed = _parsed(url)
    if parsed.get_backend_name() in ("postgresql", "postgres"):
        if _misplaces_its_password(parsed, url):
            raise LedgerError(_PASSWORD)
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite":
        raise LedgerError(
            f"A ledger cannot live in {parsed.get_backend_name()}: write sqlite:///FILE or postgresql://..."
        )
    if parsed.database in (None, "", ":memory:"):
        raise LedgerError("A ledger in memory would forget what was posted: write sqlite:///FILE.")
    return parsed


def _parsed(url: str) -> URL:
    # Raised after the handlers, not in them: the errors there hold a part of the password, even as a context.
    try:
        return make_url(url)
    except ArgumentError:
        sentence = "The ledger's address is not a database URL: write sqlite:///FILE or postgresql://..."
    except ValueError:
        sentence = _PASSWORD
    raise LedgerError(sentence)


def _misplaces_its_password(parsed: URL, url: str) -> bool:
    """Whether a part of the password was read as host, database or option, where it would be shown."""
    names = [item.partition("=")[0] for item in url.partition("?")[2].split("&")]
    return any("@" in place for place in (parsed.host or "", parsed.database or "", *names))


def shown(url: URL) -> str:
    """The address for people: without password, and without options, which may hold one too."""
    return url.set(query={}, drivername=url.get_backend_name()).render_as_string(hide_password=True)


def connect(url: URL) -> Engine:
    """An engine whose transactions are real ones on both databases; touches no database yet."""
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    try:
        return create_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=True,
            connect_args=_connect_args(url),
        )
    except (ImportError, NoSuchModuleError):
        raise LedgerError("A ledger in PostgreSQL needs psycopg: run pip install '.[postgresql]'.") from None


def _connect_args(url: URL) -> dict[str, Any]:
    """What every connection is given; where the address says otherwise, the address is right."""
    given = {name: url.normalized_query.get(name, ()) for name in ("connect_timeout", "options")}
    # Of one setting that is named twice PostgreSQL takes the last.
    options = " ".join([f"-c lock_timeout={_LOCK_WAIT_S}s", *given["options"]])
    return {"options": options} | ({} if given["connect_timeout"] else {"connect_timeout": 10})


def writer(engine: Engine) -> Engine:
    """The same engine for writing: on SQLite its transactions take the write lock at once, so none fails half-way."""
    return engine.execution_options(immediate=True)


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Turn the database's errors into one sentence about the ledger `name`."""
    try:
        yield
    except SQLAlchemyError as error:
        raise LedgerError(f"The ledger {name} did not do its work: {_words(error)}.") from error


def _words(error: SQLAlchemyError) -> str:
    """The driver's own first line: the rest, and SQLAlchemy's text, show the statement and its values."""
    cause = getattr(error, "orig", None) or error
    lines = str(cause).strip().splitlines() if cause is not error else []
    return lines[0].rstrip(".") if lines else type(cause).__name__


def check_revision(connection: Connection, name: str) -> None:
    """Raise LedgerTooOld or LedgerTooNew unless the tables are those of this code."""
    found = read_revision(connection)
    if found is None or (found.isdigit() and int(found) < int(REVISION)):
        raise LedgerTooOld(f"The ledger {name} is older than this Piquet: run `piquet ledger upgrade`.")
    check_not_newer(found, name)


def check_not_newer(found: str | None, name: str) -> None:
    """Raise LedgerTooNew for a revision that this code does not know."""
    if found is not None and not (found.isdigit() and int(found) <= int(REVISION)):
        raise LedgerTooNew(
            f"The ledger {name} was written by a newer Piquet (revision {found}): upgrade Piquet."
        )


def read_revision(connection: Connection) -> str | None:
    """The revision alembic wrote down, None where it never did."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def require_file(url: URL, name: str) -> None:
    """Raise LedgerTooOld where SQLite would create an empty file."""
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
        raise LedgerTooOld(f"There is no ledger {name} yet: run `piquet ledger upgrade`.")


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": _LOCK_WAIT_S})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver opens transactions late and not for every statement; with this it leaves them to _begin_sqlite.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    _use_wal(connection)
    # In WAL mode anything less may forget the last commit in a power cut, that is, a post already sent.
    connection.execute("PRAGMA synchronous = FULL")


def _use_wal(connection: Any) -> None:
    """Let readers go on beside the writer; the file remembers it, so that only the first connection changes it."""
    for _ in range(_LOCK_WAIT_S * 20):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            # For this one lock SQLite does not wait by itself: two first upgrades at once met it, 1 time in 40.
            if "locked" not in str(error):
                raise
            time.sleep(0.05)
    raise sqlite3.OperationalError("database is locked")


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
