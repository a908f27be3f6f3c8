"""What becomes of each new entry: fresh, baseline, old, waiting."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from piquet.dedupe import tell_apart
from piquet.entry import Disposition, Entry, SortRules, sort_out
from piquet.ledger.keys import keys
from piquet.ledger.values import StoredEntry
from piquet.likeness import numbers_articles

NOW = datetime(2026, 12, 5, 12, 0, tzinfo=UTC)
FEED = "https://lejournal.example.com/rss"


def entry(number: int, *, minutes: float | None = 10.0, feed: str = FEED, **values) -> Entry:
    published = None if minutes is None else NOW - timedelta(minutes=minutes)
    defaults = {
        "feed": feed,
        "id": f"id-{number}",
        "link": f"https://lejournal.example.com/{number}",
        "title": f"Titre {number}",
    }
    return Entry(**{**defaults, "published": published, **values})


def sort(entries, *, seen=(), first_sight=(), read_at=None, **rules):
    found = {key: [StoredEntry(id=n, entry=one)] for n, one in enumerate(seen) for key in keys(one)}
    known = tell_apart(entries, found)
    return sort_out(
        entries,
        known=known,
        first_sight=first_sight,
        now=NOW,
        rules=SortRules(**rules),
        read_at=read_at,
    )


def ids(found, disposition):
    return [item.entry.id for item in found if item.disposition is disposition]


def test_new_entries_come_out_oldest_first():
    found = sort([entry(3, minutes=1), entry(1, minutes=30), entry(2, minutes=20)])
    assert ids(found, Disposition.FRESH) == ["id-1", "id-2", "id-3"]


def test_entries_without_dates_keep_the_order_of_a_feed_that_lists_the_newest_first():
    found = sort([entry(3, minutes=None), entry(2, minutes=None), entry(1, minutes=None)])
    assert ids(found, Disposition.FRESH) == ["id-1", "id-2", "id-3"]


def test_a_seen_entry_is_not_there_any_more():
    found = sort([entry(1), entry(2)], seen=[entry(1)])
    assert [item.entry.id for item in found] == ["id-2"]


def test_the_first_sight_of_a_feed_posts_nothing():
    found = sort([entry(n) for n in range(9)], first_sight=[FEED])
    assert ids(found, Disposition.FRESH) == []
    assert len(ids(found, Disposition.BASELINE)) == 9


def test_the_first_sight_of_a_feed_posts_its_newest_when_asked_to():
    found = sort([entry(n, minutes=n) for n in range(9)], first_sight=[FEED], first_posts=2)
    assert ids(found, Disposition.FRESH) == ["id-1", "id-0"]


def test_a_feed_added_later_is_a_baseline_while_the_others_go_on():
    other = "https://lejournal.example.com/sport"
    found = sort([entry(1), entry(2, feed=other)], first_sight=[other])
    assert ids(found, Disposition.FRESH) == ["id-1"]
    assert ids(found, Disposition.BASELINE) == ["id-2"]


def test_an_entry_older_than_the_maximum_age_is_recorded_and_never_fresh():
    found = sort([entry(1, minutes=24 * 60 + 1), entry(2, minutes=24 * 60 - 1)])
    assert ids(found, Disposition.OLD) == ["id-1"]
    assert ids(found, Disposition.FRESH) == ["id-2"]


def test_an_entry_dated_in_the_future_waits_for_its_hour():
    later = entry(1, minutes=-90)
    found = sort([later, entry(2)])
    assert ids(found, Disposition.WAITING) == ["id-1"]
    assert next(i for i in found if i.entry is later).wait_until == later.published
    assert ids(found, Disposition.FRESH) == ["id-2"]


def test_in_a_flood_the_oldest_wait_for_a_person():
    found = sort([entry(n, minutes=n + 1) for n in range(30)], flood=20)
    assert ids(found, Disposition.WAITING) == [f"id-{n}" for n in range(29, 19, -1)]
    assert ids(found, Disposition.FRESH) == [f"id-{n}" for n in range(19, -1, -1)]
    assert all(i.wait_until is None for i in found)


def test_a_flood_goes_out_whole_where_the_outlet_says_so():
    found = sort([entry(n) for n in range(30)], flood=20, flood_policy="post")
    assert len(ids(found, Disposition.FRESH)) == 30


def test_one_article_in_two_feeds_is_one_entry():
    twice = [
        entry(1),
        entry(2, id="other", link="http://lejournal.example.com/1/?utm_source=rss#top", feed="b"),
    ]
    assert [i.entry.id for i in sort(twice)] == ["id-1"]


@pytest.mark.parametrize(
    ("id_", "numbers"),
    [
        ("5059121", True),
        ("https://lejournal.example.com/?p=1234", True),
        ("9f1c2e34-77aa-4b1e-9c6d-0242ac120002", True),
        ("tag:lejournal.example.com,2026:edito", False),
        ("top-0001", False),
        ("12", False),
        ("editorial", False),
        ("slot-00000001", False),
    ],
)
def test_an_id_that_could_be_a_place_or_a_rubric_numbers_no_article(id_, numbers):
    assert numbers_articles(entry(1, id=id_)) is numbers


ages = st.none() | st.integers(-100, 3000)
batches = st.lists(st.tuples(st.integers(0, 40), ages), max_size=60)


@given(batches, st.integers(0, 5), st.integers(1, 30), st.booleans())
def test_every_unseen_entry_gets_one_disposition_and_no_more_than_the_flood_is_fresh(
    batch, first, flood, new_feed
):
    entries = [entry(number, minutes=age) for number, age in batch]
    found = sort(entries, first_sight=[FEED] if new_feed else [], first_posts=first, flood=flood)
    assert sorted(i.entry.id for i in found) == sorted({e.id for e in entries})
    assert len(ids(found, Disposition.FRESH)) <= (min(first, flood) if new_feed else flood)


LAST_READ = {FEED: NOW - timedelta(minutes=5)}
SHOWN = [entry(n, minutes=20 + 10 * n) for n in range(12)]


def test_articles_that_come_up_at_the_end_because_others_were_withdrawn_are_old():
    old = [entry(n, minutes=20 + 10 * n) for n in range(12, 15)]
    found = sort([*SHOWN[2:], *old], seen=SHOWN, read_at=LAST_READ)
    assert ids(found, Disposition.OLD) == ["id-14", "id-13", "id-12"] and ids(found, Disposition.FRESH) == []


def test_a_late_article_is_new_wherever_it_is_not_older_than_all_that_is_known_below_it():
    among, on_top = entry(90, minutes=45), entry(91, minutes=300)
    found = sort([on_top, *SHOWN[:3], among, *SHOWN[3:]], seen=SHOWN, read_at=LAST_READ)
    assert ids(found, Disposition.FRESH) == ["id-91", "id-90"]


def test_after_a_long_silence_what_was_published_meanwhile_is_new_even_below_a_pinned_article():
    pinned = [entry(n, minutes=1) for n in range(12)]
    missed = [entry(20 + n, minutes=60 + n) for n in range(3)]
    found = sort([*pinned, *missed], seen=pinned, read_at={FEED: NOW - timedelta(hours=3)})
    assert ids(found, Disposition.FRESH) == ["id-22", "id-21", "id-20"]


def test_below_a_few_known_articles_an_older_one_is_new():
    late = entry(90, minutes=600)
    assert ids(sort([*SHOWN[:9], late], seen=SHOWN, read_at=LAST_READ), Disposition.FRESH) == ["id-90"]
