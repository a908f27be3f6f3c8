"""The outbox against a network that lies, is slow, and dies: each post once, in order, none lost."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import Enum

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
from sqlalchemy import select

from piquet.entry import Entry
from piquet.errors import Busy, LedgerError, Refused, Rejected, Repeated, Unsettled, UserError
from piquet.ledger import Ledger, upgrade
from piquet.ledger.tables import deliveries
from piquet.ledger.values import Batch, Draft, Recorded
from piquet.limits import Limit
from piquet.networks.protocol import Traits, Unable, Unanswered
from piquet.outbox import OutboxRules, Outcome, publish_due
from piquet.post import Payload, Receipt

OUTLET, ACCOUNT = "journal", "mastodon/journal"
RULES = OutboxRules()
MASTODON = Traits(network="mastodon", title="Mastodon", limit=Limit(bounds=()))


class Crash(BaseException):
    """The process is gone: nothing after this line runs."""


class Fault(Enum):
    """What becomes of one publish."""

    NONE = "taken and answered"
    LOST_BEFORE = "the request never arrived, and nobody knows"
    LOST_AFTER = "taken, and the answer lost"
    BUG_AFTER = "taken, and the client fails on the answer"
    HANG_AFTER = "taken, and no answer for ever"
    BUSY_SHORT = "429, a short wait"
    BUSY_LONG = "429, a long wait"
    BUSY = "429, no time named"
    REJECTED = "422"
    REPEATED = "403, it has this text already"
    REFUSED = "401"
    CRASH_BEFORE = "the worker dies before the request"
    CRASH_AFTER = "the worker dies before the answer"


_TAKEN = {Fault.NONE, Fault.LOST_AFTER, Fault.BUG_AFTER, Fault.HANG_AFTER, Fault.CRASH_AFTER}


class Clock:
    """A time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = datetime(2026, 12, 5, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Network(Unable):
    """An account's posts in the order taken; the next publishes meet `faults`, in turn."""

    clock: Clock
    traits: Traits = MASTODON
    posts: list[tuple[str, Payload]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    calls: int = 0
    finds: int = 0
    find_fault: Exception | None = None
    shows_after: timedelta = timedelta(0)
    shows_at: dict[str, datetime] = field(default_factory=dict)

    async def publish(self, payload: Payload) -> Receipt:
        self.calls += 1
        fault = self.faults.pop(0) if self.faults else Fault.NONE
        if fault in _TAKEN:
            self.posts.append((str(len(self.posts) + 1), payload))
            self.shows_at[self.posts[-1][0]] = self.clock() + self.shows_after
        await self._suffer(fault)
        return self._receipt(*self.posts[-1])

    async def find(self, payload: Payload, *, known: Collection[str] = ()) -> Receipt | None:
        self.finds += 1
        if self.find_fault:
            raise self.find_fault
        shown = (post for post in self.posts if self.shows_at[post[0]] <= self.clock())
        found = (post for post in shown if post[1].text == payload.text and post[0] not in known)
        post = next(found, None)
        return post and self._receipt(*post)

    async def limit(self) -> Limit:
        return self.traits.limit

    async def aclose(self) -> None:
        pass

    def prepare(self, post, *, key: str, at: datetime) -> Payload:
        raise NotImplementedError

    @property
    def texts(self) -> list[str]:
        return [payload.text for _, payload in self.posts]

    def _receipt(self, number: str, payload: Payload) -> Receipt:
        return Receipt(id=number, url=f"https://mastodon.example/{number}", at=self.clock())

    async def _suffer(self, fault: Fault) -> None:
        errors = {
            Fault.LOST_BEFORE: Unsettled("connection reset"),
            Fault.LOST_AFTER: Unsettled("connection reset"),
            Fault.BUG_AFTER: KeyError("id"),
            Fault.HANG_AFTER: TimeoutError(),
            Fault.BUSY_SHORT: Busy("slow down", retry_after=5),
            Fault.BUSY_LONG: Busy("slow down", retry_after=900),
            Fault.BUSY: Busy("over capacity"),
            Fault.REJECTED: Rejected("text too long"),
            Fault.REPEATED: Repeated("duplicate content"),
            Fault.REFUSED: Refused("invalid token"),
            Fault.CRASH_BEFORE: Crash(),
            Fault.CRASH_AFTER: Crash(),
        }
        if fault is Fault.HANG_AFTER:
            self.clock.now += RULES.send_timeout
        if fault in errors:
            raise errors[fault]


@dataclass
class Desk:
    """One outlet with one account, driven cycle by cycle."""

    ledger: Ledger
    clock: Clock
    network: Network
    said: list[str] = field(default_factory=list)
    written: int = 0

    def write(self, number: int, text: str | None = None) -> None:
        """Record so many new entries with their deliveries."""
        for _ in range(number):
            self.written += 1
            name = f"{self.written:03}"
            entry = Entry(
                feed="f", id=name, link=f"https://h/{name}", title=f"Titre {name}", published=self.clock.now
            )
            payload = Payload(
                network="mastodon",
                key=name,
                prepared_at=self.clock.now,
                text=text or name,
                link=entry.link,
                body={},
            )
            draft = Draft(
                key=name,
                account=ACCOUNT,
                state="due",
                reason="ordinary",
                decision={},
                entry=entry,
                payload=payload,
            )
            recorded = (Recorded(entry=entry, disposition="fresh"),)
            self.ledger.record(Batch(outlet=OUTLET, now=self.clock.now, entries=recorded, drafts=(draft,)))
            self.clock.now += timedelta(seconds=1)

    def cycle(self, rules: OutboxRules = RULES, owner: str = "one") -> Outcome | None:
        """One call of publish_due; None where the worker died in it."""
        call = publish_due(
            self.ledger,
            self.network,
            outlet=OUTLET,
            account=ACCOUNT,
            owner=owner,
            clock=self.clock,
            rules=rules,
            say=self.said.append,
            sleep=self.clock.sleep,
        )
        try:
            return asyncio.run(call)
        except Crash:
            return None

    def counts(self) -> dict[str, int]:
        return dict(self.ledger.counts(OUTLET).get(ACCOUNT, {}))


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    path = tmp_path_factory.mktemp("outbox") / "ledger.sqlite"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def desk(template, tmp_path):
    (tmp_path / "ledger.sqlite").write_bytes(template.read_bytes())
    clock = Clock()
    with Ledger.open(f"sqlite:///{tmp_path}/ledger.sqlite") as ledger:
        yield Desk(ledger=ledger, clock=clock, network=Network(clock=clock))


def test_nothing_due_calls_nobody(desk):
    assert desk.cycle() == Outcome()
    assert (desk.network.calls, desk.network.finds, desk.said) == (0, 0, [])


def test_what_is_due_goes_out_oldest_first_with_one_line_each(desk):
    desk.write(3)
    assert desk.cycle() == Outcome(sent=3)
    assert desk.network.texts == ["001", "002", "003"]
    assert desk.said == [f'sent "Titre 00{n}" -> https://mastodon.example/{n}' for n in (1, 2, 3)]
    assert desk.cycle() == Outcome()
    assert desk.network.calls == 3


def test_no_more_than_the_rules_allow_go_out_in_one_call(desk):
    desk.write(5)
    assert desk.cycle(OutboxRules(most=2)) == Outcome(sent=2, waiting=3)
    assert desk.network.texts == ["001", "002"]


def test_a_lost_answer_is_looked_for_at_once_and_the_rest_goes_on(desk):
    desk.write(2)
    desk.network.faults = [Fault.LOST_AFTER]
    assert desk.cycle() == Outcome(sent=2)
    assert desk.network.texts == ["001", "002"]


@pytest.mark.parametrize("fault", [Fault.BUG_AFTER, Fault.HANG_AFTER])
def test_whatever_a_client_raises_is_a_doubt_and_not_a_second_post(desk, fault):
    desk.write(2)
    desk.network.faults = [fault]
    assert desk.cycle() == Outcome(sent=2)
    assert desk.network.texts == ["001", "002"]


def test_a_publish_that_never_returns_is_given_up_in_its_time(desk):
    desk.write(1)

    async def never(payload: Payload) -> Receipt:
        await asyncio.Event().wait()

    desk.network.publish = never
    rules = OutboxRules(send_timeout=timedelta(seconds=0.05))
    assert desk.cycle(rules) == Outcome(unsettled=1, transient=True)
    assert desk.network.posts == []


def test_a_doubt_keeps_everything_newer_back_until_it_is_cleared_up(desk):
    desk.write(2)
    desk.network.faults = [Fault.LOST_BEFORE]
    assert desk.cycle() == Outcome(waiting=1, unsettled=1, transient=True)
    assert desk.network.posts == []
    assert desk.cycle().unsettled == 1
    assert (desk.network.posts, desk.network.calls) == ([], 1)
    desk.clock.now += RULES.lease
    assert desk.cycle() == Outcome(sent=2)
    assert desk.network.texts == ["001", "002"]


def test_a_post_that_shows_late_is_waited_for_and_not_sent_again(desk):
    desk.network.traits = replace(MASTODON, settles_after=timedelta(minutes=5))
    desk.write(2)
    desk.network.faults = [Fault.LOST_AFTER]
    desk.network.shows_after = timedelta(minutes=5)
    assert desk.cycle().unsettled == 1
    desk.clock.now += timedelta(minutes=4)
    assert desk.cycle().unsettled == 1
    assert desk.network.texts == ["001"]
    desk.clock.now += timedelta(minutes=2)
    assert desk.cycle() == Outcome(sent=2)
    assert desk.network.texts == ["001", "002"]


@pytest.mark.parametrize(
    "error", [Busy("429", retry_after=900), Refused("401"), Unsettled("reset"), ValueError("?")]
)
def test_a_network_that_does_not_answer_questions_keeps_its_doubt(desk, error):
    desk.write(2)
    desk.network.faults = [Fault.LOST_AFTER]
    desk.network.find_fault = error
    desk.cycle()
    desk.clock.now += timedelta(hours=1)
    desk.cycle()
    assert desk.network.texts == ["001"]
    assert desk.counts() == {"unsettled": 1, "due": 1}
    desk.network.find_fault = None
    desk.clock.now += timedelta(hours=1)
    assert desk.cycle().sent == 2
    assert desk.network.texts == ["001", "002"]


def test_two_deliveries_of_one_text_are_not_taken_for_each_other(desk):
    desk.write(2, text="Grève")
    desk.network.faults = [Fault.NONE, Fault.LOST_BEFORE]
    assert desk.cycle().unsettled == 1
    desk.clock.now += RULES.lease
    assert desk.cycle() == Outcome(sent=1)
    assert desk.network.texts == ["Grève", "Grève"]


@pytest.mark.parametrize(("fault", "posts_before"), [(Fault.CRASH_BEFORE, []), (Fault.CRASH_AFTER, ["001"])])
def test_after_a_crash_the_next_call_waits_for_the_lease_asks_and_goes_on(desk, fault, posts_before):
    desk.write(2)
    desk.network.faults = [fault]
    assert desk.cycle() is None
    assert desk.network.texts == posts_before
    assert desk.cycle(owner="two") == Outcome(sent=2)
    assert desk.network.texts == ["001", "002"]
    assert desk.network.finds == 1


def test_a_short_429_is_waited_out_once_and_a_second_one_is_left_for_later(desk):
    desk.write(2)
    desk.network.faults = [Fault.BUSY_SHORT]
    assert desk.cycle() == Outcome(sent=2)
    assert desk.network.texts == ["001", "002"]
    desk.write(1)
    desk.network.faults = [Fault.BUSY_SHORT, Fault.BUSY_SHORT]
    assert desk.cycle() == Outcome(waiting=1)
    assert desk.network.texts == ["001", "002"]


def test_a_long_429_posts_nothing_and_keeps_every_worker_away_until_its_time(desk):
    desk.write(2)
    desk.network.faults = [Fault.BUSY_LONG]
    assert desk.cycle() == Outcome(waiting=2)
    desk.clock.now += timedelta(seconds=870)
    assert desk.cycle(owner="two") == Outcome(waiting=2)
    assert desk.network.calls == 1
    desk.clock.now += timedelta(seconds=30)
    assert desk.cycle() == Outcome(sent=2)


def test_a_429_without_a_time_is_worth_another_try_soon(desk):
    desk.write(1)
    desk.network.faults = [Fault.BUSY, Fault.BUSY]
    assert desk.cycle() == Outcome(waiting=1, transient=True)
    assert desk.network.posts == []
    assert len(desk.ledger.rewritable(OUTLET, ACCOUNT)) == 1


@pytest.mark.parametrize("retry_after", [-5, 0, 1e30])
def test_an_absurd_retry_after_breaks_nothing(desk, retry_after):
    desk.write(1)

    async def busy(payload: Payload) -> Receipt:
        raise Busy("?", retry_after=retry_after)

    desk.network.publish = busy
    assert desk.cycle().waiting == 1
    assert desk.ledger.account_state(ACCOUNT).not_before <= desk.clock.now + timedelta(days=1)


def test_a_rejected_post_is_marked_and_the_others_go_on(desk):
    desk.write(3)
    desk.network.faults = [Fault.NONE, Fault.REJECTED]
    assert desk.cycle() == Outcome(sent=2, failed=1)
    assert desk.network.texts == ["001", "003"]
    assert desk.cycle() == Outcome()
    assert 'will never take "Titre 002": text too long' in desk.said[1]


def test_a_repeat_of_a_post_that_was_in_doubt_is_looked_for_until_the_network_shows_it(desk):
    desk.write(2)
    desk.network.shows_after = timedelta(minutes=10)
    desk.network.faults = [Fault.LOST_AFTER, Fault.REPEATED, Fault.REPEATED, Fault.REPEATED]
    for _ in range(5):
        desk.cycle()
        desk.clock.now += timedelta(minutes=3)
    assert desk.network.texts == ["001", "002"]
    assert desk.counts() == {"sent": 2}


def test_a_repeat_that_is_never_shown_is_told_in_the_end_and_the_others_go_on(desk):
    desk.write(2)
    desk.network.faults = [Fault.LOST_BEFORE, *[Fault.REPEATED] * 5]
    for _ in range(8):
        desk.cycle()
        desk.clock.now += timedelta(minutes=3)
    assert desk.network.texts == ["002"]
    assert desk.counts() == {"failed": 1, "sent": 1}


def test_a_repeat_at_the_first_attempt_is_of_another_post_and_told_at_once(desk):
    desk.write(2)
    desk.network.faults = [Fault.REPEATED]
    desk.cycle()
    assert (desk.network.texts, desk.network.finds) == (["002"], 0)
    assert desk.counts() == {"failed": 1, "sent": 1}


def test_what_may_still_land_is_not_composed_anew_when_the_network_is_busy(desk):
    desk.write(1)
    desk.network.faults = [Fault.LOST_BEFORE, Fault.BUSY_LONG]
    desk.cycle()
    desk.clock.now += timedelta(minutes=3)
    desk.cycle()
    assert desk.counts() == {"due": 1}
    assert desk.ledger.rewritable(OUTLET, ACCOUNT) == []
    desk.clock.now += timedelta(minutes=20)
    desk.cycle()
    assert desk.network.texts == ["001"]


def test_a_refused_account_is_paused_then_probed_once_and_loses_nothing(desk):
    desk.write(3)
    desk.network.faults = [Fault.REFUSED, Fault.REFUSED]
    assert desk.cycle() == Outcome(waiting=3, refused="invalid token")
    assert desk.cycle() == Outcome(waiting=3, refused="invalid token")
    assert desk.network.calls == 1
    desk.clock.now += RULES.pause
    assert desk.cycle() == Outcome(waiting=3, refused="invalid token")
    assert desk.network.calls == 2
    desk.clock.now += RULES.pause
    assert desk.cycle() == Outcome(sent=3)
    assert desk.network.texts == ["001", "002", "003"]


def test_an_account_that_a_person_resumes_sends_at_once(desk):
    desk.write(2)
    desk.network.faults = [Fault.REFUSED]
    assert desk.cycle().refused
    desk.ledger.resume(ACCOUNT, desk.clock.now)
    assert desk.cycle() == Outcome(sent=2)
    assert desk.network.texts == ["001", "002"]


def test_a_process_that_stood_still_since_it_claimed_sends_nothing(desk):
    desk.write(1)
    claim = desk.ledger.claim

    def frozen_claim(*arguments):
        claimed = claim(*arguments)
        desk.clock.now += timedelta(hours=1)
        return claimed

    desk.ledger.claim = frozen_claim
    desk.cycle(OutboxRules(most=1))
    assert desk.network.calls == 0


def test_a_worker_whose_lease_was_taken_over_does_not_overwrite_the_result(desk):
    desk.write(1)
    network = desk.network
    publish = network.publish

    async def slow(payload: Payload) -> Receipt:
        receipt = await publish(payload)
        desk.clock.now += timedelta(minutes=5)
        network.publish = publish
        assert await asyncio.to_thread(desk.cycle, owner="two") == Outcome(sent=1)
        return receipt

    network.publish = slow
    assert desk.cycle() == Outcome()
    assert network.texts == ["001"]
    assert desk.counts() == {"sent": 1}
    assert "taken over by another worker" in desk.said[-1]


def test_a_ledger_that_is_gone_before_settling_is_said_and_the_post_is_found_later(desk):
    desk.write(2)
    settle = desk.ledger.settle

    def gone(*_):
        raise LedgerError("The ledger is full.")

    desk.ledger.settle = gone
    with pytest.raises(LedgerError, match="full"):
        desk.cycle()
    desk.ledger.settle = settle
    assert desk.cycle() == Outcome(sent=2)
    assert desk.network.texts == ["001", "002"]


def test_the_words_of_a_foreign_error_which_may_hold_a_token_are_told_nobody(desk):
    desk.write(1)

    async def leak(payload: Payload) -> Receipt:
        raise ValueError("https://graph.example/?access_token=hunter2")

    desk.network.publish = leak
    desk.cycle()
    history = [move.why for move in desk.ledger.history(1)]
    assert not any("hunter2" in line for line in desk.said + history)
    assert any("ValueError" in line for line in history)


def test_a_lease_no_longer_than_a_send_is_refused():
    with pytest.raises(UserError, match="lease"):
        OutboxRules(lease=timedelta(seconds=30), send_timeout=timedelta(seconds=30))


class Outbox(RuleBasedStateMachine):
    """Cycles, crashes and time in any order; on the network each entry at most once, in the end exactly once."""

    template: bytes
    folder = None

    @initialize(settles_after=st.sampled_from([0, 120]))
    def open(self, settles_after: int) -> None:
        path = self.folder / f"{id(self)}.sqlite"
        path.write_bytes(self.template)
        traits = replace(MASTODON, settles_after=timedelta(seconds=settles_after))
        clock = Clock()
        self.path = path
        self.desk = Desk(
            ledger=Ledger.open(f"sqlite:///{path}"), clock=clock, network=Network(clock=clock, traits=traits)
        )
        self.faults_seen: set[Fault] = set()

    @rule(number=st.integers(1, 4))
    def entries_come(self, number: int) -> None:
        self.desk.write(number)

    @rule(
        faults=st.lists(st.sampled_from(Fault), max_size=4),
        owner=st.sampled_from("ab"),
        late=st.integers(0, 300),
    )
    def a_cycle_runs(self, faults: list[Fault], owner: str, late: int) -> None:
        self.faults_seen.update(faults)
        network = self.desk.network
        network.faults = list(faults)
        network.shows_after = min(timedelta(seconds=late), network.traits.settles_after)
        self.desk.cycle(owner=owner)

    @rule(seconds=st.sampled_from([1, 30, 60, 600, 3600]))
    def time_passes(self, seconds: int) -> None:
        self.desk.clock.now += timedelta(seconds=seconds)

    @precondition(lambda self: self.desk.network.posts)
    @rule()
    def the_network_answers_no_questions_for_a_cycle(self) -> None:
        self.desk.network.find_fault = Unsettled("no answer")
        self.desk.cycle()
        self.desk.network.find_fault = None

    @invariant()
    def no_entry_is_twice_on_the_network(self) -> None:
        if hasattr(self, "desk"):
            texts = self.desk.network.texts
            assert len(texts) == len(set(texts))

    @invariant()
    def entries_stand_in_their_order(self) -> None:
        if hasattr(self, "desk"):
            assert self.desk.network.texts == sorted(self.desk.network.texts)

    def teardown(self) -> None:
        if not hasattr(self, "desk"):
            return
        try:
            self._nothing_is_lost()
        finally:
            self.desk.ledger.close()
            self.path.unlink()

    def _nothing_is_lost(self) -> None:
        desk = self.desk
        desk.network.faults = []
        for _ in range(4):
            desk.clock.now += timedelta(hours=25)
            desk.cycle()
        counts = desk.counts()
        assert set(counts) <= {"sent", "failed"}
        assert sum(counts.values()) == desk.written
        assert len(desk.network.texts) == counts.get("sent", 0)
        if not {Fault.REJECTED, Fault.REPEATED} & self.faults_seen:
            assert desk.network.texts == [f"{number + 1:03}" for number in range(desk.written)]


def test_whatever_happens_each_entry_is_posted_once_in_order_and_none_is_lost(template, tmp_path):
    class Here(Outbox):
        pass

    Here.template, Here.folder = template.read_bytes(), tmp_path
    few = settings(
        max_examples=40, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(Here, settings=few)


def test_what_the_network_prepares_for_a_post_is_in_the_ledger_before_the_post_leaves(desk):
    desk.write(1)
    stored = []

    async def ready(payload: Payload) -> Payload:
        return replace(payload, body={**payload.body, "picture": "blob-1"})

    async def publish(payload: Payload) -> Receipt:
        stored.append(_payload_of(desk, 1)["body"])
        return await Network.publish(desk.network, payload)

    desk.network.ready, desk.network.publish = ready, publish
    desk.cycle()
    assert stored == [{**stored[0], "picture": "blob-1"}]
    assert len(desk.network.posts) == 1


def test_a_post_that_could_not_be_made_ready_is_not_posted_and_not_lost(desk):
    desk.write(1)

    async def ready(payload: Payload) -> Payload:
        raise Unsettled("the upload's answer was lost")

    desk.network.ready = ready
    desk.cycle()
    assert desk.network.posts == [] and desk.counts() == {"due": 1}
    del desk.network.ready
    desk.clock.now += timedelta(hours=1)
    desk.cycle()
    assert len(desk.network.posts) == 1 and desk.counts() == {"sent": 1}


def test_where_the_network_cannot_be_asked_a_lost_answer_is_left_to_a_person_and_never_sent_again(desk):
    desk.network.traits = replace(MASTODON, title="Telegram", unanswered=Unanswered.ASK_A_PERSON)
    desk.write(2)
    desk.network.faults = [Fault.LOST_AFTER]
    desk.cycle()
    desk.clock.now += timedelta(hours=1)
    desk.cycle()
    assert desk.network.texts == ["001", "002"]
    assert desk.counts() == {"dropped": 1, "sent": 1}
    assert any("Telegram cannot be asked: look whether it is there" in line for line in desk.said)


def _payload_of(desk, delivery_id: int) -> dict:
    with desk.ledger._reading() as connection:
        query = select(deliveries.c.payload).where(deliveries.c.id == delivery_id)
        return connection.execute(query).scalar_one()


def test_a_receipt_that_belongs_to_another_delivery_settles_nothing(desk):
    # X refuses a text that stands there already, and the look for it finds the other delivery's post.
    desk.network.traits = replace(MASTODON, refuses_repeats=True)
    desk.write(2)
    first = []

    async def publish(payload: Payload) -> Receipt:
        first.append(first[0] if first else await Network.publish(desk.network, payload))
        return first[-1]

    desk.network.publish = publish
    desk.cycle()
    assert desk.counts() == {"sent": 1, "failed": 1}
    assert desk.network.texts == ["001"]
