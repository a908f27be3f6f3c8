"""A date in any form a feed really uses to an aware UTC time, or None; never a guess that would be a lie."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from piquet.feed.date_text import month, tidy
from piquet.feed.date_words import ZONES, ZONES_BY_SEASON

_EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)  # epoch zero, in any zone, is an unset clock
_AHEAD = timedelta(hours=26)  # a time without a zone may stand in the most eastern one, and clocks differ
# Before or after noon: English, Spanish, Greek, Arabic, Persian, Vietnamese and Turkish after the hour.
_HALF_BEFORE = r"[ap]\.?m\.?\s|오전|오후|上午|下午|午前|午後"
_HALF_AFTER = r"[ap]\.?\s?m\b\.?|[μπ]\.?μ\b\.?|[مص](?!\w)|[بق]\.ظ\.?|(?-i:CH|SA)\b|Ö[SÖ]\b"
_AFTERNOON = ("p", "오후", "下", "午後", "μ", "م", "ب", "ch", "ös")
_ENGLISH_HALF = re.compile(r"[ap]\.?m\.?", re.IGNORECASE)
_CLOCK = re.compile(
    rf"(?P<before>{_HALF_BEFORE})?\s*(?:(?<![\d:])|(?<=\d{{4}}:))(?P<hour>\d{{1,2}})\s*[:h時时시]\s*"
    r"(?P<minute>\d{1,2})\s*(?:[:분分]\s*(?P<second>\d{1,2})?(?:[.,]\d+)?\s*[秒초]?)?"
    rf"(?:\s*(?P<after>{_HALF_AFTER}))?",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"(?<!\d)(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?(?!\d)")
_ZONE_NAME = re.compile(r"\b([A-Z]{1,5})\b")
_NO_ZONES = frozenset(("T", "AM", "PM", "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"))
_REGION = re.compile(r"\b([A-Z][A-Za-z_]+/[A-Z][A-Za-z_/]+)\b")
# One class for letters and marks: two that overlap would try every way to share a word out among them.
_WORD = r"(?:(?![\d_])[\w\u0300-\u036f\u0900-\u0dff\u0e00-\u0eff])+"
_BETWEEN = r"[\s.,/-]*(?:de\s+|del\s+|of\s+|d['’]|ב)?"
_YEAR_FIRST = re.compile(
    r"(?<!\d)(?P<year>\d{4})\s?[-/.年년]\s?(?P<month>\d{1,2})\s?[-/.月월]\s?(?P<day>\d{1,2})(?!\d)"
)
_COMPACT = re.compile(
    r"(?<!\d)(?P<year>[12]\d{3})(?P<month>\d\d)(?P<day>\d\d)(?:T?(?P<clock>\d{4}(?:\d\d)?)(?!\d)|(?!\d))"
)
_DAY_WORD = re.compile(
    rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|º|ª)?{_BETWEEN}(?P<word>{_WORD}){_BETWEEN}(?P<year>\d{{4}}(?!\d)|\d{{2}}(?![\d:]))",
    re.IGNORECASE,
)
_WORD_DAY = re.compile(
    rf"(?P<word>{_WORD})[\s.,]+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s,]+(?P<year>\d{{4}})(?!\d)", re.IGNORECASE
)
_CTIME = re.compile(
    rf"(?P<word>{_WORD})\s+(?P<day>\d{{1,2}})\s.*?(?<![\d+-])(?P<year>\d{{4}})(?!\d)", re.IGNORECASE
)
_YEAR_WORD = re.compile(
    rf"(?<![\d+-])(?P<year>\d{{4}})[\s.,/年-]+(?P<word>{_WORD})[\s.,/-]+(?P<day>\d{{1,2}})(?!\d)",
    re.IGNORECASE,
)
_NUMBERS = re.compile(
    r"(?<!\d)(?P<one>\d{1,2})(?P<mark>[./-])\s?(?P<two>\d{1,2})(?P=mark)\s?(?P<year>\d{4}|\d{2})(?!\d)"
)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY = re.compile(rf"\b({'|'.join(_WEEKDAYS)})(?:[a-z]*day|s|rs|r|nes)?\b", re.IGNORECASE)
_EPOCH = re.compile(r"-?\d{9,10}(?:\.\d+)?|\d{13}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DateHabits:
    """What a feed's own context says of its dates: now, its language, and whether 3/4 is the third of April."""

    now: datetime
    language: str | None = None
    day_first: bool | None = None


def parse_date(raw: str, habits: DateHabits) -> datetime | None:
    """The instant in UTC; a date without zone counts as UTC; None where unreadable, impossible or yet to come."""
    text = tidy(raw)
    if not text:
        return None
    try:
        instant = _epoch(text) if _EPOCH.fullmatch(text) else _calendar(text, habits)
    except (ValueError, OverflowError, OSError, LookupError):  # ZoneInfo's for a region it does not know
        return None
    return instant if instant and _EARLIEST <= instant <= habits.now + _AHEAD else None


def day_first(dates: Iterable[str], language: str | None) -> bool | None:
    """Whether this feed writes the day before the month: what its clear dates show, else its language's habit."""
    found = [match for raw in dates if (match := _NUMBERS.search(raw[:100]))]
    if any(int(match["one"]) > 12 for match in found):
        return True
    if any(int(match["two"]) > 12 for match in found):
        return False
    return (
        not language.lower().startswith(("en-us", "en-ph")) and language.lower() != "en" if language else None
    )


def _epoch(text: str) -> datetime:
    number = float(text)
    return datetime.fromtimestamp(number / 1000 if len(text) == 13 else number, UTC)


