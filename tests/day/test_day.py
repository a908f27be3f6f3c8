"""A walkout and a day of the story in fast time: every line that `make day` prints holds, and can fail."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pendulum
import pytest

from piquet.rehearsal.play import simulate
from piquet.rehearsal.timeline import What
from piquet.rehearsal.times import CYCLE
from piquet.strike import Mode
from tests.day import plays
from tests.day.checks import Expected, lines, story_lines

PARIS = pendulum.timezone("Europe/Paris")


def wrong(found) -> list[str]:
    return [f"{line.sentence}: {line.found}" for line in found if not line.holds]


@pytest.fixture(scope="module")
def hours():
    """A walkout from 07:58, off the five minutes, until 10:13 on the morning after the clocks went back."""
    start, end = (datetime(2026, 10, 25, 6, 58, tzinfo=UTC), datetime(2026, 10, 25, 9, 13, tzinfo=UTC))
    play = plays.walkout(start, end, PARIS, 6)
    told = asyncio.run(simulate(play, start=start - timedelta(hours=4), until=end + timedelta(minutes=40)))
    return told, Expected(play=play, start=start, end=end, number=1, strikers=plays.DAY_ACCOUNTS[:2])


def test_a_walkout_in_fast_time_holds_every_line(hours):
    told, expected = hours
    assert wrong(lines(told, expected)) == []
    # The article of 08:40 keeps the second one off for half an hour.
    assert [f"{e.at:%H:%M}" for e in told.of("mastodon/journal", What.REMINDER)] == ["07:00", "09:10"]


def test_the_lines_fail_where_a_minute_an_article_or_a_number_is_not_right(hours):
    told, expected = hours
    late = replace(expected, start=expected.start + timedelta(minutes=1))
    assert any("begins at" in one for one in wrong(lines(told, late)))
    assert any("begins 'Community" in one for one in wrong(lines(told, replace(expected, number=2))))
    lost = replace(told, events=tuple(e for e in told.events if not e.link.endswith("/4")))
    assert len([one for one in wrong(lines(lost, expected)) if "6 articles" in one]) == 4
    unpinned = replace(told, standing={**told.standing, "bluesky/journal": ()})
    assert len(wrong(lines(unpinned, expected))) == 1
    unanswered = replace(told, events=tuple(e for e in told.events if e.what is not What.NOTICE))
    assert len([one for one in wrong(lines(unanswered, expected)) if "one reply under" in one]) == 2


def test_the_first_strike_day_of_the_story_is_as_its_mode_says():
    mode = Mode.ACCOMPANY
    play, start = plays.story(mode, PARIS), plays.midnight(plays.STORY_DAYS[0], PARIS)
    end = start + timedelta(days=1)
    entries = tuple(e for e in play.entries if e.published < end)
    play = replace(play, states=play.states[:1], entries=entries)
    told = asyncio.run(
        simulate(play, start=start - timedelta(hours=14), until=end + timedelta(hours=1), step=CYCLE * 6)
    )
    expected = Expected(play=play, start=start, end=end, number=1, strikers=plays.STORY_ACCOUNTS[:2])
    assert wrong(story_lines(told, mode, expected, end)) == []
    assert told.of("mastodon/culture", What.BEGINS) == []
