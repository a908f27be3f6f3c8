"""Every order of events that Hypothesis thinks of, over a real ledger: each article once, none lost, each notice in its time."""

import asyncio
import os
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from piquet.ledger import Ledger, upgrade
from piquet.ledger.states import DeliveryState
from piquet.strike import Mode, Window
from tests.model.feed import change_id, change_link, correct_title, withdraw_or_list_again
from tests.model.judge import Judge
from tests.model.network import Fate
from tests.model.newsroom import ACCOUNTS, ZONE, Newsroom

EXAMPLES = int(os.environ.get("MODEL_EXAMPLES") or 0)
NETWORKS = st.lists(st.sampled_from([f for f in Fate if not f.name.startswith("LEDGER")]), max_size=3)
LEDGERS = st.sampled_from([Fate.LEDGER_BEFORE, Fate.LEDGER_AFTER])
WHICH = st.integers(0, 5)
A_WHILE = st.sampled_from([1, 10, 40, 150, 900, 3600])
# Not among them: one whose reason is that a person ended it.
_OPEN = (DeliveryState.DUE, DeliveryState.HELD, DeliveryState.FAILED, DeliveryState.UNSETTLED)


class Model(RuleBasedStateMachine):
    """A newsroom in which anything may happen between any two steps."""

    new_ledger = None

    @initialize(hour=st.sampled_from([0, 14]), ahead=st.sampled_from([0, 1]))
    def open(self, hour: int, ahead: int) -> None:
        self.judge = Judge()
        self.loop = asyncio.new_event_loop()
        ledger = Ledger.open(type(self).new_ledger())
        room = Newsroom(ledger=ledger, loop=self.loop, on_claim=self.judge.claimed)
        room.clock.pass_(timedelta(hours=hour))
        room.clock.ahead = timedelta(hours=ahead)
        self.room = self.judge.newsroom = room

    # The newsroom.

    @rule(number=st.integers(1, 4), minutes=st.sampled_from([1, 90, 1430]))
    def articles_come(self, number: int, minutes: int) -> None:
        for _ in range(number):
            self.room.feed.publish(self.room.clock.true - timedelta(minutes=minutes))
            self.room.clock.pass_(timedelta(seconds=1))

    @precondition(lambda self: self.room.feed.articles)
    @rule(
        which=WHICH, change=st.sampled_from([correct_title, change_id, change_link, withdraw_or_list_again])
    )
    def an_article_changes(self, which: int, change) -> None:
        article = self.room.feed.articles[-1 - which % len(self.room.feed.articles)]
        if change in (change_id, change_link):
            # Whose id and link both change before anybody has met the one with the other is another article.
            if article.changed:
                return
            article.changed = True
        change(article)

    # The strike.

    @rule(
        switch=st.sampled_from(["normal", "strike"]),
        mode=st.sampled_from(Mode),
        covered=st.sampled_from([(), (), ("slow/journal",), ("small/journal", "mute/journal")]),
        day=st.sampled_from([None, None, 0, 1]),
        minutes=st.sampled_from([None, None, 20]),
        long=st.booleans(),
    )
    def the_strike_changes(self, switch, mode, covered, day, minutes, long) -> None:
        now, room = self.room.clock(), self.room
        today = now.astimezone(ZONE).date()
        self.notices = getattr(self, "notices", 0) + 1
        notice = f"Grève {self.notices}." + long * (" Nous expliquons pourquoi." * 20)
        room.strike = replace(
            room.strike,
            switch=switch,
            mode=mode,
            accounts=covered,
            notices=(notice,),
            days=() if day is None else (today + timedelta(days=day),),
            windows=(Window(start=now, end=now + timedelta(minutes=minutes)),) if minutes else (),
        )

    # Cycles, whole and in their steps.

    @rule(fates=NETWORKS, release=st.booleans())
    def a_cycle_runs(self, fates: list[Fate], release: bool) -> None:
        self.room.cycle(fates, release_flood=release)

    @rule()
    def a_cycle_looks(self) -> None:
        if len(self.room.cycles) < 3:
            self.room.look()

    @precondition(lambda self: self.room.cycles)
    @rule(which=WHICH)
    def a_cycle_decides_and_records(self, which: int) -> None:
        cycle = self.room.cycles[which % len(self.room.cycles)]
        self.room.decide(cycle)
        self.room.record(cycle)

    # Workers.

    @rule(account=st.sampled_from(list(ACCOUNTS)))
    def a_worker_begins(self, account: str) -> None:
        self.room.begin(account)

    @precondition(lambda self: self.room.workers)
    @rule(which=WHICH, stops=st.integers(1, 30), fates=NETWORKS)
    def a_worker_goes_on(self, which: int, stops: int, fates: list[Fate]) -> None:
        self.room.run(self._worker(which), fates, stops)

    @precondition(lambda self: self.room.workers)
    @rule(which=WHICH)
    def a_worker_dies(self, which: int) -> None:
        names = list(self.room.workers)
        self.room.kill(names[which % len(names)])

    @precondition(lambda self: self.room.workers)
    @rule(which=WHICH, fate=LEDGERS)
    def the_ledger_fails_a_worker(self, which: int, fate: Fate) -> None:
        worker = self._worker(which)
        if worker.at not in ("publish", "find", "ready", "sleep"):
            worker.go_on(fate)
            self.room.tidy()

    # Time and networks.

    @rule(seconds=A_WHILE)
    def time_passes(self, seconds: int) -> None:
        self.room.clock.pass_(timedelta(seconds=seconds))

    @rule()
    def the_clock_steps_back_an_hour(self) -> None:
        if self.room.clock.ahead > timedelta(hours=-1):
            self.room.clock.step_back(timedelta(hours=1))

    @rule(account=st.sampled_from(list(ACCOUNTS)), seconds=st.sampled_from([0, 60, 120]))
    def a_network_shows_posts_late(self, account: str, seconds: int) -> None:
        self.room.networks[account].lag = timedelta(seconds=seconds)

    # Persons.

    @rule(which=WHICH)
    def a_person_drops_one(self, which: int) -> None:
        row = self._any_delivery(which)
        if row:
            self.room.ledger.drop(row["id"], "a person dropped it", self.room.clock())

    @rule(account=st.sampled_from(list(ACCOUNTS)))
    def a_person_resumes_an_account(self, account: str) -> None:
        self.room.ledger.resume(account)

    # What must hold.

    @invariant()
    def nothing_twice_and_every_move_allowed(self) -> None:
        if hasattr(self, "room"):
            self.judge.always()

    def teardown(self) -> None:
        if not hasattr(self, "room"):
            return
        try:
            self._quiet_comes()
            self.judge.always()
            self.judge.at_the_end()
        finally:
            self.room.ledger.close()
            self.loop.close()

    def _quiet_comes(self) -> None:
        """Whoever works dies, the strike ends, the networks behave; then cycles, until nothing is left to do."""
        room = self.room
        for name in list(room.workers):
            room.kill(name)
        room.cycles.clear()
        room.strike = replace(room.strike, switch="normal", days=(), windows=())
        for _ in range(40):
            room.clock.pass_(timedelta(minutes=10))
            room.cycle(release_flood=True)
            if self.judge.is_quiet():
                return

    def _worker(self, which: int):
        workers = list(self.room.workers.values())
        return workers[which % len(workers)]

    def _any_delivery(self, which: int):
        rows = [row for row in self.room.rows("id", "state") if row["state"] in _OPEN]
        return rows[-1 - which % len(rows)] if rows else None


def run(new_ledger, examples: int) -> None:
    """Run the machine with a ledger of that kind for each example."""
    machine = type("Model", (Model,), {"new_ledger": staticmethod(new_ledger)})
    few = settings(
        max_examples=EXAMPLES or examples,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=few)


@pytest.mark.timeout(0 if EXAMPLES else 180)
def test_whatever_happens_each_article_is_posted_once_and_each_notice_in_its_time(tmp_path):
    upgrade(f"sqlite:///{tmp_path / 'template'}")
    numbers = iter(range(10**9))

    def new_ledger() -> str:
        for old in tmp_path.glob("ledger-*"):
            Path(old).unlink()
        path = shutil.copy(tmp_path / "template", tmp_path / f"ledger-{next(numbers)}")
        return f"sqlite:///{path}"

    run(new_ledger, 20)
