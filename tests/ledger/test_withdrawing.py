"""What will not go out, or not stand: too old to be news, or of a retracted article."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from piquet.entry import Disposition
from piquet.ledger.tables import entries
from piquet.ledger.values import Rewrite

HOUR = timedelta(hours=1)
STALE = {"entry": 6 * HOUR, "reminder": HOUR}


def retract_all(ledger):
    with ledger._writing() as connection:
        connection.execute(update(entries).values(disposition=Disposition.RETRACTED))


def sweep(ledger, build, at):
    return [one.why for one in ledger.sweep(build.outlet, build.account, at, STALE)]


def test_what_waits_longer_than_it_is_news_is_dropped_with_its_reason_and_audited(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    assert sweep(ledger, build, build.now + 6 * HOUR) == []
    why = "waited 7 h, longer than the 6 h after which it is no news"
    assert sweep(ledger, build, build.now + 7 * HOUR) == [why]
    [row] = ledger.deliveries(build.outlet)
    assert (row.state, row.reason) == ("dropped", why)
    assert ledger.audit_trail(build.outlet)[-1].why == why
    assert sweep(ledger, build, build.now + 8 * HOUR) == []
    assert build.claim(ledger, at=build.now + 8 * HOUR) is None


def test_a_delivery_waits_from_when_it_is_due_and_not_from_when_it_was_written(ledger, build):
    later = build.now + 5 * HOUR
    entry = build.entry("a")
    ledger.record(build.batch(entry, drafts=(build.draft(entry, not_before=later),)))
    assert sweep(ledger, build, build.now + 10 * HOUR) == []
    assert len(sweep(ledger, build, later + 6 * HOUR + timedelta(minutes=1))) == 1


def test_a_held_delivery_does_not_age_and_begins_to_wait_when_it_is_released(ledger, build):
    entry = build.entry("a")
    ledger.record(build.batch(entry, drafts=(build.draft(entry, state="held"),)))
    end = build.now + 30 * HOUR
    assert sweep(ledger, build, end) == []
    turn = end + 5 * HOUR
    rewrite = Rewrite(
        delivery_id=1,
        state="due",
        payload=build.payload("a"),
        decision={},
        reason="ordinary",
        not_before=turn,
    )
    ledger.record(build.batch(drafts=(), rewrites=(rewrite,), now=end))
    assert build.claim(ledger, at=end) is None
    assert sweep(ledger, build, turn + 6 * HOUR) == []
    assert build.claim(ledger, at=turn)


@pytest.mark.parametrize("left", ["sending", "unsettled"])
def test_one_in_doubt_is_never_dropped_for_its_age(ledger, build, left):
    ledger.record(build.batch(build.entry("a")))
    claimed = build.claim(ledger)
    if left == "unsettled":
        ledger.unsettle(claimed.id, "one", "reset", None, build.now)
    assert sweep(ledger, build, build.now + 99 * HOUR) == []
    assert ledger.counts(build.outlet) == {build.account: {left: 1}}


def test_a_notice_has_no_age_and_a_reminder_one_hour(ledger, build):
    drafts = (build.draft(kind="reminder", key="r"), build.draft(kind="notice", key="n"))
    ledger.record(build.batch(drafts=drafts))
    assert len(sweep(ledger, build, build.now + 2 * HOUR)) == 1
    assert [row.kind for row in ledger.deliveries(build.outlet, state="due")] == ["notice"]


def test_a_person_who_resumes_an_account_starts_its_wait_anew(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    monday = build.now + 60 * HOUR
    ledger.resume(build.account, monday)
    assert sweep(ledger, build, monday + 6 * HOUR) == []
    assert build.claim(ledger, at=monday)


def test_what_waits_of_a_retracted_article_is_dropped_and_was_never_given_out(ledger, build):
    one, two = build.entry("a"), build.entry("b")
    ledger.record(build.batch(one, two, drafts=(build.draft(one), build.draft(two, state="held"))))
    retract_all(ledger)
    assert build.claim(ledger) is None
    assert sweep(ledger, build, build.now) == ["the article was retracted"] * 2
    assert ledger.counts(build.outlet) == {build.account: {"dropped": 2}}


def test_a_post_of_a_retracted_article_is_taken_down_once_and_keeps_its_receipt(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    ledger.settle(build.claim(ledger).id, "one", build.receipt(7), build.now)
    assert ledger.to_take_down(build.outlet, build.account) == []
    retract_all(ledger)
    assert ledger.retracting(build.outlet) == {build.account}
    [post] = ledger.to_take_down(build.outlet, build.account)
    assert (post.receipt.id, post.title) == ("7", "a")
    assert ledger.taken_down(post.id, build.now)
    assert not ledger.taken_down(post.id, build.now)
    [row] = ledger.deliveries(build.outlet)
    assert (row.state, row.receipt_id) == ("retracted", "7")
    assert ledger.retracting(build.outlet) == set()


def test_a_post_that_its_network_will_not_delete_is_named_once_and_not_asked_about_again(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    ledger.settle(build.claim(ledger).id, "one", build.receipt(7), build.now)
    retract_all(ledger)
    ledger.leave_standing(1, "Delete it by hand.", build.now)
    assert ledger.retracting(build.outlet) == set()
    [row] = ledger.deliveries(build.outlet)
    assert (row.state, row.error) == ("sent", "Delete it by hand.")


def test_an_article_retracted_since_the_cycle_read_it_gets_no_deliveries(ledger, build):
    waiting = build.entry("a")
    ledger.record(build.batch(waiting, drafts=()))
    retract_all(ledger)
    draft = build.draft(waiting)
    late = build.draft(entry_id=1, key=draft.key, payload=draft.payload)
    ledger.record(build.batch(drafts=(late,), released=(1,)))
    assert ledger.deliveries(build.outlet) == []
    assert ledger.known(build.outlet, [waiting]).has(waiting)
