"""A person's acts in the ledger: what each changes, what it refuses, what it leaves to read."""

from dataclasses import replace
from datetime import timedelta

import pytest

from piquet.acts import Act, Selection
from piquet.errors import Rejected, UserError

HOUR = timedelta(hours=1)
LINK = "https://journal.example/a"


def act_of(build, kind):
    return Act(kind=kind, who="Ana", why="asked by the editor", at=build.now + HOUR)


def do(ledger, build, kind, *, dry_run=False, **selection):
    return ledger.act(build.outlet, act_of(build, kind), Selection(**selection), dry_run=dry_run)


def retract(ledger, build, link=LINK, **more):
    return ledger.retract(build.outlet, link, act_of(build, "retract"), **more)


def acts(ledger, build):
    return [
        (row.chain, row.who, row.why, row.body["act"])
        for row in ledger.audit_trail(build.outlet)
        if row.kind == "act"
    ]


def failed(ledger, build):
    ledger.record(build.batch(build.entry("a"), build.entry("b")))
    ledger.fail(build.claim(ledger).id, "one", Rejected("too long"), build.now)


def test_what_failed_is_due_again_with_who_and_why_and_may_be_composed_anew(ledger, build):
    failed(ledger, build)
    [done] = do(ledger, build, "retry", account=build.account)
    assert (done.delivery, done.before, done.after, done.why_not) == (1, "failed", "due", "")
    assert ledger.counts(build.outlet) == {build.account: {"due": 2}}
    assert 1 in [row.id for row in ledger.rewritable(build.outlet, build.account)]
    assert acts(ledger, build) == [(build.account, "Ana", "asked by the editor", "retry")]
    assert ledger.audit_breaks(build.outlet) == []


def test_a_rehearsal_says_the_same_and_changes_nothing(ledger, build):
    failed(ledger, build)
    assert do(ledger, build, "retry", account=build.account, dry_run=True)[0].after == "due"
    assert ledger.counts(build.outlet) == {build.account: {"due": 1, "failed": 1}}
    assert acts(ledger, build) == []


