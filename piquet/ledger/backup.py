"""A whole ledger into one file and back, while others read and write it; what a restored one forgot is `restoring`'s."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, func, inspect, select, text
from sqlalchemy.exc import DBAPIError

from piquet.errors import LedgerError, UserError
from piquet.ledger.engine import (
    check_not_newer,
    connect,
    explained,
    parse_url,
    read_revision,
    require_file,
    shown,
    writer,
)
from piquet.ledger.migrate import migrate
from piquet.ledger.restoring import Restored, mark, newest
from piquet.ledger.tables import deliveries, metadata

_TABLES = ("alembic_version", *metadata.tables)
# What an archive of pg_dump's custom format begins with: postgresql.org/docs/current/app-pgdump.html
_ARCHIVE = b"PGDMP"
# "dependent_objects_still_exist": postgresql.org/docs/current/errcodes-appendix.html
_DEPENDED_UPON = "2BP01"
_GRANTS = text("""
    SELECT format('GRANT %s ON %I TO %s', string_agg(DISTINCT a.privilege_type, ', '), c.relname,
                  CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END)
           || CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
    FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a
    WHERE c.relname = ANY(:names) AND pg_table_is_visible(c.oid) AND a.grantee <> c.relowner
    GROUP BY c.relname, a.grantee, a.is_grantable
    ORDER BY 1
""")
# What is done to a restored ledger before anybody sees it.
_Finish = Callable[[Connection], Restored]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a backup holds: the last thing that was written into it, its deliveries, and the file's size in bytes."""

    ends: datetime | None
    deliveries: int
    size: int


def backup(url: str, file: Path) -> Kept:
    """Copy the ledger as it is at one instant into `file`; cycles go on meanwhile. Raises LedgerError or UserError."""
    parsed = parse_url(url)
    name = shown(parsed)
    require_file(parsed, name)
    engine = connect(parsed)
    try:
        with explained(name), engine.connect() as connection:
            _check_ledger(connection, name)
        with _whole(file) as part:
            if parsed.get_backend_name() == "sqlite":
                ends, count = _copy_file(parsed, part)
            else:
                ends, count = _dump(engine, parsed, part)
    finally:
        engine.dispose()
    return Kept(ends=ends, deliveries=count, size=file.stat().st_size)


def restore(url: str, file: Path, *, who: str, lost: datetime, now: datetime, over: bool = False) -> Restored:
    """Put what `file` holds in the ledger's place, marked as restored, in one step for everybody who looks.

    `lost`: when the ledger was lost. Raises UserError where a ledger stands there that is not to be written `over`.
    """
    parsed = parse_url(url)
    if not file.is_file():
        raise UserError(f"There is no backup {file}: give the file that `piquet backup` wrote.")
    lite = parsed.get_backend_name() == "sqlite"
    _check_kind(file, lite)
    engine = connect(parsed)
    try:
        _check_place(engine, parsed, lost, now, over=over)
        put = _put_file if lite else _put_archive
        return put(engine, parsed, file, lambda connection: mark(connection, who=who, lost=lost, now=now))
    finally:
        engine.dispose()


def _check_ledger(connection: Connection, name: str) -> None:
    found = read_revision(connection)
    if found is None:
        raise LedgerError(f"{name} holds no ledger: look at its address.")
    check_not_newer(found, name)


@contextmanager
def _whole(file: Path) -> Iterator[Path]:
    """A file beside it, readable by its owner only, that takes its place once it is whole."""
    try:
        handle, part = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    except OSError as error:
        raise UserError(
            f"The backup {file} cannot be written ({error.strerror}): name another place."
        ) from None
    os.close(handle)
    try:
        yield Path(part)
        os.replace(part, file)
    finally:
        Path(part).unlink(missing_ok=True)


def _copy_file(url: URL, part: Path) -> tuple[datetime | None, int]:
    _copy_pages(str(url.database), part, shown(url))
    engine = connect(parse_url(f"sqlite:///{part}"))
    try:
        with engine.connect() as connection:
            return newest(connection), _count(connection)
    finally:
        engine.dispose()
        _close(part)


