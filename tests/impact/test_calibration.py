"""A short form of `make impact`: simulated readers are told from none, and a table that does not hold says so."""

from dataclasses import replace

import numpy as np
import pytest

from piquet.impact.values import Verdict
from tests.impact.calibration import (
    EFFECTS,
    FIVE,
    NOTHING,
    coverage,
    false_alarms,
    five_posts,
    power,
    single_alarms,
    toy,
)
from tests.impact.readership import TOLD, figures
from tests.impact.trials import AGES, NEWSROOM, ZONE, Kind, Trial, least, most, posts_of, trial

STRIKES = 12
LARGE = EFFECTS[-1]


@pytest.fixture(scope="module")
def quiet() -> list[Trial]:
    return [trial(NOTHING[0], seed) for seed in range(STRIKES)]


@pytest.fixture(scope="module")
def loud() -> list[Trial]:
    return [trial(LARGE, seed) for seed in range(1_000, 1_000 + STRIKES)]


def rows(table) -> list[bool]:
    return [row.holds for row in table.rows]


def test_strikes_without_an_effect_raise_no_more_false_alarms_than_the_level_allows(quiet):
    assert all(rows(false_alarms([quiet])) + rows(single_alarms(quiet)))


def test_a_large_effect_is_found_the_right_way_round_and_its_interval_holds_it(loud):
    assert all(rows(power([loud])) + rows(coverage([loud])))
    assert not any(one.says(Verdict.LESS) for one in loud)


def test_five_posts_are_too_little_to_tell_even_of_a_large_effect():
    answers = [trial(replace(FIVE, effect=30), seed) for seed in range(3)]
    assert rows(five_posts(answers)) == [True]


def test_the_tables_fail_where_they_should(quiet, loud):
    assert rows(false_alarms([loud])) == [False]
    assert not all(rows(single_alarms(loud)))
    assert rows(power([[replace(one, kind=LARGE) for one in quiet]])) == [False]
    assert not all(rows(coverage([[replace(one, kind=LARGE) for one in quiet]])))
    assert rows(five_posts(quiet)) == [False]
    assert rows(toy([replace(one, posts_alarm=False) for one in quiet])) == [False]
    assert rows(toy([replace(one, posts_alarm=True) for one in quiet])) == [True]


def test_what_happens_by_chance_is_bounded_exactly():
    assert (most(200), least(200)) == (21, 179)
    assert most(1) == 1


def test_readers_do_what_the_simulation_says():
    once, twice = (
        list(figures(posts_of(NOTHING[0], 3), ZONE, AGES, effect=effect, seed=3)) for effect in (1.0, 2.0)
    )
    for on_strike, effect in ((True, 2), (False, 1)):
        views = [sum(one.views or 0 for one in told if one.on_strike == on_strike) for told in (once, twice)]
        assert views[1] == pytest.approx(effect * views[0], rel=0.02)


def test_figures_only_grow_and_what_a_network_does_not_offer_is_blank():
    told = list(figures(posts_of(Kind(name="any"), 4), ZONE, AGES, seed=4))
    by_post = np.array([one.likes for one in told]).reshape(-1, len(AGES))
    assert (np.diff(by_post, axis=1) >= 0).all()
    networks = {reader.account: reader.network for reader in NEWSROOM}
    for one in told:
        offered = {
            name
            for name in ("likes", "reposts", "replies", "quotes", "views")
            if getattr(one, name) is not None
        }
        assert offered == set(TOLD[networks[one.account]])
