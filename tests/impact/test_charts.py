"""The pictures of an impact report: of one size, the same every time, nothing cut, nothing on top of another."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.text import Text
from PIL import Image

from piquet.impact import charts
from piquet.impact.chart_frame import HEIGHT, WIDTH, drawing
from piquet.impact.chart_hours import bars_of
from piquet.impact.chart_rows import chosen
from piquet.impact.values import Hour, Impact, Span
from piquet.impact.view import compared_alt, offered, timeline_alt
from tests.impact.samples import (
    MIDNIGHT,
    SAMPLES,
    compared,
    day_hours,
    facts,
    noticed,
    several_days,
    two_strikes,
)

LANGUAGES = ("fr", "en")
DRAWN = {"timeline": charts.draw_timeline, "compared": charts.draw_compared}


def texts(draw, impact: Impact) -> dict[str, list[tuple[float, float, float, float]]]:
    """What is written, each time with the pixels it takes."""
    with drawing() as frame:
        draw(frame, impact)
        frame.figure.draw_without_rendering()
        renderer = frame.canvas.get_renderer()
        found: dict[str, list[tuple[float, float, float, float]]] = {}
        for one in frame.figure.findobj(Text):
            shown = one.get_visible() and (one.axes is None or one.axes.axison)
            if one.get_text().strip() and shown:
                found.setdefault(one.get_text(), []).append(one.get_window_extent(renderer).extents)
        return found


def overlapping(found) -> list[tuple[str, str]]:
    boxes = [(text, box) for text, places in found.items() for box in places]
    return [(a, b) for (a, one), (b, two) in combinations(boxes, 2) if _meet(one, two)]


def _meet(one, two, tolerance: float = 2) -> bool:
    across = min(one[2], two[2]) - max(one[0], two[0])
    down = min(one[3], two[3]) - max(one[1], two[1])
    return across > tolerance and down > tolerance


def outside(found) -> list[str]:
    return [
        text
        for text, places in found.items()
        for left, bottom, right, top in places
        if left < 0 or bottom < 0 or right > WIDTH or top > HEIGHT
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("picture", DRAWN)
def test_no_text_is_cut_or_on_top_of_another(picture, sample, language):
    found = texts(DRAWN[picture], SAMPLES[sample](language))
    assert len(found) > 1
    assert outside(found) == [] and overlapping(found) == []
    assert sample == "several_days" or [text for text in found if text.endswith("…")] == []


@pytest.mark.parametrize("picture", ("timeline", "compared"))
def test_a_picture_has_the_size_of_a_post_and_the_same_bytes_every_time(picture):
    drawn = [getattr(charts, picture)(noticed()) for _ in range(2)]
    with Image.open(io.BytesIO(drawn[0])) as image:
        assert (image.format, image.size) == ("PNG", (1200, 675))
    assert drawn[0] == drawn[1] and len(drawn[0]) < 100_000
    assert getattr(charts, picture)(noticed("en")) != drawn[0]


def test_what_the_machine_tells_matplotlib_changes_no_picture():
    import matplotlib

    before = charts.compared(noticed())
    with matplotlib.rc_context({"font.size": 31, "axes.facecolor": "black", "hatch.linewidth": 9}):
        assert charts.compared(noticed()) == before
        assert matplotlib.rcParams["font.size"] == 31


def test_posts_with_and_without_notice_differ_without_colours():
    mixed = replace(noticed(), facts=facts((replace(day_hours()[9], posts=6, noticed=3),)))
    with drawing() as frame:
        charts.draw_timeline(frame, mixed)
        looks = {
            (bar.get_hatch(), round(sum(bar.get_facecolor()[:3]), 1))
            for axes in frame.figure.axes
            for bar in axes.patches
        }
    assert {hatch for hatch, _ in looks} == {"///", None} and len({grey for _, grey in looks}) == 2


def test_findings_differ_by_their_mark_and_not_by_colour_only():
    found = [
        compared("", "reach", 2, 1.5, 3, 9),
        compared("a", "reach", 0.5, 0.3, 0.7, 9),
        compared("b", "reach", 1, 0.7, 2, 9),
    ]
    with drawing() as frame:
        charts.draw_compared(frame, replace(noticed(), comparisons=tuple(found)))
        marks = {line.get_marker() for line in frame.figure.axes[0].lines}
    assert {"^", "v", "o"} <= marks


def test_a_ratio_off_the_scale_is_an_arrow_at_its_edge_and_its_number_stands_beside():
    far = replace(
        noticed(),
        comparisons=(
            compared("", "replies", 400.0, 90.0, float("inf"), 1),
            compared("", "reach", 0.5, 0.0, 0.9, 1),
        ),
    )
    found = texts(charts.draw_compared, far)
    assert "×\u00a0400" in found and outside(found) == [] and overlapping(found) == []
    with drawing() as frame:
        charts.draw_compared(frame, far)
        axes = frame.figure.axes[0]
        assert {">", "<"} <= {line.get_marker() for line in axes.lines}
        assert all(abs(x) <= axes.get_xlim()[1] for line in axes.lines for x in line.get_xdata())


def test_too_little_data_is_drawn_as_nothing_and_says_how_few_posts_there_are():
    found = texts(charts.draw_compared, SAMPLES["few_posts"]("en"))
    assert found["posts: 3 on strike, 9 ordinary"] and len(found["too little data"]) == 6
    assert not any(text.startswith("×") for text in found)


def test_many_accounts_leave_whole_accounts_in_the_picture_and_say_how_many_rows_are_left():
    whole = offered(several_days())
    rows = chosen(whole)
    assert rows[0].account == "" and len(rows) <= 16
    assert all(
        [one for one in whole if one.account == row.account]
        == [one for one in rows if one.account == row.account]
        for row in rows
    )
    assert f"More rows in the table: {len(whole) - len(rows)}" in texts(
        charts.draw_compared, several_days("en")
    )


def test_a_name_with_a_dollar_or_a_line_break_is_written_as_text():
    odd = compared("x/a$\\frac{1}{2}$\nb", "replies", 2.0, 1.5, 3.0, 9)
    found = texts(charts.draw_compared, replace(noticed(), title="$x_1$", comparisons=(odd,)))
    assert any("$\\frac" in text and "\n" not in text for text in found)
    assert "samedi 5 décembre 2026 · $x_1$" in found


def test_the_hour_that_comes_twice_stands_twice():
    start = datetime(2026, 10, 24, 22, tzinfo=UTC)
    hours = tuple(Hour(at=start + timedelta(hours=number), posts=1) for number in range(25))
    day = replace(noticed(), span=Span(since=start, until=start + timedelta(hours=25)), facts=facts(hours))
    found = texts(charts.draw_timeline, day)
    assert len(hours) == 25 and {"03:00", "21:00"} <= found.keys() and overlapping(found) == []
    short = replace(day, facts=facts(hours[1:5]))
    assert len(texts(charts.draw_timeline, short)["02:00"]) == 2


def strike_bars(impact: Impact) -> list[list[float]]:
    """From which hour to which each strike is drawn."""
    with drawing() as frame:
        charts.draw_timeline(frame, impact)
        lines = frame.figure.axes[0].lines
        return [list(line.get_xdata()) for line in lines if line.get_linewidth() == 9]


def test_each_strike_is_a_bar_of_its_own_and_what_lies_between_is_left_white():
    assert strike_bars(two_strikes()) == [[6, 9], [18, 21]]
    assert strike_bars(noticed()) == [[0, 24]]
    on = replace(noticed(), facts=facts(day_hours(), strike_ended=None))
    assert strike_bars(on) == [[0, 24]]


@given(count=st.integers(0, 3000), seed=st.integers(0, 9))
def test_bars_leave_out_nothing_and_stay_few(count, seed):
    hours = [
        Hour(
            at=MIDNIGHT, posts=(number * seed) % 7, noticed=number % 2, replies=None if number % 3 else number
        )
        for number in range(count)
    ]
    bars = bars_of(hours)
    assert len(bars) <= 62 and sum(bar.width for bar in bars) == count
    for name in ("posts", "noticed"):
        assert sum(getattr(bar, name) for bar in bars) == sum(getattr(hour, name) for hour in hours)
    assert sum(bar.replies or 0 for bar in bars) == sum(hour.replies or 0 for hour in hours)
    assert all(bar.replies is None for bar in bars) or any(hour.replies is not None for hour in hours)


MONTHS = ("déc.", "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.")


@pytest.mark.parametrize("days", (252, 253, 400))
def test_a_strike_of_a_year_is_drawn_with_as_few_days_below_it_as_people_can_read(days):
    hours = tuple(Hour(at=MIDNIGHT + timedelta(hours=number), posts=1) for number in range(24 * days))
    span = Span(since=MIDNIGHT, until=MIDNIGHT + timedelta(days=days))
    found = texts(charts.draw_timeline, replace(noticed(), span=span, facts=facts(hours)))
    assert overlapping(found) == [] and outside(found) == []
    assert 5 <= sum(text.endswith(MONTHS) for text in found) <= 10


def test_bars_stay_few_however_many_years_a_strike_lasts():
    hours = [Hour(at=MIDNIGHT)] * 24 * 365 * 8
    bars = bars_of(hours)
    assert len(bars) <= 62 and sum(bar.width for bar in bars) == len(hours)


@settings(max_examples=8, deadline=None)
@given(
    ratios=st.lists(st.floats(0.001, 5000), min_size=1, max_size=24),
    spread=st.floats(1, 50),
    name=st.text(
        st.characters(codec="latin-1", categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=60
    ),
)
def test_whatever_the_figures_and_names_nothing_is_cut_or_covered(ratios, spread, name):
    found = tuple(
        compared(
            f"{name}{number // 3}" if number > 2 else "", measure, ratio, ratio / spread, ratio * spread, 3.0
        )
        for number, ratio in enumerate(ratios)
        for measure in [("reach", "reactions", "replies")[number % 3]]
    )
    written = texts(charts.draw_compared, replace(noticed(), title=name, comparisons=found))
    assert outside(written) == [] and overlapping(written) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sample", SAMPLES)
def test_every_picture_is_told_in_words_too(sample, language):
    impact = SAMPLES[sample](language)
    for alt in (timeline_alt(impact), compared_alt(impact)):
        assert alt.endswith(".") and ".." not in alt and "{" not in alt
    assert timeline_alt(impact) != compared_alt(impact)
