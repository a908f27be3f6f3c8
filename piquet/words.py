"""What Piquet tells people, in French and in English: each message by its name in the catalogues; pure."""

import re
from contextlib import suppress
from datetime import date, datetime, time, tzinfo
from decimal import Decimal

from piquet.errors import UserError, WrongValue
from piquet.ledger.states import DeliveryState
from piquet.locales import catalogue
from piquet.strike import BETWEEN, Cause, Decision, Mode

# English of Europe: 24 hours, the day before the month, as the newsrooms that it is written for do.
_LOCALES = {"fr": "fr_FR", "en": "en_GB"}
_MINUTE = "d MMM y, HH:mm"
_FIRST = re.compile(r"(?<!\d)1 (?=[^\W\d])")


def text(name: str, language: str, **values: object) -> str:
    """A word or phrase by its name, with `values` in its places."""
    return _filled(catalogue(language).gettext(name), values)


def of(context: str, name: str, language: str, **values: object) -> str:
    """The same for a name that means something in `context` only; one that no catalogue has stays as it is."""
    found = catalogue(language).pgettext(context, name)
    return name if found == name else _filled(found, values)


def state(value: str, language: str) -> str:
    """A delivery's state, for people."""
    return of("state", DeliveryState(value), language)


def why(cause: str, detail: str, language: str) -> str:
    """The cause of a decision, for people."""
    # An audit shows also a row that somebody tampered with.
    with suppress(ValueError):
        if cause == Cause.DAY:
            detail = day(date.fromisoformat(detail), language)
        if cause == Cause.HOURS and BETWEEN in detail:
            detail = _hours(detail, language)
    return of("cause", str(cause), language, detail=detail)


def told(error: Exception, language: str) -> str:
    """What is wrong, in that language where the error knows it; else in English."""
    if not isinstance(error, WrongValue):
        return str(error)
    field = of("strike field", error.field, language)
    reason = error.reason(language, lambda value: _quoted(value, language))
    return str(UserError(of("strike", "wrong_value", language, field=field, sentence=reason)))


def mode(value: str, language: str) -> str:
    """What a strike does to a post, for people."""
    return of("mode", Mode(value), language)


def sentence(decision: Decision, language: str) -> str:
    """One sentence: what applies, and why."""
    cause = why(decision.cause, decision.detail, language)
    if not decision.on_strike or decision.mode is None:
        return text("ordinary", language, why=cause)
    return text("on_strike", language, day=decision.day_number, why=cause, mode=mode(decision.mode, language))


def day(value: date, language: str) -> str:
    """A day as people write it: samedi 5 décembre 2026."""
    from babel.dates import format_date  # 35 ms, for those who need it

    return _first(format_date(value, "full", locale=_LOCALES[language]), language)


def moment(value: datetime, zone: tzinfo, language: str) -> str:
    """An instant in the newsroom's hours: 5 déc. 2026, 14:02:07."""
    from babel.dates import format_datetime

    return _first(format_datetime(value.astimezone(zone), "medium", locale=_LOCALES[language]), language)


def clock(value: datetime, zone: tzinfo, language: str) -> str:
    """The time of day, to the second, in the newsroom's hours."""
    from babel.dates import format_time

    return format_time(value.astimezone(zone).timetz(), "medium", locale=_LOCALES[language])


def number(value: int, language: str) -> str:
    """A number with the language's own separators."""
    from babel.numbers import format_decimal

    return format_decimal(value, locale=_LOCALES[language])


def dollars(value: Decimal, language: str) -> str:
    """US dollars with the language's own separators and sign."""
    from babel.numbers import format_currency

    return format_currency(value, "USD", locale=_LOCALES[language])


def short_day(value: date, language: str) -> str:
    """A day of the last weeks: 5 déc."""
    from babel.dates import format_skeleton

    short = format_skeleton("MMMd", datetime.combine(value, time()), locale=_LOCALES[language])
    return _first(short, language)


def _hours(detail: str, language: str) -> str:
    """Hours that end on another day: du 5 déc. 2026, 11:00 au 6 déc. 2026, 11:00."""
    from babel.dates import format_datetime

    start, end = (
        _first(format_datetime(datetime.fromisoformat(at), _MINUTE, locale=_LOCALES[language]), language)
        for at in detail.split(BETWEEN, 1)
    )
    return of("plan", "span", language, start=start, end=end)


def _first(text: str, language: str) -> str:
    """French counts the first of a month, and no other day: 1er décembre."""
    return _FIRST.sub("1er ", text) if language == "fr" else text


def _quoted(value: object, language: str) -> str:
    if not isinstance(value, str):
        return repr(value)
    return f"«\u00a0{value}\u00a0»" if language == "fr" else f"“{value}”"


def _filled(message: str, values: dict[str, object]) -> str:
    return message.format(**values) if values else message