def _copy_pages(source: str | Path, target: str | Path, name: str) -> None:
    with (
        _sqlite_words(name),
        closing(sqlite3.connect(source)) as one,
        closing(sqlite3.connect(target, timeout=30)) as other,
    ):
        # All pages in one step: one instant, while writers go on in the write-ahead log.
        one.backup(other)


def _close(file: Path) -> None:
    """One file and no more: a backup is copied around without its log."""
    with _sqlite_words(str(file)), closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        _check_pages(connection, file)


def _check_pages(connection: sqlite3.Connection, file: Path) -> None:
    answer = connection.execute("PRAGMA quick_check").fetchone()[0]
    if answer != "ok":
        raise LedgerError(f"{file} is damaged ({answer}): use another backup.")


def _dump(engine: Engine, url: URL, part: Path) -> tuple[datetime | None, int]:
    with explained(shown(url)), engine.begin() as connection:
        # The archive and what is said of it are of one snapshot.
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        ends, count = newest(connection), _count(connection)
        there = set(inspect(connection).get_table_names())
        tables = [f"--table={name}" for name in _TABLES if name in there]
        plain = ("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", *tables)
        _run("pg_dump", [*plain, f"--file={part}"], url)
    return ends, count


def _count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(deliveries)).scalar_one()


def _check_kind(file: Path, lite: bool) -> None:
    with file.open("rb") as opened:
        archive = opened.read(len(_ARCHIVE)) == _ARCHIVE
    if archive == lite:
        ours, theirs = ("SQLite", "PostgreSQL") if lite else ("PostgreSQL", "SQLite")
        raise UserError(
            f"The backup {file} is not one of a ledger in {ours}: restore it to one in {theirs}, or give another file."
        )


def _check_place(engine: Engine, url: URL, lost: datetime, now: datetime, *, over: bool) -> None:
    """Raise where what stands there may be worth more than the backup."""
    name = shown(url)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
        Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
        return
    with explained(name), engine.connect() as connection:
        found = read_revision(connection)
        check_not_newer(found, name)
        count, last = (_count(connection), newest(connection)) if found else (0, None)
    if count and not over:
        raise UserError(
            f"The ledger {name} holds {count} deliveries, the last change at {_told(last)}: "
            "what is in it would be lost; back it up, then add --yes to replace it."
        )
    # Whoever wrote then may have posted then. A time that is still to come is a clock's fault, and says nothing.
    if last and lost < last <= now:
        raise UserError(
            f"The ledger {name} was still written at {_told(last)}, after --lost: stop the workers, and give a later time."
        )


