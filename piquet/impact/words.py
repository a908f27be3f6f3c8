"""How the numbers, times and days of an impact report are written in its language; pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from math import isfinite
from zoneinfo import ZoneInfo

from piquet import words
from piquet.impact.values import Impact, Span, Typical

NOTHING = "–"
# https://unicode.org/reports/tr35/tr35-numbers.html
_WHOLE, _TENTHS, _HUNDREDTHS = "#,##0", "#,##0.#", "#,##0.##"
_LEAST = 0.01
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
# English of Europe, as in piquet/words.py.
_LOCALES = {"fr": "fr_FR", "en": "en_GB"}


@dataclass(frozen=True, slots=True)
class Tongue:
    """The report's language and zone, and the span it is about."""

    language: str
    zone: tzinfo
    span: Span

    @classmethod
    def of(cls, impact: Impact) -> "Tongue":
        return cls(impact.language, ZoneInfo(impact.zone), impact.span)

    def say(self, name: str, **values: object) -> str:
        """A message of the report by its name."""
        return words.of("impact", name, self.language, **values)

    def number(self, value: float) -> str:
        """12, 12.5 or 0.58: as many digits as people read."""
        return self._decimal(value, _WHOLE if value >= 100 else _TENTHS if value >= 1 else _HUNDREDTHS)

    def ratio(self, value: float) -> str:
        """How many times: 12, 2.4, 1.04, 0.58; never nothing where it is little."""
        if not isfinite(value):
            return "∞"
        if 0 < value < _LEAST:
            return f"<\u00a0{self._decimal(_LEAST, _HUNDREDTHS)}"
        return self._decimal(value, _WHOLE if value >= 10 else _TENTHS if value >= 1.1 else _HUNDREDTHS)

    def share(self, part: int, whole: int) -> str:
        """In percent; never all of it, nor nothing, where that is not so."""
        percent = part * 100 // whole or bool(part)
        return self._decimal(percent / 100, "0%") if self.language == "en" else f"{percent}\u202f%"

    def listed(self, texts: list[str]) -> str:
        """a, b and c."""
        from babel.lists import format_list  # 35 ms, for those who need it

        return format_list(texts, locale=_LOCALES[self.language])

    def typical(self, found: Typical | None) -> tuple[str, ...]:
        """The median with its interval, and how much stands behind it."""
        if found is None:
            return (NOTHING,)
        low, high = self.number(found.low), self.number(found.high)
        figures = self.say("median", median=self.number(found.median), low=low, high=high)
        return figures, self.say("behind", posts=self.number(found.posts), days=self.number(found.days))

    def lasting(self, time: timedelta) -> str:
        """4 min, 2 h 5 min, 3 d 4 h."""
        minutes = round(time / timedelta(minutes=1))
        if minutes < 1:
            return self.say("no_time")
        days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
        if time >= 2 * _DAY:
            return self.say("days_hours", days=days, hours=hours)
        parts = (24 * days + hours, "h"), (minutes, "min")
        return "\u00a0".join(f"{number}\u00a0{unit}" for number, unit in parts if number)

    def age(self, age: timedelta) -> str:
        """How long after a post it was measured."""
        if age >= 2 * _DAY:
            return self.say("age_days", days=self.number(age / _DAY))
        return self.say("age_hours", hours=self.number(age / _HOUR))

    def when(self, moment: datetime) -> str:
        """The hour; with its day where the span is more than one."""
        local = moment.astimezone(self.zone)
        if len(self._days()) == 1 and local.date() == self._days()[0]:
            return f"{local:%H:%M}"
        return f"{self._date(local, 'd MMM')}, {local:%H:%M}".replace(" ", "\u00a0")

    def short_day(self, moment: datetime) -> str:
        """sam. 5 déc."""
        return self._date(moment.astimezone(self.zone), "EEE d MMM")

    def short_date(self, moment: datetime) -> str:
        """5 déc."""
        return self._date(moment.astimezone(self.zone), "d MMM")

    def spanned(self) -> str:
        """The day, or from when until when."""
        if len(days := self._days()) == 1:
            return words.day(days[0], self.language)
        since, until = self.span.since.astimezone(self.zone), self.span.until.astimezone(self.zone)
        return self.say("from_until", since=self._moment(since), until=self._moment(until))

    def ordinary(self) -> str:
        """What the strike is set beside: ordinary Saturdays."""
        weekdays = {day.weekday() for day in self._days()}
        if len(weekdays) > 1:
            return self.say("ordinary_days")
        return self.say("ordinary_weekday", weekday=self._date(self._days()[0], "EEEE"))

    def stem(self) -> str:
        """The span in the name of a file: 2026-12-05."""
        days = self._days()
        return "_".join(f"{day:%Y-%m-%d}" for day in dict.fromkeys((days[0], days[-1])))

    def _days(self) -> list[date]:
        first = self.span.since.astimezone(self.zone).date()
        last = (self.span.until - timedelta(microseconds=1)).astimezone(self.zone).date()
        return [first + timedelta(days=number) for number in range((last - first).days + 1)]

    def _moment(self, local: datetime) -> str:
        return f"{words.day(local.date(), self.language)}, {local:%H:%M}"

    def _date(self, value: date, pattern: str) -> str:
        from babel.dates import format_date

        return format_date(value, pattern, locale=_LOCALES[self.language])

    def _decimal(self, value: float, pattern: str) -> str:
        from babel.numbers import format_decimal

        return format_decimal(value, pattern, locale=_LOCALES[self.language])
