"""Keeps a strike's post first on an account's page and puts back what stood there; decides nothing about strikes."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from piquet.errors import LedgerError, PiquetError, Rejected
from piquet.ledger.ledger import Ledger
from piquet.ledger.values import Noticed, Pin, PinState
from piquet.networks.protocol import Ability, Client
from piquet.post import Receipt

# As long as a send may take: a network that hangs must not hold up the cycle.
_TIMEOUT = timedelta(seconds=30)


def pin_is_due(ledger: Ledger, outlet: str, account: str, wanted: Noticed | None) -> bool:
    """Whether `keep_pin` would have anything to do."""
    found = ledger.pins(outlet, account, wanted and wanted.id)
    mine = [pin for pin in found if wanted and pin.delivery_id == wanted.id]
    others = len(found) - len(mine)
    return bool(others or (wanted and (not mine or mine[0].state in (PinState.WANTED, PinState.ENDING))))


async def keep_pin(
    ledger: Ledger,
    client: Client,
    *,
    outlet: str,
    account: str,
    wanted: Noticed | None,
    clock: Callable[[], datetime],
    say: Callable[[str], None],
) -> None:
    """Pin `wanted`, and end every other pin of this account.

    Each step is in the ledger before the network is asked, and asking twice does no harm; what a network does not
    take now is left for the next run. Raises LedgerError only.
    """
    pinning = _Pinning(ledger, client, outlet, account, clock)
    try:
        async with asyncio.timeout(_TIMEOUT.total_seconds()):
            await pinning.keep(wanted)
    except LedgerError:
        raise
    except Exception as error:  # whatever is wrong with a pin, the posts go on
        words = str(error) if isinstance(error, PiquetError) else type(error).__name__
        say(f"{account}: what is pinned could not be changed now ({words})")


@dataclass(slots=True)
class _Pinning:
    ledger: Ledger
    client: Client
    outlet: str
    account: str
    clock: Callable[[], datetime]

    async def keep(self, wanted: Noticed | None) -> None:
        found = self.ledger.pins(self.outlet, self.account, wanted and wanted.id)
        mine = next((pin for pin in found if wanted and pin.delivery_id == wanted.id), None)
        for pin in found:
            if pin is not mine:
                await self._end(pin)
        if wanted and wanted.receipt and (mine is None or mine.state is PinState.WANTED):
            await self._begin(wanted.id, wanted.receipt, mine)
        elif mine and mine.state is PinState.ENDING:
            await self._end(mine)

    async def _begin(self, delivery_id: int, receipt: Receipt, known: Pin | None) -> None:
        former = known.former if known else await self._standing(without=receipt)
        self.ledger.want_pin(self.outlet, self.account, delivery_id, former, self.clock())
        if not await self._taken(self.client.pin(receipt)):
            self.ledger.move_pin(delivery_id, PinState.REFUSED, self.clock())
            return
        # Where several posts may stand, the former ones still do, and nothing has to be put back.
        stands = {one.id for one in await self._standing(without=receipt)} if former else set()
        gone = [one for one in former if one.id not in stands]
        self.ledger.move_pin(delivery_id, PinState.PINNED, self.clock(), gone)

    async def _end(self, pin: Pin) -> None:
        if pin.state is not PinState.ENDING:
            # What a person has pinned in the meantime is theirs to keep.
            restore = pin.former if await self._stands(pin.receipt) else ()
            self.ledger.move_pin(pin.delivery_id, PinState.ENDING, self.clock(), restore)
            pin = next(
                p for p in self.ledger.pins(self.outlet, self.account) if p.delivery_id == pin.delivery_id
            )
        await self._taken(self.client.unpin(pin.receipt))
        for one in pin.former:
            await self._taken(self.client.pin(one))
        self.ledger.move_pin(pin.delivery_id, PinState.ENDED, self.clock())

    async def _standing(self, *, without: Receipt) -> tuple[Receipt, ...]:
        """What stands there besides, as far as the network tells."""
        if Ability.READS_PINS not in self.client.traits.abilities:
            return ()
        return tuple(one for one in await self.client.pinned() if one.id != without.id)

    async def _stands(self, receipt: Receipt) -> bool:
        if Ability.READS_PINS not in self.client.traits.abilities:
            return True
        return any(one.id == receipt.id for one in await self.client.pinned())

    async def _taken(self, asked: Awaitable[None]) -> bool:
        """Whether the network did it; what it will never do is no reason to ask again."""
        try:
            await asked
        except Rejected:
            return False
        return True
