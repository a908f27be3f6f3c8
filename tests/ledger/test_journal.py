"""Strike states, cycles, accounts, and what people ask of the ledger."""

from datetime import timedelta

from piquet.ledger.values import AccountState


def test_a_strike_state_is_kept_when_it_changes(ledger, build):
    assert ledger.last_strike(build.outlet) is None
    assert ledger.see_strike(build.outlet, {"switch": "normal", "days": []}, build.now)
    assert not ledger.see_strike(build.outlet, {"days": [], "switch": "normal"}, build.now)
    assert ledger.see_strike(build.outlet, {"switch": "strike", "days": []}, build.now)
    assert ledger.last_strike(build.outlet) == {"switch": "strike", "days": []}
    assert ledger.see_strike(build.outlet, {"switch": "normal", "days": []}, build.now)
    assert ledger.last_strike("another outlet") is None


def test_a_cycle_that_did_not_end_is_seen(ledger, build):
    assert ledger.last_cycle(build.outlet) is None
    first = ledger.begin_cycle(build.outlet, build.now)
    ledger.end_cycle(build.outlet, first, {"sent": 3}, build.now + timedelta(seconds=2))
    ended = ledger.last_cycle(build.outlet)
    assert (ended.summary, ended.ended_at) == ({"sent": 3}, build.now + timedelta(seconds=2))
    second = ledger.begin_cycle(build.outlet, build.now)
    assert (ledger.last_cycle(build.outlet).id, ledger.last_cycle(build.outlet).ended_at) == (second, None)


def test_an_account_never_heard_of_is_held_back_by_nothing(ledger, build):
    assert ledger.account_state("bluesky/journal") == AccountState()


def test_pauses_and_rests_do_not_overwrite_each_other(ledger, build):
    later = build.now + timedelta(minutes=10)
    ledger.pause(build.account, later, "invalid token")
    ledger.rest(build.account, later)
    state = ledger.account_state(build.account)
    assert (state.paused_until, state.pause_reason, state.not_before) == (later, "invalid token", later)
    assert state.paused(build.now) and not state.paused(later)
    assert state.resting(build.now) and not state.resting(later)
    ledger.resume(build.account, build.now)
    assert not ledger.account_state(build.account).paused(build.now)


def test_counts_are_by_account_and_state_and_the_backlog_is_what_is_open(ledger, build):
    one, two = build.entry("a"), build.entry("b")
    drafts = (build.draft(one), build.draft(two), build.draft(one, account="x/journal", state="held"))
    ledger.record(build.batch(one, two, drafts=drafts))
    claimed = build.claim(ledger)
    ledger.settle(claimed.id, "one", build.receipt(), build.now)
    assert ledger.counts(build.outlet) == {build.account: {"due": 1, "sent": 1}, "x/journal": {"held": 1}}
    assert ledger.backlog(build.outlet, build.account) == {"due": 1, "sending": 0, "unsettled": 0}
    assert ledger.counts("another outlet") == {}


def test_deliveries_come_newest_first_since_a_time_and_at_most_so_many(ledger, build):
    minute = timedelta(minutes=1)
    for number in range(4):
        ledger.record(build.batch(build.entry(str(number)), now=build.now + number * minute))
    titles = [row.title for row in ledger.deliveries(build.outlet, since=build.now + minute, limit=2)]
    assert titles == ["3", "2"]
    assert [row.title for row in ledger.deliveries(build.outlet, since=build.now + 3 * minute)] == ["3"]
    assert ledger.deliveries("another outlet") == []


def test_a_reminder_and_a_held_delivery_are_shown_too(ledger, build):
    entry = build.entry("a")
    drafts = (build.draft(kind="reminder"), build.draft(entry, state="held"))
    ledger.record(build.batch(entry, drafts=drafts))
    shown = {row.kind: (row.title, row.text) for row in ledger.deliveries(build.outlet)}
    assert shown == {"reminder": ("", "Texte"), "entry": ("a", "")}
