"""When an account is on strike, told in spans: from the states seen, merged, right across daylight saving."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pendulum
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from piquet.strike import Strike, Window, days_by_hand, decide
from piquet.strike_spans import Span, current, last_ended, planned, spans

PARIS = pendulum.timezone("Europe/Paris")
AUCKLAND = pendulum.timezone("Pacific/Auckland")
NOTICE = ("Community managers en grève.",)


def at(*parts: int, zone=PARIS) -> datetime:
    return datetime(*parts, tzinfo=zone).astimezone(UTC)


def strike(**values) -> Strike:
    return Strike(**{"notices": NOTICE, **values})


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (PARIS, date(2026, 3, 29), 23),
        (PARIS, date(2026, 10, 25), 25),
        (AUCKLAND, date(2026, 9, 27), 23),
        (AUCKLAND, date(2026, 4, 5), 25),
    ],
    ids=str,
)
def test_a_listed_day_is_one_span_of_its_own_23_or_25_hours(zone, day, hours):
    (span,) = planned(strike(days=(day,)), zone)
    assert span.end - span.start == timedelta(hours=hours)
    assert span.start.astimezone(zone).date() == day and span.start.astimezone(zone).hour == 0


def test_days_walkouts_and_the_hand_switch_that_meet_are_one_strike_until_the_last_ends():
    walkout = Window(start=at(2026, 12, 5, 20), end=at(2026, 12, 6, 11))
    both = strike(days=(date(2026, 12, 5),), windows=(walkout,))
    states = [(at(2026, 12, 1), both), (at(2026, 12, 6, 10), replace(both, switch="strike"))]
    assert spans(states, "x/a", PARIS) == (Span(start=at(2026, 12, 5)),)
    ended = [*states, (at(2026, 12, 6, 15), both)]
    assert spans(ended, "x/a", PARIS) == (Span(start=at(2026, 12, 5), end=at(2026, 12, 6, 15)),)


def test_the_reason_told_is_the_hand_switch_before_the_day_before_the_hours():
    walkout = Window(start=at(2026, 12, 5, 8), end=at(2026, 12, 5, 12))
    now = at(2026, 12, 5, 9)
    all_three = strike(switch="strike", days=(date(2026, 12, 5),), windows=(walkout,))
    two, one = replace(all_three, switch="normal"), strike(windows=(walkout,))
    causes = [str(decide(s, "x/a", now, PARIS).cause) for s in (all_three, two, one)]
    assert causes == ["by_hand", "day", "hours"]


def test_a_strike_announced_late_begins_when_it_was_first_seen():
    states = [(at(2026, 12, 5, 9, 30), strike(days=(date(2026, 12, 5),)))]
    assert spans(states, "x/a", PARIS) == (Span(start=at(2026, 12, 5, 9, 30), end=at(2026, 12, 6)),)


def test_an_account_taken_out_in_mid_strike_is_on_strike_until_then():
    day = (date(2026, 12, 5),)
    states = [(at(2026, 12, 4), strike(days=day)), (at(2026, 12, 5, 15), strike(days=day, accounts=("x/a",)))]
    assert spans(states, "mastodon/a", PARIS) == (Span(start=at(2026, 12, 5), end=at(2026, 12, 5, 15)),)
    assert spans(states, "x/a", PARIS) == (Span(start=at(2026, 12, 5), end=at(2026, 12, 6)),)


def test_a_renewal_prolongs_the_strike_and_without_one_it_ends_by_itself():
    first = Window(start=at(2026, 12, 5, 11))
    renewed = replace(first, renewed_until=at(2026, 12, 7, 11))
    states = [(at(2026, 12, 4), strike(windows=(first,)))]
    assert spans(states, "x/a", PARIS)[0].end == at(2026, 12, 6, 11)
    states.append((at(2026, 12, 5, 19), strike(windows=(renewed,))))
    assert spans(states, "x/a", PARIS) == (Span(start=at(2026, 12, 5, 11), end=at(2026, 12, 7, 11)),)


def test_where_no_state_was_ever_seen_there_is_no_strike():
    assert spans([], "x/a", PARIS) == () and current((), at(2026, 12, 5)) is None
    assert last_ended((), at(2026, 12, 5)) is None


def test_days_on_which_another_movement_struck_by_hand_do_not_count():
    states = [
        (at(2026, 3, 5, 9), {"switch": "strike", "movement": "Salaires"}),
        (at(2026, 3, 5, 18), {"switch": "normal", "movement": "Salaires"}),
        (at(2026, 12, 5, 9), {"switch": "strike"}),
        (at(2026, 12, 5, 18), {"switch": "normal"}),
    ]
    assert days_by_hand(states, at(2026, 12, 6), PARIS, "Retraites") == {date(2026, 12, 5)}
    assert days_by_hand(states, at(2026, 12, 6), PARIS, "Salaires") == {date(2026, 3, 5), date(2026, 12, 5)}


moments = st.datetimes(datetime(2026, 3, 20), datetime(2026, 4, 10)).map(lambda d: d.replace(tzinfo=UTC))
windows = st.builds(
    lambda start, hours: Window(start=start, end=hours and start + timedelta(hours=hours)),
    moments,
    st.none() | st.integers(1, 72),
)
strikes = st.builds(
    Strike,
    switch=st.sampled_from(["normal", "strike"]),
    days=st.lists(st.dates(date(2026, 3, 20), date(2026, 4, 10)), max_size=4).map(
        lambda d: tuple(sorted(set(d)))
    ),
    windows=st.lists(windows, max_size=3).map(tuple),
    accounts=st.sampled_from([(), ("x/a",), ("mastodon/a",)]),
    notices=st.just(NOTICE),
)
histories = st.lists(st.tuples(moments, strikes), max_size=4, unique_by=lambda pair: pair[0]).map(
    lambda states: sorted(states, key=lambda pair: pair[0])
)


@settings(max_examples=200, deadline=None)
@given(histories, moments, st.sampled_from([PARIS, AUCKLAND, UTC]))
def test_an_instant_is_in_a_span_exactly_where_the_decision_is_on_strike(states, now, zone):
    found = spans(states, "x/a", zone)
    applies = [strike for seen, strike in states if seen <= now][-1:]
    expected = bool(applies) and decide(applies[0], "x/a", now, zone).on_strike
    assert (current(found, now) is not None) is expected
    for before, after in pairwise(found):
        assert before.start < before.end < after.start
    over = last_ended(found, now)
    assert over is None or (over.end <= now and not any(over.end < s.end <= now for s in found if s.end))
