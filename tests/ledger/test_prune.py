"""Retention: what is old goes, the audit and what articles are known by stay, and no article is ever posted again."""

import shutil
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deployments.cli import main
from piquet.entry import Entry, Image
from piquet.errors import UserError
from piquet.ledger import Ledger, pruning
from piquet.ledger.pruning import Pruned
from piquet.ledger.values import Recorded
from piquet.measure import AGES, Taken
from piquet.prune import prune, read_age
from tests.ledger.cycling import FEED, article, desk
from tests.ledger.test_backup import run_sql

OLD = datetime(2026, 1, 5, 8, tzinfo=UTC)
NOW = datetime(2027, 6, 1, 8, tzinfo=UTC)
BEFORE = NOW - timedelta(days=400)


def pruned(ledger: Ledger, before: datetime = BEFORE) -> Pruned:
    return prune(ledger, "journal", before, sleep=lambda _: None)


def old_and_new(ledger, build) -> None:
    """Two articles sent long ago and one lately, with figures, each with its cycle."""
    for day, names in ((OLD, ("a", "b")), (NOW, ("c",))):
        cycle = ledger.begin_cycle(build.outlet, day)
        ledger.record(
            build.batch(*(build.entry(name, published=day, summary="Chapô.") for name in names), now=day)
        )
        for _ in names:
            claimed = build.claim(ledger, at=day)
            assert ledger.settle(claimed.id, "one", build.receipt(claimed.id, day), day)
            ledger.take(build.outlet, [Taken(delivery_id=claimed.id, age=AGES[0], at=day, likes=1)])
        ledger.end_cycle(build.outlet, cycle, {}, day)


def test_what_is_old_goes_with_all_that_hangs_on_it_and_what_is_young_stays_whole(ledger, build):
    old_and_new(ledger, build)
    told = ledger.prunable(build.outlet, BEFORE)
    done = pruned(ledger)
    assert done == Pruned(deliveries=2, moves=6, snapshots=2, cycles=1, entries=2) == replace(told, entries=2)
    assert ledger.counts(build.outlet) == {build.account: {"sent": 1}}
    assert [row.title for row in ledger.deliveries(build.outlet)] == ["c"]
    assert len(ledger.history(3)) == 3 and ledger.last_cycle(build.outlet).started_at == NOW
    assert not pruned(ledger) and not ledger.prunable(build.outlet, BEFORE)


def test_the_audit_is_never_pruned_and_its_chain_holds(ledger, build):
    old_and_new(ledger, build)
    before = ledger.audit_trail(build.outlet)
    assert pruned(ledger).deliveries == 2
    assert ledger.audit_trail(build.outlet) == before and len(before) == 6
    assert ledger.audit_breaks(build.outlet) == []


@pytest.mark.parametrize("state", ["due", "held", "sending", "unsettled"])
def test_what_is_still_open_stays_however_old(ledger, ledger_url, build, state):
    ledger.record(build.batch(build.entry("a"), now=OLD))
    run_sql(ledger_url, f"UPDATE deliveries SET state = '{state}'")
    assert pruned(ledger) == Pruned()


def test_a_post_that_is_still_to_be_taken_down_or_unpinned_stays(ledger, ledger_url, build):
    old_and_new(ledger, build)
    run_sql(ledger_url, "UPDATE entries SET disposition = 'retracted' WHERE id = 1")
    ledger.want_pin(build.outlet, build.account, 2, (), OLD)
    assert pruned(ledger).deliveries == 0
    run_sql(ledger_url, "UPDATE pins SET state = 'ended'", "UPDATE deliveries SET error_class = 'Rejected'")
    done = pruned(ledger)
    assert (done.deliveries, done.pins) == (2, 1)


def test_an_article_that_waits_for_a_person_stays_whole(ledger, build):
    waiting = Recorded(entry=build.entry("a", summary="Chapô."), disposition="waiting")
    ledger.record(build.batch(entries=(waiting,), drafts=(), now=OLD))
    assert pruned(ledger) == Pruned()
    assert ledger.ready(build.outlet, NOW, release_flood=True)[0].entry.summary == "Chapô."