def _told(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "no time"


def _put_file(engine: Engine, url: URL, file: Path, finish: _Finish) -> Restored:
    """A copy is upgraded and marked first: no cycle sees a restored ledger that is not marked."""
    with tempfile.TemporaryDirectory(prefix="piquet-restore-", dir=Path(str(url.database)).parent) as folder:
        copy = Path(folder) / "ledger.db"
        shutil.copyfile(file, copy)
        with _sqlite_words(str(file)), closing(sqlite3.connect(copy)) as connection:
            _check_pages(connection, file)
        done = _finish_copy(copy, str(file), finish)
        _copy_pages(copy, str(url.database), shown(url))
    return done


def _finish_copy(copy: Path, name: str, finish: _Finish) -> Restored:
    engine = connect(parse_url(f"sqlite:///{copy}"))
    try:
        with explained(name), writer(engine).begin() as connection:
            _check_ledger(connection, name)
            migrate(connection)
            return finish(connection)
    finally:
        engine.dispose()


def _put_archive(engine: Engine, url: URL, file: Path, finish: _Finish) -> Restored:
    """Drop, copy in, upgrade and mark in one transaction: who waits for a lock meanwhile sees the marked ledger."""
    with tempfile.TemporaryDirectory(prefix="piquet-restore-") as folder:
        script = Path(folder) / "ledger.sql"
        _run("pg_restore", ["--no-owner", "--no-privileges", f"--file={script}", str(file)], url)
        with explained(shown(url)), engine.begin() as connection:
            grants = _grants(connection)
            _drop(connection, shown(url))
            _play(connection, script)
            _check_ledger(connection, str(file))
            migrate(connection)
            for grant in grants:
                connection.execute(text(grant.replace(":", r"\:")))
            return finish(connection)


def _grants(connection: Connection) -> list[str]:
    """What others may do with the tables, such as a dashboard that reads them: it stays so with those that replace them."""
    return [*connection.execute(_GRANTS, {"names": list(_TABLES)}).scalars()]


def _drop(connection: Connection, name: str) -> None:
    names = ", ".join(f'"{table}"' for table in _TABLES)
    try:
        # In one statement, because they refer to each other; what somebody built upon them is not dropped with them.
        connection.execute(text(f"DROP TABLE IF EXISTS {names}"))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", "") != _DEPENDED_UPON:
            raise
        what = str(error.orig.diag.message_detail).splitlines()[0]
        raise LedgerError(
            f"The ledger {name} is not replaced ({what}): drop that, restore, and make it again afterwards."
        ) from None


def _play(connection: Connection, script: Path) -> None:
    """Run a script of pg_restore's on this very transaction: its statements, and the rows that follow a COPY."""
    raw = connection.connection.driver_connection
    with script.open("rb") as lines, raw.cursor() as cursor:
        statement: list[bytes] = []
        for line in lines:
            # Settings are this session's own; a backslash begins a word to psql, as in \restrict.
            if not statement and line.startswith(
                (b"SET ", b"SELECT pg_catalog.set_config", b"--", b"\\", b"\n")
            ):
                continue
            statement.append(line)
            if not line.endswith(b";\n"):
                continue
            whole, statement = b"".join(statement), []
            if whole.startswith(b"COPY "):
                _copy_rows(cursor, whole, lines)
            else:
                cursor.execute(whole)


def _copy_rows(cursor: Any, statement: bytes, lines: Iterator[bytes]) -> None:
    with cursor.copy(statement) as copy:
        for line in lines:
            if line == b"\\.\n":
                return
            copy.write(line)


def _run(program: str, words: Sequence[str], url: URL) -> None:
    """One of PostgreSQL's own programs; what it connects by is where only we can read it, never on a command line."""
    path = shutil.which(program)
    if path is None:
        raise LedgerError(
            f"A ledger in PostgreSQL needs {program}, which is not on this machine: install postgresql-client."
        )
    with tempfile.TemporaryDirectory(prefix="piquet-pg-service-") as folder:
        service = Path(folder) / "service"
        service.touch(mode=0o600)
        arguments = _arguments(url)
        # In its environment, as the address is in ours: in a service file a password would lose the blanks at its end.
        secret = {"PGPASSWORD": str(arguments.pop("password"))} if "password" in arguments else {}
        service.write_text(_service(arguments), encoding="utf-8")
        named = {"PGSERVICEFILE": str(service), "PGSERVICE": "piquet", "LC_MESSAGES": "C"}
        env = {**os.environ, **named, **secret}
        done = subprocess.run([path, *words], env=env, capture_output=True, text=True)
    if done.returncode:
        said = next(iter(done.stderr.strip().splitlines()), "no words").rstrip(".")
        raise LedgerError(f"{program} did not do its work: {said}.")


def _service(arguments: Mapping[str, Any]) -> str:
    # postgresql.org/docs/current/libpq-pgservice.html
    return "[piquet]\n" + "".join(f"{name}={value}\n" for name, value in arguments.items())


def _arguments(url: URL) -> dict[str, Any]:
    """What libpq takes: host, port, user, password, dbname and any option of the address."""
    _, found = url.get_dialect()().create_connect_args(url)
    return {name: value for name, value in found.items() if value not in (None, "")}


@contextmanager
def _sqlite_words(name: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise LedgerError(f"The ledger {name} did not do its work: {str(error).rstrip('.')}.") from None
