"""The CSV of an impact report: every figure, blank where none is known, and no cell that a spreadsheet would run."""

import csv
import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from piquet.impact.to_csv import HEADS, POST_HEADS, impact_csv, posts_csv
from tests.impact.samples import SAMPLES, facts, noticed, snapshot, too_little, two_strikes

NASTY = st.text(
    st.one_of(st.sampled_from("=+-@＝＋－＠;,|\"'\t\r\n\0 <>`*_[]$"), st.characters()), max_size=20
)


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_csv_holds_every_figure_and_blank_is_not_zero(sample):
    impact = SAMPLES[sample]()
    rows = read(impact_csv(impact))
    parts = {
        part: [row for row in rows if row["part"] == part]
        for part in ("report", "fact", "hour", "comparison")
    }
    assert len(parts["hour"]) == len(impact.facts.hours)
    assert [row["verdict"] for row in parts["comparison"]] == [str(one.verdict) for one in impact.comparisons]
    for row, one in zip(parts["comparison"], impact.comparisons, strict=True):
        assert row["ratio"] == ("" if one.ratio is None else str(one.ratio))
        assert row["strike_posts"] == (str(one.strike.posts) if one.strike else "")
    asked = next(row for row in parts["fact"] if row["name"] == "asked")
    assert asked["value"] == ("" if impact.facts.asked is None else str(impact.facts.asked))
    assert impact_csv(impact) == impact_csv(SAMPLES[sample]("en").__class__(**_french(impact)))


def _french(impact) -> dict:
    return {name: getattr(impact, name) for name in impact.__slots__} | {"language": "en", "title": "Other"}


def test_the_csv_of_posts_has_a_row_each_time_one_was_measured():
    rows = read(
        posts_csv([snapshot(likes=0), snapshot(age=timedelta(days=1), likes=4, replies=1, on_strike=False)])
    )
    assert list(rows[0]) == list(POST_HEADS)
    assert [(row["likes"], row["views"], row["age_seconds"], row["on_strike"]) for row in rows] == [
        ("0", "", "3600", "1"),
        ("4", "", "86400", "0"),
    ]
    assert rows[0]["sent_at"] == "2026-12-04T23:00:00.000000Z"


@given(name=NASTY, link=NASTY)
def test_no_cell_is_a_formula(name, link):
    odd = replace(
        noticed(),
        outlet=name,
        comparisons=(too_little(name, "replies"),),
        facts=facts((), links=1, published=0, missing=(link,)),
    )
    rows = [*read(impact_csv(odd)), *read(posts_csv([snapshot(account=name, kind=link)]))]
    for row in rows:
        for cell in row.values():
            assert not re.match(r"[\s\"]*[=+\-@＝＋－＠]", cell), cell
            assert "\n" not in cell and "\r" not in cell
    assert len(HEADS) == len(set(HEADS))


def test_each_strike_has_its_beginning_and_its_end_which_is_blank_while_it_goes_on():
    def told(impact) -> dict[str, str]:
        rows = [row for row in read(impact_csv(impact)) if re.match(r"strike_\d", row["name"])]
        return {row["name"]: row["local"] for row in rows}

    assert told(two_strikes()) == {
        "strike_1_began": "2026-12-05T06:00:00+01:00",
        "strike_1_ended": "2026-12-05T09:00:00+01:00",
        "strike_2_began": "2026-12-05T18:00:00+01:00",
        "strike_2_ended": "2026-12-05T21:00:00+01:00",
    }
    on = replace(noticed(), facts=facts((), strike_ended=None))
    assert told(on) == {"strike_1_began": "2026-12-05T00:00:00+01:00", "strike_1_ended": ""}
