"""What a state of the strike means, in a sentence for people: when, where, and which advice; pure."""

from collections.abc import Iterator
from datetime import datetime, tzinfo

from piquet import words
from piquet.errors import NoticeTooLong
from piquet.strike import Strike
from piquet.strike_spans import Span, planned


def said_of(kind: str, strike: Strike, now: datetime, zone: tzinfo, language: str) -> str:
    """What became of the change (`call_strike`, `end_strike` or `checked`), and when there is a strike from now on."""
    parts = [words.of("plan", kind, language), when(strike, now, zone, language)]
    advice = _advice(strike, language) if any(_told(strike, now, zone, language)) else ()
    return " ".join([*parts, *advice])


def unfit(error: NoticeTooLong, language: str) -> str:
    """What does not fit on an account, by how much, and what to do."""
    if error.over is None:
        return str(error)
    over = error.over
    numbers = {"by": over.used - over.maximum, "used": over.used, "maximum": over.maximum}
    name = "too_long" if error.notice else "template_too_long"
    return words.of(
        "refused",
        name,
        language,
        account=error.account,
        notice=error.notice,
        unit=words.of("unit", over.unit, language),
        **{name: words.number(number, language) for name, number in numbers.items()},
    )


def when(strike: Strike, now: datetime, zone: tzinfo, language: str) -> str:
    """When these accounts are on strike from `now` on."""
    spans = [*_told(strike, now, zone, language)]
    if not spans:
        return words.of("plan", "never", language)
    where = ", ".join(strike.accounts) or words.of("plan", "everywhere", language)
    return words.of(
        "plan", "when", language, spans=words.of("plan", "between", language).join(spans), where=where
    )


def _told(strike: Strike, now: datetime, zone: tzinfo, language: str) -> Iterator[str]:
    if strike.switch == "strike":
        yield words.of("plan", "by_hand", language)
    for span in planned(strike, zone):
        if span.end and span.end > now:
            yield _span(span, zone, language)


def _span(span: Span, zone: tzinfo, language: str) -> str:
    start, end = (words.moment(moment, zone, language) for moment in (span.start, span.end))
    return words.of("plan", "span", language, start=start, end=end)


def _advice(strike: Strike, language: str) -> Iterator[str]:
    """What would make the strike clearer to readers, though nothing speaks against it."""
    if not strike.statement_url:
        yield words.of("plan", "no_statement", language)
    if strike.notices and not strike.short_notices:
        yield words.of("plan", "no_short_notice", language)
