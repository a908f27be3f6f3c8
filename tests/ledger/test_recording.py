"""What a cycle records, all or nothing, and what the next one knows of it."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from piquet.entry import Entry, Image
from piquet.errors import LedgerError
from piquet.feed.state import FeedState
from piquet.ledger import Ledger
from piquet.ledger.codec import entry_from_json, entry_to_json, payload_from_json, payload_to_json
from piquet.ledger.keys import keys
from piquet.ledger.values import Recorded, Rewrite

times = st.datetimes(min_value=datetime(1900, 1, 1), timezones=st.just(UTC))
texts = st.text(st.characters(exclude_categories=()), max_size=40)
entries = st.builds(
    Entry,
    feed=texts,
    id=texts,
    link=texts,
    title=texts,
    summary=texts,
    published=st.none() | times,
    updated=st.none() | times,
    image=st.none() | st.builds(Image, url=texts, alt=texts),
    language=st.none() | texts,
    tags=st.lists(texts, max_size=3).map(tuple),
)


@given(entries)
def test_an_entry_survives_json(entry):
    assert entry_from_json(entry_to_json(entry)) == entry


def test_a_payload_survives_json_with_its_body_in_order(build):
    payload = build.payload("k")
    back = payload_from_json(payload_to_json(payload))
    assert back == payload
    assert list(back.body) == list(payload.body)


@settings(deadline=None)
@given(entries)
def test_keys_are_64_characters_however_long_a_guid_is(entry):
    long = replace(entry, id=entry.id * 500)
    assert {len(key) for key in keys(long)} == {64}


def test_a_batch_is_stored_whole(ledger, build):
    entry = build.entry(
        "a", published=build.now - timedelta(hours=1), image=Image(url="https://h/i.jpg", alt="Un piquet")
    )
    feed = FeedState(url=entry.feed, etag='"1"', ok_at=build.now, failures=0)
    ledger.record(build.batch(entry, feeds=(feed,)))
    assert ledger.feed_states(build.outlet) == {entry.feed: feed}
    assert ledger.known(build.outlet, [entry]).has(entry)
    assert ledger.counts(build.outlet) == {build.account: {"due": 1}}
    [delivery] = ledger.rewritable(build.outlet, build.account)
    assert (delivery.entry, delivery.state, delivery.decision) == (entry, "due", {"on_strike": False})
    [beginning] = ledger.history(delivery.id)
    assert (beginning.before, beginning.after, beginning.why, beginning.at) == (
        None,
        "due",
        "ordinary",
        build.now,
    )


def test_a_failure_half_way_leaves_nothing(ledger, build):
    entry = build.entry("a")
    bad = build.draft(entry, account="x/journal", payload=None)
    with pytest.raises(LedgerError, match="begins due with its payload"):
        ledger.record(build.batch(entry, feeds=(FeedState(url="u"),), drafts=(build.draft(entry), bad)))
    assert not ledger.known(build.outlet, [entry]).has(entry)
    assert ledger.feed_states(build.outlet) == {}
    assert ledger.counts(build.outlet) == {}


def test_an_entry_is_known_by_guid_or_by_canonical_link(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    moved = build.entry("a", link="https://journal.example/a-titre-corrige")
    tracked = build.entry("other guid", link="http://journal.example/a/?utm_source=rss#top")
    other = build.entry("b")
    for again in (moved, tracked):
        known = ledger.known(build.outlet, [again, other])
        assert known.has(again) and not known.has(other)
    assert not ledger.known("another outlet", [moved]).has(moved)


def test_one_question_answers_for_a_batch_larger_than_a_statement_may_be(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    batch = [build.entry(str(number)) for number in range(25_000)] + [build.entry("a")]
    known = ledger.known(build.outlet, batch)
    assert [entry.id for entry in batch if known.has(entry)] == ["a"]


def test_no_entries_are_no_trouble(ledger, build):
    assert not ledger.known(build.outlet, []).has(build.entry("a"))
    ledger.record(build.batch())


def test_what_a_broken_feed_holds_is_stored_and_known(ledger, build):
    entry = build.entry(
        "\0" + "g" * 10_000 + "\ud800", link="https://h/\0\ud800", title="a\0b\udfff", tags=("\0",)
    )
    ledger.record(build.batch(entry, drafts=(build.draft(entry, key="k"),)))
    assert ledger.known(build.outlet, [entry]).has(entry)
    [delivery] = ledger.rewritable(build.outlet, build.account)
    assert delivery.entry == entry


def test_recording_twice_records_once(ledger, build):
    batch = build.batch(build.entry("a"), build.entry("b"))
    ledger.record(batch)
    ledger.record(batch)
    assert ledger.counts(build.outlet) == {build.account: {"due": 2}}
    assert ledger.turn(build.outlet) == 2


def test_two_runs_that_meet_on_one_link_under_two_guids_make_one_delivery(ledger, build):
    first, second = build.entry("a"), build.entry("b", link="https://journal.example/a#x")
    ledger.record(build.batch(first))
    ledger.record(build.batch(second))
    assert ledger.counts(build.outlet) == {build.account: {"due": 1}}


def test_many_runs_at_once_record_each_entry_once(ledger_url, build):
    batch = build.batch(*(build.entry(str(number)) for number in range(20)))
    start, failures = threading.Barrier(4), []

    def run() -> None:
        with Ledger.open(ledger_url) as own:
            start.wait()
            try:
                own.record(batch)
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    with Ledger.open(ledger_url) as ledger:
        assert failures == []
        assert ledger.counts(build.outlet) == {build.account: {"due": 20}}


def test_a_draft_without_its_entry_in_the_batch_is_refused(ledger, build):
    with pytest.raises(LedgerError, match="has no entry in its batch"):
        ledger.record(build.batch(drafts=(build.draft(build.entry("a")),)))
    with pytest.raises(LedgerError, match="no entry 7"):
        ledger.record(build.batch(drafts=(build.draft(entry_id=7, key="k"),)))


def test_a_reminder_needs_no_entry_and_goes_before_entries(ledger, build):
    entry = build.entry("a")
    ledger.record(build.batch(entry))
    ledger.record(build.batch(drafts=(build.draft(kind="reminder"),)))
    assert build.claim(ledger).kind == "reminder"
    assert ledger.rewritable(build.outlet, build.account)[0].entry == entry


def test_waiting_entries_come_when_their_time_has_come_and_the_flood_when_released(ledger, build):
    later, flood, fresh = build.entry("later"), build.entry("flood"), build.entry("fresh")
    hour = build.now + timedelta(hours=1)
    recorded = (
        Recorded(entry=later, disposition="waiting", wait_until=hour),
        Recorded(entry=flood, disposition="waiting"),
        Recorded(entry=fresh, disposition="fresh"),
    )
    ledger.record(build.batch(entries=recorded))

    def ready(now: datetime, flood: bool) -> list[str]:
        return [stored.entry.id for stored in ledger.ready(build.outlet, now, release_flood=flood)]

    assert ready(build.now, False) == []
    assert ready(hour, False) == ["later"]
    assert ready(build.now, True) == ["flood"]
    assert ready(hour, True) == ["later", "flood"]


def test_released_entries_get_their_deliveries_once(ledger, build):
    entry = build.entry("a")
    ledger.record(build.batch(entries=(Recorded(entry=entry, disposition="waiting"),)))
    [stored] = ledger.ready(build.outlet, build.now, release_flood=True)
    release = build.batch(drafts=(build.draft(entry_id=stored.id, key="k"),), released=(stored.id,))
    ledger.record(release)
    ledger.record(release)
    assert ledger.ready(build.outlet, build.now, release_flood=True) == []
    assert ledger.counts(build.outlet) == {build.account: {"due": 1}}


def test_the_turn_grows_by_the_entries_that_get_deliveries(ledger, build):
    assert ledger.turn(build.outlet) == 0
    entry = build.entry("a")
    ledger.record(build.batch(entry, drafts=(build.draft(entry), build.draft(entry, account="x/journal"))))
    ledger.record(build.batch(entries=(Recorded(entry=build.entry("old"), disposition="old"),)))
    assert ledger.turn(build.outlet) == 1


def rewrite(delivery_id: int, state: str, payload=None) -> Rewrite:
    decision = {"on_strike": True}
    return Rewrite(
        delivery_id=delivery_id, state=state, payload=payload, decision=decision, reason="day 2026-12-05"
    )


def test_a_delivery_not_yet_sent_takes_a_new_content(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    [before] = ledger.rewritable(build.outlet, build.account)
    new = build.payload(before.key, "En grève. Texte")
    ledger.record(build.batch(rewrites=(rewrite(before.id, "due", new),)))
    [after] = ledger.rewritable(build.outlet, build.account)
    assert (after.reason, after.decision, after.key) == ("day 2026-12-05", {"on_strike": True}, before.key)
    assert build.claim(ledger).payload == new


def test_held_deliveries_are_not_claimed_until_they_are_due_again(ledger, build):
    ledger.record(build.batch(build.entry("a"), build.entry("b")))
    first, _ = ledger.rewritable(build.outlet, build.account)
    ledger.record(build.batch(rewrites=(rewrite(first.id, "held"),)))
    assert build.claim(ledger).title == "b"
    ledger.record(build.batch(rewrites=(rewrite(first.id, "due", build.payload(first.key)),)))
    assert [move.after for move in ledger.history(first.id)] == ["due", "held", "due"]


def test_a_delivery_being_sent_or_sent_is_not_rewritten(ledger, build):
    ledger.record(build.batch(build.entry("a")))
    claimed = build.claim(ledger)
    assert ledger.rewritable(build.outlet, build.account) == []
    late = build.batch(rewrites=(rewrite(claimed.id, "held"),))
    ledger.record(late)
    assert ledger.counts(build.outlet) == {build.account: {"sending": 1}}
    ledger.settle(claimed.id, "one", build.receipt(), build.now)
    ledger.record(late)
    assert ledger.counts(build.outlet) == {build.account: {"sent": 1}}
    assert "day 2026-12-05" not in {move.why for move in ledger.history(claimed.id)}


def test_a_held_delivery_without_content_cannot_be_made_due(ledger, build):
    entry = build.entry("a")
    ledger.record(build.batch(entry, drafts=(build.draft(entry, state="held"),)))
    [held] = ledger.rewritable(build.outlet, build.account)
    with pytest.raises(LedgerError, match="has no payload"):
        ledger.record(build.batch(rewrites=(rewrite(held.id, "due"),)))
    assert build.claim(ledger) is None


def test_times_come_back_aware_in_utc_and_a_naive_one_is_refused(ledger, build):
    paris = timezone(timedelta(hours=1))
    ok_at = datetime(2026, 12, 5, 9, 0, 0, 123456, tzinfo=paris)
    ledger.record(build.batch(feeds=(FeedState(url="u", ok_at=ok_at),)))
    [state] = ledger.feed_states(build.outlet).values()
    assert state.ok_at == ok_at
    assert state.ok_at.tzinfo is UTC
    with pytest.raises(LedgerError, match="naive time"):
        ledger.record(build.batch(build.entry("a"), now=datetime(2026, 12, 5, 9, 0)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(batch=st.lists(entries, max_size=6, unique_by=lambda e: e.id or e.link))
def test_whatever_a_feed_holds_is_known_once_recorded(ledger, build, batch):
    before = ledger.known(build.outlet, batch)
    recorded = tuple(
        Recorded(entry=entry, disposition="old", told_from=before.told_from.get(entry, ()))
        for entry in batch
        if not before.has(entry)
    )
    ledger.record(build.batch(entries=recorded))
    known = ledger.known(build.outlet, batch)
    assert all(known.has(entry) for entry in batch)
