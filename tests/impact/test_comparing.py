"""What the comparison of strike posts with ordinary ones may say, and what must not change it."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from piquet.impact.comparing import LEAST_DAYS, LEAST_POSTS, LEVEL, compare, decided
from piquet.impact.days import Posts, answer
from piquet.impact.values import Comparison, Measure, Span, Verdict
from piquet.ledger.values import Snapshot
from piquet.strike_spans import Span as StrikeSpan
from tests.impact.readership import Reader, figures
from tests.impact.trials import AGES, ZONE, Kind, posts_of, span_of

DAY = timedelta(days=1)
TOLD = (Verdict.MORE, Verdict.LESS)
ONE = Kind(name="one", readers=(Reader(account="x/journal", network="x", followers=20_000, posts=8),))
TWO = replace(
    ONE,
    readers=(*ONE.readers, Reader(account="mastodon/journal", network="mastodon", followers=3_000, posts=8)),
)
seeds = st.integers(0, 10_000)
few = settings(max_examples=6, deadline=None)


def read(kind: Kind, seed: int, ages=AGES[-1:], **more) -> list[Snapshot]:
    return list(figures(posts_of(kind, seed), ZONE, ages, seed=seed, **more))


def lines(snapshots, kind: Kind, seed: int, **more) -> dict[tuple[str, Measure], Comparison]:
    found = compare(snapshots, span_of(kind, seed), ZONE, **more)
    return {(line.account, line.measure): line for line in found}


def times(snapshot: Snapshot, factor: int) -> Snapshot:
    names = ("likes", "reposts", "replies", "quotes", "views")
    told = {name: getattr(snapshot, name) for name in names}
    return replace(snapshot, **{name: value * factor for name, value in told.items() if value is not None})


@few
@given(seeds, st.sampled_from((1, 2, 3, 10)))
def test_strike_figures_so_many_times_as_large_make_the_ratio_so_many_times_as_large(seed, factor):
    snapshots = read(ONE, seed)
    before = lines(snapshots, ONE, seed)
    after = lines([times(s, factor) if s.on_strike else s for s in snapshots], ONE, seed)
    assert before.keys() == after.keys()
    for key, line in before.items():
        if line.ratio is None:
            assert after[key].ratio is None
            continue
        for name in ("ratio", "low", "high"):
            if getattr(line, name) and line.ratio:
                assert getattr(after[key], name) == pytest.approx(getattr(line, name) * factor, rel=1e-6)
        if factor == 1:
            assert after[key] == line


@few
@given(seeds, st.randoms(use_true_random=False))
def test_the_order_of_the_snapshots_changes_nothing(seed, order: random.Random):
    snapshots = read(TWO, seed)
    shuffled = list(snapshots)
    order.shuffle(shuffled)
    assert lines(shuffled, TWO, seed) == lines(snapshots, TWO, seed)


@few
@given(seeds)
def test_the_posts_of_another_account_change_nothing_of_this_one_but_the_correction_for_several(seed):
    both = read(TWO, seed)
    alone = lines([s for s in both if s.account == "x/journal"], ONE, seed)
    together = lines(both, TWO, seed)
    for measure in Measure:
        here, there = alone["x/journal", measure], together["x/journal", measure]
        assert replace(here, verdict=Verdict.TOO_LITTLE) == replace(there, verdict=Verdict.TOO_LITTLE)


@few
@given(seeds)
def test_posts_of_which_nothing_is_told_change_nothing(seed):
    snapshots = read(ONE, seed)
    blank = {"likes": None, "reposts": None, "replies": None, "quotes": None, "views": None}
    more = [replace(s, delivery_id=s.delivery_id + 1_000_000, **blank) for s in snapshots]
    assert lines([*snapshots, *more], ONE, seed) == lines(snapshots, ONE, seed)


def test_what_a_network_does_not_offer_is_blank_and_never_zero():
    told = lines(read(TWO, 1), TWO, 1)
    reach = told["mastodon/journal", Measure.REACH]
    assert (reach.strike, reach.ordinary, reach.ratio, reach.p) == (None, None, None, None)
    assert reach.verdict is Verdict.TOO_LITTLE
    assert told["", Measure.REACH].strike == told["x/journal", Measure.REACH].strike


def test_a_part_that_is_not_told_is_left_out_of_the_reactions_and_the_rest_counts():
    snapshots = [replace(s, likes=4, reposts=None, quotes=1) for s in read(ONE, 1)]
    line = lines(snapshots, ONE, 1)["x/journal", Measure.REACTIONS]
    assert line.strike.median == line.ordinary.median == 5
    silent = [replace(s, likes=None, reposts=None, quotes=None) for s in snapshots]
    assert lines(silent, ONE, 1)["x/journal", Measure.REACTIONS].strike is None


@pytest.mark.parametrize(
    ("figures", "measure"),
    [
        ({"likes": -3}, Measure.REACTIONS),
        ({"views": -3}, Measure.REACH),
        ({"replies": -3}, Measure.REPLIES),
    ],
)
def test_a_figure_below_zero_is_none_and_hides_nothing_of_what_the_others_say(figures, measure):
    snapshots = read(ONE, 1, effect=40.0)
    ordinary = next(one for one in snapshots if not one.on_strike)
    blank = {"likes": None, "reposts": None, "quotes": None} if "likes" in figures else dict.fromkeys(figures)
    below = [replace(one, **figures) if one is ordinary else one for one in snapshots]
    without = [replace(one, **blank) if one is ordinary else one for one in snapshots]
    found = lines(below, ONE, 1)
    assert found == lines(without, ONE, 1)
    assert found["x/journal", measure].verdict is Verdict.MORE


def test_where_no_chance_can_be_told_there_is_no_answer():
    days = np.repeat(np.arange(8), 6)
    ordinary = Posts(figures=np.arange(48.0) % 5 + 9, strata=np.zeros(48, int), days=days, weekdays=1)
    strike = Posts(figures=np.full(6, 40.0), strata=np.zeros(6, int), days=np.full(6, 9), weekdays=1)
    assert answer(strike, ordinary, LEVEL).p < LEVEL
    assert answer(replace(strike, figures=np.full(6, np.nan)), ordinary, LEVEL) is None


MONDAY = datetime(2026, 6, 29, tzinfo=UTC)
SPAN = Span(since=MONDAY, until=MONDAY + DAY)


def snapshot(number: int, at: datetime, likes: int, **more) -> Snapshot:
    values = {
        "account": "x/journal",
        "kind": "entry",
        "on_strike": SPAN.since <= at < SPAN.until,
        "age": AGES[-1],
    }
    return Snapshot(delivery_id=number, sent_at=at, likes=likes, **{**values, **more})


def weekly(posts: int, weeks: int, likes: int = 20) -> list[Snapshot]:
    """So many posts at noon on each of the Mondays before the strike."""
    return [
        snapshot(
            100 * week + n,
            MONDAY - week * 7 * DAY + timedelta(hours=12, minutes=n),
            likes + (7 * week + 3 * n) % 9,
        )
        for week in range(1, weeks + 1)
        for n in range(posts)
    ]


def strike_posts(posts: int, likes: int) -> list[Snapshot]:
    return [snapshot(10_000 + n, MONDAY + timedelta(hours=12, minutes=n), likes + n) for n in range(posts)]


def reactions(snapshots) -> Comparison:
    return next(line for line in compare(snapshots, SPAN, "UTC") if line.measure is Measure.REACTIONS)


def test_a_strike_that_stands_far_out_is_told():
    assert reactions([*weekly(10, 8), *strike_posts(10, 400)]).verdict is Verdict.MORE
    assert reactions([*weekly(10, 8), *strike_posts(10, 0)]).verdict is Verdict.LESS
    assert reactions([*weekly(10, 8), *strike_posts(10, 20)]).verdict is Verdict.NO_DIFFERENCE


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(0, 10**7), min_size=0, max_size=LEAST_POSTS - 1),
    st.integers(0, 8),
    st.integers(1, 12),
)
def test_fewer_posts_than_the_least_are_never_told_to_be_more_or_less(likes, weeks, posts):
    strike = [
        snapshot(10_000 + n, MONDAY + timedelta(hours=12, minutes=n), one) for n, one in enumerate(likes)
    ]
    found = compare([*weekly(posts, weeks), *strike], SPAN, "UTC")
    assert {line.verdict for line in found} <= {Verdict.TOO_LITTLE}
    assert [line.p for line in found] == [None] * len(found)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, LEAST_DAYS - 1), st.integers(LEAST_POSTS, 20), st.integers(0, 10**6))
def test_fewer_ordinary_days_than_the_least_are_never_enough(weeks, posts, likes):
    found = compare([*weekly(posts, weeks), *strike_posts(posts, likes)], SPAN, "UTC")
    assert {line.verdict for line in found} == {Verdict.TOO_LITTLE}


def test_too_little_still_shows_the_medians_there_are():
    line = reactions([*weekly(10, 8), *strike_posts(LEAST_POSTS - 1, 400)])
    assert (line.strike.posts, line.strike.days, line.strike.median) == (5, 1, 402)
    assert (line.ordinary.posts, line.ordinary.days) == (80, 8)
    assert line.ratio is None


def test_a_strike_without_any_reaction_has_a_ratio_of_nothing_and_an_end_to_its_interval():
    silent = [replace(one, likes=0) for one in strike_posts(10, 0)]
    line = reactions([*weekly(10, 8), *silent])
    assert (line.ratio, line.low, line.verdict) == (0, 0, Verdict.LESS)
    assert 0 < line.high < 0.1


def test_where_not_even_silence_would_stand_out_it_is_too_little_to_tell():
    rare = [replace(one, likes=int(one.delivery_id % 100 == 0)) for one in weekly(10, 8)]
    assert reactions([*rare, *strike_posts(10, 0)]).verdict is Verdict.TOO_LITTLE


def test_where_nothing_ever_varies_nothing_is_told():
    same = [replace(one, likes=5) for one in weekly(10, 8)]
    assert reactions([*same, *strike_posts(10, 5)]).verdict is Verdict.TOO_LITTLE


@pytest.mark.parametrize("kind", ["notice", "reminder", "closing"])
def test_only_posts_of_entries_are_compared(kind):
    others = [
        replace(one, delivery_id=one.delivery_id + 50_000, kind=kind, likes=10**6)
        for one in strike_posts(20, 0)
    ]
    posts = [*weekly(10, 8), *strike_posts(10, 20)]
    assert compare([*posts, *others], SPAN, "UTC") == compare(posts, SPAN, "UTC")


def test_ordinary_is_the_same_weekday_and_part_of_the_day_of_the_eight_weeks_before_on_no_strike_day():
    posts = [*weekly(10, 8), *strike_posts(10, 20)]
    at = MONDAY + timedelta(hours=12)
    apart = [
        snapshot(20_000, at - 9 * 7 * DAY, 10**6),  # too long ago
        snapshot(20_001, at + 7 * DAY, 10**6),  # after
        snapshot(20_002, at - 7 * DAY + timedelta(hours=7), 10**6),  # in the evening
        snapshot(20_003, at - DAY, 10**6),  # on a Sunday
    ]
    line, more = reactions(posts), reactions([*posts, *apart])
    assert (more.ordinary, more.strike) == (line.ordinary, line.strike)
    struck = [
        replace(one, on_strike=True) if one.sent_at.date() == (MONDAY - 7 * DAY).date() else one
        for one in posts
    ]
    assert reactions(struck).ordinary.days == 7
    half = [replace(one, on_strike=one.on_strike or one.delivery_id == 100) for one in posts]
    assert reactions(half).ordinary.days == 7


def test_a_day_that_a_strike_of_the_account_touches_is_no_ordinary_one_even_where_no_strike_post_went_out():
    posts = [*weekly(10, 8), *strike_posts(10, 20)]
    struck = MONDAY - 7 * DAY + timedelta(hours=17)  # a walkout in mode hold, after the posts of that Monday
    walkout = StrikeSpan(start=struck, end=struck + timedelta(hours=2))
    own = compare(posts, SPAN, "UTC", strikes=lambda account: [walkout] if account == "x/journal" else [])
    assert {line.ordinary.days for line in own if line.measure is Measure.REACTIONS} == {7}
    other = compare(posts, SPAN, "UTC", strikes=lambda account: [] if account == "x/journal" else [walkout])
    assert other == compare(posts, SPAN, "UTC")
    # Until midnight, and no day further.
    whole = StrikeSpan(start=MONDAY - 8 * DAY, end=MONDAY - 7 * DAY)
    assert compare(posts, SPAN, "UTC", strikes=lambda account: [whole]) == compare(posts, SPAN, "UTC")


def test_days_and_hours_are_those_of_the_outlets_zone():
    eve = MONDAY - timedelta(hours=1, minutes=30)  # Monday, 00:30 in Paris
    span = Span(since=MONDAY - timedelta(hours=2), until=MONDAY + timedelta(hours=22))
    posts = [
        snapshot(100 * week + n, eve - week * 7 * DAY + timedelta(minutes=n), 20 + n, on_strike=not week)
        for week in range(9)
        for n in range(8)
    ]
    line = next(
        line for line in compare(posts, span, ZoneInfo("Europe/Paris")) if line.measure is Measure.REACTIONS
    )
    assert (line.strike.days, line.ordinary.days, line.ordinary.posts) == (1, 8, 64)


def test_both_sides_are_measured_at_the_largest_age_that_nearly_all_strike_posts_have():
    young = [
        replace(one, age=AGES[0], likes=one.likes // 2) for one in [*weekly(10, 8), *strike_posts(10, 20)]
    ]
    old = [*weekly(10, 8), *strike_posts(10, 20)]
    assert reactions([*young, *old]).age == AGES[1]
    assert reactions([*young, *old[:-3]]).age == AGES[0]
    assert reactions([*young, *old[:-2]]).age == AGES[1]
    only = [line.age for line in compare([*young, *old], SPAN, "UTC", ages=AGES[:1])]
    assert set(only) == {AGES[0]}


def test_the_days_of_a_longer_strike_count_together():
    kind = replace(ONE, days=3, exactly=True)
    line = lines(read(kind, 5), kind, 5)["x/journal", Measure.REACH]
    assert (line.strike.days, line.ordinary.days) == (3, 24)


@few
@given(seeds, st.sampled_from((0.3, 1.0, 4.0)))
def test_the_interval_holds_the_ratio_and_leaves_one_out_exactly_where_chance_is_below_the_level(
    seed, effect
):
    for line in lines(read(TWO, seed, effect=effect), TWO, seed).values():
        if line.p is None:
            assert (line.ratio, line.low, line.high) == (None, None, None)
            continue
        assert 0 <= line.low <= line.ratio <= line.high < inf
        assert (line.low <= 1 <= line.high) == (line.p >= LEVEL)
        assert line.verdict in (*TOLD, Verdict.NO_DIFFERENCE)


def _line(p: float | None, ratio: float | None = 2.0) -> Comparison:
    return Comparison(
        account="x/journal", measure=Measure.REACH, age=DAY, strike=None, ordinary=None,
        ratio=ratio if p is not None else None, p=p, verdict=Verdict.TOO_LITTLE,
    )  # fmt: skip


def test_several_comparisons_share_the_level():
    told = decided([_line(0.001), _line(0.03), _line(None), _line(0.017, 0.5), _line(0.02)], 0.05)
    assert [line.verdict for line in told] == [
        Verdict.MORE, Verdict.NO_DIFFERENCE, Verdict.TOO_LITTLE, Verdict.NO_DIFFERENCE, Verdict.NO_DIFFERENCE,
    ]  # fmt: skip
    told = decided([_line(0.001), _line(0.016, 0.5), _line(0.02), _line(0.05)], 0.05)
    assert [line.verdict for line in told] == [Verdict.MORE, Verdict.LESS, Verdict.MORE, Verdict.MORE]


def test_without_a_strike_post_there_is_nothing_to_compare():
    assert compare([], SPAN, "UTC") == ()
    assert compare(weekly(10, 8), SPAN, "UTC") == ()
