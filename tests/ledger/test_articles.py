"""By which keys the ledger knows an article, what a correction changes, and that none of it reads whole tables."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from test_polls import SCENARIOS, Newsroom, check

from piquet.entry import SortRules, sort_out
from piquet.ledger.entries import known_query
from piquet.ledger.keys import id_key, keys, title_key
from piquet.ledger.tables import entry_keys
from piquet.ledger.values import Recorded, Rewrite


def test_the_same_articles_go_out_whichever_database_remembers(ledger):
    for name, polls in SCENARIOS.items():
        check(Newsroom(ledger, outlet=name), polls)


def read(ledger, build, *found, at=None, drafts=()):
    """What a cycle does with a document, but for deciding and composing."""
    now = at or build.now
    known = ledger.known(build.outlet, found)
    ledger.correct(build.outlet, known.changes, now)
    new = sort_out(found, known=known, first_sight=(), now=now, rules=SortRules(flood=10_000))
    recorded = tuple(
        Recorded(entry=n.entry, disposition=n.disposition, repeats=n.repeats, told_from=n.told_from)
        for n in new
    )
    ledger.record(build.batch(entries=recorded, drafts=drafts, now=now))
    return [n.entry.title for n in new]


def test_what_waits_is_composed_from_the_correction_and_once_composed_is_not_behind(ledger, build):
    entry, later = build.entry("a"), build.now + timedelta(minutes=5)
    ledger.record(build.batch(entry))
    assert read(ledger, build, build.entry("a", title="Corrigé"), at=later) == []
    [behind] = ledger.rewritable(build.outlet, build.account)
    assert behind.corrected and behind.entry.title == "Corrigé"
    payload = replace(build.payload(behind.key, "Corrigé"), prepared_at=later)
    anew = Rewrite(delivery_id=behind.id, state="due", payload=payload, decision={}, reason="corrected")
    ledger.record(build.batch(rewrites=(anew,), now=later))
    [after] = ledger.rewritable(build.outlet, build.account)
    assert not after.corrected and after.key == behind.key
    assert ledger.counts(build.outlet) == {build.account: {"due": 1}}


def test_a_held_delivery_without_content_is_behind_nothing_and_holds_the_corrected_entry(ledger, build):
    entry = build.entry("a")
    ledger.record(build.batch(entry, drafts=(build.draft(entry, state="held"),)))
    read(ledger, build, build.entry("a", title="Corrigé"), at=build.now + timedelta(minutes=5))
    [held] = ledger.rewritable(build.outlet, build.account)
    assert held.entry.title == "Corrigé" and not held.corrected


def test_correcting_twice_corrects_once(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    corrected = build.entry("a", title="Corrigé")
    changes = ledger.known(build.outlet, [corrected]).changes
    ledger.correct(build.outlet, changes, build.now)
    ledger.correct(build.outlet, changes, build.now)
    assert ledger.known(build.outlet, [corrected]).changes == ()
    assert ledger.known("another outlet", [corrected]).same == {}


def test_a_key_of_many_articles_is_kept_for_a_few_and_stays_worth_nothing(ledger, build):
    constant = [build.entry(str(n), id="x", title=f"Titre {n} {'abc' * n}") for n in range(30)]
    for start in range(0, 30, 10):
        assert len(read(ledger, build, *constant[start : start + 10])) == 10
    assert _count(ledger, entry_keys.c.key == id_key(constant[0])) == 8
    assert read(ledger, build, *constant) == []


def test_a_guid_that_changes_at_every_poll_does_not_add_to_the_ledger_for_ever(ledger, build):
    for poll in range(80):
        read(ledger, build, build.entry("a", id=f"at {poll}"))
    assert _count(ledger) <= 65
    assert _count(ledger, entry_keys.c.key == title_key(build.entry("a"))) == 1


def _count(ledger, *where):
    with ledger._reading() as connection:
        return connection.execute(select(func.count()).select_from(entry_keys).where(*where)).scalar()


@pytest.fixture
def full(ledger, build):
    """A ledger large enough for a planner to prefer an index where there is one: 11 outlets, 2,000 articles each."""
    read(ledger, build, *(build.entry(str(number)) for number in range(2_000)))
    columns = "feed, guid, link, entry, disposition, first_seen, sort_at"
    with ledger._writing() as connection:
        for other in (f"outlet {number}" for number in range(10)):
            own = f"'{other}', {{}} FROM {{}} WHERE outlet = '{build.outlet}'"
            entries = own.format(columns, "entries")
            connection.execute(text(f"INSERT INTO entries (outlet, {columns}) SELECT {entries}"))
            sharing = own.format("key, entry_id", "entry_keys")
            connection.execute(text(f"INSERT INTO entry_keys (outlet, key, entry_id) SELECT {sharing}"))
        connection.execute(text("ANALYZE"))
    return ledger


def test_no_question_about_a_document_reads_a_whole_table(full, build):
    asked = [key for number in range(50) for key in keys(build.entry(str(number)))]
    own = (entry_keys.c.outlet == build.outlet, entry_keys.c.key.in_(asked))
    for query in (
        known_query(build.outlet, asked),
        select(entry_keys.c.key, entry_keys.c.entry_id).where(*own),
        select(entry_keys.c.entry_id, func.count())
        .where(entry_keys.c.entry_id.in_(range(50)))
        .group_by(entry_keys.c.entry_id),
    ):
        plan = _plan(full, query)
        assert not [line for line in plan if line.startswith("SCAN") or "Seq Scan" in line]


def _plan(ledger, query) -> list[str]:
    with ledger._reading() as connection:
        on_sqlite = connection.dialect.name == "sqlite"
        dialect = sqlite.dialect() if on_sqlite else postgresql.dialect()
        words = query.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
        rows = connection.exec_driver_sql(f"EXPLAIN {'QUERY PLAN ' if on_sqlite else ''}{words}")
        return [str(row[-1])[:200] for row in rows]
