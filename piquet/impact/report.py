"""Which span an impact report is about, and the report put together from a ledger; shows nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from functools import partial

from piquet import words
from piquet.audit.trail import read_span
from piquet.errors import UserError
from piquet.impact.facts import facts, overlapping, without_own
from piquet.impact.strikes import out_of_the_ordinary, states_seen, strikes
from piquet.impact.values import Comparison, Facts, Impact, Span
from piquet.ledger.ledger import Ledger
from piquet.ledger.values import Snapshot
from piquet.measure import AGES
from piquet.outlet import Outlet
from piquet.strike_spans import Span as StrikeSpan

# More is no strike but a slip of the pen, and a picture of its hours would take minutes.
_LONGEST = timedelta(days=400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The span to report on; where nothing is to be reported, `why_not` names the sentence that says why.

    `age`: the report is the one that is due by itself, its posts being measured at this age by now.
    """

    span: Span | None = None
    age: timedelta | None = None
    why_not: str = ""


def asked(ledger: Ledger, outlet: Outlet, day: str, since: str, until: str, now: datetime) -> Choice:
    """The day or time that a person asked for; raises UserError naming the field where it cannot be meant."""
    found = read_span(day, since, until, now, outlet.zone, where="Impact")
    if found.since >= now:
        field, value = ("day", day) if day else ("since", since)
        raise UserError(f"Impact, field '{field}': {value!r} has not come yet: give a time that is past.")
    # A day ends at its own end, so that its picture is that of the whole day.
    span = Span(since=found.since, until=found.until if day else min(found.until, now))
    if span.until - span.since > _LONGEST:
        raise UserError(
            f"Impact, field 'since': {since!r} is more than {_LONGEST.days} days before the end: give a later time."
        )
    if overlapping(strikes(ledger, outlet.name, outlet.zone), span, now):
        return Choice(span=span)
    return Choice(span=span, why_not="no_strike_then")


def latest(ledger: Ledger, outlet: Outlet, now: datetime) -> Choice:
    """The last strike as far as it is over."""
    span = finished(strikes(ledger, outlet.name, outlet.zone), now, outlet.zone)
    return Choice(span=span) if span else Choice(why_not="no_strike_yet")


def due(ledger: Ledger, outlet: Outlet, now: datetime) -> Choice:
    """The last strike, where no report on it was made yet since its posts reached their newest age."""
    span = latest(ledger, outlet, now).span
    if span is None:
        return Choice(why_not="no_strike_yet")
    age = max((age for age in AGES if now - span.until >= age), default=None)
    if age is None:
        return Choice(span=span, why_not="too_early")
    if (span, _seconds(age)) in ledger.reported(outlet.name):
        return Choice(span=span, why_not="told_already")
    return Choice(span=span, age=age)


def why_not(choice: Choice, zone: tzinfo, language: str) -> str:
    """Why there is nothing to report, in a sentence; empty where there is."""
    if not choice.why_not:
        return ""
    ends = (choice.span.since, choice.span.until) if choice.span else ()
    times = {
        name: words.moment(moment, zone, language)
        for name, moment in zip(("since", "until"), ends, strict=False)
    }
    return words.of("impact report", choice.why_not, language, **times)


def note(ledger: Ledger, outlet: Outlet, choice: Choice, now: datetime) -> None:
    """Remember a report that was due by itself, so that it is made once."""
    if choice.span and choice.age:
        why = f"the report on the strike, {choice.age} after its end"
        ledger.note_report(outlet.name, choice.span, _seconds(choice.age), now, why)


def read_facts(ledger: Ledger, outlet: Outlet, span: Span, at: datetime) -> Facts:
    """What was done in the span."""
    measured = ledger.measured(outlet.name, span.since, span.until)
    return facts(
        ledger.articles(outlet.name, span),
        ledger.standing(outlet.name, span),
        without_own(measured, ledger.answers(outlet.name, Span(since=span.since, until=at))),
        strikes(ledger, outlet.name, outlet.zone),
        span=span,
        zone=outlet.zone,
        at=at,
    )


def read_comparisons(ledger: Ledger, outlet: Outlet, span: Span, at: datetime) -> tuple[Comparison, ...]:
    """The posts of the span beside those of the weeks before it."""
    # pandas takes 0.5 s to import: who only asks whether there is anything to report must not pay it.
    from piquet.impact.comparing import compare

    states = states_seen(ledger, outlet.name, outlet.zone)
    apart = partial(out_of_the_ordinary, states, zone=outlet.zone)
    return compare(behind(ledger, outlet, span, at), span, outlet.zone, strikes=apart)


def behind(ledger: Ledger, outlet: Outlet, span: Span, at: datetime) -> Iterator[Snapshot]:
    """What was measured of the posts that are compared, those of the span and of the weeks before it."""
    from piquet.impact.comparing import WEEKS

    before = span.since - timedelta(weeks=WEEKS)
    answers = ledger.answers(outlet.name, Span(since=before, until=at))
    return without_own(ledger.measured(outlet.name, before, span.until), answers)


def read(ledger: Ledger, outlet: Outlet, span: Span, at: datetime, language: str = "") -> Impact:
    """The whole report at once."""
    found = read_facts(ledger, outlet, span, at)
    return report(outlet, span, at, found, read_comparisons(ledger, outlet, span, at), language)


def report(
    outlet: Outlet,
    span: Span,
    at: datetime,
    found: Facts,
    comparisons: tuple[Comparison, ...],
    language: str = "",
) -> Impact:
    """The report on `span`, in the outlet's language where no other is asked for."""
    from piquet.impact.comparing import LEVEL  # it has been imported for the comparisons

    return Impact(
        outlet=outlet.name,
        title=outlet.title,
        language=language or outlet.language,
        zone=str(outlet.zone),
        span=span,
        at=at,
        level=LEVEL,
        facts=found,
        comparisons=comparisons,
    )


def finished(found: tuple[StrikeSpan, ...], now: datetime, zone: tzinfo) -> Span | None:
    """The last strike that is over; of one that goes on, the days before today."""
    midnight = datetime.combine(now.astimezone(zone).date(), time(), zone)
    for strike in reversed(found):
        end = strike.end if strike.end and strike.end <= now else midnight.astimezone(now.tzinfo)
        if strike.start < end:
            return Span(since=strike.start, until=end)
    return None


def _seconds(age: timedelta) -> int:
    return age // timedelta(seconds=1)
