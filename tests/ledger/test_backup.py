"""Backups taken while cycles run, and what a restored ledger does on every network: nothing is posted twice."""

import os
import shutil
import stat
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from deployments.cli import main
from piquet.entry import Disposition, Sorted
from piquet.errors import LedgerError, LedgerTooNew, UserError
from piquet.ledger import Ledger, upgrade
from piquet.ledger.backup import backup, restore
from piquet.ledger.engine import connect, parse_url, writer
from piquet.ledger.states import DeliveryState
from piquet.restored import without_what_may_be_posted
from piquet.strike import Mode, Strike
from tests.ledger.cycling import FEED, NETWORKS, article, desk
from tests.ledger.test_upgrade import RELEASED, write_released

NOW = datetime(2026, 12, 5, 8, tzinfo=UTC)
# Telegram lets no program read posts back: what was in doubt there is dropped, and a person told.
READABLE = tuple(network for network in NETWORKS if network != "telegram")


def run_sql(url: str, *statements: str) -> None:
    engine = writer(connect(parse_url(url)))
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def put_back(url: str, file: Path, at: datetime, **more):
    return restore(url, file, who="Ana", lost=more.pop("lost", at), now=at, over=True, **more)


def resume_all(url: str, at: datetime) -> None:
    with Ledger.open(url) as ledger:
        for account in ledger.counts("journal"):
            ledger.resume(account, at)


def posted(cycling, network: str) -> list[int]:
    links = cycling.links(f"{network}/journal")
    return [int(link.partition("/articles/")[2].split()[0]) for link in links if "/articles/" in link]


def feed(*numbers: int, at: datetime = NOW):
    return [article(number, at + timedelta(minutes=number)) for number in sorted(numbers, reverse=True)]


def test_a_backup_is_one_file_of_the_owner_alone_that_holds_everything(ledger, ledger_url, build, tmp_path):
    ledger.record(build.batch(build.entry("a"), build.entry("b")))
    kept = backup(ledger_url, tmp_path / "ledger.backup")
    assert (kept.deliveries, kept.ends) == (2, build.now)
    assert [path.name for path in tmp_path.iterdir() if "backup" in path.name] == ["ledger.backup"]
    assert stat.S_IMODE((tmp_path / "ledger.backup").stat().st_mode) == 0o600


def test_a_backup_taken_while_cycles_run_is_of_one_instant_and_no_cycle_waits_or_fails(
    ledger_url, build, tmp_path
):
    """Each article has two deliveries, made in one transaction: no backup ever has one of them alone."""
    stop, done = threading.Event(), []

    def cycles() -> None:
        with Ledger.open(ledger_url) as ledger:
            while not stop.is_set():
                one = build.entry(f"{len(done):04}")
                drafts = tuple(
                    build.draft(one, account=account) for account in ("mastodon/journal", "x/journal")
                )
                ledger.record(build.batch(one, drafts=drafts))
                claimed = build.claim(ledger, at=build.now)
                assert claimed and ledger.settle(claimed.id, "one", build.receipt(len(done)), build.now)
                done.append(one.id)

    worker = threading.Thread(target=cycles)
    worker.start()
    before = []
    for number in range(4):
        before.append(len(done))
        backup(ledger_url, tmp_path / f"{number}.backup")
    stop.set()
    worker.join(30)
    assert len(done) > before[-1] > before[0]
    for number, least in enumerate(before):
        put_back(ledger_url, tmp_path / f"{number}.backup", build.now + timedelta(hours=1))
        with Ledger.open(ledger_url) as ledger:
            counts = {
                account: sum(states.values()) for account, states in ledger.counts(build.outlet).items()
            }
            assert len(set(counts.values())) <= 1 and sum(counts.values()) >= 2 * least
            assert ledger.audit_breaks(build.outlet) == []


