"""A look at a ledger before anybody works with it: its age, whether it takes a write, where its file lies."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, Connection, text

from piquet.ledger.engine import check_revision, connect, explained, parse_url, require_file, shown, writer
from piquet.ledger.tables import REVISION

_MOUNTS = Path("/proc/mounts")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """A SQLite ledger's file: permission bits, bytes left on its disk, the file system's name ("" unknown)."""

    mode: int
    free: int
    kind: str
    journal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFacts:
    """`name` is the address without secrets; `file` is None on PostgreSQL."""

    name: str
    revision: str
    file: FileFacts | None


def probe(url: str) -> LedgerFacts:
    """What the ledger at `url` is like. Raises LedgerError where it cannot be worked with; changes nothing."""
    parsed = parse_url(url)
    name = shown(parsed)
    require_file(parsed, name)
    engine = connect(parsed)
    try:
        with explained(name), engine.connect() as connection:
            check_revision(connection, name)
            file = _file(connection, parsed) if parsed.get_backend_name() == "sqlite" else None
        with explained(name), writer(engine).connect() as connection:
            # Rolled back as the connection closes: nobody sees it.
            connection.execute(text("UPDATE alembic_version SET version_num = version_num"))
    finally:
        engine.dispose()
    return LedgerFacts(name=name, revision=REVISION, file=file)


def _file(connection: Connection, url: URL) -> FileFacts:
    path = Path(str(url.database)).resolve()
    return FileFacts(
        mode=path.stat().st_mode & 0o777,
        free=shutil.disk_usage(path.parent).free,
        kind=file_system(path),
        journal=str(connection.exec_driver_sql("PRAGMA journal_mode").scalar()),
    )


def file_system(path: Path, mounts: Path = _MOUNTS) -> str:
    """The name of the file system that `path` is on, such as ext4 or nfs4; empty where the system does not say."""
    try:
        lines = mounts.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    found = [(Path(line.split()[1]), line.split()[2]) for line in lines]
    around = [(place, kind) for place, kind in found if path.is_relative_to(place)]
    # The later of two on one place hides the earlier.
    return max(enumerate(around), key=lambda item: (len(item[1][0].parts), item[0]))[1][1] if around else ""
