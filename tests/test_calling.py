"""What a person asks for, read into the fields of the strike: added, replaced, renewed, or refused in a sentence."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from piquet.calling import Request, changes, ending, walkout
from piquet.errors import UserError
from piquet.planning import Objections
from piquet.strike_form import strike_from_json, strike_to_json

ZONE = ZoneInfo("Europe/Paris")
ASKED = Request(who="Ana", why="vote")
START, END = "2026-12-05T11:00:00+01:00", "2026-12-06T11:00:00+01:00"
BEFORE = {
    "switch": "normal",
    "days": ["2026-12-01"],
    "windows": [],
    "notices": ["En grève."],
    "accounts": ["x/j"],
}


def changed(before=BEFORE, now=datetime(2026, 12, 5, 18, tzinfo=UTC), **asked):
    return changes(before, replace(ASKED, **asked), ZONE, now=now)


def renewed(windows, until, now):
    """The start of the walkout that a vote gave a new end."""
    before = {**BEFORE, "windows": [walkout(line, ZONE) for line in windows]}
    after = changed(before, datetime.fromisoformat(now).replace(tzinfo=ZONE), renewed_until=until)["windows"]
    ((place, window),) = [(n, w) for n, w in enumerate(after) if w["renewed_until"]]
    assert [w for n, w in enumerate(after) if n != place] == [
        w for n, w in enumerate(before["windows"]) if n != place
    ]
    return window["start"][:16]


def test_what_is_not_given_stays_as_it_is():
    assert changed() == {"changed_by": "Ana", "why": "vote", "days": ["2026-12-01"], "windows": []}
    after = strike_from_json({**BEFORE, **changed()}, ZONE)
    assert replace(after, changed_by="", why="") == strike_from_json(BEFORE, ZONE)


def test_days_and_walkouts_are_added_to_those_there_are():
    found = changed(days=[date(2026, 12, 5)], walkouts=["2026-12-05 11:00 to 2026-12-06 11:00"])
    assert found["days"] == ["2026-12-01", "2026-12-05"]
    assert found["windows"] == [{"start": START, "end": END, "renewed_until": None}]


@pytest.mark.parametrize(
    "between", [" to ", " à ", " - ", " – ", "/", " / ", " until ", " jusqu'à ", " jusqu’à ", " au "]
)
def test_a_walkout_may_be_written_in_many_ways(between):
    whole = walkout(f"2026-12-05 11:00{between}2026-12-06 11:00", ZONE)
    assert (whole["start"], whole["end"]) == (START, END)
    assert walkout(f"2026-12-05T11:00{between}14:00", ZONE)["end"] == "2026-12-05T14:00:00+01:00"


@pytest.mark.parametrize(
    "line",
    [
        "2026-12-05 11:00-13:00",
        "2026-12-05 11:00–13:00",
        "2026-12-05T11:00 - 13:00",
        "2026-12-05 11:00-2026-12-05 13:00",
        "2026-12-05T11:00:00+01:00/2026-12-05T13:00:00+01:00",
        "2026-12-05T05:00:00-05:00/13:00",
    ],
)
def test_the_hours_that_piquet_prints_are_those_of_the_outlets_day_and_no_offset(line):
    whole = walkout(line, ZONE)
    start, end = (datetime.fromisoformat(whole[name]) for name in ("start", "end"))
    assert end == datetime(2026, 12, 5, 13, tzinfo=ZONE)
    assert start == datetime(2026, 12, 5, 11, tzinfo=ZONE) or line.startswith("2026-12-05T05:00")


def test_a_walkout_may_end_at_24_00_as_reminders_may():
    for line in ("2026-12-05 11:00 à 24:00", "2026-12-05 11:00-24:00", "2026-12-05 11:00 à 2026-12-05 24:00"):
        assert walkout(line, ZONE)["end"] == "2026-12-06T00:00:00+01:00"


@pytest.mark.parametrize("line", ["2026-12-05 11:00 à 2026-12-06", "2026-12-05 à 2026-12-06", "2026-12-05"])
def test_a_day_without_its_hour_neither_begins_nor_ends_a_walkout(line):
    with pytest.raises(UserError, match="a day without an hour"):
        walkout(line, ZONE)


@pytest.mark.parametrize("text", ["2026-12-07", "20261207", "2026-12-07 11:00-13:00", "demain"])
def test_an_end_that_is_no_time_is_refused_with_the_name_of_its_field(text):
    before = {**BEFORE, "windows": [walkout("2026-12-05 11:00", ZONE)]}
    with pytest.raises(Objections, match=r"^Renewed until: .*write it as 2026-12-06 11:00"):
        changed(before, renewed_until=text)
    with pytest.raises(UserError, match=r"^Quand : .*n’est pas une heure"):
        ending(text, ZONE, "fr")


def test_the_end_of_a_strike_may_be_given_or_left_out():
    assert ending(" 2026-12-05 24:00 ", ZONE) == datetime(2026, 12, 6, tzinfo=ZONE)
    assert ending(" ", ZONE) is None


def test_a_walkout_without_an_end_is_renewed_by_vote():
    assert walkout("2026-12-05 11:00", ZONE) == {"start": START, "end": None, "renewed_until": None}


@pytest.mark.parametrize(
    "line",
    ["demain", "2026-12-05", "2026-12-05 11:00 to", "11:00 to 12:00", "2026-12-05 25:00", "", "a to b to c"],
)
def test_hours_that_cannot_be_read_are_refused_with_the_way_to_write_them(line):
    with pytest.raises(UserError, match=r"Walkouts.*2026-12-05 11:00"):
        walkout(line, ZONE)


def test_every_line_that_cannot_be_read_is_told_and_who_and_why_are_asked_for():
    with pytest.raises(Objections) as caught:
        changed(who=" ", why="", walkouts=["demain", "2026-12-05 11:00", "lundi"], renewed_until="mardi")
    told = [sentence.split(":")[0] for sentence in caught.value.sentences]
    assert told == ["“Who” is empty", "“Why” is empty", "Walkouts", "Walkouts", "Renewed until"]


def test_a_walkout_that_ends_before_it_starts_is_refused():
    for line in (
        "2026-12-05 11:00 to 2026-12-04 11:00",
        "2026-12-05 11:00 to 10:00",
        "2026-12-05 11:00 to 11:00",
    ):
        with pytest.raises(UserError, match="ends before it starts"):
            walkout(line, ZONE)


def test_a_vote_renews_the_last_walkout_that_has_no_end():
    first, last = walkout("2026-12-01 11:00", ZONE), walkout("2026-12-05 11:00", ZONE)
    done = walkout("2026-12-07 11:00 to 12:00", ZONE)
    found = changed({**BEFORE, "windows": [last, first, done]}, renewed_until="2026-12-07 11:00")
    assert found["windows"] == [{**last, "renewed_until": "2026-12-07T11:00:00+01:00"}, first, done]


def test_a_vote_renews_the_walkout_that_goes_on_and_not_the_one_planned_after_it():
    two = ["2026-12-05 11:00", "2026-12-12 11:00"]
    assert renewed(two, "2026-12-07 11:00", "2026-12-05 19:00") == "2026-12-05T11:00"
    assert renewed(two[::-1], "2026-12-07 11:00", "2026-12-05 19:00") == "2026-12-05T11:00"
    assert renewed(two, "2026-12-14 11:00", "2026-12-08 19:00") == "2026-12-12T11:00"


def test_a_vote_may_come_after_the_end_but_not_weeks_after_it():
    assert renewed(["2026-12-05 11:00"], "2026-12-07 11:00", "2026-12-06 19:00") == "2026-12-05T11:00"
    with pytest.raises(Objections, match="no walkout that is renewed by vote goes on or is to come"):
        renewed(["2026-12-05 11:00"], "2027-01-10 11:00", "2027-01-08 19:00")


def test_a_walkout_may_be_called_and_renewed_at_once():
    found = changed(walkouts=["2026-12-06 11:00"], renewed_until="2026-12-08 11:00")["windows"]
    assert [(w["start"][:16], w["renewed_until"][:16]) for w in found] == [
        ("2026-12-06T11:00", "2026-12-08T11:00")
    ]


def test_where_nothing_is_renewed_by_vote_there_is_nothing_to_renew():
    for windows in ([], [walkout("2026-12-05 11:00 to 23:00", ZONE)]):
        with pytest.raises(Objections, match="no walkout that is renewed by vote goes on or is to come"):
            changed({**BEFORE, "windows": windows}, renewed_until="2026-12-07 11:00")


def test_all_means_every_account_and_nothing_means_those_there_are():
    assert changed(accounts=["all"])["accounts"] == []
    assert changed(accounts=["x/j", " mastodon/j "])["accounts"] == ["x/j", "mastodon/j"]
    assert "accounts" not in changed(accounts=[" "])


def test_zero_reminders_are_not_the_same_as_none_given():
    assert changed(reminder_minutes=0)["reminder_minutes"] == 0
    assert "reminder_minutes" not in changed()


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(
    lambda t: t.replace(second=0, microsecond=0)
)


@given(moments, st.integers(1, 10_000))
def test_every_walkout_that_is_written_is_the_one_that_is_read(start, minutes):
    end = start + timedelta(minutes=minutes)
    written = walkout(f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}", ZONE)
    # In UTC: within the hour that comes twice, Python holds times of two zones for unequal.
    for name, moment in (("start", start), ("end", end)):
        read = datetime.fromisoformat(written[name])
        assert read.astimezone(UTC) == moment.replace(tzinfo=ZONE).astimezone(UTC)


@given(st.lists(st.dates(date(2026, 12, 1), date(2027, 1, 1))), st.booleans())
def test_asking_twice_changes_nothing_more(days, from_now):
    def after(before):
        return strike_from_json({**before, **changed(before, days=days, from_now=from_now)}, ZONE)

    once = after(BEFORE)
    assert after(strike_to_json(once)) == once
