"""A short form of the strike day on the wall: what readers do there is what the ledger holds and the report finds."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.impact.wall_checks import checked
from tests.impact.wall_day import FIGURES, Pace, played

# As seldom as posts of one hour may be measured, and until the last one is six hours old.
PACE = Pace(looks=timedelta(minutes=30), runs=timedelta(minutes=30), age=timedelta(hours=6))


@pytest.mark.timeout(300)
async def test_an_effect_on_the_wall_is_measured_exactly_and_found(tmp_path):
    day = await played(3.0, 7, tmp_path, PACE)
    table = checked(3.0, day)
    assert [row.cells for row in table.rows if not row.holds] == []
    assert len(day.truth) > 200

    id_, age = next(key for key, one in day.truth.items() if one.likes)
    wrong = {**day.truth, (id_, age): replace(day.truth[id_, age], likes=0)}
    assert [row.holds for row in checked(3.0, replace(day, truth=wrong)).rows].count(False) == 1
    zeros = [replace(one, **{name: getattr(one, name) or 0 for name in FIGURES}) for one in day.snapshots]
    assert not all(row.holds for row in checked(3.0, replace(day, snapshots=tuple(zeros))).rows)
