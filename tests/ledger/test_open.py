"""Opening and upgrading a ledger: what is refused, and with which words."""

import subprocess
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import inspect, text

import piquet.ledger
from piquet.errors import LedgerError, LedgerTooNew, LedgerTooOld
from piquet.ledger import Ledger, upgrade
from piquet.ledger.engine import connect, parse_url, shown, writer
from piquet.ledger.tables import REVISION, metadata


def set_revision(url: str, revision: str) -> None:
    engine = writer(connect(parse_url(url)))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})
    engine.dispose()


def test_a_ledger_that_was_never_made_is_refused_and_not_made(empty_url):
    with pytest.raises(LedgerTooOld, match="piquet ledger upgrade"):
        Ledger.open(empty_url)
    if empty_url.startswith("sqlite"):
        assert not Path(empty_url.removeprefix("sqlite:///")).parent.exists()


def test_upgrade_makes_a_ledger_and_again_changes_nothing(empty_url):
    assert upgrade(empty_url) == upgrade(empty_url) == REVISION
    with Ledger.open(empty_url) as ledger:
        assert ledger.counts("journal") == {}


def test_several_upgrades_at_once_make_one_ledger(empty_url):
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(upgrade, [empty_url] * 4)) == [REVISION] * 4
    Ledger.open(empty_url).close()


def test_an_sqlite_ledger_keeps_what_it_committed_and_lets_readers_go_on(upgraded_file):
    expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}
    with Ledger.open(f"sqlite:///{upgraded_file}") as ledger, ledger._reading() as connection:
        assert {name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in expected} == expected


def test_an_older_ledger_is_refused_with_the_remedy(ledger_url):
    set_revision(ledger_url, "0000")
    with pytest.raises(LedgerTooOld, match="run `piquet ledger upgrade`"):
        Ledger.open(ledger_url)


@pytest.mark.parametrize("revision", ["9999", "a1b2c3"])
def test_a_newer_ledger_is_neither_opened_nor_upgraded(ledger_url, revision):
    set_revision(ledger_url, revision)
    with pytest.raises(LedgerTooNew, match=revision):
        Ledger.open(ledger_url)
    with pytest.raises(LedgerTooNew, match=revision):
        upgrade(ledger_url)


def test_the_migrations_make_exactly_the_tables_of_the_code(ledger_url):
    engine = connect(parse_url(ledger_url))
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_the_last_migration_is_the_revision_that_the_code_asks_for():
    scripts = ScriptDirectory(str(Path(piquet.ledger.__file__).with_name("migrations")))
    revisions = [script.revision for script in scripts.walk_revisions()]
    assert revisions[0] == REVISION
    assert revisions == [f"{number:04}" for number in range(len(revisions), 0, -1)]


def test_no_index_holds_text_of_unbounded_width(ledger_url):
    engine = connect(parse_url(ledger_url))
    found = inspect(engine)
    for table in ("entries", "deliveries"):
        wide = {c["name"] for c in found.get_columns(table) if str(c["type"]) == "TEXT"}
        indexed = {name for index in found.get_indexes(table) for name in index["column_names"]}
        assert not wide & indexed
    engine.dispose()


def test_opening_does_not_import_alembic_and_the_values_do_not_import_sqlalchemy(tmp_path, upgraded_file):
    code = (
        "import sys; import piquet.ledger.values; assert 'sqlalchemy' not in sys.modules;"
        f"from piquet.ledger import Ledger; Ledger.open('sqlite:///{upgraded_file}').close();"
        "assert 'sqlalchemy' in sys.modules and 'alembic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(piquet.__file__).parents[1])


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite://", "memory"),
        ("sqlite:///:memory:", "memory"),
        ("mysql://u:hunter2@h/d", "mysql"),
        ("hunter2", "not a database URL"),
    ],
)
def test_an_address_that_cannot_be_a_ledger_is_one_sentence_without_its_secret(url, words):
    for act in (Ledger.open, upgrade):
        with pytest.raises(LedgerError, match=words) as caught:
            act(url)
        assert "hunter2" not in str(caught.value)


def chain(error: BaseException | None) -> str:
    """Everything that could be printed of an error and those behind it."""
    said = ""
    while error:
        said += "".join(traceback.format_exception(error, chain=False)) + repr(error) + repr(vars(error))
        error = error.__cause__ or error.__context__
    return said


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://u:hun@ter2:word@host/db",
        "postgresql://u:hun@ter2@host/db",
        "postgresql://u:hun@ter2/word@host/db",
        "postgresql://u:hun@ter2?word@host/db",
        "postgresql://u/ter2:hunword@host/db",
        "postgresql://u:hunter2/db",
        "postgresql+psycopg://u:hun@ter2:word@host/db",
    ],
)
def test_a_password_that_breaks_the_address_is_one_sentence_and_no_part_of_it_is_shown(address):
    for act in (Ledger.open, upgrade, parse_url):
        with pytest.raises(LedgerError, match="write them as %40, %3A and %2F") as caught:
            act(address)
        error = caught.value
        error.__traceback__ = None  # its source lines are this test's own
        assert not [part for part in ("hun", "ter2", "word@", "@host") if part in chain(error)]


@given(st.text(min_size=1))
def test_a_password_written_with_percent_signs_is_read_whole_and_not_shown(password):
    parsed = parse_url(
        f"postgresql://cm:{quote(password, safe='', errors='replace')}@host:5432/db?application_name=a@b"
    )
    assert parsed.password == password.encode("utf-8", "replace").decode()
    assert (parsed.host, parsed.port, parsed.database) == ("host", 5432, "db")
    assert shown(parsed) == "postgresql://cm:***@host:5432/db"


def test_a_folder_that_cannot_be_made_is_one_sentence_with_its_name(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(LedgerError, match="cannot be made") as caught:
        upgrade(f"sqlite:///{tmp_path}/file/deeper/ledger.db")
    assert f"{tmp_path}/file/deeper" in str(caught.value) and "\n" not in str(caught.value)


def test_a_ledger_that_cannot_be_reached_is_one_sentence_without_its_secret(tmp_path):
    with pytest.raises(LedgerError) as caught:
        Ledger.open(f"postgresql://cm:hunter2@/ledger?host={tmp_path}&password=hunter3")
    assert "hunter" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_database_is_one_sentence(tmp_path):
    (tmp_path / "ledger.sqlite").write_text("Ceci n'est pas une base de données. " * 100)
    with pytest.raises(LedgerError, match="not a database"):
        Ledger.open(f"sqlite:///{tmp_path}/ledger.sqlite")


def test_the_password_is_not_in_the_repr(ledger_url):
    url = parse_url(ledger_url).set(password="hunter2") if ledger_url.startswith("p") else ledger_url
    with Ledger.open(url if isinstance(url, str) else url.render_as_string(hide_password=False)) as ledger:
        assert "hunter2" not in repr(ledger)
        assert "ledger" in repr(ledger).lower()


def test_a_locked_or_broken_ledger_answers_with_one_sentence(ledger):
    with ledger._writing() as connection:
        connection.execute(text("DROP TABLE moves"))
        connection.execute(text("DROP TABLE cycles"))
    with pytest.raises(LedgerError, match="did not do its work") as caught:
        ledger.last_cycle("journal")
    assert "\n" not in str(caught.value)