def _calendar(text: str, habits: DateHabits) -> datetime | None:
    clock = _CLOCK.search(text)
    rest = text[: clock.start()] + " " + text[clock.end() :] if clock else text
    american = clock and (clock["before"] or _ENGLISH_HALF.fullmatch(clock["after"] or ""))
    if american and habits.day_first is None:
        habits = replace(habits, day_first=False)  # who writes 3 PM writes 1/31
    found = _day(text if clock is None else rest, habits)
    if found is None:
        return None
    (year, month, day), compact, end = found
    after = text[clock.end() :] if clock else rest[end:]
    midnight = datetime(year, month, day, tzinfo=_zone(after, habits))
    hour, minute, second = _time(clock) if clock else compact
    return (midnight + _elapsed(hour, minute, second)).astimezone(UTC)


def _elapsed(hour: int, minute: int, second: int) -> timedelta:
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):
        raise ValueError
    return timedelta(hours=hour, minutes=minute, seconds=min(second, 59))


def _time(clock: re.Match[str]) -> tuple[int, int, int]:
    hour, half = int(clock["hour"]), (clock["before"] or clock["after"] or "").lower()
    if half and hour <= 12:
        hour = hour % 12 + (12 if half.startswith(_AFTERNOON) else 0)
    return hour, int(clock["minute"]), int(clock["second"] or 0)


def _day(text: str, habits: DateHabits) -> tuple[tuple[int, int, int], tuple[int, int, int], int] | None:
    """Year, month and day; the clock time run together with them, if any; where they end."""
    if match := _YEAR_FIRST.search(text):
        return _triple(match, int(match["month"])), (0, 0, 0), match.end()
    if match := _COMPACT.search(text):
        digits = (match["clock"] or "").ljust(6, "0")
        return (
            _triple(match, int(match["month"])),
            (int(digits[:2]), int(digits[2:4]), int(digits[4:])),
            match.end(),
        )
    for pattern in (_DAY_WORD, _WORD_DAY, _CTIME, _YEAR_WORD):
        for match in pattern.finditer(text):
            if number := month(match["word"], habits.language):
                return _triple(match, number), (0, 0, 0), match.end()
    return _numbers(text, habits)


def _numbers(text: str, habits: DateHabits) -> tuple[tuple[int, int, int], tuple[int, int, int], int] | None:
    """The day of 07.02.2025, 7-2-2025 (day first) or 2/7/2025 (as this feed does; None where nobody says)."""
    match = _NUMBERS.search(text)
    if match is None:
        return None
    year, one, two = _year(match["year"]), int(match["one"]), int(match["two"])
    first = one > 12 if max(one, two) > 12 else _told_by_weekday(text, year, one, two)
    if first is None:
        first = True if match["mark"] == "." or one == two else habits.day_first
    if first is None and match["mark"] == "-":
        first = True
    if first is None:
        return None
    day, number = (one, two) if first else (two, one)
    return (year, number, day), (0, 0, 0), match.end()


def _told_by_weekday(text: str, year: int, one: int, two: int) -> bool | None:
    """Whether the day stands first, where the weekday beside it fits one reading only: Sun, 05/12/2019."""
    said = _WEEKDAY.search(text)
    if said is None:
        return None
    weekday = _WEEKDAYS.index(said[1].lower())
    fits = [datetime(year, month, day).weekday() == weekday for month, day in ((two, one), (one, two))]
    return fits[0] if fits[0] != fits[1] else None


def _triple(match: re.Match[str], number: int) -> tuple[int, int, int]:
    return _year(match["year"]), number, int(match["day"])


def _year(digits: str) -> int:
    """Two digits as RFC 5322 section 4.3 reads them; a year of the Buddhist era, as Thailand counts, as ours."""
    year = int(digits)
    if len(digits) == 4:
        return year - 543 if 2513 <= year < 2700 else year
    return year + (2000 if year < 50 else 1900)


def _zone(after: str, habits: DateHabits) -> timezone | ZoneInfo:
    """The zone said after the time, or anywhere by name; UTC where none is; an unknown name is an error."""
    if offset := _OFFSET.search(after):
        minutes = int(offset["hours"]) * 60 + int(offset["minutes"] or 0)
        return _fixed(-minutes if offset["sign"] == "-" else minutes)
    if region := _REGION.search(after):
        return ZoneInfo(region[1])
    for name in _ZONE_NAME.findall(after):
        if name not in _NO_ZONES and not month(name, None):
            return _named(name, habits)
    word = after.strip().upper()
    return _named(word, habits) if word in ZONES else UTC


def _named(name: str, habits: DateHabits) -> timezone | ZoneInfo:
    """A zone by its name; an unknown one is an error, for it may be anywhere."""
    if name in ZONES_BY_SEASON:
        return ZoneInfo(ZONES_BY_SEASON[name])
    minutes = next((ZONES[key] for key in _keys(name, (habits.language or "").upper()) if key in ZONES), None)
    if minutes is None:
        raise ValueError(f"unknown time zone {name}")
    return _fixed(minutes)


def _keys(name: str, language: str) -> tuple[str, ...]:
    """A zone's name in this language's countries first, then at large."""
    return (*(f"{name}_{part}" for part in reversed(language.split("-")) if part), name)


def _fixed(minutes: int) -> timezone:
    if abs(minutes) > 14 * 60:  # https://en.wikipedia.org/wiki/UTC%2B14:00 is the most eastern
        raise ValueError
    return timezone(timedelta(minutes=minutes))
