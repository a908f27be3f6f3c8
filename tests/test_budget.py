"""What an account may spend and post: what goes, what waits, and what people hear of it."""

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from blocks import ACCOUNTS, MastodonAccount, XAccount
from piquet.budget import UNBOUNDED, Allowance, Purse, Room, Ruling, marks, news, price, room, used
from piquet.entry import Entry
from piquet.errors import Busy, Unsettled
from piquet.ledger import Ledger, upgrade
from piquet.ledger.values import Batch, Draft, Recorded
from piquet.limits import Limit
from piquet.networks.protocol import Traits, Unable
from piquet.outbox import OutboxRules, publish_due
from piquet.post import Payload, Receipt

NOW = datetime(2026, 12, 17, 8, 0, tzinfo=UTC)
OUTLET, ACCOUNT = "journal", "x/journal"
LINK = "https://journal.example/1"
money = st.decimals(min_value=0, max_value=1000, places=3)


def payload(text: str = "Titre", link: str | None = LINK, network: str = "x", key: str = "k") -> Payload:
    return Payload(network=network, key=key, prepared_at=NOW, text=text, link=link, body={"text": text})


REMINDER = payload("Community managers en grève.", link=None)


# The rule


@given(spent=money, cost=money, budget=money, waits=money)
def test_what_goes_never_exceeds_the_budget_and_what_waits_still_fits_after_it(spent, cost, budget, waits):
    answer = room(spent, cost, budget, waits)
    if budget and answer is not Room.STOP:
        assert spent + cost + waits <= budget
    if not budget:
        assert answer is Room.GO


@given(spent=money, cost=money, budget=money, more=money)
def test_having_spent_more_never_makes_more_room(spent, cost, budget, more):
    order = [Room.GO, Room.NEAR, Room.STOP]
    assert order.index(room(spent + more, cost, budget)) >= order.index(room(spent, cost, budget))


def test_near_is_said_from_eighty_percent_on_and_not_before():
    ten = Decimal(10)
    assert room(Decimal("7.79"), Decimal("0.2"), ten) is Room.GO
    assert room(Decimal("7.80"), Decimal("0.2"), ten) is Room.NEAR
    assert room(Decimal("9.80"), Decimal("0.2"), ten) is Room.NEAR
    assert room(Decimal("9.81"), Decimal("0.2"), ten) is Room.STOP


@pytest.mark.parametrize(
    ("post", "dollars"),
    [
        (payload(), "0.200"),
        (REMINDER, "0.015"),
        (payload("Voir https://journal.example", link=None), "0.200"),
        (payload("Voir journal.fr", link=None), "0.200"),
        (payload("C'est fini. Il est 11 h 30, 2.5 points...", link=None), "0.015"),
        (payload(network="mastodon"), "0"),
    ],
)
def test_x_takes_thirteen_times_more_for_a_link_whoever_wrote_it_and_the_others_nothing(post, dollars):
    assert price(post) == Decimal(dollars)


def test_only_this_month_is_paid_for_and_only_the_last_day_is_counted():
    first = datetime(2026, 12, 1, tzinfo=UTC)
    sent = [
        (first - timedelta(seconds=1), payload()),
        (first, payload()),
        (NOW - timedelta(hours=24), payload()),
        (NOW - timedelta(hours=23), REMINDER),
    ]
    found = used(sent, NOW)
    assert (found.dollars, found.posts) == (Decimal("0.415"), 1)


def test_on_the_first_of_a_month_the_posts_of_the_day_before_still_count_for_the_day():
    first = datetime(2026, 12, 1, 0, 30, tzinfo=UTC)
    both = Allowance(monthly_budget=Decimal(5), posts_per_day=3)
    assert both.since(first) == first - timedelta(days=1)
    assert used([(first - timedelta(hours=2), payload())], first).posts == 1
    assert UNBOUNDED.since(first) is None


def purse(spent: int, *, waits=(), **allowance) -> Purse:
    made = Purse(account=ACCOUNT, allowance=Allowance(**allowance))
    made.count([(NOW - timedelta(minutes=1), payload())] * spent, waits, NOW)
    return made


def test_an_entry_waits_where_it_would_exceed_the_budget_and_a_notice_uses_what_is_left():
    made = purse(4, monthly_budget=Decimal("0.9"))
    assert not made.may_go("entry", payload())
    assert made.may_go("reminder", REMINDER) and made.may_go("notice", REMINDER)


def test_an_entry_leaves_what_the_reminders_of_the_day_will_cost():
    assert purse(4, monthly_budget=Decimal(1)).may_go("entry", payload())
    made = purse(4, waits=(REMINDER,), monthly_budget=Decimal(1))
    assert not made.may_go("entry", payload()) and made.may_go("reminder", REMINDER)
    made = purse(1, waits=(REMINDER,), posts_per_day=2)
    assert not made.may_go("entry", payload()) and made.may_go("reminder", REMINDER)


