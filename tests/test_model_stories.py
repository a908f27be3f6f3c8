"""The orders of events that the model found or its author feared, each as the short story that shows it."""

import asyncio
import shutil
from dataclasses import replace
from datetime import timedelta

import pytest

from piquet.acts import Act, Selection
from piquet.ledger import Ledger
from piquet.strike import Strike, Window
from tests.ledger.conftest import upgraded_file
from tests.model.network import Fate
from tests.model.newsroom import OUTLET, RULES, Newsroom
from tests.model.worker import timeless_loop

__all__ = ["upgraded_file"]
SLOW, SMALL = "slow/journal", "small/journal"
NOTICE = "Les CM sont en grève."
ON = Strike(switch="strike", notices=(NOTICE,))


@pytest.fixture
def room(upgraded_file, tmp_path):
    path = shutil.copy(upgraded_file, tmp_path / "ledger.sqlite")
    with Ledger.open(f"sqlite:///{path}") as ledger, asyncio.Runner(loop_factory=timeless_loop) as runner:
        yield Newsroom(ledger=ledger, loop=runner.get_loop(), on_claim=lambda claim: None)


def texts(room: Newsroom, account: str = SMALL) -> list[str]:
    return [post.payload.text for post in room.networks[account].posts]


def look_decide_record(room: Newsroom) -> None:
    cycle = room.look()
    room.decide(cycle)
    room.record(cycle)


def until(worker, moment: str) -> None:
    while worker.at != moment:
        worker.go_on(Fate.WELL)


def test_a_post_that_left_late_in_its_lease_and_shows_late_is_waited_for_and_not_sent_again(room):
    room.feed.publish(room.clock.true)
    room.cycle([Fate.SLOW])
    assert len(texts(room, SLOW)) == 1
    for _ in range(20):
        room.clock.pass_(timedelta(seconds=9))
        room.run(room.begin(SLOW))
    assert len(texts(room, SLOW)) == 1


def test_a_worker_does_not_wait_an_hour_for_another_because_the_clock_stepped_back(room):
    room.feed.publish(room.clock.true)
    look_decide_record(room)
    until(room.begin(SMALL), "publish")
    room.kill(f"{SMALL} a")
    began = room.clock.true
    until(waiting := room.begin(SMALL), "sleep")
    room.clock.step_back(timedelta(hours=1))
    room.run(waiting, stops=10_000)
    assert room.clock.true - began <= 2 * RULES.lease


def test_a_notice_does_not_go_out_after_its_strike_ended_while_posts_waited_in_the_run(room):
    room.feed.publish(room.clock.true)
    end = room.clock() + timedelta(minutes=5)
    room.strike = Strike(windows=(Window(start=room.clock(), end=end),), notices=(NOTICE,))
    look_decide_record(room)
    room.clock.pass_(timedelta(minutes=6))
    room.run(room.begin(SMALL))
    room.cycle()
    assert len(texts(room)) == 1 and NOTICE not in texts(room)[0]


def test_what_a_run_decided_before_the_strike_does_not_overwrite_what_another_decided_in_it(room):
    before = room.look()
    room.decide(before)
    room.feed.publish(room.clock.true)
    room.strike = ON
    look_decide_record(room)
    room.record(before)
    room.run(room.begin(SMALL))
    assert [text.startswith(NOTICE) for text in texts(room)] == [True]


def test_a_post_that_a_busy_network_did_not_take_before_the_strike_carries_the_notice_in_it(room):
    room.feed.publish(room.clock.true)
    look_decide_record(room)
    until(worker := room.begin(SMALL), "publish")
    room.strike = ON
    look_decide_record(room)
    worker.go_on(Fate.BUSY_SHORT)
    room.run(worker)
    room.cycle()
    assert [text.startswith(NOTICE) for text in texts(room)] == [True]


def test_a_post_that_a_person_tries_again_after_the_strike_has_no_notice(room):
    room.feed.publish(room.clock.true)
    room.strike = ON
    look_decide_record(room)
    until(worker := room.begin(SMALL), "publish")
    worker.go_on(Fate.REJECTED)
    room.run(worker)
    room.strike = replace(ON, switch="normal")
    (failed,) = (row for row in room.rows("id", "state") if row["state"] == "failed")
    again = Act(kind="retry", who="ops", why="the text was too long", at=room.clock())
    room.ledger.act(OUTLET, again, Selection(deliveries=(failed["id"],)))
    room.cycle()
    assert len(texts(room)) == 1 and NOTICE not in texts(room)[0]
