"""The audit trail: what is appended with which move, that it holds, and that a later change shows."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from piquet.acts import Act
from piquet.errors import LedgerError, Rejected
from piquet.ledger.audit import append
from piquet.ledger.codec import json_digest, payload_to_json
from piquet.ledger.moves import move
from piquet.ledger.states import DeliveryState
from piquet.ledger.values import Rewrite

# Anything a person, a feed or a network may say: NUL and lone surrogates among it.
WORDS = st.text(
    st.one_of(st.characters(), st.characters(categories=("Cs",)), st.just("\0")), min_size=0, max_size=30
)


def kinds(ledger, build):
    return [(row.kind, row.body.get("state")) for row in ledger.audit_trail(build.outlet)]


def test_a_decision_is_kept_with_the_post_made_of_it_when_a_delivery_begins(ledger, build):
    entry = build.entry("a")
    ledger.record(build.batch(entry, drafts=(build.draft(entry), build.draft(entry, account="x/journal"))))
    one, two = ledger.audit_trail(build.outlet)
    assert {one.chain, two.chain} == {build.account, "x/journal"}
    assert (one.kind, one.who, one.why, one.number) == ("decision", "piquet", "ordinary", 1)
    payload = build.payload(f"{entry.id} {one.chain}")
    assert one.body == {
        "state": "due",
        "decision": {"on_strike": False},
        "kind": "entry",
        "text": payload.text,
        "link": payload.link,
        "payload": json_digest(payload_to_json(payload)),
    }
    assert ledger.audit_breaks(build.outlet) == []


def test_what_another_run_recorded_first_is_audited_once(ledger, build):
    batch = build.batch(build.entry("a"))
    ledger.record(batch)
    ledger.record(batch)
    assert kinds(ledger, build) == [("decision", "due")]


def test_a_post_is_kept_with_its_address_and_a_claim_is_not_worth_a_row(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    claimed = build.claim(ledger)
    ledger.settle(claimed.id, "one", build.receipt(7), build.now)
    assert kinds(ledger, build) == [("decision", "due"), ("post", "sent")]
    body = ledger.audit_trail(build.outlet)[-1].body
    assert (body["url"], body["receipt"], body["text"]) == (build.receipt(7).url, "7", "Texte")


def test_a_doubt_its_answer_a_failure_and_a_drop_are_kept(ledger, build):
    ledger.record(build.batch(build.entry("a"), build.entry("b")))
    first = build.claim(ledger)
    ledger.unsettle(first.id, "one", "reset", None, build.now)
    ledger.make_due(first.id, "not found", build.now, attempts=1)
    ledger.postpone(build.claim(ledger).id, "one", build.now, "429", build.now)
    ledger.fail(build.claim(ledger).id, "one", Rejected("too long"), build.now)
    ledger.drop(2, "too old", build.now)
    told = [(row.body["state"], row.why) for row in ledger.audit_trail(build.outlet) if row.kind == "post"]
    assert told == [
        ("unsettled", "reset"),
        ("due", "not found"),
        ("failed", "too long"),
        ("dropped", "too old"),
    ]
    assert ledger.audit_breaks(build.outlet) == []


def test_a_new_decision_for_what_waits_is_kept_too(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    payload = build.payload("a", "En grève")
    rewrite = Rewrite(
        delivery_id=1, state="due", payload=payload, decision={"on_strike": True}, reason="strike"
    )
    ledger.record(build.batch(drafts=(), rewrites=(rewrite,)))
    row = ledger.audit_trail(build.outlet)[-1]
    assert (row.kind, row.why, row.body["text"]) == ("decision", "strike", "En grève")
    assert row.body["decision"] == {"on_strike": True}


def test_a_persons_act_is_kept_with_who_and_why(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    act = Act(kind="drop", who="Ana", why="a mistake", at=build.now)
    with ledger._writing() as connection:
        move(connection, 1, DeliveryState.DROPPED, why="dropped by Ana", now=build.now, act=act)
    row = ledger.audit_trail(build.outlet)[-1]
    assert (row.kind, row.who, row.why, row.body["act"]) == ("act", "Ana", "a mistake", "drop")
    assert (row.body["before"], row.body["state"]) == ("due", "dropped")


def test_a_move_that_is_refused_leaves_no_row(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    with pytest.raises(LedgerError):
        ledger.make_due(build.claim(ledger).id, "again", build.now)
    assert kinds(ledger, build) == [("decision", "due")]


def test_a_strike_state_is_kept_with_the_one_before_in_the_outlets_own_chain(ledger, build):
    ledger.see_strike(build.outlet, {"switch": "normal"}, build.now)
    ledger.see_strike(build.outlet, {"switch": "normal"}, build.now)
    state = {"switch": "strike"}
    ledger.intend_strike(build.outlet, state, build.now, way="call_strike", who="Ana", why="a vote")
    ledger.see_strike(build.outlet, state, build.now)
    first, intention, second = ledger.audit_trail(build.outlet)
    assert (intention.kind, intention.who, intention.body["way"]) == ("call", "Ana", "call_strike")
    assert (first.chain, first.kind, first.who, first.why) == ("", "strike", "", "")
    assert first.body == {"way": "block", "before": None, "after": {"switch": "normal"}}
    assert (second.who, second.why) == ("Ana", "a vote")
    assert second.body == {
        "way": "call_strike",
        "before": {"switch": "normal"},
        "after": {"switch": "strike"},
    }


def test_a_change_that_is_not_what_was_intended_came_by_the_form(ledger, build):
    ledger.see_strike(build.outlet, {"switch": "normal"}, build.now)
    ledger.intend_strike(
        build.outlet, {"switch": "strike"}, build.now, way="call_strike", who="Ana", why="a vote"
    )
    ledger.see_strike(build.outlet, {"switch": "strike", "mode": "hold"}, build.now)
    assert ledger.last_validated(build.outlet) is None
    ledger.see_strike(build.outlet, {"switch": "strike"}, build.now)
    ledger.see_strike(build.outlet, {"switch": "normal"}, build.now)
    found = ledger.last_validated(build.outlet)
    assert (found.way, found.who, found.after) == ("call_strike", "Ana", {"switch": "strike"})
    assert found.before == {"switch": "strike", "mode": "hold"}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit SET why = 'another' WHERE number = 1",
        "UPDATE audit SET body = '{}' WHERE number = 2",
        "DELETE FROM audit WHERE number = 1",
        "UPDATE audit SET hash = previous WHERE number = 2",
    ],
)
def test_a_row_changed_or_taken_out_later_shows(ledger, build, change):
    ledger.record(build.batch(build.entry("a"), build.entry("b"), build.entry("c")))
    assert ledger.audit_breaks(build.outlet) == []
    with ledger._writing() as connection:
        connection.execute(text(change))
    assert {one.chain for one in ledger.audit_breaks(build.outlet)} == {build.account}


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(who=WORDS, why=WORDS, body=WORDS, micros=st.integers(0, 999_999))
def test_whatever_anybody_says_a_row_verifies_after_it_was_stored_and_read(
    ledger, build, who, why, body, micros
):
    at = build.now + timedelta(microseconds=micros)
    row = {"at": at, "kind": "act", "who": who, "why": why, "body": {"said": body}}
    with ledger._writing() as connection:
        append(connection, build.outlet, "", [row])
        append(connection, build.outlet, build.account, [row])
    assert ledger.audit_breaks(build.outlet) == []


def test_chains_are_each_accounts_own(ledger, build):
    entry = build.entry("a")
    drafts = (build.draft(entry), build.draft(entry, account="x/journal"))
    ledger.record(build.batch(entry, drafts=drafts))
    with ledger._writing() as connection:
        connection.execute(text("UPDATE audit SET why = '?' WHERE chain = 'x/journal'"))
    assert [one.chain for one in ledger.audit_breaks(build.outlet)] == ["x/journal"]
