"""Upgrading ledgers that were really written by older versions: nothing is lost, and the next cycle goes on with them."""

import sqlite3
import threading
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import MetaData, create_engine, inspect, select

from piquet.errors import LedgerError, LedgerTooOld
from piquet.ledger import Ledger, upgrade
from piquet.ledger.engine import connect, parse_url, writer
from piquet.ledger.tables import REVISION, metadata
from tests.ledger.cycling import article, desk

RELEASED = sorted(path.name for path in Path(__file__).with_name("released").iterdir())
NOW = datetime(2026, 11, 20, 8, 5, tzinfo=UTC)
ACCOUNTS = ("mastodon/journal", "x/journal")
_IDS = ("entries", "deliveries", "moves", "strike_states", "cycles")


def write_released(url: str, revision: str) -> None:
    """Make the ledger that a Piquet of that revision left, from its own SQL."""
    folder = Path(__file__).with_name("released") / revision
    kind = "sqlite" if url.startswith("sqlite") else "postgresql"
    script = (folder / f"{kind}.sql").read_text("utf-8") + (folder / "data.sql").read_text("utf-8")
    if kind == "sqlite":
        Path(url.removeprefix("sqlite:///")).parent.mkdir(exist_ok=True)
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            connection.executescript(script)
        return
    with psycopg.connect(url) as connection:
        connection.execute("SET TIME ZONE 'UTC'")
        connection.execute(script)
        for table in _IDS:
            last = f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
            connection.execute(last)


def rows(url: str) -> dict[str, list[Mapping[str, Any]]]:
    """Every row of every table, whatever tables and columns there are."""
    engine = create_engine(parse_url(url))
    with engine.connect() as connection:
        found = MetaData()
        found.reflect(connection)
        tables = {name: table for name, table in found.tables.items() if name != "alembic_version"}
        result = {
            name: [
                dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()
            ]
            for name, table in tables.items()
        }
    engine.dispose()
    return result


def number_of(link: str) -> int:
    """Which article that is, with or without what the feed's link had added."""
    return int(link.rpartition("/")[2].partition("?")[0])


def test_each_revision_before_this_one_is_kept_as_it_was_released():
    assert [f"{number:04}" for number in range(1, int(REVISION))] == RELEASED


@pytest.mark.parametrize("revision", RELEASED)
def test_what_an_older_version_released_has_rows_in_every_table_and_is_refused_until_it_is_upgraded(
    empty_url, revision
):
    write_released(empty_url, revision)
    assert all(rows(empty_url).values())
    with pytest.raises(LedgerTooOld, match="run `piquet ledger upgrade`"):
        Ledger.open(empty_url)


@pytest.mark.parametrize("revision", RELEASED)
def test_an_upgrade_keeps_every_value_of_every_row_and_makes_the_tables_of_today(empty_url, revision):
    write_released(empty_url, revision)
    before = rows(empty_url)
    assert upgrade(empty_url) == REVISION
    after = rows(empty_url)
    for table, old in before.items():
        assert [{name: new[name] for name in was} for was, new in zip(old, after[table], strict=True)] == old
    engine = connect(parse_url(empty_url))
    assert set(inspect(engine).get_table_names()) == {*metadata.tables, "alembic_version"}
    engine.dispose()


@pytest.mark.parametrize("revision", RELEASED)
def test_the_cycle_after_an_upgrade_posts_what_was_due_settles_what_was_in_doubt_and_repeats_nothing(
    empty_url, revision
):
    write_released(empty_url, revision)
    upgrade(empty_url)
    feed = [article(50, NOW), *(article(number, NOW - timedelta(hours=1)) for number in range(7, 0, -1))]
    with desk(NOW + timedelta(minutes=10), ACCOUNTS) as cycling:
        for _ in range(2):
            cycling.cycle(empty_url, feed)
            cycling.clock.now += timedelta(minutes=10)
        posted = {account: [number_of(link) for link in cycling.links(account)] for account in ACCOUNTS}
    # 1 was sent, 2 failed and 3 was dropped long ago; 4 was in doubt; 7 was held for no reason that still applies.
    assert posted["mastodon/journal"] == [4, 5, 6, 7, 50]
    assert posted["x/journal"] == [1, 2, 3, 50]
    with Ledger.open(empty_url) as ledger:
        assert ledger.counts("journal") == {
            "mastodon/journal": {"sent": 6, "failed": 1, "dropped": 1},
            "x/journal": {"sent": 4},
        }


@pytest.mark.parametrize("revision", RELEASED)
def test_the_audit_chain_of_an_upgraded_ledger_holds_and_a_change_in_it_shows(empty_url, revision):
    write_released(empty_url, revision)
    upgrade(empty_url)
    with desk(NOW, ACCOUNTS) as cycling:
        cycling.cycle(empty_url, [article(50, NOW)])
    engine = writer(connect(parse_url(empty_url)))
    with Ledger.open(empty_url) as ledger, engine.begin() as connection:
        assert ledger.audit_trail("journal") and ledger.audit_breaks("journal") == []
        connection.exec_driver_sql("UPDATE audit SET why = 'another' WHERE number = 1")
    with Ledger.open(empty_url) as ledger:
        assert ledger.audit_breaks("journal")
    engine.dispose()


def test_an_upgrade_waits_for_a_writer_and_a_writer_for_it_so_that_no_cycle_sees_half_of_it(empty_url):
    write_released(empty_url, RELEASED[0])
    engine, done = writer(connect(parse_url(empty_url))), []
    with engine.begin() as connection:
        # As a cycle of the older version holds it, in the middle of recording.
        connection.exec_driver_sql("UPDATE outlets SET turn = turn + 1")
        connection.exec_driver_sql("UPDATE deliveries SET reason = 'older' WHERE id = 5")
        other = threading.Thread(target=lambda: done.append(upgrade(empty_url)))
        other.start()
        other.join(0.7)
        assert other.is_alive() and not done
    other.join(30)
    engine.dispose()
    assert done == [REVISION]
    after = rows(empty_url)
    assert after["outlets"][0]["turn"] == 8
    assert next(row for row in after["deliveries"] if row["id"] == 5)["reason"] == "older"


def test_a_cycle_that_has_the_ledger_open_while_it_is_upgraded_by_newer_code_goes_on_or_says_one_sentence(
    ledger_url,
):
    """What runs has opened the ledger at its own revision; the newer code only adds, or the database refuses."""
    with Ledger.open(ledger_url) as ledger:
        engine = writer(connect(parse_url(ledger_url)))
        with engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE cycles ADD COLUMN later INTEGER")
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        cycle = ledger.begin_cycle("journal", NOW)
        ledger.end_cycle("journal", cycle, {}, NOW)
        with engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE cycles RENAME TO runs")
        engine.dispose()
        with pytest.raises(LedgerError, match="did not do its work") as caught:
            ledger.begin_cycle("journal", NOW)
    assert "\n" not in str(caught.value)