@given(
    kinds=st.lists(st.sampled_from(["entry", "notice", "reminder"]), max_size=40),
    budget=st.integers(0, 3),
    per_day=st.integers(0, 10),
    waits=st.integers(0, 5),
)
def test_whatever_is_asked_for_in_whatever_order_no_bound_is_ever_exceeded(kinds, budget, per_day, waits):
    made = purse(0, waits=(REMINDER,) * waits, monthly_budget=Decimal(budget), posts_per_day=per_day)
    for kind in kinds:
        post = payload() if kind == "entry" else REMINDER
        if made.may_go(kind, post):
            made.spend(post)
        else:
            assert made.ruling.sentence
    assert not budget or made.spent.dollars <= budget
    assert not per_day or made.spent.posts <= per_day


def test_who_is_stopped_reads_account_spent_budget_until_when_and_remedy_in_one_sentence():
    made = purse(5, monthly_budget=Decimal(1))
    made.may_go("entry", payload())
    said = made.ruling.sentence
    assert said.startswith("x/journal: $1.00 of this month's $1 is spent")
    assert "2027-01-01" in said and "'Monthly budget'" in said and "\n" not in said
    made = purse(3, posts_per_day=3)
    made.may_go("entry", payload())
    assert made.ruling.sentence.startswith("x/journal: 3 of 3 posts of the last 24 hours are used")


def test_news_is_what_the_cycle_before_did_not_know_and_a_stop_is_marked_as_long_as_it_lasts():
    near, stop = Ruling(room=Room.NEAR, sentence="near"), Ruling(room=Room.STOP, sentence="stop")
    rulings = {"x/a": near, "x/b": stop, "x/c": Ruling()}
    assert set(news({}, rulings)) == {"x/a", "x/b"}
    assert news({"x/a": "near", "x/b": "stop"}, rulings) == {}
    assert marks({}, rulings) == ["near", "stop"]
    assert marks({"x/a": "near", "x/b": "stop"}, rulings) == ["stop"]
    assert set(news({"x/a": "go", "x/b": "near"}, rulings)) == {"x/a", "x/b"}


# The forms


def test_every_account_takes_a_number_of_posts_per_day_and_x_alone_a_budget():
    assert all("posts_per_day" in form.model_fields for form in ACCOUNTS.values())
    assert [name for name, form in ACCOUNTS.items() if "monthly_budget" in form.model_fields] == ["x"]


def test_a_form_becomes_an_allowance_and_nothing_set_bounds_nothing():
    keys = dict.fromkeys(("consumer_key", "consumer_secret", "access_token", "access_token_secret"), "s")
    form = XAccount(**keys, monthly_budget=120, posts_per_day=40)
    assert form.allowance() == Allowance(monthly_budget=Decimal(120), posts_per_day=40)
    assert XAccount(**keys).allowance() == UNBOUNDED
    assert MastodonAccount(server="https://m.example", token="t").allowance() == UNBOUNDED
    with pytest.raises(ValidationError):
        XAccount(**keys, monthly_budget=-1)


# In the outbox, over a real ledger


class Network(Unable):
    """Takes what it is given, unless `errors` are left."""

    traits = Traits(network="x", title="X", limit=Limit(bounds=()))

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.errors: list[Exception] = []

    async def publish(self, post: Payload) -> Receipt:
        if self.errors and isinstance(error := self.errors.pop(0), Busy):
            raise error
        self.texts.append(post.text)
        if self.errors and isinstance(self.errors[0], Unsettled):
            raise self.errors.pop(0)
        return Receipt(id=str(len(self.texts)), url="https://x.com/1", at=NOW)

    async def find(self, post: Payload, *, known: Collection[str] = ()) -> Receipt | None:
        number = self.texts.index(post.text) + 1 if post.text in self.texts else None
        return Receipt(id=str(number), url="https://x.com/1", at=NOW) if number else None


@pytest.fixture
def ledger(tmp_path):
    url = f"sqlite:///{tmp_path}/ledger.db"
    upgrade(url)
    with Ledger.open(url) as opened:
        yield opened


def write(ledger: Ledger, *texts: str, kind: str = "entry", at: datetime | None = None) -> None:
    """Deliveries of that kind, due at that time."""
    for text in texts:
        entry = Entry(feed="f", id=text, link=f"https://h/{text}", title=text, published=NOW)
        is_entry = kind == "entry"
        draft = Draft(
            key=text,
            account=ACCOUNT,
            state="due",
            reason="",
            decision={},
            entry=entry if is_entry else None,
            payload=payload(text, LINK if is_entry else None, key=text),
            kind=kind,
            not_before=at,
        )
        recorded = (Recorded(entry=entry, disposition="fresh"),) if is_entry else ()
        ledger.record(Batch(outlet=OUTLET, now=NOW, entries=recorded, drafts=(draft,)))


