"""Bringing a ledger's tables up to this code, when somebody asks for it and never otherwise."""

from pathlib import Path

from sqlalchemy import URL, Connection, Engine, text

from piquet.errors import LedgerError
from piquet.ledger.engine import check_not_newer, connect, explained, parse_url, read_revision, shown, writer
from piquet.ledger.tables import REVISION

_MIGRATIONS = Path(__file__).with_name("migrations")
# Any number, the same in every Piquet: upgrades of one PostgreSQL ledger wait for each other under it.
_UPGRADE_LOCK = 7_478_238


def upgrade(url: str) -> str:
    """Create or upgrade the ledger at `url`, in one transaction; returns the revision it has now."""
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        _make_folder(Path(str(parsed.database)).parent)
    engine = connect(parsed)
    try:
        with explained(shown(parsed)):
            _upgrade(engine, parsed)
    finally:
        engine.dispose()
    return REVISION


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerError(
            f"The ledger's folder {folder} cannot be made ({error.strerror}): make it, or name another one."
        ) from None


def _upgrade(engine: Engine, url: URL) -> None:
    with writer(engine).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})"))
        check_not_newer(read_revision(connection), shown(url))
        migrate(connection)


def migrate(connection: Connection) -> None:
    """Bring the tables up to this code, in the caller's transaction."""
    # alembic takes 0.2 s to import, and opening a ledger never needs it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
