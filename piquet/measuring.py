"""Measures the posts of one account that are of an age now: asks its network, and keeps what it answers; sends nothing."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from piquet.budget import KEPT_FOR, Allowance, month_start, read_price, readable, used
from piquet.errors import LedgerError
from piquet.lane import safe_words
from piquet.ledger.ledger import Ledger
from piquet.measure import Due, batches, first, taken, windows
from piquet.networks.protocol import Client

# For one batch, where a network that answers post by post takes a second for each.
_LONGEST_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What came of one account: posts `read`, `gone` from the network, and `left` unread; `trouble` says why."""

    account: str
    read: int = 0
    gone: int = 0
    left: int = 0
    trouble: str = ""


@dataclass(slots=True, kw_only=True)
class Measuring:
    """One run over one account; a trouble with figures never holds its posts back: the next run tries again, in time."""

    ledger: Ledger
    client: Client
    outlet: str
    account: str
    allowance: Allowance
    clock: Callable[[], datetime]
    say: Callable[[str], None]
    read: int = field(default=0, init=False)
    gone: int = field(default=0, init=False)
    trouble: str = field(default="", init=False)

    async def measure(self, due: Sequence[Due]) -> Measured:
        """Read what is due, batch by batch, until a network's trouble or the end of the budget. Raises LedgerError only."""
        room = await asyncio.to_thread(self._room)
        if room is not None and room < len(due):
            self.trouble = "the rest of this month's budget is kept for posts"
        for batch in batches(first(due, room)):
            try:
                await self._read(batch)
            except LedgerError:
                raise
            except Exception as error:
                self.trouble = safe_words(error)
                break
        left = len(due) - self.read - self.gone
        return Measured(account=self.account, read=self.read, gone=self.gone, left=left, trouble=self.trouble)

    async def _read(self, batch: Sequence[Due]) -> None:
        async with asyncio.timeout(_LONGEST_S):
            answer = await self.client.metrics([one.receipt for one in batch])
        figures = {id_: asdict(metrics) for id_, metrics in answer.items()}
        kept = taken(batch, figures, self.clock())
        await asyncio.to_thread(self.ledger.take, self.outlet, kept)
        gone = [one for one in batch if one.receipt.id not in figures]
        for one in gone:
            self.say(f"{self.account}: its network has {one.receipt.url or one.receipt.id} no more")
        self.gone += len(gone)
        self.read += len(batch) - len(gone)

    def _room(self) -> int | None:
        """How many posts may be read within the month's budget, None for any number."""
        if not (read_price(self.account) and self.allowance.monthly_budget):
            return None
        now = self.clock()
        month = month_start(now)
        sent = self.ledger.sent_payloads(self.account, month)
        to_come = self.ledger.to_send(self.outlet, self.account, now + KEPT_FOR)
        reads = self.ledger.reads(self.account, month)
        return readable(self.account, self.allowance, used(sent, now), to_come, reads)


def due_now(ledger: Ledger, outlet: str, account: str, now: datetime) -> list[Due]:
    """What is to be measured; nothing where the account is paused, or its network asked to be left alone."""
    state = ledger.account_state(account)
    if state.paused(now) or state.resting(now):
        return []
    return ledger.due_for_measure(outlet, account, windows(now))
