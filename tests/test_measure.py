"""Measuring: which posts are read at which ages, what is kept of the answer, and what a trouble costs."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from piquet.budget import Allowance, Purse, Room, Used, readable
from piquet.entry import Entry
from piquet.errors import Busy, Refused
from piquet.ledger import Ledger, upgrade
from piquet.ledger.values import Batch, Draft, Recorded
from piquet.measure import AGES, AT_ONCE, MOST, Due, batches, first, taken, tolerance, windows
from piquet.measuring import Measuring, due_now
from piquet.networks.protocol import Metrics, Unable
from piquet.post import Payload, Receipt

NOW = datetime(2026, 12, 17, 8, 0, tzinfo=UTC)
OUTLET, ACCOUNT = "journal", "mastodon/journal"
HOUR = timedelta(hours=1)
LINK = "https://journal.example/1"

seconds = st.integers(min_value=0, max_value=8 * 86_400)
figures = st.none() | st.integers(min_value=0, max_value=10**12)


def due(number: int = 1, *, age: timedelta = HOUR, at: datetime = NOW) -> Due:
    return Due(delivery_id=number, receipt=Receipt(id=str(number), url="", at=at), age=age)


# The rule


@given(old=seconds)
def test_a_post_is_of_one_age_at_most_and_never_later_than_the_tolerance(old):
    sent_at = NOW - timedelta(seconds=old)
    ages = [window.age for window in windows(NOW) if window.since < sent_at <= window.until]
    assert len(ages) <= 1
    for age in ages:
        assert age <= NOW - sent_at < age + tolerance(age)


@given(age=st.sampled_from(AGES), late=st.integers(min_value=-7200, max_value=2 * 86_400))
def test_an_answer_that_came_too_early_or_too_late_for_an_age_is_not_kept(age, late):
    at = NOW + age + timedelta(seconds=late)
    kept = taken([due(age=age)], {"1": {"likes": 1}}, at)
    assert bool(kept) == (timedelta(0) <= at - NOW - age < tolerance(age))


@given(told=st.fixed_dictionaries(dict.fromkeys(("likes", "reposts", "replies", "quotes", "views"), figures)))
def test_blank_stays_blank_and_zero_stays_zero(told):
    (kept,) = taken([due()], {"1": told}, NOW + HOUR)
    assert {name: getattr(kept, name) for name in told} == told


def test_a_figure_below_zero_is_kept_as_blank_and_leaves_no_sum_of_reactions_short():
    told = {"likes": -3, "reposts": 2, "quotes": 1, "replies": 4, "views": -1}
    (kept,) = taken([due()], {"1": told}, NOW + HOUR)
    assert (kept.likes, kept.reposts, kept.quotes, kept.replies, kept.views) == (None, None, None, 4, None)
    (kept,) = taken([due()], {"1": {**told, "likes": 0, "replies": -4}}, NOW + HOUR)
    assert (kept.likes, kept.reposts, kept.quotes, kept.replies) == (0, 2, 1, None)


def test_a_post_that_the_network_does_not_name_is_kept_blank_so_that_it_is_asked_for_once():
    (kept,) = taken([due()], {"other": {"likes": 1}}, NOW + HOUR)
    assert (kept.likes, kept.reposts, kept.replies, kept.quotes, kept.views) == (None,) * 5


def test_an_eighth_of_the_age_is_too_late_and_half_an_hour_for_the_first():
    assert [tolerance(age) / HOUR for age in AGES] == [0.5, 0.75, 3, 9, 21]


@given(ages=st.lists(st.sampled_from(AGES), max_size=MOST + 200), room=st.none() | st.integers(0, 700))
def test_what_would_be_too_late_first_is_read_first_each_once_within_the_room_and_the_size_of_a_batch(
    ages, room
):
    found = [due(number, age=age) for number, age in enumerate(ages)]
    read = [one for batch in batches(first(found, room)) for one in batch]
    assert len(read) == len(set(read)) == min(len(found), MOST, MOST if room is None else room)
    left = set(found) - set(read)
    assert all(one.too_late <= other.too_late for one in read[-1:] for other in left)
    assert all(0 < len(batch) <= AT_ONCE for batch in batches(first(found, room)))


# What it costs


def payload(link: str | None = LINK) -> Payload:
    return Payload(network="x", key="k", prepared_at=NOW, text="Titre", link=link, body={})


def test_reading_on_x_stays_within_the_months_budget_and_leaves_what_reminders_cost():
    ten = Allowance(monthly_budget=Decimal(10))
    left = readable("x/journal", ten, Used(dollars=Decimal("9.9")), [], 0)
    assert left == 20
    assert readable("x/journal", ten, Used(dollars=Decimal("9.9")), [payload(None)], 5) == 20 - 3 - 5
    assert readable("x/journal", ten, Used(dollars=Decimal(11)), [], 0) == 0
    assert readable("x/journal", Allowance(), Used(), [], 10**6) is None
    assert readable("mastodon/journal", ten, Used(), [], 10**6) is None


def test_what_was_read_counts_in_the_budget_of_the_posts():
    purse = Purse(account="x/journal", allowance=Allowance(monthly_budget=Decimal(1)))
    purse.count([], (), NOW, reads=160)
    assert purse.may_go("entry", payload()) and purse.ruling.room is Room.NEAR
    purse.count([], (), NOW, reads=161)
    assert not purse.may_go("entry", payload())


# One run over one account


class Readers(Unable):
    """A network that answers with these figures, or fails from the call of that number on."""

    def __init__(self, answer: dict[str, Metrics], *, error: Exception | None = None, after: int = 0) -> None:
        self.answer, self.error, self.after = answer, error, after
        self.asked: list[list[str]] = []

    async def metrics(self, receipts):
        self.asked.append([receipt.id for receipt in receipts])
        if self.error and len(self.asked) > self.after:
            raise self.error
        return {receipt.id: self.answer[receipt.id] for receipt in receipts if receipt.id in self.answer}


@pytest.fixture
def ledger(tmp_path) -> Iterator[Ledger]:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    upgrade(url)
    with Ledger.open(url) as opened:
        yield opened


def waiting(ledger: Ledger, name: str, not_before: datetime, *, kind: str = "entry") -> None:
    """A delivery of X that is due from then on."""
    entry = Entry(feed="f", id=name, link=f"{LINK}{name}", title=name) if kind == "entry" else None
    draft = Draft(
        key=name, account="x/journal", state="due", kind=kind, reason="", decision={}, entry=entry,
        payload=payload(), not_before=not_before,
    )  # fmt: skip
    entries = (Recorded(entry=entry, disposition="fresh"),) if entry else ()
    ledger.record(Batch(outlet=OUTLET, now=NOW, entries=entries, drafts=(draft,)))


def post(ledger: Ledger, number: int, *, at: datetime = NOW, account: str = ACCOUNT) -> None:
    entry = Entry(feed="f", id=f"{number}", link=f"{LINK}{number}", title="Titre")
    draft = Draft(
        key=f"{number}",
        account=account,
        state="due",
        reason="",
        decision={"on_strike": False},
        entry=entry,
        payload=payload(),
    )
    recorded = Recorded(entry=entry, disposition="fresh")
    ledger.record(Batch(outlet=OUTLET, now=at, entries=(recorded,), drafts=(draft,)))
    claimed = ledger.claim(OUTLET, account, "one", at, HOUR)
    assert ledger.settle(claimed.id, "one", Receipt(id=f"{number}", url="", at=at), at)


def run(ledger: Ledger, client: Readers, now: datetime, *, account: str = ACCOUNT, budget: int = 0):
    said: list[str] = []
    measuring = Measuring(
        ledger=ledger,
        client=client,
        outlet=OUTLET,
        account=account,
        allowance=Allowance(monthly_budget=Decimal(budget)),
        clock=lambda: now,
        say=said.append,
    )
    return asyncio.run(measuring.measure(due_now(ledger, OUTLET, account, now))), said


def snapshots(ledger: Ledger) -> list[tuple[int, timedelta, int | None]]:
    found = ledger.measured(OUTLET, NOW - 30 * 24 * HOUR, NOW + 30 * 24 * HOUR)
    return [(one.delivery_id, one.age, one.likes) for one in found]


def test_a_post_is_read_once_at_each_age_however_often_the_flow_runs(ledger):
    post(ledger, 1)
    client = Readers({"1": Metrics(likes=3)})
    for quarter in range(4 * 24 * 8):
        run(ledger, client, NOW + quarter * HOUR / 4)
    assert [age for _, age, _ in snapshots(ledger)] == list(AGES)
    assert len(client.asked) == len(AGES)


def test_an_age_that_was_missed_stays_blank_and_the_next_one_is_taken(ledger):
    post(ledger, 1)
    client = Readers({"1": Metrics(likes=3)})
    run(ledger, client, NOW + 2 * HOUR)
    assert snapshots(ledger) == [] and client.asked == []
    run(ledger, client, NOW + 6 * HOUR)
    assert snapshots(ledger) == [(1, 6 * HOUR, 3)]


def test_a_post_that_is_gone_is_said_and_gets_no_snapshot_and_its_delivery_stays_as_it_is(ledger):
    post(ledger, 1)
    done, said = run(ledger, Readers({}), NOW + HOUR)
    assert (done.read, done.gone, done.left, done.trouble) == (0, 1, 0, "")
    assert len(said) == 1 and "no more" in said[0]
    assert snapshots(ledger) == []
    assert ledger.deliveries(OUTLET)[0].state == "sent"
    again, said = run(ledger, Readers({}), NOW + HOUR)
    assert (again.gone, said) == (0, [])


def test_a_busy_network_leaves_the_rest_for_the_next_run_keeps_what_it_told_and_holds_no_post_back(ledger):
    for number in range(AT_ONCE + 5):
        post(ledger, number)
    answer = {str(number): Metrics(likes=number) for number in range(AT_ONCE + 5)}
    done, _ = run(ledger, Readers(answer, error=Busy("full", retry_after=900), after=1), NOW + HOUR)
    assert (done.read, done.left, done.trouble) == (AT_ONCE, 5, "full")
    assert len(snapshots(ledger)) == AT_ONCE
    assert not ledger.account_state(ACCOUNT).resting(NOW + HOUR)
    done, _ = run(ledger, Readers(answer), NOW + HOUR)
    assert (done.read, done.left, done.trouble) == (5, 0, "")
    assert len(snapshots(ledger)) == AT_ONCE + 5


@pytest.mark.parametrize("error", [Refused("no right to read figures"), RuntimeError("token=secret")])
def test_a_refusal_or_a_surprise_is_told_without_a_secret_and_does_not_pause_the_account(ledger, error):
    post(ledger, 1)
    done, _ = run(ledger, Readers({}, error=error), NOW + HOUR)
    assert done.left == 1 and done.trouble and "secret" not in done.trouble
    assert not ledger.account_state(ACCOUNT).paused(NOW + HOUR)
    assert snapshots(ledger) == []


def test_an_account_that_is_paused_or_resting_is_not_asked(ledger):
    post(ledger, 1)
    ledger.rest(ACCOUNT, NOW + 2 * HOUR)
    client = Readers({"1": Metrics(likes=1)})
    done, _ = run(ledger, client, NOW + HOUR)
    assert client.asked == [] and done.left == 0


def test_on_x_no_more_is_read_than_the_budget_has_left(ledger):
    for number in range(10):
        post(ledger, number, account="x/journal")
    # Ten posts with a link are 2 dollars: nothing is left of a budget of 2, and of one of 3 it is enough.
    answer = {str(number): Metrics(views=number) for number in range(10)}
    done, _ = run(ledger, Readers(answer), NOW + HOUR, account="x/journal", budget=2)
    assert (done.read, done.left) == (0, 10) and "budget" in done.trouble
    done, _ = run(ledger, Readers(answer), NOW + HOUR, account="x/journal", budget=3)
    assert (done.read, done.left, done.trouble) == (10, 0, "")


@pytest.mark.parametrize("kind", ["entry", "reminder"])
@pytest.mark.parametrize("late", [-HOUR, timedelta(0), 20 * HOUR], ids=["overdue", "due", "to come"])
def test_on_x_what_waits_to_go_out_is_paid_before_what_is_read(ledger, kind, late):
    for number in range(9):
        post(ledger, number, account="x/journal")
    now = NOW + HOUR
    waiting(ledger, "next", now + late, kind=kind)
    # 1.80 of 2.00 dollars are spent, and the post that waits costs the rest.
    answer = {str(number): Metrics(views=number) for number in range(9)}
    done, _ = run(ledger, Readers(answer), now, account="x/journal", budget=2)
    assert (done.read, done.left) == (0, 9) and "kept for posts" in done.trouble
    assert ledger.reads("x/journal", NOW) == 0


def test_on_x_a_post_of_next_week_keeps_nothing_from_being_read(ledger):
    for number in range(9):
        post(ledger, number, account="x/journal")
    waiting(ledger, "next week", NOW + 7 * 24 * HOUR)
    answer = {str(number): Metrics(views=number) for number in range(9)}
    done, _ = run(ledger, Readers(answer), NOW + HOUR, account="x/journal", budget=2)
    assert (done.read, done.left, done.trouble) == (9, 0, "")
