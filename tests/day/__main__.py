"""`make day`: strike days in fast time and the story, each as a timeline and as lines that must all hold."""

import asyncio
import os
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import date, timedelta, tzinfo
from itertools import groupby

import pendulum

from piquet.rehearsal.play import simulate
from piquet.rehearsal.timeline import Event, Timeline, What
from piquet.rehearsal.times import CYCLE
from piquet.strike import Mode
from tests.day import plays
from tests.day.checks import Expected, Line, lines, story_lines

PARIS, AUCKLAND = "Europe/Paris", "Pacific/Auckland"
# An ordinary day, and the two on which the clocks change, in each hemisphere.
DAYS = (
    ("2026-12-05", PARIS),
    ("2027-03-28", PARIS),
    ("2026-10-25", PARIS),
    ("2026-12-05", AUCKLAND),
    ("2027-04-04", AUCKLAND),
    ("2026-09-27", AUCKLAND),
)


def main() -> int:
    """0 where every line holds."""
    day, zone = os.environ.get("DAY", ""), os.environ.get("ZONE", "")
    try:
        chosen = _chosen(((day or DAYS[0][0], zone or PARIS),) if day or zone else DAYS)
    except ValueError:  # pendulum's error for a zone that is none is one
        print(f"DAY={day!r} ZONE={zone!r}: write them as DAY=2026-12-05 ZONE=Europe/Paris.", file=sys.stderr)
        return 2
    began, wrong = time.monotonic(), 0
    for one, where in chosen:
        wrong += _print_day(one, where)
    if not (day or zone):
        wrong += sum(_print_story(mode, pendulum.timezone(PARIS)) for mode in Mode)
    taken = time.monotonic() - began
    print(f"\n{'Every line holds' if not wrong else f'{wrong} lines do not hold'} ({taken:.0f} s).")
    return 1 if wrong else 0


def _chosen(days: Iterable[tuple[str, str]]) -> list[tuple[date, tzinfo]]:
    return [(date.fromisoformat(day), pendulum.timezone(zone)) for day, zone in days]


def _print_day(day: date, zone: tzinfo) -> int:
    told, expected = asyncio.run(played_day(day, zone))
    print(f"\n{day:%A %d %B %Y}, {told.zone}: 40 entries that day, 4 accounts, 2 on strike\n")
    _print_timeline(told.events, told.zone)
    return _print_lines(lines(told, expected))


async def played_day(day: date, zone: tzinfo) -> tuple[Timeline, Expected]:
    """A whole strike day from the evening before to the night after."""
    play, start = plays.whole_day(day, zone), plays.midnight(day, zone)
    end = plays.midnight(day + timedelta(days=1), zone)
    told = await simulate(play, start=start - timedelta(hours=25), until=end + timedelta(hours=3))
    return told, Expected(play=play, start=start, end=end, number=3, strikers=plays.DAY_ACCOUNTS[:2])


def _print_story(mode: Mode, zone: tzinfo) -> int:
    told, expected = asyncio.run(played_story(mode, zone))
    print(f"\nDecember 2019 and January 2020, mode {mode}\n")
    wrong = 0
    for one in expected:
        print(f"Strike day {one.number}, {one.start.astimezone(zone):%A %d %B %Y}")
        _print_timeline([e for e in told.events if one.start <= e.at < one.end], zone)
        wrong += _print_lines(story_lines(told, mode, one, released(one, zone)))
    return wrong


async def played_story(mode: Mode, zone: tzinfo) -> tuple[Timeline, list[Expected]]:
    """The movement, and what each of its days should be."""
    play, days = plays.story(mode, zone), plays.STORY_DAYS
    start, until = plays.midnight(days[0], zone), plays.midnight(days[-1], zone)
    told = await simulate(play, start=start - timedelta(days=2), until=until + timedelta(days=2), step=CYCLE)
    return told, [
        Expected(
            play=play,
            start=plays.midnight(day, zone),
            end=plays.midnight(day + timedelta(days=1), zone),
            number=number,
            strikers=plays.STORY_ACCOUNTS[:2],
        )
        for number, day in enumerate(days, start=1)
    ]


def released(expected: Expected, zone: tzinfo):
    """When what was held on that day goes out: after the last of the strike days in a row."""
    day = expected.start.astimezone(zone).date()
    while day in plays.STORY_DAYS:
        day += timedelta(days=1)
    return plays.midnight(day, zone)


def _print_lines(found: Iterable[Line]) -> int:
    wrong = 0
    for line in found:
        print(
            f"  {'ok' if line.holds else 'NO'}  {line.sentence}" + ("" if line.holds else f": {line.found}")
        )
        wrong += not line.holds
    return wrong


def _print_timeline(events: Iterable[Event], zone: tzinfo) -> None:
    for at, together in groupby(events, key=lambda event: event.at):
        for said in _together(list(together)):
            print(f"  {at.astimezone(zone):%d/%m %H:%M:%S %Z}  {said}")
    print()


def _together(events: list[Event]) -> Iterator[str]:
    """One line for the accounts to which the same happens in the same words."""
    by_words: dict[tuple[What, str], list[str]] = {}
    for event in events:
        first = event.text.replace("\n\n", " | ") or event.title
        by_words.setdefault((event.what, first), []).append(event.account)
    for (what, words), accounts in by_words.items():
        yield f"{what:9} {' '.join(accounts):36} {words[:90]}".rstrip()


if __name__ == "__main__":
    sys.exit(main())