def test_after_an_older_backup_is_restored_nothing_is_posted_twice_on_any_network(ledger_url, tmp_path):
    with desk(NOW) as cycling:
        cycling.cycle(ledger_url, feed(1, 2))  # first sight: known, not posted
        cycling.clock.now += timedelta(hours=1)
        cycling.cycle(ledger_url, feed(1, 2, 30))
        # 31 is composed and due everywhere, and nothing of it was sent yet, when the backup is taken.
        with Ledger.open(ledger_url) as ledger:
            for network in NETWORKS:
                ledger.rest(f"{network}/journal", cycling.clock.now + timedelta(minutes=1, seconds=30))
        cycling.clock.now += timedelta(minutes=1)
        cycling.cycle(ledger_url, feed(1, 2, 30, 31))
        backup(ledger_url, tmp_path / "b")
        # Since then: 31 goes out, two newer articles too, and the ledger is lost.
        cycling.clock.now += timedelta(minutes=10)
        cycling.cycle(ledger_url, feed(1, 2, 30, 31, 40, 41))
        lost = cycling.clock.now + timedelta(minutes=1)
        assert all(posted(cycling, network) == [30, 31, 40, 41] for network in NETWORKS)

        cycling.clock.now += timedelta(hours=1)
        done = put_back(ledger_url, tmp_path / "b", cycling.clock.now, lost=lost)
        assert done.in_doubt == len(NETWORKS)
        newer = [article(50, lost + timedelta(minutes=5)), *feed(1, 2, 30, 31, 40, 41, 35)]
        cycling.cycle(ledger_url, newer)
        # Nobody let an account go yet.
        assert all(posted(cycling, network) == [30, 31, 40, 41] for network in NETWORKS)
        resume_all(ledger_url, cycling.clock.now)
        for _ in range(3):
            cycling.cycle(ledger_url, newer)
            cycling.clock.now += timedelta(minutes=5)
        for network in NETWORKS:
            assert posted(cycling, network) == [30, 31, 40, 41, 50], network
        with Ledger.open(ledger_url) as ledger:
            assert ledger.audit_breaks("journal") == []
            told = [row for row in ledger.audit_trail("journal") if row.kind == "restore"]
            assert [(row.who, row.chain) for row in told] == [("Ana", "")]
            states = {account: Counter(found) for account, found in ledger.counts("journal").items()}
        assert all(states[f"{network}/journal"] == {"sent": 3} for network in READABLE)
        assert states["telegram/journal"] == {"sent": 2, "dropped": 1}


def test_what_was_due_at_the_backup_and_never_went_out_goes_out_once_after_the_restore(ledger_url, tmp_path):
    account = "mastodon/journal"
    with desk(NOW, [account]) as cycling:
        cycling.cycle(ledger_url, feed(1))
        with Ledger.open(ledger_url) as ledger:
            ledger.pause(account, NOW + timedelta(hours=9), "Mastodon refuses the token")
        cycling.clock.now += timedelta(hours=1)
        cycling.cycle(ledger_url, feed(1, 30))
        backup(ledger_url, tmp_path / "b")
        put_back(ledger_url, tmp_path / "b", cycling.clock.now)
        resume_all(ledger_url, cycling.clock.now)
        for _ in range(3):
            cycling.cycle(ledger_url, feed(1, 30))
            cycling.clock.now += timedelta(minutes=5)
        assert posted(cycling, "mastodon") == [30]


def test_an_article_whose_hour_came_before_the_loss_is_known_and_one_whose_hour_is_to_come_goes_out(
    ledger_url, tmp_path
):
    account = "mastodon/journal"
    embargoed = [article(60, NOW + timedelta(hours=2)), article(61, NOW + timedelta(hours=5))]
    with desk(NOW, [account]) as cycling:
        cycling.cycle(ledger_url, feed(1))
        cycling.cycle(ledger_url, [*embargoed, *feed(1)])
        backup(ledger_url, tmp_path / "b")
        cycling.clock.now += timedelta(hours=3)
        cycling.cycle(ledger_url, [*embargoed, *feed(1)])
        assert posted(cycling, "mastodon") == [60]
        put_back(ledger_url, tmp_path / "b", cycling.clock.now)
        resume_all(ledger_url, cycling.clock.now)
        cycling.clock.now += timedelta(hours=3)
        cycling.cycle(ledger_url, [*embargoed, *feed(1)])
        assert posted(cycling, "mastodon") == [60, 61]


