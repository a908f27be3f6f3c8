"""Claiming, settling and everything else that can become of a delivery on its way out."""

import threading
from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import text

from piquet.errors import LedgerError, Rejected
from piquet.ledger import Ledger
from piquet.ledger.moves import move
from piquet.ledger.states import MOVES, DeliveryState

SECOND = timedelta(seconds=1)


def test_nothing_due_is_nothing_claimed(ledger, build):
    assert build.claim(ledger) is None


def test_a_claimed_delivery_is_being_sent_with_its_payload_frozen(ledger, build):
    entry = build.entry("a")
    ledger.record(build.batch(entry))
    claimed = build.claim(ledger)
    assert claimed.payload == build.payload(claimed.key)
    assert (claimed.title, claimed.attempts, claimed.lease_until) == ("a", 1, build.now + build.lease)
    assert ledger.counts(build.outlet) == {build.account: {"sending": 1}}
    assert ledger.rewritable(build.outlet, build.account) == []


def test_the_oldest_goes_first_and_dateless_entries_count_from_when_they_were_seen(ledger, build):
    hour = timedelta(hours=1)
    entries = (
        build.entry("new", published=build.now - hour),
        build.entry("dateless"),
        build.entry("old", published=build.now - 3 * hour),
        build.entry("middle", published=build.now - 2 * hour),
    )
    ledger.record(build.batch(*entries))
    titles = []
    while claimed := build.claim(ledger):
        titles.append(claimed.title)
        ledger.settle(claimed.id, "one", build.receipt(len(titles)), build.now)
    assert titles == ["old", "middle", "new", "dateless"]


def test_nothing_newer_is_given_out_while_one_is_being_sent_or_in_doubt(ledger, build):
    ledger.record(build.batch(build.entry("a"), build.entry("b")))
    first = build.claim(ledger)
    assert build.claim(ledger, owner="two") is None
    ledger.unsettle(first.id, "one", "reset by peer", None, build.now)
    assert build.claim(ledger, owner="two") is None
    ledger.settle(first.id, "two", build.receipt(), build.now)
    assert build.claim(ledger, owner="two").title == "b"


def test_accounts_do_not_wait_for_each_other(ledger, build):
    entry = build.entry("a")
    ledger.record(build.batch(entry, drafts=(build.draft(entry), build.draft(entry, account="x/journal"))))
    assert build.claim(ledger)
    assert build.claim(ledger, account="x/journal")


def test_a_delivery_does_not_go_out_before_its_time(ledger, build):
    entry = build.entry("a")
    later = build.now + timedelta(minutes=5)
    ledger.record(build.batch(entry, drafts=(build.draft(entry, not_before=later),)))
    assert build.claim(ledger) is None
    assert build.claim(ledger, at=later)


@pytest.mark.parametrize("hold_back", ["pause", "rest"])
def test_a_paused_or_resting_account_gives_nothing_out_until_then(ledger, build, hold_back):
    ledger.record(build.batch(build.entry("a")))
    until = build.now + timedelta(minutes=10)
    if hold_back == "pause":
        ledger.pause(build.account, until, "invalid token")
    else:
        ledger.rest(build.account, until)
    assert build.claim(ledger, at=until - SECOND) is None
    assert build.claim(ledger, at=until)


