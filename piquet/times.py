"""A time as people write it, read in the outlet's zone; pure."""

import re
from datetime import date, datetime, time, timedelta, tzinfo

_MIDNIGHT = re.compile(r"[T ]24:00(:00)?$")


class WithoutHour(ValueError):
    """A day alone: its first midnight is seldom what is meant."""


def read_time(text: str, zone: tzinfo) -> datetime:
    """The time, aware, such as 2026-12-05 11:00; 24:00 is the day's end. Raises WithoutHour, or ValueError."""
    text = text.strip()
    day = _day(_MIDNIGHT.sub("", text))
    if day and not _MIDNIGHT.search(text):
        raise WithoutHour(text)
    moment = datetime.combine(day + timedelta(days=1), time()) if day else datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