def test_an_article_that_comes_back_after_years_is_not_posted_again_with_a_date_or_without(ledger_url):
    account = "mastodon/journal"
    once = [article(2, OLD), replace(article(3, OLD), published=None)]
    with desk(OLD, [account]) as cycling:
        cycling.cycle(ledger_url, [article(1, OLD)])
        cycling.cycle(ledger_url, [*once, article(1, OLD)])
        assert len(cycling.links(account)) == 2
        cycling.clock.now = NOW
        with Ledger.open(ledger_url) as ledger:
            assert pruned(ledger).deliveries == 2
        # Republished with today's date, or listed as ever; and one that is new.
        back = [replace(once[0], published=NOW), once[1], article(9, NOW)]
        cycling.cycle(ledger_url, back)
        links = cycling.links(account)
        assert len(links) == 3 and links[-1].endswith("/9")


texts = st.sampled_from(["", "Un", "Deux", "un  DEUX", "La revue de presse"])
numbers = st.integers(1, 4)
known = st.builds(
    lambda feed, id_, link, title, summary, published, language: Entry(
        feed=feed,
        id=id_,
        link=f"https://journal.example/{link}",
        title=title,
        summary=summary,
        published=published,
        language=language,
        image=Image(url="https://journal.example/i.jpg"),
        tags=("a",),
    ),
    st.sampled_from([FEED, f"{FEED}/2"]),
    numbers.map(str) | numbers.map(lambda n: f"https://journal.example/{n}"),
    numbers,
    texts,
    texts,
    st.none() | st.sampled_from([OLD, OLD + timedelta(days=2), NOW]),
    st.sampled_from([None, "fr", "en"]),
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(known, min_size=1, max_size=6, unique=True), st.lists(known, max_size=6, unique=True))
def test_whatever_a_feed_lists_a_pruned_ledger_tells_known_from_new_as_before(
    upgraded_file, tmp_path, build, stored, listed
):
    path = shutil.copy(upgraded_file, tmp_path / "ledger.db")
    with Ledger.open(f"sqlite:///{path}") as ledger:
        ledger.record(build.batch(*stored, drafts=(), now=OLD))
        document = [*listed, *stored[: len(stored) // 2]]
        before = ledger.known(build.outlet, document)
        pruned(ledger)
        after = ledger.known(build.outlet, document)
        assert (after.same, after.repeats, after.told_from) == (before.same, before.repeats, before.told_from)
        assert [c.corrects for c in after.changes] == [c.corrects for c in before.changes]


def test_cycles_go_on_while_a_lot_is_pruned_in_small_batches(ledger_url, build, monkeypatch):
    monkeypatch.setattr(pruning, "AT_ONCE", 20)
    with Ledger.open(ledger_url) as ledger:
        names = [f"{number:03}" for number in range(120)]
        ledger.record(build.batch(*(build.entry(name) for name in names), now=OLD))
        run_sql(ledger_url, "UPDATE deliveries SET state = 'sent'")
        total: list[Pruned] = []
        pruner = threading.Thread(target=lambda: total.append(prune(ledger, build.outlet, BEFORE)))
        pruner.start()
        with Ledger.open(ledger_url) as other:
            for number in range(10):
                other.record(build.batch(build.entry(f"new {number}"), now=NOW))
                claimed = build.claim(other, at=NOW)
                assert claimed and other.settle(claimed.id, "one", build.receipt(number, NOW), NOW)
        pruner.join(60)
        assert total[0].deliveries == 120
        assert ledger.counts(build.outlet) == {build.account: {"sent": 10}}


@pytest.mark.parametrize("age", ["", "400", "d", "89d", "-100d", "1y", "99999999d", "36501d", "999999d"])
def test_an_age_that_is_none_or_too_short_or_too_long_is_one_sentence(age):
    if age == "400":
        assert read_age(age) == timedelta(days=400)
        return
    with pytest.raises(UserError, match="prune, field 'older_than'") as caught:
        read_age(age)
    assert "\n" not in str(caught.value) and repr(age) in str(caught.value)


def test_the_command_says_what_it_would_forget_then_forgets_it(ledger, ledger_url, build):
    ledger.record(build.batch(build.entry("a"), now=OLD))
    run_sql(ledger_url, "UPDATE deliveries SET state = 'dropped'")
    for words, said in ((["--dry-run"], "Would be forgotten"), ([], "Forgotten")):
        done = CliRunner().invoke(main, ["prune", "--older-than", "90d", "--url", ledger_url, *words])
        assert done.exit_code == 0, done.output
        assert f"{said}: journal: 1 deliveries with 1 moves" in done.output
    assert ledger.counts(build.outlet) == {}