def test_a_resumed_account_gives_out_at_once(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    ledger.pause(build.account, build.now + timedelta(days=1), "invalid token")
    ledger.resume(build.account, build.now)
    assert build.claim(ledger)


def test_a_settled_delivery_has_its_receipt_and_its_history(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    claimed = build.claim(ledger)
    assert ledger.settle(claimed.id, "one", build.receipt(7), build.now + SECOND)
    [row] = ledger.deliveries(build.outlet)
    assert (row.state, row.receipt_id, row.title, row.attempts) == ("sent", "7", "a", 1)
    assert row.receipt_url == build.receipt(7).url
    assert row.text == claimed.payload.text
    assert [(m.before, m.after) for m in ledger.history(row.id)] == [
        (None, "due"),
        ("due", "sending"),
        ("sending", "sent"),
    ]
    assert ledger.receipt_ids(build.account, build.now) == {"7"}
    assert ledger.receipt_ids(build.account, build.now + SECOND) == frozenset()
    assert ledger.receipt_ids("x/journal", build.now) == frozenset()


def test_a_rejected_delivery_says_why_and_the_next_one_goes_on(ledger, build):
    ledger.record(build.batch(build.entry("a"), build.entry("b")))
    claimed = build.claim(ledger)
    assert ledger.fail(claimed.id, "one", Rejected("text too long" * 100), build.now + SECOND)
    row = ledger.deliveries(build.outlet)[0]
    assert (row.state, row.error_class, len(row.error)) == ("failed", "Rejected", 500)
    assert build.claim(ledger).title == "b"


def test_a_postponed_delivery_waits_and_may_change_meanwhile(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    claimed = build.claim(ledger)
    until = build.now + timedelta(minutes=1)
    assert ledger.postpone(claimed.id, "one", until, "429", build.now)
    assert [r.id for r in ledger.rewritable(build.outlet, build.account)] == [claimed.id]
    assert build.claim(ledger, at=until - SECOND) is None
    again = build.claim(ledger, at=until)
    assert (again.id, again.attempts) == (claimed.id, 2)


def test_what_was_in_doubt_before_is_postponed_as_it_is(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    first = build.claim(ledger)
    ledger.unsettle(first.id, "one", "reset by peer", None, build.now)
    ledger.make_due(first.id, "not found", build.now)
    again = build.claim(ledger)
    assert (first.doubted, again.doubted) == (False, True)
    assert ledger.postpone_as_it_is(again.id, "one", build.now, "429", build.now)
    assert ledger.rewritable(build.outlet, build.account) == []
    assert build.claim(ledger).payload == first.payload


def test_what_leaves_before_its_hour_bears_the_time_at_which_it_leaves(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    claimed = build.claim(ledger, at=build.now - SECOND)
    assert claimed.payload.prepared_at == build.now - SECOND
    ledger.unsettle(claimed.id, "one", "reset by peer", None, build.now)
    [doubt] = ledger.unsettled(build.outlet, build.account, build.now)
    assert doubt.payload == claimed.payload


def test_a_lease_that_ends_puts_its_delivery_in_doubt(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    claimed = build.claim(ledger)
    assert ledger.lease_end(build.outlet, build.account) == claimed.lease_until
    assert ledger.expire_leases(build.outlet, build.account, claimed.lease_until - SECOND) == 0
    assert ledger.expire_leases(build.outlet, build.account, claimed.lease_until) == 1
    assert ledger.expire_leases(build.outlet, build.account, claimed.lease_until) == 0
    assert ledger.lease_end(build.outlet, build.account) is None
    [doubt] = ledger.unsettled(build.outlet, build.account, claimed.lease_until)
    assert (doubt.id, doubt.payload, doubt.attempts) == (claimed.id, claimed.payload, 1)
    assert doubt.attempted_at == build.now


def test_a_doubt_is_not_asked_about_before_its_time(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    claimed = build.claim(ledger)
    later = build.now + timedelta(minutes=1)
    ledger.unsettle(claimed.id, "one", "reset by peer", later, build.now)
    assert ledger.unsettled(build.outlet, build.account, later - SECOND) == []
    assert len(ledger.unsettled(build.outlet, build.account, later)) == 1


def test_whoever_lost_the_lease_changes_nothing(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    claimed = build.claim(ledger)
    ledger.expire_leases(build.outlet, build.account, claimed.lease_until)
    ledger.make_due(claimed.id, "not found", claimed.lease_until)
    again = build.claim(ledger, owner="two", at=claimed.lease_until)
    late = claimed.lease_until + SECOND
    assert not ledger.settle(claimed.id, "one", build.receipt(1), late)
    assert not ledger.fail(claimed.id, "one", Rejected("no"), late)
    assert not ledger.postpone(claimed.id, "one", late, "429", late)
    assert not ledger.unsettle(claimed.id, "one", "reset", None, late)
    assert ledger.settle(again.id, "two", build.receipt(2), late)
    assert not ledger.settle(claimed.id, "one", build.receipt(1), late)
    assert ledger.deliveries(build.outlet)[0].receipt_id == "2"


def test_a_receipt_settles_a_doubt_even_after_the_lease(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    claimed = build.claim(ledger)
    ledger.expire_leases(build.outlet, build.account, claimed.lease_until)
    assert ledger.settle(claimed.id, "one", build.receipt(), claimed.lease_until + SECOND)
    assert ledger.counts(build.outlet) == {build.account: {"sent": 1}}


def test_what_was_not_found_is_due_again_with_its_payload_still_frozen(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    claimed = build.claim(ledger)
    ledger.unsettle(claimed.id, "one", "reset", None, build.now)
    assert ledger.make_due(claimed.id, "not found", build.now, attempts=1)
    assert ledger.rewritable(build.outlet, build.account) == []
    assert build.claim(ledger).payload == claimed.payload


def test_an_answer_about_an_earlier_attempt_makes_nothing_due(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    first = build.claim(ledger)
    ledger.unsettle(first.id, "one", "reset", None, build.now)
    assert ledger.make_due(first.id, "two did not find it", build.now, attempts=1)
    build.claim(ledger, owner="two")
    assert not ledger.make_due(first.id, "three did not find it either", build.now, attempts=1)
    ledger.unsettle(first.id, "two", "reset", None, build.now)
    assert not ledger.make_due(first.id, "three did not find it either", build.now, attempts=1)
    assert ledger.counts(build.outlet) == {build.account: {"unsettled": 1}}


def test_a_person_may_retry_what_failed_and_drop_what_is_due_but_not_touch_what_is_being_sent(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    claimed = build.claim(ledger)
    with pytest.raises(LedgerError, match="a worker has it now"):
        ledger.make_due(claimed.id, "retry", build.now)
    with pytest.raises(LedgerError, match="is sending and cannot become dropped"):
        ledger.drop(claimed.id, "retracted", build.now)
    ledger.fail(claimed.id, "one", Rejected("no"), build.now)
    assert ledger.make_due(claimed.id, "retried by a person", build.now)
    assert ledger.drop(claimed.id, "retracted", build.now)
    assert build.claim(ledger) is None
    assert ledger.history(claimed.id)[-1].why == "retracted"
    with pytest.raises(LedgerError, match="it is final"):
        ledger.make_due(claimed.id, "retry", build.now)
    assert not ledger.drop(10_000, "no such delivery", build.now)


@pytest.mark.parametrize(("before", "after"), list(product(DeliveryState, DeliveryState)))
def test_every_move_is_written_down_and_an_illegal_one_changes_nothing(ledger, build, before, after):
    ledger.record(build.batch(build.entry("a")))
    with ledger._writing() as connection:
        connection.execute(text("UPDATE deliveries SET state = :s"), {"s": before})
    act = {"why": "test", "now": build.now}
    if after in MOVES[before]:
        with ledger._writing() as connection:
            assert move(connection, 1, after, **act)
        assert (ledger.history(1)[-1].before, ledger.history(1)[-1].after) == (before, after)
    else:
        with (
            pytest.raises(LedgerError, match=f"is {before} and cannot become {after}"),
            ledger._writing() as connection,
        ):
            move(connection, 1, after, **act)
        assert len(ledger.history(1)) == 1
    assert ledger.counts(build.outlet) == {build.account: {after if after in MOVES[before] else before: 1}}


def test_many_workers_at_once_claim_each_delivery_once_and_in_order(ledger_url, build):
    with Ledger.open(ledger_url) as ledger:
        ledger.record(build.batch(*(build.entry(f"{number:02}") for number in range(24))))
    sent: list[str] = []
    start = threading.Barrier(4)

    def work(owner: str) -> None:
        with Ledger.open(ledger_url) as own:
            start.wait()
            while own.backlog(build.outlet, build.account)[DeliveryState.DUE]:
                if claimed := build.claim(own, owner=owner):
                    sent.append(claimed.title)
                    assert own.settle(claimed.id, owner, build.receipt(len(sent)), build.now)

    threads = [threading.Thread(target=work, args=(f"worker {number}",)) for number in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sent == sorted(sent)
    assert len(sent) == 24
