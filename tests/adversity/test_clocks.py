"""The clock steps back, or summer time begins or ends, in the middle of a run: nothing lost, nothing twice, each notice in its day."""

import asyncio
import shutil
from datetime import UTC, date, datetime, timedelta

import pytest

from piquet.ledger import Ledger
from piquet.strike import Strike
from tests.ledger.conftest import upgraded_file
from tests.model.network import Fate
from tests.model.newsroom import ACCOUNTS, ZONE, Newsroom
from tests.model.worker import timeless_loop

__all__ = ["upgraded_file"]
NOTICE = "Les CM sont en grève."


@pytest.fixture
def room(upgraded_file, tmp_path):
    path = shutil.copy(upgraded_file, tmp_path / "ledger.sqlite")
    with Ledger.open(f"sqlite:///{path}") as ledger, asyncio.Runner(loop_factory=timeless_loop) as runner:
        yield Newsroom(ledger=ledger, loop=runner.get_loop(), on_claim=lambda claim: None)


def texts(room: Newsroom, account: str) -> list[str]:
    return [post.payload.text for post in room.networks[account].posts]


@pytest.mark.parametrize("moment", ["claim", "publish", "settle"])
@pytest.mark.parametrize("dies", [False, True])
def test_a_clock_that_steps_back_an_hour_in_mid_run_costs_no_post_and_makes_none_twice(room, moment, dies):
    account = "small/journal"
    for _ in range(3):
        room.feed.publish(room.clock.true)
    cycle = room.look()
    room.decide(cycle)
    room.record(cycle)
    worker = room.begin(account)
    while worker.at != moment:
        worker.go_on(Fate.WELL)
    room.clock.step_back(timedelta(hours=1))
    room.kill(f"{account} a") if dies else room.run(worker)
    for _ in range(8):
        room.clock.pass_(timedelta(minutes=10))
        room.cycle()
    assert texts(room, account) == [
        f"Enquête n° {n}\n\n{a.link}" for n, a in enumerate(room.feed.articles, 1)
    ]
    assert {row["state"] for row in room.rows("state")} == {"sent"}


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 10, 25), 25), (date(2027, 3, 28), 23), (date(2026, 12, 5), 24)],
    ids=["summer time ends", "summer time begins", "an ordinary day"],
)
def test_a_strike_day_has_its_notice_from_midnight_to_midnight_however_many_hours_it_has(room, day, hours):
    before = datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC) - timedelta(hours=2)
    room.clock.true = before + timedelta(seconds=1)
    room.strike = Strike(days=(day,), notices=(NOTICE,))
    when = []
    for _ in range(hours + 4):
        when.append(room.clock.true.astimezone(ZONE).date() == day)
        room.feed.publish(room.clock.true)
        room.cycle()
        room.clock.pass_(timedelta(hours=1))
    assert sum(when) == hours
    for account in ACCOUNTS:
        posts = texts(room, account)
        assert [text.startswith(NOTICE) for text in posts] == when
        assert len(set(posts)) == len(posts) == hours + 4
