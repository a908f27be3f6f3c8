"""When an outlet, and each of its accounts, was and will be on strike, from the states that were seen; compares nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from piquet.ledger.ledger import Ledger
from piquet.strike import Mode, Strike
from piquet.strike_form import strike_of_the_past
from piquet.strike_spans import Span, spans

# What mode hold held goes out at a pace from the strike's end on: 180 posts, one every two minutes.
_RELEASED_FOR = timedelta(hours=6)


def states_seen(ledger: Ledger, outlet: str, zone: tzinfo) -> list[tuple[datetime, Strike]]:
    """Every strike state that was read, with when it was first seen, oldest first."""
    return [(seen, strike_of_the_past(state, zone)) for seen, state in ledger.strike_states(outlet)]


def strikes(ledger: Ledger, outlet: str, zone: tzinfo) -> tuple[Span, ...]:
    """When anybody of the outlet was and will be on strike, in whole seconds.

    Networks may cut the times of their receipts to whole seconds: the first reminder belongs to its strike all the same.
    """
    states = [
        (seen.replace(microsecond=0), replace(strike, accounts=()))
        for seen, strike in states_seen(ledger, outlet, zone)
    ]
    return spans(states, "", zone)


def out_of_the_ordinary(
    states: Sequence[tuple[datetime, Strike]], account: str, zone: tzinfo
) -> tuple[Span, ...]:
    """When the posts of `account` were no ordinary ones: its strikes, and for a while after those that held posts back."""
    holding = [(seen, strike if strike.mode is Mode.HOLD else Strike()) for seen, strike in states]
    held = [span.start for span in spans(holding, account, zone)]
    return tuple(
        replace(span, end=span.end + _RELEASED_FOR) if span.end and any(map(span.holds, held)) else span
        for span in spans(states, account, zone)
    )