def test_a_post_that_a_strike_holds_waits_for_a_person_although_the_strike_is_over(ledger_url, tmp_path):
    account = "mastodon/journal"
    hold = Strike(notices=("En grève.",), switch="strike", mode=Mode.HOLD, reminder_minutes=0, tail_days=0)
    with desk(NOW, [account]) as cycling:
        cycling.cycle(ledger_url, feed(1))
        cycling.clock.now += timedelta(hours=1)
        cycling.cycle(ledger_url, feed(1, 30), hold)
        backup(ledger_url, tmp_path / "b")
        cycling.clock.now += timedelta(minutes=10)
        for _ in range(3):
            cycling.cycle(ledger_url, feed(1, 30))
            cycling.clock.now += timedelta(minutes=10)
        assert posted(cycling, "mastodon") == [30]
        put_back(ledger_url, tmp_path / "b", cycling.clock.now)
        cycling.cycle(ledger_url, feed(1, 30))
        assert posted(cycling, "mastodon") == [30]
        with Ledger.open(ledger_url) as ledger:
            reason = ledger.account_state(account).pause_reason
            assert ledger.counts("journal")[account] == {DeliveryState.DUE: 1}
    assert "restored from a backup that ends at 2026-12-05 09:00:00 UTC" in reason
    assert "`piquet status`" in reason and "`piquet resume`" in reason


def test_a_ledger_with_deliveries_is_only_replaced_with_yes(ledger, ledger_url, build, tmp_path):
    backup(ledger_url, tmp_path / "empty")
    ledger.record(build.batch(build.entry("a")))
    with pytest.raises(
        UserError, match=r"holds 1 deliveries, the last change at 2026-12-05 08:00:00 UTC.*--yes"
    ):
        restore(ledger_url, tmp_path / "empty", who="Ana", lost=build.now, now=build.now)
    assert ledger.counts(build.outlet) == {build.account: {"due": 1}}
    put_back(ledger_url, tmp_path / "empty", build.now)
    assert ledger.counts(build.outlet) == {}


def test_a_ledger_that_was_written_after_its_loss_was_not_lost_then(ledger, ledger_url, build, tmp_path):
    ledger.record(build.batch(build.entry("a")))
    backup(ledger_url, tmp_path / "b")
    with pytest.raises(UserError, match="still written at 2026-12-05 08:00:00 UTC, after --lost"):
        put_back(
            ledger_url, tmp_path / "b", build.now + timedelta(hours=1), lost=build.now - timedelta(minutes=1)
        )
    assert ledger.counts(build.outlet) == {build.account: {"due": 1}}


def test_a_newer_ledger_is_neither_backed_up_nor_replaced_nor_put_back(ledger_url, empty_url, tmp_path):
    file = tmp_path / "b"
    backup(ledger_url, file)
    run_sql(ledger_url, "UPDATE alembic_version SET version_num = '9999'")
    for act in (lambda: backup(ledger_url, tmp_path / "c"), lambda: put_back(ledger_url, file, NOW)):
        with pytest.raises(LedgerTooNew, match="9999"):
            act()
    assert not (tmp_path / "c").exists()
    if ledger_url.startswith("sqlite") and empty_url.startswith("sqlite"):
        shutil.copy(ledger_url.removeprefix("sqlite:///"), file)
        with pytest.raises(LedgerTooNew, match="9999"):
            put_back(empty_url, file, NOW)


@pytest.mark.parametrize("revision", RELEASED)
def test_a_backup_of_an_older_version_is_upgraded_on_its_way_back(empty_url, revision, tmp_path):
    write_released(empty_url, revision)
    backup(empty_url, tmp_path / "b")
    done = put_back(empty_url, tmp_path / "b", NOW)
    assert done.accounts == {"journal": ("mastodon/journal", "x/journal")}
    with Ledger.open(empty_url) as ledger:
        assert ledger.counts("journal")["mastodon/journal"] == {
            "sent": 1, "failed": 1, "dropped": 1, "unsettled": 3, "held": 1,
        }  # fmt: skip
        assert ledger.lost_at("journal") == NOW and ledger.audit_breaks("journal") == []


def test_a_ledger_is_restored_to_where_there_is_none(ledger, ledger_url, empty_url, build, tmp_path):
    ledger.record(build.batch(build.entry("a")))
    backup(ledger_url, tmp_path / "b")
    if ledger_url.split(":")[0] != empty_url.split(":")[0]:
        with pytest.raises(UserError, match="is not one of a ledger in"):
            put_back(empty_url, tmp_path / "b", NOW)
        return
    put_back(empty_url, tmp_path / "b", NOW)
    with Ledger.open(empty_url) as back:
        assert back.counts(build.outlet) == {build.account: {"unsettled": 1}}


