"""Pruning a ledger from one end to the other, batch by batch; it decides what is too young, and knows no SQL."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from piquet.errors import UserError
from piquet.ledger.ledger import Ledger
from piquet.ledger.pruning import Pruned

DEFAULT = timedelta(days=400)
# Posts are compared with those of the weeks before, and a strike may go on for months.
SHORTEST = timedelta(days=90)
# A hundred years; beyond some two thousand there is no date left.
LONGEST = timedelta(days=36_500)
# Between two batches whoever waits for the ledger has it.
_BREATH_S = 0.02


def read_age(text: str) -> timedelta:
    """An age such as 400d. Raises UserError where it is none, or too short or too long."""
    number = text.removesuffix("d")
    if not number.isdecimal() or len(number) > 6:
        raise UserError(f"prune, field 'older_than': {text!r} is not a number of days: write it as 400d.")
    if (age := timedelta(days=int(number))) < SHORTEST:
        raise UserError(
            f"prune, field 'older_than': {text!r} is too short: write at least {SHORTEST.days}d, "
            "which strikes are compared over."
        )
    if age > LONGEST:
        raise UserError(f"prune, field 'older_than': {text!r} is too long: write at most {LONGEST.days}d.")
    return age


def prune(
    ledger: Ledger, outlet: str, before: datetime, *, sleep: Callable[[float], object] = time.sleep
) -> Pruned:
    """Forget what `outlet` did before then; cycles go on meanwhile. Raises LedgerError."""
    total = Pruned()
    for done in _batches(ledger, outlet, before):
        total += done
        sleep(_BREATH_S)
    return total


def _batches(ledger: Ledger, outlet: str, before: datetime) -> Iterator[Pruned]:
    for step in (ledger.prune_deliveries, ledger.prune_cycles):
        while done := step(outlet, before):
            yield done
    after: int | None = 0
    while after is not None:
        done, after = ledger.prune_entries(outlet, before, after)
        yield done


def told(outlet: str, done: Pruned) -> str:
    """What went, in one sentence."""
    return (
        f"{outlet}: {done.deliveries} deliveries with {done.moves} moves and {done.snapshots} figures, "
        f"{done.cycles} cycles; {done.entries} articles keep only what they are known by."
    )
