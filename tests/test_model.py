"""Every order of events that Hypothesis thinks of, over a real ledger: each article once, none lost, each notice in its time."""

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

from piquet.acts import Act, Selection
from piquet.ledger import Ledger, upgrade
from piquet.ledger.states import DeliveryState
from piquet.strike import Mode, Window
from tests.ledger.conftest import postgresql
from tests.model.feed import change_id, change_link, correct_title, withdraw_or_list_again
from tests.model.judge import Judge
from tests.model.network import Fate
from tests.model.newsroom import ACCOUNTS, OUTLET, ZONE, Newsroom
from tests.model.worker import timeless_loop

__all__ = ["postgresql"]
EXAMPLES = int(os.environ.get("MODEL_EXAMPLES") or 0)
FATES = st.lists(
    st.sampled_from([f for f in Fate if not f.name.startswith("LEDGER")]), min_size=1, max_size=4
)
SECONDS = st.sampled_from([0, 1, 40, 110, 900, 3600])
WHICH = st.integers(0, 5)
SWITCH = st.sampled_from(["normal", "strike"])
MODE = st.sampled_from([Mode.ACCOMPANY, Mode.REPLACE, Mode.MESSAGE_ONLY, Mode.HOLD])
COVERED = st.sampled_from([(), ("slow/journal",), ("small/journal", "mute/journal")])
DAY = st.sampled_from([None, 0, 1])
MINUTES = st.sampled_from([None, 20])
LONG = st.sampled_from([False, False, True])
THEN = st.sampled_from(["stands", "stands", "dies", "before", "after"])
LEDGER = {"before": Fate.LEDGER_BEFORE, "after": Fate.LEDGER_AFTER}
# Where a worker may stand that is no call of the ledger.
ELSEWHERE = ("publish", "find", "ready", "sleep", None)
# Not among them: one whose reason is that a person ended it.
_OPEN = (DeliveryState.DUE, DeliveryState.HELD, DeliveryState.FAILED, DeliveryState.UNSETTLED)


class Model(RuleBasedStateMachine):
    """A newsroom in which anything may happen between any two steps."""

    new_ledger = None

    @initialize(hour=st.sampled_from([0, 14]), ahead=st.sampled_from([0, 1]))
    def open(self, hour: int, ahead: int) -> None:
        self.judge = Judge()
        self.loop = timeless_loop()
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

    @rule(switch=SWITCH, mode=MODE, covered=COVERED, day=DAY, minutes=MINUTES, long=LONG)
    def the_strike_changes(self, switch, mode, covered, day, minutes, long) -> None:
        now, room = self.room.clock(), self.room
        today = now.astimezone(ZONE).date()
        self.notices = getattr(self, "notices", 0) + 1
        room.strike = replace(
            room.strike,
            switch=switch,
            mode=mode,
            accounts=covered,
            notices=(f"Grève {self.notices}." + long * (" Nous expliquons pourquoi." * 20),),
            days=() if day is None else (today + timedelta(days=day),),
            windows=(Window(start=now, end=now + timedelta(minutes=minutes)),) if minutes else (),
        )

    # Cycles, whole and in their steps.

    @rule(after=SECONDS, news=st.integers(0, 2), fates=FATES, release=st.booleans())
    def a_cycle_runs(self, after: int, news: int, fates: list[Fate], release: bool) -> None:
        self.room.clock.pass_(timedelta(seconds=after))
        self.articles_come(news, 1)
        self.room.cycle(fates, release_flood=release)

    @precondition(lambda self: self.room.feed.articles and len(self.room.cycles) < 3)
    @rule()
    def a_cycle_looks(self) -> None:
        self.room.look()

    @precondition(lambda self: self.room.cycles)
    @rule(which=WHICH)
    def a_cycle_decides_and_records_and_its_workers_begin(self, which: int) -> None:
        cycle = self.room.cycles[which % len(self.room.cycles)]
        self.room.decide(cycle)
        self.room.record(cycle)
        for account in ACCOUNTS:
            self.room.begin(account)

    # Workers.

    @precondition(lambda self: self.room.workers)
    @rule(after=SECONDS, which=WHICH, stops=st.integers(1, 25), fates=FATES, then=THEN)
    def a_worker_goes_on(self, after: int, which: int, stops: int, fates: list[Fate], then: str) -> None:
        self.room.clock.pass_(timedelta(seconds=after))
        name = list(self.room.workers)[which % len(self.room.workers)]
        worker = self.room.workers[name]
        self.room.run(worker, fates, stops)
        if then == "dies":
            self.room.kill(name)
        elif then in LEDGER and not worker.done and worker.at not in ELSEWHERE:
            worker.go_on(LEDGER[then])
            self.room.tidy()

    # Time and persons.

    @precondition(lambda self: self.room.clock.ahead > timedelta(hours=-1))
    @rule()
    def the_clock_steps_back_an_hour(self) -> None:
        self.room.clock.step_back(timedelta(hours=1))

    @precondition(lambda self: self._at_rest())
    @rule(which=WHICH, kind=st.sampled_from(["drop", "retry", "resume"]))
    def a_person_acts(self, which: int, kind: str) -> None:
        rows, ledger = self._at_rest(), self.room.ledger
        row = rows[-1 - which % len(rows)]
        if kind == "resume":
            ledger.resume(row["account"], self.room.clock())
        elif kind == "drop" or row["state"] == DeliveryState.FAILED:
            act = Act(kind=kind, who="ops", why="asked for", at=self.room.clock())
            ledger.act(OUTLET, act, Selection(deliveries=(row["id"],)))

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

    def _at_rest(self):
        """The deliveries that a person may still do something about."""
        return [row for row in self.room.rows("id", "account", "state") if row["state"] in _OPEN]


def run(new_ledger, examples: int) -> None:
    """Run the machine with a ledger of that kind for each example."""
    machine = type("Model", (Model,), {"new_ledger": staticmethod(new_ledger)})
    few = settings(
        max_examples=EXAMPLES or examples,
        stateful_step_count=40,
        deadline=None,
        # The short form tries the same orders each time; MODEL_EXAMPLES tries others.
        derandomize=not EXAMPLES,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=few)


@pytest.mark.timeout(0 if EXAMPLES else 600)
def test_whatever_happens_each_article_is_posted_once_and_each_notice_in_its_time(tmp_path):
    upgrade(f"sqlite:///{tmp_path / 'template'}")
    numbers = iter(range(10**9))

    def new_ledger() -> str:
        for old in tmp_path.glob("ledger-*"):
            Path(old).unlink()
        path = shutil.copy(tmp_path / "template", tmp_path / f"ledger-{next(numbers)}")
        return f"sqlite:///{path}"

    run(new_ledger, 12)


@pytest.mark.timeout(0 if EXAMPLES else 600)
def test_the_same_holds_on_postgresql(postgresql):
    numbers = iter(range(10**9))
    run(lambda: postgresql.create(f"model_{os.getpid()}_{next(numbers)}", "upgraded"), 3)
