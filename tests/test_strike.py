"""The strike rule: days, hours, hand, accounts, counting, daylight saving."""

from datetime import UTC, date, datetime, timedelta

import pendulum
import pytest
from hypothesis import given
from hypothesis import strategies as st

from piquet.errors import UserError
from piquet.strike import (
    Cause,
    Mode,
    Strike,
    Window,
    check_covered,
    day_number,
    days_by_hand,
    decide,
    never_read,
)
from piquet.strike_form import strike_from_json, strike_to_json

PARIS = pendulum.timezone("Europe/Paris")
NOTICE = ("Community managers en grève.",)


def paris(*parts: int) -> datetime:
    return pendulum.datetime(*parts, tz=PARIS)


def strike(**values) -> Strike:
    return Strike(**{"notices": NOTICE, **values})


def test_without_a_strike_posts_are_ordinary_and_carry_no_notice():
    decision = decide(strike(), "x/a", paris(2026, 12, 5, 9), PARIS)
    assert not decision.on_strike
    assert decision.notices == () and decision.mode is None and decision.day_number is None
    assert decision.reason == "no strike now"


def test_the_hand_switch_puts_every_account_on_strike_now():
    decision = decide(strike(switch="strike"), "x/a", paris(2026, 12, 5, 9), PARIS)
    assert decision.on_strike and decision.cause is Cause.BY_HAND
    assert decision.reason == "switched on by hand"
    assert decision.notices == NOTICE and decision.mode is Mode.ACCOMPANY


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        (datetime(2026, 12, 4, 22, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 12, 4, 23, 0, tzinfo=UTC), True),
        (datetime(2026, 12, 5, 22, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 12, 5, 23, 0, tzinfo=UTC), False),
    ],
)
def test_a_listed_day_is_the_outlets_own_day_from_midnight_to_midnight(instant, expected):
    decision = decide(strike(days=(date(2026, 12, 5),)), "x/a", instant, PARIS)
    assert decision.on_strike is expected
    assert (decision.reason == "day 2026-12-05 listed") is expected


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_a_day_of_daylight_saving_is_on_strike_for_its_23_or_25_hours(day):
    start = pendulum.datetime(day.year, day.month, day.day, tz=PARIS)
    end = start.add(days=1)
    hours = int((end - start).total_seconds() // 3600)
    assert hours in (23, 25)
    listed = strike(days=(day,))
    answers = [
        decide(listed, "x/a", start.in_timezone("UTC") + timedelta(hours=h), PARIS).on_strike
        for h in range(hours)
    ]
    assert all(answers)
    assert not decide(listed, "x/a", end, PARIS).on_strike
    assert not decide(listed, "x/a", start - timedelta(seconds=1), PARIS).on_strike


def test_a_walkout_holds_from_its_start_until_just_before_its_end():
    hours = strike(windows=(Window(start=paris(2026, 12, 5, 8), end=paris(2026, 12, 5, 14)),))
    assert not decide(hours, "x/a", paris(2026, 12, 5, 7, 59, 59), PARIS).on_strike
    assert decide(hours, "x/a", paris(2026, 12, 5, 8), PARIS).reason == "hours 08:00-14:00"
    assert not decide(hours, "x/a", paris(2026, 12, 5, 14), PARIS).on_strike


def test_an_account_that_is_not_covered_stays_ordinary_and_the_reason_says_so():
    partial = strike(switch="strike", accounts=("mastodon/a",))
    assert decide(partial, "mastodon/a", paris(2026, 12, 5, 9), PARIS).on_strike
    other = decide(partial, "x/a", paris(2026, 12, 5, 9), PARIS)
    assert not other.on_strike and other.notices == ()
    assert other.cause is Cause.NOT_COVERED and "x/a" in other.reason


def test_from_eleven_to_eleven_is_one_strike_day():
    window = Window(start=paris(2026, 12, 5, 11), end=paris(2026, 12, 6, 11))
    assert decide(strike(windows=(window,)), "x/a", paris(2026, 12, 6, 10), PARIS).day_number == 1


def test_strike_days_are_counted_over_the_movement_and_from_the_earlier_ones():
    movement = strike(days=(date(2026, 12, 5), date(2026, 12, 17), date(2027, 1, 9)), days_before=2)
    assert decide(movement, "x/a", paris(2026, 12, 5, 9), PARIS).day_number == 3
    assert decide(movement, "x/a", paris(2026, 12, 17, 9), PARIS).day_number == 4


def test_48_hours_from_noon_are_two_strike_days():
    window = Window(start=paris(2026, 12, 5, 12), end=paris(2026, 12, 7, 12))
    numbers = [
        decide(strike(windows=(window,)), "x/a", paris(2026, 12, day, hour), PARIS).day_number
        for day, hour in [(5, 12), (6, 11), (6, 12), (7, 11)]
    ]
    assert numbers == [1, 1, 2, 2]


def test_a_state_that_was_never_read_is_ordinary_and_loud():
    assert never_read("x/a").reason == "no strike state could ever be read"
    assert not never_read("x/a").on_strike


@pytest.mark.parametrize(
    ("values", "field", "value"),
    [
        ({"days": ["2026-13-05"]}, "days", "2026-13-05"),
        ({"mode": "silence"}, "mode", "silence"),
        ({"switch": "on"}, "switch", "on"),
        (
            {"windows": [{"start": "2026-12-05T14:00", "end": "2026-12-05T08:00"}]},
            "windows",
            "2026-12-05 08:00",
        ),
        ({"notices": []}, "notices", "empty"),
        ({"notices": [3]}, "notices", "3"),
        ({"notices": ["\u200b"]}, "notices", "empty"),
        ({"notices": ["Grève, jour {jour}."]}, "notices", "{jour}"),
        ({"short_notices": ["{titre}"]}, "short_notices", "{titre}"),
        ({"statement_url": "ici"}, "statement_url", "ici"),
        ({"hashtags": ["deux mots"]}, "hashtags", "deux mots"),
        ({"days_before": -1}, "days_before", "-1"),
        ({"accounts": "x/a"}, "accounts", "x/a"),
    ],
)
def test_a_value_that_cannot_work_is_one_sentence_naming_field_and_value(values, field, value):
    with pytest.raises(UserError) as caught:
        strike_from_json({"notices": ["n"], **values}, PARIS)
    assert f"'{field}'" in str(caught.value) and value in str(caught.value)


def test_walkout_hours_without_a_zone_are_the_outlets():
    read = strike_from_json(
        {"notices": ["n"], "windows": [{"start": "2026-12-05T08:00", "end": "2026-12-05T14:00"}]}, PARIS
    )
    assert read.windows[0].start == paris(2026, 12, 5, 8)


moments = st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 12, 31)).map(
    lambda d: d.replace(tzinfo=UTC)
)
windows = st.tuples(moments, st.integers(1, 72)).map(
    lambda w: Window(start=w[0], end=w[0] + timedelta(hours=w[1]))
)
strikes = st.builds(
    Strike,
    switch=st.sampled_from(["normal", "strike"]),
    days=st.lists(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=5).map(
        lambda d: tuple(sorted(set(d)))
    ),
    windows=st.lists(windows, max_size=3).map(tuple),
    accounts=st.lists(st.sampled_from(["x/a", "mastodon/a"]), max_size=2).map(tuple),
    mode=st.sampled_from(Mode),
    notices=st.just(NOTICE),
    days_before=st.integers(0, 9),
)


