"""What a person asks for, read into the fields of the strike: added, replaced, renewed, or refused in a sentence."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from piquet.calling import Request, changes, walkout
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


def changed(before=BEFORE, **asked):
    return changes(before, replace(ASKED, **asked), ZONE)


def test_what_is_not_given_stays_as_it_is():
    assert changed() == {"changed_by": "Ana", "why": "vote", "days": ["2026-12-01"], "windows": []}
    after = strike_from_json({**BEFORE, **changed()}, ZONE)
    assert replace(after, changed_by="", why="") == strike_from_json(BEFORE, ZONE)


def test_days_and_walkouts_are_added_to_those_there_are():
    found = changed(days=[date(2026, 12, 5)], walkouts=["2026-12-05 11:00 to 2026-12-06 11:00"])
    assert found["days"] == ["2026-12-01", "2026-12-05"]
    assert found["windows"] == [{"start": START, "end": END, "renewed_until": None}]


@pytest.mark.parametrize("between", [" to ", " à ", " - ", " – ", "/", " / ", " until ", " jusqu'à ", " au "])
def test_a_walkout_may_be_written_in_many_ways(between):
    whole = walkout(f"2026-12-05 11:00{between}2026-12-06 11:00", ZONE)
    assert (whole["start"], whole["end"]) == (START, END)
    assert walkout(f"2026-12-05T11:00{between}14:00", ZONE)["end"] == "2026-12-05T14:00:00+01:00"


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
    assert told == ["“who” is empty", "“why” is empty", "Walkouts", "Walkouts", "Renewed until"]


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


def test_where_nothing_is_renewed_by_vote_there_is_nothing_to_renew():
    with pytest.raises(Objections, match="no walkout is renewed by vote"):
        changed(renewed_until="2026-12-07 11:00")


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
    assert datetime.fromisoformat(written["start"]) == start.replace(tzinfo=ZONE)
    assert datetime.fromisoformat(written["end"]) == end.replace(tzinfo=ZONE)


@given(st.lists(st.dates(date(2026, 12, 1), date(2027, 1, 1))), st.booleans())
def test_asking_twice_changes_nothing_more(days, from_now):
    def after(before):
        return strike_from_json({**before, **changed(before, days=days, from_now=from_now)}, ZONE)

    once = after(BEFORE)
    assert after(strike_to_json(once)) == once
