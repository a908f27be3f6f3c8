"""What the ledger tells of notices and of the posts they may answer, and the pins it keeps."""

from datetime import timedelta

import pytest

from piquet.ledger.states import DeliveryState
from piquet.ledger.values import PinState
from piquet.post import Receipt

MINUTE = timedelta(minutes=1)


def sent(ledger, build, draft, number: int, *, at) -> int:
    """Record this draft, send it, and give its delivery's id."""
    entries = (draft.entry,) if draft.entry else ()
    ledger.record(build.batch(*entries, drafts=(draft,), now=at))
    claimed = build.claim(ledger, at=at)
    assert ledger.settle(claimed.id, "one", build.receipt(number, at), at)
    return claimed.id


def reminder(build, key: str, **changes):
    return build.draft(key=key, kind="reminder", decision={"span": "s"}, **changes)


def article(build, name: str, *, on_strike: bool = False):
    return build.draft(build.entry(name), decision={"on_strike": on_strike})


def test_the_notices_of_an_account_are_told_with_their_receipts_and_articles_are_not(ledger, build):
    own = sent(ledger, build, reminder(build, "r1"), 1, at=build.now)
    sent(ledger, build, article(build, "a"), 2, at=build.now)
    ledger.record(build.batch(drafts=(reminder(build, "r2", not_before=build.now + MINUTE),)))
    first, second = ledger.noticed(build.outlet, build.account, build.now)
    assert (first.id, first.state, first.receipt.id, first.untried) == (own, DeliveryState.SENT, "1", False)
    assert (second.key, second.receipt, second.untried) == ("r2", None, True)
    assert ledger.noticed(build.outlet, "x/other", build.now) == []


def test_those_that_still_wait_are_told_however_old_they_are(ledger, build):
    sent(ledger, build, reminder(build, "r1"), 1, at=build.now)
    ledger.record(build.batch(drafts=(reminder(build, "r2"),)))
    (row,) = ledger.noticed(build.outlet, build.account, build.now + timedelta(days=9))
    assert row.key == "r2"


def test_the_last_post_with_a_notice_is_a_reminder_or_an_article_on_strike_and_no_ordinary_one(ledger, build):
    assert ledger.last_notice(build.account, build.now) is None
    sent(ledger, build, reminder(build, "r1"), 1, at=build.now)
    sent(ledger, build, article(build, "a", on_strike=True), 2, at=build.now + MINUTE)
    sent(ledger, build, article(build, "b"), 3, at=build.now + 2 * MINUTE)
    assert ledger.last_notice(build.account, build.now) == build.now + MINUTE
    assert ledger.last_notice(build.account, build.now + 2 * MINUTE) is None


def test_the_articles_posts_before_the_strike_are_told_newest_first_and_those_with_a_notice_are_not(
    ledger, build
):
    for number, name in enumerate("abcd"):
        draft = article(build, name, on_strike=name == "b")
        sent(ledger, build, draft, number, at=build.now + number * MINUTE)
    sent(ledger, build, reminder(build, "r1"), 9, at=build.now + MINUTE)
    asked = (build.outlet, build.account, build.now, build.now + 3 * MINUTE)
    assert [one.receipt.id for one in ledger.earlier(*asked, 5)] == ["2", "0"]
    assert [one.receipt.id for one in ledger.earlier(*asked, 1)] == ["2"]


def test_an_account_is_due_once_the_time_of_its_notice_has_come_and_not_for_an_article(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    assert ledger.notices_due(build.outlet, [build.account], build.now) == []
    ledger.record(build.batch(drafts=(reminder(build, "r1", not_before=build.now + MINUTE),)))
    assert ledger.notices_due(build.outlet, [build.account], build.now) == []
    assert ledger.notices_due(build.outlet, [build.account, "x/b"], build.now + MINUTE) == [build.account]


def test_only_what_nobody_has_tried_is_dropped_and_the_others_are_left_to_their_worker(ledger, build):
    ledger.record(build.batch(drafts=(reminder(build, "r1"), reminder(build, "r2"))))
    claimed = build.claim(ledger)
    ids = [row.id for row in ledger.noticed(build.outlet, build.account, build.now)]
    assert ledger.drop_untried(ids, "the strike is over", build.now) == 1
    states = {row.key: row.state for row in ledger.noticed(build.outlet, build.account, build.now)}
    assert states == {"r1": DeliveryState.SENDING, "r2": DeliveryState.DROPPED}
    assert ledger.settle(claimed.id, "one", build.receipt(), build.now)
    assert list(ledger.audit_breaks(build.outlet)) == []


@pytest.mark.parametrize("end", [PinState.ENDED, PinState.REFUSED])
def test_a_pin_is_kept_once_with_what_stood_there_until_it_is_over(ledger, build, end):
    own = sent(ledger, build, reminder(build, "r1"), 1, at=build.now)
    former = Receipt(id="7", url="https://mastodon.example/7", at=build.now, version="cid")
    ledger.want_pin(build.outlet, build.account, own, [former], build.now)
    ledger.want_pin(build.outlet, build.account, own, [], build.now + MINUTE)
    (pin,) = ledger.pins(build.outlet, build.account)
    assert (pin.state, pin.former, pin.receipt.id) == (PinState.WANTED, (former,), "1")
    ledger.move_pin(own, PinState.PINNED, build.now, [])
    assert ledger.pins(build.outlet, build.account)[0].former == ()
    ledger.move_pin(own, end, build.now)
    assert ledger.pins(build.outlet, build.account) == []
    assert ledger.pins(build.outlet, build.account, own)[0].state is end