def test_a_damaged_backup_and_one_that_is_not_there_leave_the_ledger_as_it_was(
    ledger, ledger_url, build, tmp_path
):
    ledger.record(build.batch(build.entry("a")))
    backup(ledger_url, tmp_path / "b")
    whole = (tmp_path / "b").read_bytes()
    (tmp_path / "b").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(LedgerError) as caught:
        put_back(ledger_url, tmp_path / "b", NOW)
    assert "\n" not in str(caught.value)
    with pytest.raises(UserError, match="There is no backup"):
        put_back(ledger_url, tmp_path / "nowhere", NOW)
    assert ledger.counts(build.outlet) == {build.account: {"due": 1}}


def test_without_the_databases_own_programs_a_postgresql_ledger_is_one_sentence(
    postgresql, monkeypatch, tmp_path
):
    url = postgresql.create(f"test_{os.urandom(6).hex()}", "upgraded")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LedgerError, match=r"needs pg_dump.*install postgresql-client"):
        backup(url, tmp_path / "b")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("password", ["hunter2", "hunter2  ", " hunter2:\\", "hunter2\nhost=elsewhere"])
def test_the_password_is_on_no_command_line_and_in_no_sentence_and_reaches_the_program_as_it_is(
    tmp_path, monkeypatch, postgresql, password
):
    seen, given = tmp_path / "seen", tmp_path / "given"
    for name in ("pg_dump", "pg_restore"):
        program = tmp_path / name
        told = f'echo "$0 $@" >> {seen}\ncat "$PGSERVICEFILE" >> {seen}\nprintf %s "$PGPASSWORD" > {given}\n'
        program.write_text(f"#!/bin/sh\n{told}exit 3\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    url = postgresql.create(f"test_{os.urandom(6).hex()}", "upgraded") + f"&password={quote(password)}"
    with pytest.raises(LedgerError, match="pg_dump did not do its work") as caught:
        backup(url, tmp_path / "b")
    assert "hunter2" not in seen.read_text() + str(caught.value)
    assert given.read_text() == password
    assert "PGPASSWORD" not in os.environ


@pytest.fixture
def fresh_postgresql(postgresql) -> str:
    """The address of an upgraded ledger in PostgreSQL."""
    return postgresql.create(f"test_{os.urandom(6).hex()}", "upgraded")


def test_a_ledger_in_a_schema_that_its_address_names_is_made_kept_and_restored_there(
    postgresql, build, tmp_path
):
    plain = postgresql.create(f"test_{os.urandom(6).hex()}")
    run_sql(plain, "CREATE SCHEMA apart")
    url = f"{plain}&options=-csearch_path%3Dapart"
    upgrade(url)
    with Ledger.open(url) as ledger:
        ledger.record(build.batch(build.entry("a")))
        backup(url, tmp_path / "b")
        ledger.record(build.batch(build.entry("b")))
        put_back(url, tmp_path / "b", build.now)
        assert ledger.counts(build.outlet) == {build.account: {"unsettled": 1}}
    with pytest.raises(LedgerError, match="holds no ledger"):
        backup(plain, tmp_path / "c")


@pytest.mark.parametrize(
    ("given", "waits", "connects"),
    [("", "30s", "10"), ("&options=-clock_timeout%3D5s", "5s", "10"), ("&connect_timeout=3", "30s", "3")],
)
def test_what_an_address_says_of_waiting_is_right_and_it_keeps_what_it_does_not_name(
    fresh_postgresql, given, waits, connects
):
    engine = connect(parse_url(fresh_postgresql + given))
    with engine.connect() as connection:
        assert connection.execute(text("SHOW lock_timeout")).scalar() == waits
        parameters = connection.connection.driver_connection.info.get_parameters()
        assert parameters["connect_timeout"] == connects
    engine.dispose()


def privileges(url: str) -> set[tuple[str, str, str]]:
    engine = connect(parse_url(url))
    with engine.connect() as connection:
        query = "SELECT grantee, table_name, privilege_type || ' ' || is_grantable"
        query += (
            " FROM information_schema.table_privileges WHERE table_schema = 'public' AND grantee <> grantor"
        )
        found = {tuple(row) for row in connection.execute(text(query))}
    engine.dispose()
    return found


def test_who_might_read_the_tables_before_a_restore_may_after_it(fresh_postgresql, build, tmp_path):
    role = f"a dashboard: {os.urandom(6).hex()}"
    backup(fresh_postgresql, tmp_path / "b")
    run_sql(
        fresh_postgresql,
        f'CREATE ROLE "{role}"'.replace(":", r"\:"),
        f'GRANT SELECT ON ALL TABLES IN SCHEMA public TO "{role}"'.replace(":", r"\:"),
        f'GRANT UPDATE, DELETE ON feeds TO "{role}" WITH GRANT OPTION'.replace(":", r"\:"),
        "GRANT SELECT ON cycles TO PUBLIC",
    )
    before = privileges(fresh_postgresql)
    assert {
        (role, "feeds", "UPDATE YES"),
        (role, "deliveries", "SELECT NO"),
        ("PUBLIC", "cycles", "SELECT NO"),
    } < before
    put_back(fresh_postgresql, tmp_path / "b", build.now)
    assert privileges(fresh_postgresql) == before


@pytest.mark.parametrize(
    ("made", "what"),
    [
        ("CREATE VIEW readers AS SELECT id FROM deliveries", "view readers depends on table deliveries"),
        (
            "CREATE TABLE notes (delivery integer REFERENCES deliveries (id))",
            "constraint notes_delivery_fkey on table notes depends on table deliveries",
        ),
    ],
)
def test_a_ledger_that_somebody_built_upon_is_not_replaced_and_one_sentence_says_what_it_is(
    fresh_postgresql, build, tmp_path, made, what
):
    backup(fresh_postgresql, tmp_path / "b")
    run_sql(fresh_postgresql, made)
    with Ledger.open(fresh_postgresql) as ledger:
        ledger.record(build.batch(build.entry("a")))
        with pytest.raises(LedgerError) as caught:
            put_back(fresh_postgresql, tmp_path / "b", build.now)
        assert str(caught.value).endswith(
            f" is not replaced ({what}): drop that, restore, and make it again afterwards."
        )
        assert ledger.counts(build.outlet) == {build.account: {"due": 1}}
    run_sql(fresh_postgresql, f"DROP {made.split()[1]} {made.split()[2]}")
    put_back(fresh_postgresql, tmp_path / "b", build.now)


def test_the_commands_say_what_was_kept_what_was_restored_and_what_is_to_do(tmp_path, build):
    url, file = f"sqlite:///{tmp_path}/ledger.db", tmp_path / "b"
    upgrade(url)
    with Ledger.open(url) as ledger:
        ledger.record(build.batch(build.entry("a")))
    kept = CliRunner().invoke(main, ["backup", str(file), "--url", url])
    assert kept.exit_code == 0
    assert "holds the ledger: 1 deliveries, the last change at 2026-12-05 08:00:00 UTC" in kept.output
    refused = CliRunner().invoke(main, ["restore", str(file), "--url", url])
    assert refused.exit_code == 2 and "add --yes" in refused.output
    other = f"sqlite:///{tmp_path}/other.db"
    done = CliRunner().invoke(main, ["restore", str(file), "--url", other, "--who", "Ana"])
    assert done.exit_code == 0, done.output
    assert "1 posts are looked for before they are sent" in done.output
    assert "piquet resume journal mastodon/journal" in done.output


@pytest.mark.parametrize("lost", ["yesterday", "2026-12-05T15:00", "2999-01-01T00:00Z"])
def test_a_time_of_loss_that_cannot_be_is_one_sentence(tmp_path, lost):
    said = CliRunner().invoke(main, ["restore", str(tmp_path / "b"), "--url", "sqlite:///x", "--lost", lost])
    assert said.exit_code == 2 and f"--lost: {lost!r}" in said.output


moments = st.integers(-600, 600).map(lambda minutes: NOW + timedelta(minutes=minutes))
found = st.builds(
    lambda published, disposition: Sorted(
        entry=article(1, published), disposition=disposition, wait_until=None
    ),
    st.none() | moments,
    st.sampled_from(Disposition),
)


@given(st.lists(found), st.none() | moments, st.none() | moments)
def test_of_before_the_loss_nothing_would_go_out_and_all_of_after_it_is_as_it_was(items, lost, read):
    after = without_what_may_be_posted(items, lost, {FEED: read} if read else {})
    assert len(after) == len(items)
    for was, now in zip(items, after, strict=True):
        published = was.entry.published
        perhaps = lost is not None and (published <= lost if published else read is None or read <= lost)
        if perhaps:
            assert now.disposition not in (Disposition.FRESH, Disposition.WAITING)
        else:
            assert now == was
