"""What an account has sent, and which notices and reminders are to come, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from piquet.ledger.engine import connect, parse_url


def sent(ledger, build, *names, at=None, **payload):
    """Deliveries of these names, settled at that time."""
    entries = [build.entry(name) for name in names]
    drafts = tuple(build.draft(entry) for entry in entries)
    drafts = tuple(replace(d, payload=replace(d.payload, **payload)) for d in drafts)
    ledger.record(build.batch(*entries, drafts=drafts))
    for number, _ in enumerate(names):
        claimed = build.claim(ledger)
        assert ledger.settle(claimed.id, "one", build.receipt(number, at or build.now), build.now)


def test_what_went_out_since_then_comes_with_its_time_and_whole_payload(ledger, build):
    sent(ledger, build, "old", at=build.now - timedelta(days=2))
    sent(ledger, build, "new", text="a \u0000 that no json operator of PostgreSQL reads")
    found = ledger.sent_payloads(build.account, build.now - timedelta(days=1))
    assert [(at, payload.text[0], "\0" in payload.text) for at, payload in found] == [(build.now, "a", True)]
    assert ledger.sent_payloads("x/other", build.now - timedelta(days=9)) == []


def test_what_is_due_was_never_sent(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    assert ledger.sent_payloads(build.account, build.now - timedelta(days=9)) == []


def test_only_notices_and_reminders_that_become_due_in_that_time_are_to_come(ledger, build):
    soon, late = build.now + timedelta(hours=1), build.now + timedelta(days=2)
    drafts = (
        build.draft(key="soon", kind="reminder", not_before=soon),
        build.draft(key="late", kind="reminder", not_before=late),
        build.draft(key="now", kind="notice"),
        build.draft(key="held", kind="reminder", not_before=soon, state="held"),
        build.draft(build.entry("entry"), not_before=soon),
    )
    ledger.record(build.batch(build.entry("entry"), drafts=drafts))
    until = build.now + timedelta(days=1)
    assert [p.key for p in ledger.first_in_line(build.outlet, build.account, build.now, until)] == ["soon"]


def test_a_delivery_that_may_not_go_is_not_touched(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    asked = []

    def no(kind, payload, decision):
        asked.append((kind, payload.text, decision))
        return False

    assert ledger.claim(build.outlet, build.account, "one", build.now, build.lease, no) is None
    assert asked == [("entry", "Texte", {"on_strike": False})]
    (row,) = ledger.deliveries(build.outlet)
    assert (row.state, row.attempts, len(ledger.history(row.id))) == ("due", 0, 1)
    assert build.claim(ledger) is not None


@pytest.mark.parametrize("ledger_url", ["sqlite"], indirect=True)
def test_counting_walks_an_index_and_never_the_whole_ledger(ledger_url):
    query = "SELECT sent_at, payload FROM deliveries WHERE account = 'x/a' AND sent_at >= '2026-12-01'"
    with connect(parse_url(ledger_url)).connect() as connection:
        plan = " ".join(str(row) for row in connection.execute(text(f"EXPLAIN QUERY PLAN {query}")))
    assert "ix_deliveries_account_sent_at" in plan and "SCAN" not in plan


def test_what_is_held_is_told_for_the_named_accounts_only(ledger, build):
    drafts = (build.draft(build.entry("a"), state="held"), build.draft(build.entry("b")))
    ledger.record(build.batch(build.entry("a"), build.entry("b"), drafts=drafts))
    assert [row.title for row in ledger.held(build.outlet, [build.account])] == [build.entry("a").title]
    assert ledger.held(build.outlet, ["other/account"]) == []
    assert ledger.held("other", [build.account]) == []