def test_what_was_dropped_is_final_and_a_retry_says_so(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    do(ledger, build, "drop", deliveries=(1,))
    [again] = do(ledger, build, "retry", deliveries=(1,))
    assert "final" in again.why_not
    assert ledger.counts(build.outlet) == {build.account: {"dropped": 1}}


def test_a_drop_takes_what_waits_and_leaves_what_was_sent_or_is_on_its_way(ledger, build):
    ledger.record(build.batch(build.entry("a"), build.entry("b"), build.entry("c")))
    ledger.settle(build.claim(ledger).id, "one", build.receipt(), build.now)
    build.claim(ledger)
    done = {one.delivery: one.why_not for one in do(ledger, build, "drop", account=build.account)}
    assert 1 not in done and "being sent" in done[2] and done[3] == ""
    assert ledger.counts(build.outlet) == {build.account: {"sent": 1, "sending": 1, "dropped": 1}}


def test_one_in_doubt_is_dropped_only_when_it_is_named_itself(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    ledger.unsettle(build.claim(ledger).id, "one", "reset", None, build.now)
    [left] = do(ledger, build, "drop", account=build.account)
    assert "in doubt" in left.why_not
    assert ledger.counts(build.outlet) == {build.account: {"unsettled": 1}}
    [done] = do(ledger, build, "drop", deliveries=(1,))
    assert done.after == "dropped"


def test_a_time_chooses_what_changed_in_it(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    ledger.record(build.batch(build.entry("b"), now=build.now + timedelta(minutes=10)))
    later = build.now + timedelta(minutes=5)
    assert [one.delivery for one in do(ledger, build, "drop", since=later, dry_run=True)] == [2]
    assert [one.delivery for one in do(ledger, build, "drop", until=later, dry_run=True)] == [1]


def test_a_number_of_another_outlet_is_nobodys(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    assert ledger.act("another", act_of(build, "drop"), Selection(deliveries=(1,))) == []
    assert ledger.counts(build.outlet) == {build.account: {"due": 1}}


def test_a_release_lets_go_at_once_what_waits_for_its_turn_and_leaves_what_a_strike_holds(ledger, build):
    one, two = build.entry("a"), build.entry("b")
    paced = build.draft(one, not_before=build.now + 9 * HOUR)
    ledger.record(build.batch(one, two, drafts=(paced, build.draft(two, state="held"))))
    assert build.claim(ledger, at=build.now + 2 * HOUR) is None
    done = {row.delivery: row.why_not for row in do(ledger, build, "release")}
    assert done[1] == "" and "held" in done[2]
    assert build.claim(ledger, at=build.now + HOUR).title == "a"


def test_a_release_lets_the_entries_of_a_flood_go_to_the_next_cycle(ledger, build):
    entry = build.entry("a")
    batch = build.batch(entry, drafts=())
    waiting = replace(batch.entries[0], disposition="waiting")
    ledger.record(replace(batch, entries=(waiting,)))
    assert ledger.ready(build.outlet, build.now + 2 * HOUR, release_flood=False) == []
    [told] = do(ledger, build, "release")
    assert (told.delivery, told.title, told.after) == (None, "a", "fresh")
    assert [r.entry.title for r in ledger.ready(build.outlet, build.now + 2 * HOUR, release_flood=False)] == [
        "a"
    ]
    assert acts(ledger, build) == [("", "Ana", "asked by the editor", "release")]


def test_a_retracted_article_is_dropped_where_it_waits_and_marked_where_it_stands(ledger, build):
    entry = build.entry("a")
    drafts = (build.draft(entry), build.draft(entry, account="x/journal"))
    ledger.record(build.batch(entry, drafts=drafts))
    ledger.settle(build.claim(ledger).id, "one", build.receipt(), build.now)
    done = {one.account: one.after for one in retract(ledger, build, LINK + "?utm_source=rss")}
    assert done == {build.account: "retracted", "x/journal": "dropped"}
    assert ledger.counts(build.outlet) == {build.account: {"sent": 1}, "x/journal": {"dropped": 1}}
    assert ledger.retracting(build.outlet) == {build.account}
    assert ("", "Ana", "asked by the editor", "retract") in acts(ledger, build)
    assert ledger.audit_breaks(build.outlet) == []


def test_a_rehearsed_retraction_changes_nothing(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    assert retract(ledger, build, dry_run=True)[0].after == "dropped"
    assert ledger.counts(build.outlet) == {build.account: {"due": 1}}
    assert ledger.retracting(build.outlet) == set() and acts(ledger, build) == []


@pytest.mark.parametrize("link", ["https://journal.example/other", "https://journal.example/", "not a link"])
def test_a_link_that_is_no_article_is_refused_in_one_sentence(ledger, build, link):
    ledger.record(build.batch(build.entry("a")))
    with pytest.raises(UserError, match="field 'url'"):
        retract(ledger, build, link)
    assert ledger.counts(build.outlet) == {build.account: {"due": 1}}


@pytest.mark.parametrize(
    "change",
    [{}, {"id": "another"}, {"title": "Un tout autre titre"}, {"id": "another", "title": "Tout autre"}],
)
def test_a_retracted_article_is_never_posted_again_whatever_the_feed_says(ledger, build, change):
    ledger.record(build.batch(build.entry("a")))
    retract(ledger, build)
    again = build.entry("a", published=build.now + 30 * HOUR, **change)
    draft = build.draft(again, key="a new key")
    ledger.record(build.batch(again, drafts=(draft,), now=build.now + 31 * HOUR))
    assert ledger.counts(build.outlet) == {build.account: {"dropped": 1}}


def test_another_article_goes_on_after_one_was_retracted(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    retract(ledger, build)
    ledger.record(build.batch(build.entry("b")))
    assert build.claim(ledger).title == "b"


def test_a_retracted_article_that_failed_cannot_be_retried(ledger, build):
    failed(ledger, build)
    retract(ledger, build)
    [done] = do(ledger, build, "retry", deliveries=(1,))
    assert "retracted" in done.why_not


def test_retracting_again_asks_again_for_what_its_network_did_not_delete(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    ledger.settle(build.claim(ledger).id, "one", build.receipt(), build.now)
    retract(ledger, build)
    ledger.leave_standing(1, "by hand", build.now)
    assert ledger.retracting(build.outlet) == set()
    retract(ledger, build)
    assert ledger.retracting(build.outlet) == {build.account}