@given(strikes, moments)
def test_a_decision_on_strike_has_a_day_number_and_one_off_strike_has_nothing(strike, now):
    decision = decide(strike, "x/a", now, PARIS)
    if decision.on_strike:
        assert decision.day_number >= 1 and decision.mode is strike.mode
    else:
        assert (decision.notices, decision.mode, decision.day_number) == ((), None, None)


@given(strikes, moments, st.sampled_from(["Europe/Paris", "America/Montreal", "Pacific/Auckland", "UTC"]))
def test_a_strike_survives_the_ledger(strike, now, zone_name):
    zone = pendulum.timezone(zone_name)
    back = strike_from_json(strike_to_json(strike), zone)
    assert decide(back, "x/a", now, zone) == decide(strike, "x/a", now, zone)


@given(strikes, moments, st.integers(0, 48))
def test_strike_days_never_count_backwards_while_nobody_touches_the_block(strike, now, hours):
    later = now + timedelta(hours=hours)
    before, after = (decide(strike, "x/a", moment, PARIS) for moment in (now, later))
    if before.on_strike and after.on_strike and strike.switch == "normal":
        assert before.day_number <= after.day_number


def test_days_on_which_the_switch_stood_on_strike_count_on():
    states = [
        (paris(2026, 12, 5, 18), {"switch": "strike"}),
        (paris(2026, 12, 7, 9), {"switch": "normal"}),
        (paris(2026, 12, 17, 8), {"switch": "strike"}),
    ]
    now = paris(2026, 12, 17, 12)
    days = days_by_hand(states, now, PARIS)
    assert days == {date(2026, 12, 5), date(2026, 12, 6), date(2026, 12, 7), date(2026, 12, 17)}
    assert decide(strike(switch="strike"), "x/a", now, PARIS, by_hand=days).day_number == 4
    assert not decide(strike(), "x/a", now, PARIS, by_hand=days).on_strike


def test_where_no_state_was_ever_seen_no_day_counts():
    assert days_by_hand([], paris(2026, 12, 17, 12), PARIS) == frozenset()


def test_an_account_that_the_outlet_has_not_is_named_with_the_choice():
    check_covered(strike(accounts=("x/a",)), ["x/a", "mastodon/a"])
    with pytest.raises(
        UserError, match=r"'mastodon/lejournl' is not an account of this outlet: write one of x/a"
    ):
        check_covered(strike(accounts=("mastodon/lejournl",)), ["x/a"])


def test_the_switch_within_a_walkout_from_eleven_to_eleven_leaves_it_one_day():
    window = Window(start=paris(2026, 12, 5, 11), end=paris(2026, 12, 6, 11))
    on = strike(switch="strike", windows=(window,))
    states = [(paris(2026, 12, 5, 11, 30), strike_to_json(on))]

    def number(now):
        return day_number(on, now, PARIS, by_hand=days_by_hand(states, now, PARIS))

    assert number(paris(2026, 12, 6, 9)) == 1
    assert number(paris(2026, 12, 6, 11)) == 2
    assert number(paris(2026, 12, 6, 23)) == 2