def cycle(ledger, network, now=NOW, **allowance):
    async def at_once(_seconds: float) -> None:
        pass

    return asyncio.run(
        publish_due(
            ledger,
            network,
            outlet=OUTLET,
            account=ACCOUNT,
            owner="one",
            clock=lambda: now,
            rules=OutboxRules(),
            say=lambda _line: None,
            sleep=at_once,
            allowance=Allowance(**allowance),
        )
    )


ONE_DOLLAR = {"monthly_budget": Decimal(1)}


def test_what_the_budget_does_not_cover_waits_and_loses_nothing(ledger):
    network = Network()
    write(ledger, *"abcdefg")
    outcome = cycle(ledger, network, **ONE_DOLLAR)
    assert network.texts == [*"abcde"]
    assert (outcome.sent, outcome.waiting, outcome.transient, outcome.refused) == (5, 2, False, None)
    assert outcome.ruling.room is Room.STOP

    moves = [len(ledger.history(row.id)) for row in ledger.deliveries(OUTLET)]
    again = cycle(ledger, network, **ONE_DOLLAR)
    assert network.texts == [*"abcde"] and again.waiting == 2
    assert [len(ledger.history(row.id)) for row in ledger.deliveries(OUTLET)] == moves
    assert {row.attempts for row in ledger.deliveries(OUTLET) if row.state == "due"} == {0}


def test_what_waited_goes_out_in_order_when_the_budget_is_raised_and_when_a_month_begins(ledger):
    network = Network()
    write(ledger, *"abcdefg")
    cycle(ledger, network, **ONE_DOLLAR)
    cycle(ledger, network, monthly_budget=Decimal("1.2"))
    assert network.texts == [*"abcdef"]
    cycle(ledger, network, now=datetime(2027, 1, 1, tzinfo=UTC), **ONE_DOLLAR)
    assert network.texts == [*"abcdefg"]


def test_a_notice_goes_before_the_entries_and_out_of_what_is_left(ledger):
    network = Network()
    write(ledger, *"abcde")
    cycle(ledger, network, monthly_budget=Decimal("0.9"))
    assert network.texts == [*"abcd"]
    write(ledger, "notice", kind="notice")
    write(ledger, "reminder", kind="reminder")
    outcome = cycle(ledger, network, monthly_budget=Decimal("0.9"))
    assert network.texts == [*"abcd", "notice", "reminder"]
    assert outcome.waiting == 1


def test_an_entry_does_not_take_what_a_reminder_of_today_needs_and_one_of_next_week_is_not_thought_of(ledger):
    network = Network()
    write(ledger, *"abcde")
    write(ledger, "next week", kind="reminder", at=NOW + timedelta(days=7))
    write(ledger, "today", kind="reminder", at=NOW + timedelta(hours=4))
    cycle(ledger, network, **ONE_DOLLAR)
    assert network.texts == [*"abcd"]
    cycle(ledger, network, now=NOW + timedelta(hours=4), **ONE_DOLLAR)
    assert network.texts == [*"abcd", "today"]


def test_posts_per_day_bounds_any_24_hours_and_what_another_outlet_sent_on_the_account_counts(ledger):
    network = Network()
    write(ledger, *"abcd")
    assert cycle(ledger, network, posts_per_day=3).waiting == 1
    assert cycle(ledger, network, now=NOW + timedelta(hours=23), posts_per_day=3).sent == 0
    assert cycle(ledger, network, now=NOW + timedelta(hours=24), posts_per_day=3).sent == 1
    assert network.texts == [*"abcd"]


def test_a_post_whose_answer_was_lost_is_paid_for_once(ledger):
    network = Network()
    write(ledger, *"abcdefg")
    network.errors = [Unsettled("reset"), Unsettled("reset")]
    assert cycle(ledger, network, **ONE_DOLLAR).sent == 5
    assert network.texts == [*"abcde"]


def test_a_post_that_was_not_taken_is_not_paid_for(ledger):
    network = Network()
    network.errors = [Busy("429", retry_after=1)]
    write(ledger, *"abcdefg")
    cycle(ledger, network, **ONE_DOLLAR)
    cycle(ledger, network, now=NOW + timedelta(minutes=1), **ONE_DOLLAR)
    assert network.texts == [*"abcde"]


def test_without_an_allowance_nothing_is_counted_and_nothing_is_ruled(ledger, monkeypatch):
    monkeypatch.setattr(Ledger, "sent_payloads", lambda *_: pytest.fail("nobody asked for it"))
    network = Network()
    write(ledger, *"abc")
    outcome = cycle(ledger, network)
    assert outcome.sent == 3 and outcome.ruling is None
