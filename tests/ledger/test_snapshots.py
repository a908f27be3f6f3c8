"""What the ledger keeps of readers: which posts are due, once for each age, and given back as they were."""

import re
import threading
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, event

from piquet.acts import Act
from piquet.ledger import Ledger
from piquet.ledger.engine import parse_url
from piquet.measure import AGES, Taken, tolerance, windows
from piquet.post import Receipt

HOUR = timedelta(hours=1)
A_MOMENT = timedelta(seconds=1)


def sent(ledger, build, name: str, *, at, account: str = "", on_strike: bool = False, **changes) -> int:
    """One article's delivery that went out at that time; its id."""
    account = account or build.account
    draft = build.draft(
        build.entry(name), account=account, decision={"on_strike": on_strike, "notices": ["\0"]}, **changes
    )
    ledger.record(build.batch(draft.entry, drafts=(draft,), now=at))
    claimed = build.claim(ledger, account=account, at=at)
    assert ledger.settle(claimed.id, "one", Receipt(id=name, url=f"https://n.example/{name}", at=at), at)
    return claimed.id


def due(ledger, build, now, account: str = "") -> list[tuple[str, timedelta]]:
    found = ledger.due_for_measure(build.outlet, account or build.account, windows(now))
    return [(one.receipt.id, one.age) for one in found]


def test_a_post_is_due_from_its_age_on_and_until_it_would_be_too_late_for_it(ledger, build):
    sent(ledger, build, "a", at=build.now)
    for age in AGES:
        ripe = build.now + age
        assert due(ledger, build, ripe - A_MOMENT) == []
        assert due(ledger, build, ripe) == [("a", age)]
        assert due(ledger, build, ripe + tolerance(age) - A_MOMENT) == [("a", age)]
        assert due(ledger, build, ripe + tolerance(age)) == []


def test_what_was_measured_at_an_age_is_due_no_more_at_it_and_is_at_the_next(ledger, build):
    id_ = sent(ledger, build, "a", at=build.now)
    assert ledger.take(build.outlet, [Taken(delivery_id=id_, age=HOUR, at=build.now + HOUR, likes=0)]) == 1
    assert due(ledger, build, build.now + HOUR) == []
    assert due(ledger, build, build.now + 6 * HOUR) == [("a", 6 * HOUR)]


def test_a_post_that_was_gone_is_not_asked_for_again_at_that_age_and_has_no_snapshot(ledger, build):
    id_ = sent(ledger, build, "a", at=build.now)
    ledger.take(build.outlet, [Taken(delivery_id=id_, age=HOUR, at=build.now + HOUR)])
    assert due(ledger, build, build.now + HOUR) == []
    assert list(ledger.measured(build.outlet, build.now, build.now + HOUR)) == []


def test_only_what_stands_on_this_account_of_this_outlet_is_due(ledger, build):
    down = sent(ledger, build, "a", at=build.now)
    sent(ledger, build, "b", at=build.now, account="x/journal")
    act = Act(kind="retract", who="Ana", why="wrong", at=build.now)
    ledger.retract(build.outlet, "https://journal.example/a", act)
    assert ledger.taken_down(down, build.now)
    later = build.now + HOUR
    assert due(ledger, build, later) == []
    assert due(ledger, build, later, "x/journal") == [("b", HOUR)]
    assert ledger.due_for_measure("another", "x/journal", windows(later)) == []


def test_snapshots_come_back_as_they_were_with_blank_for_what_is_not_told(ledger, build):
    one = sent(ledger, build, "a", at=build.now, on_strike=True)
    two = sent(ledger, build, "b", at=build.now + HOUR)
    taken = [
        Taken(delivery_id=two, age=HOUR, at=build.now + 2 * HOUR, likes=2, views=2**40),
        Taken(
            delivery_id=one, age=6 * HOUR, at=build.now + 6 * HOUR, likes=3, reposts=0, replies=1, quotes=4
        ),
        Taken(delivery_id=one, age=HOUR, at=build.now + HOUR, replies=0),
    ]
    assert ledger.take(build.outlet, taken) == 3
    first, second, third = ledger.measured(build.outlet, build.now, build.now + 2 * HOUR)
    assert (first.delivery_id, first.age, first.on_strike, first.sent_at) == (one, HOUR, True, build.now)
    assert (first.likes, first.reposts, first.replies, first.quotes, first.views) == (
        None,
        None,
        0,
        None,
        None,
    )
    assert (second.age, second.likes, second.reposts, second.replies, second.quotes) == (6 * HOUR, 3, 0, 1, 4)
    assert (third.delivery_id, third.on_strike, third.likes, third.views) == (two, False, 2, 2**40)
    assert (third.account, third.kind) == (build.account, "entry")


