"""Reads an audit from a ledger: the rows of a span, or the span of the last strike; shows nothing."""

from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from piquet.audit.trail import Span, Trail, trail
from piquet.errors import UserError
from piquet.ledger.ledger import Ledger
from piquet.strike_form import strike_of_the_past
from piquet.strike_spans import spans

# In it the closing post goes out, the pins come off, and what was held begins to leave.
_AFTERWARDS = timedelta(hours=1)


def read_trail(ledger: Ledger, outlet: str, span: Span) -> Trail:
    """The audit of `outlet` in `span`, with what tells whether anybody changed it."""
    return trail(
        outlet,
        span,
        ledger.audit_trail(outlet, since=span.since, until=span.until),
        in_force=ledger.audit_in_force(outlet, span.since),
        heads=ledger.audit_heads(outlet, span.until),
        breaks=ledger.audit_breaks(outlet),
    )


def last_strike_span(ledger: Ledger, outlet: str, now: datetime, zone: tzinfo) -> Span:
    """From the beginning of the strike that began last until an hour after its end; UserError where none ever began."""
    states = [
        (seen, replace(strike_of_the_past(state, zone), accounts=()))
        for seen, state in ledger.strike_states(outlet)
    ]
    begun = [one for one in spans(states, "", zone) if one.start <= now]
    if not begun:
        raise UserError(f"Audit: {outlet} has had no strike yet: give a day, or times.")
    end = begun[-1].end
    return Span(since=begun[-1].start, until=min(end + _AFTERWARDS, now) if end else now)
