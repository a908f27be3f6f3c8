"""The ledger locked, gone or full while posts go out: one sentence, nothing lost, nothing twice."""

import pytest

from piquet.ledger import upgrade
from tests.adversity import ledgers
from tests.ledger.conftest import ledger_url, postgresql, upgraded_file

__all__ = ["ledger_url", "postgresql", "upgraded_file"]
ARTICLES = ("Enquête n° 1", "Enquête n° 2", "Enquête n° 3")
each_moment = pytest.mark.parametrize("moment", ledgers.MOMENTS)


@pytest.fixture(autouse=True)
def a_short_wait(monkeypatch):
    """Nobody waits 30 s for a lock here."""
    monkeypatch.setattr("piquet.ledger.engine._LOCK_WAIT_S", 1)


def check(seen: ledgers.Seen, *words: str) -> None:
    assert seen.said.startswith("The ledger ") and len(seen.said.splitlines()) == 1
    assert any(word in seen.said for word in words), seen.said
    assert seen.texts == ARTICLES
    assert seen.states == {"sent"}


@each_moment
def test_a_ledger_locked_by_another_process_costs_no_post(ledger_url, moment):
    if ledger_url.startswith("sqlite"):
        path = ledger_url.removeprefix("sqlite:///")
        seen = ledgers.play(ledger_url, moment, lambda: ledgers.sqlite_locked(path))
        # The worker's first question only reads, and a reader of SQLite does not wait; the claim after it does.
        check(seen, "locked")
    else:
        check(ledgers.play(ledger_url, moment, lambda: ledgers.postgresql_locked(ledger_url)), "lock timeout")


@each_moment
def test_a_database_server_that_dies_and_comes_back_costs_no_post(request, tmp_path, moment):
    server = request.getfixturevalue("postgresql")
    url = server.create(f"gone_{moment}", "upgraded")
    seen = ledgers.play(url, moment, lambda: ledgers.postgresql_gone(server))
    check(seen, "connection", "terminat", "closed", "failed")


@pytest.mark.parametrize("moment", ["claim", "settle"])
def test_a_full_disk_costs_no_post(tmp_path, moment):
    try:
        with ledgers.small_disk(tmp_path / "disk") as disk:
            upgrade(f"sqlite:///{disk}/ledger.db")
            check(ledgers.play(f"sqlite:///{disk}/ledger.db", moment, lambda: ledgers.full(disk)), "full")
    except PermissionError:
        pytest.skip("mounting a small disk is not permitted here")