def test_a_snapshot_tells_when_its_network_was_asked(ledger, build):
    id_ = sent(ledger, build, "a", at=build.now)
    looked = build.now + HOUR + timedelta(minutes=14)
    ledger.take(build.outlet, [Taken(delivery_id=id_, age=HOUR, at=looked, likes=1)])
    (found,) = ledger.measured(build.outlet, build.now, build.now + HOUR)
    assert (found.age, found.taken_at) == (HOUR, looked)


def test_the_span_includes_its_first_instant_and_not_its_last_and_knows_other_outlets_not(ledger, build):
    for name, at in (("a", build.now), ("b", build.now + HOUR)):
        id_ = sent(ledger, build, name, at=at)
        ledger.take(build.outlet, [Taken(delivery_id=id_, age=HOUR, at=at + HOUR, likes=1)])
    assert [s.sent_at for s in ledger.measured(build.outlet, build.now, build.now + HOUR)] == [build.now]
    assert list(ledger.measured("another", build.now, build.now + 9 * HOUR)) == []


def test_of_two_writers_of_one_age_the_first_stays_and_the_other_is_no_error(ledger, ledger_url, build):
    id_ = sent(ledger, build, "a", at=build.now)
    gate, new = threading.Barrier(2), []

    def take(likes: int) -> None:
        with Ledger.open(ledger_url) as own:
            gate.wait()
            row = Taken(delivery_id=id_, age=HOUR, at=build.now + HOUR, likes=likes)
            new.append(own.take(build.outlet, [row]))

    writers = [threading.Thread(target=take, args=(likes,)) for likes in (1, 2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(new) == [0, 1]
    assert len(list(ledger.measured(build.outlet, build.now, build.now + HOUR))) == 1
    again = Taken(delivery_id=id_, age=HOUR, at=build.now + HOUR, likes=9)
    assert ledger.take(build.outlet, [again]) == 0
    (kept,) = ledger.measured(build.outlet, build.now, build.now + HOUR)
    assert kept.likes in (1, 2)


def test_the_reads_of_an_account_are_counted_from_a_time_on(ledger, build):
    one = sent(ledger, build, "a", at=build.now)
    other = sent(ledger, build, "b", at=build.now, account="x/other")
    for id_, age in ((one, HOUR), (one, 6 * HOUR), (other, HOUR)):
        ledger.take(build.outlet, [Taken(delivery_id=id_, age=age, at=build.now + age, likes=1)])
    assert ledger.reads(build.account, build.now) == 2
    assert ledger.reads(build.account, build.now + 2 * HOUR) == 1
    assert ledger.reads(build.account, build.now + 7 * HOUR) == 0


@pytest.mark.parametrize("question", ["due", "measured", "reads"])
def test_every_question_goes_by_index(ledger, ledger_url, build, question):
    sent(ledger, build, "a", at=build.now)
    ask = {
        "due": lambda: due(ledger, build, build.now + HOUR),
        "measured": lambda: list(ledger.measured(build.outlet, build.now, build.now + HOUR)),
        "reads": lambda: ledger.reads(build.account, build.now),
    }[question]
    for plan in plans(ledger, ledger_url, ask):
        assert not re.search(r"SCAN (deliveries|snapshots)\b|Seq Scan", plan), plan


def plans(ledger, url, ask) -> list[str]:
    """How the database carries out what this asks, as if the tables were large."""
    asked = []
    event.listen(ledger._engine, "before_cursor_execute", lambda *a: asked.append((a[2], a[3])))
    ask()
    engine = create_engine(parse_url(url))
    on_sqlite = engine.dialect.name == "sqlite"
    found = []
    with engine.connect() as connection:
        if not on_sqlite:
            connection.exec_driver_sql("SET enable_seqscan = off")
        for statement, parameters in asked:
            if statement.startswith("SELECT"):
                explain = "EXPLAIN QUERY PLAN " if on_sqlite else "EXPLAIN "
                rows = connection.exec_driver_sql(explain + statement, parameters)
                found.append("\n".join(str(row[-1]) for row in rows))
    engine.dispose()
    assert found
    return found
