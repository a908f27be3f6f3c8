"""What a preview decides: which entries, and which decision is the one on strike."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from deployments.preview import both, newest
from piquet.entry import Entry
from piquet.outlet import read_outlet
from piquet.strike import Cause, Strike
from tests.test_config import VALUES

NOW = datetime(2026, 12, 5, 23, 30, tzinfo=UTC)
OUTLET = read_outlet("j", VALUES)
STRIKE = Strike(notices=("En grève.",), days=(date(2026, 12, 1),), days_before=3)


def entry(number: int, minutes_ago: int | None) -> Entry:
    published = None if minutes_ago is None else NOW - timedelta(minutes=minutes_ago)
    link = f"https://l.example/{number}"
    return Entry(feed="f", id=str(number), link=link, title=str(number), published=published)


@given(st.lists(st.integers(0, 10_000), min_size=1), st.integers(1, 5))
def test_the_newest_entries_of_all_feeds_are_shown_whatever_their_order(ages, count):
    shown = newest([entry(n, age) for n, age in enumerate(ages)], count, NOW)
    assert [e.published for e in shown] == [NOW - timedelta(minutes=age) for age in sorted(ages)[:count]]


def test_entries_without_a_date_keep_the_order_of_their_document():
    assert [e.id for e in newest([entry(n, None) for n in range(5)], 3, NOW)] == ["0", "1", "2"]


def test_on_strike_is_what_the_switch_would_make_of_it_with_the_right_day_number():
    (_, ordinary), (_, on_strike) = both("x/j", STRIKE, NOW, OUTLET)
    assert not ordinary.on_strike and ordinary.notices == ()
    assert on_strike.on_strike and on_strike.cause is Cause.BY_HAND and on_strike.notices == ("En grève.",)
    # 3 before, the 1st, and today; in Paris it is already the 6th.
    assert on_strike.day_number == 5


def test_an_account_that_the_strike_does_not_cover_has_no_post_on_strike():
    partial = replace(STRIKE, accounts=("mastodon/j",))
    _, (_, decision) = both("x/j", partial, NOW, OUTLET)
    assert not decision.on_strike and decision.cause is Cause.NOT_COVERED
