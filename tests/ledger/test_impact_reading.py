"""What the ledger tells of a strike span, on both databases: articles, standing posts, own replies, reports made."""

import shutil
from datetime import timedelta

import pytest
from sqlalchemy import event

from piquet.entry import Disposition
from piquet.errors import Rejected
from piquet.impact.facts import Answer, facts
from piquet.impact.values import Span
from piquet.ledger import Ledger
from piquet.ledger.values import Recorded

MINUTE = timedelta(minutes=1)
STRIKE = {"on_strike": True, "mode": "accompany", "notices": ["En grève \0"]}


@pytest.fixture
def span(build) -> Span:
    return Span(since=build.now, until=build.now + timedelta(days=1))


def put(ledger, build, *drafts, at, entries=(), sent=True) -> list[int]:
    """Record these drafts and send them; the ids of their deliveries."""
    found = dict.fromkeys([*entries, *(draft.entry for draft in drafts if draft.entry)])
    ledger.record(build.batch(*found, drafts=drafts, now=at))
    claimed = []
    for draft in drafts if sent else ():
        claimed.append(build.claim(ledger, account=draft.account, at=at).id)
        assert ledger.settle(claimed[-1], "one", build.receipt(claimed[-1], at), at)
    return claimed


def test_an_article_stands_where_one_account_has_its_link_whatever_became_of_the_others(ledger, build, span):
    entry = build.entry("a")
    one, other = build.draft(entry, decision=STRIKE), build.draft(entry, account="x/journal", decision=STRIKE)
    ledger.record(build.batch(entry, drafts=(one, other)))
    (article,) = ledger.articles(build.outlet, span)
    assert not article.stands
    failed = build.claim(ledger)
    ledger.fail(failed.id, "one", Rejected("too long"), build.now)
    sent = build.claim(ledger, account="x/journal")
    ledger.settle(sent.id, "one", build.receipt(7), build.now)
    (article,) = ledger.articles(build.outlet, span)
    assert article.stands and article.link == entry.link and article.disposition is Disposition.FRESH
    assert [one.id for one in ledger.standing(build.outlet, span)] == [sent.id]


def test_a_message_in_the_place_of_the_article_stands_and_its_link_does_not(ledger, build, span):
    decision = {**STRIKE, "mode": "message_only"}
    put(ledger, build, build.draft(build.entry("a"), decision=decision), at=build.now)
    (article,) = ledger.articles(build.outlet, span)
    (post,) = ledger.standing(build.outlet, span)
    assert not article.stands and post.carries


def test_only_what_the_feed_brought_and_what_went_out_in_the_span_is_told(ledger, build, span):
    for number, at in enumerate((span.since - MINUTE, span.since, span.until - MINUTE, span.until)):
        put(ledger, build, build.draft(build.entry(f"e{number}"), decision=STRIKE), at=at)
    links = [article.link for article in ledger.articles(build.outlet, span)]
    assert links == ["https://journal.example/e1", "https://journal.example/e2"]
    assert sorted(post.sent_at for post in ledger.standing(build.outlet, span)) == [
        span.since,
        span.until - MINUTE,
    ]
    assert ledger.articles("another", span) == [] and ledger.standing("another", span) == []


def test_the_facts_of_a_span_are_those_that_its_cycles_made(ledger, build, span):
    ordinary = build.draft(build.entry("before"), decision={"on_strike": False})
    (parent,) = put(ledger, build, ordinary, at=span.since - MINUTE)
    old = Recorded(entry=build.entry("old"), disposition="old")
    waiting = Recorded(entry=build.entry("flood"), disposition="waiting")
    ledger.record(build.batch(drafts=(), entries=(old, waiting), now=span.since))
    reminder = build.draft(key="r", kind="reminder", decision={**STRIKE, "span": "s"})
    notice = build.draft(key="n", kind="notice", decision={**STRIKE, "span": "s", "parent": parent})
    put(ledger, build, reminder, at=span.since + MINUTE)
    put(ledger, build, build.draft(build.entry("a"), decision=STRIKE), at=span.since + 2 * MINUTE)
    put(ledger, build, notice, at=span.since + 3 * MINUTE)
    found = facts(
        ledger.articles(build.outlet, span),
        ledger.standing(build.outlet, span),
        ledger.measured(build.outlet, span.since, span.until),
        (),
        span=span,
        zone=span.since.tzinfo,
        at=span.until,
    )
    assert (found.links, found.published, found.missing) == (2, 1, ("https://journal.example/flood",))
    assert (found.posts, found.noticed, found.reminders, found.asked) == (1, 1, 1, None)
    assert (found.first_notice, found.last_notice) == (span.since + MINUTE, span.since + 3 * MINUTE)
    assert ledger.answers(build.outlet, span) == [Answer(parent=parent, sent_at=span.since + 3 * MINUTE)]


def test_a_report_is_remembered_once_made_and_the_audit_still_holds(ledger, build, span):
    assert ledger.reported(build.outlet) == set()
    ledger.note_report(build.outlet, span, 21_600, span.until, "a report on the strike")
    assert ledger.reported(build.outlet) == {(span, 21_600)}
    assert ledger.reported("another") == set()
    assert ledger.audit_breaks(build.outlet) == []


def test_every_question_goes_by_an_index(upgraded_file, tmp_path, build, span):
    # PostgreSQL scans tables as small as these, whatever their indexes.
    asked: list[tuple] = []

    def note(connection, cursor, statement, parameters, context, many):
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    with Ledger.open(f"sqlite:///{shutil.copy(upgraded_file, tmp_path / 'ledger.sqlite')}") as ledger:
        event.listen(ledger._engine, "before_cursor_execute", note)
        ledger.articles(build.outlet, span)
        ledger.standing(build.outlet, span)
        ledger.answers(build.outlet, span)
        ledger.reported(build.outlet)
        event.remove(ledger._engine, "before_cursor_execute", note)
        with ledger._reading() as connection:
            for statement, parameters in asked:
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
                assert [row[3] for row in plan if row[3].startswith("SCAN")] == [], plan
    assert len(asked) == 4
