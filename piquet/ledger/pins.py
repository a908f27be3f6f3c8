"""Which posts are kept first on an account's page for a strike, and what stood there before; calls no network."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, or_, select, update

from piquet.ledger.store import Store, upserting
from piquet.ledger.tables import deliveries, pins
from piquet.ledger.values import Pin, PinState
from piquet.post import Receipt

_OVER = (PinState.ENDED, PinState.REFUSED)


class PinStore(Store):
    """Each step is written before the network is asked for it, so that whoever comes next can go on."""

    def pins(self, outlet: str, account: str, delivery_id: int | None = None) -> list[Pin]:
        """The account's pins that are not over, and the one of `delivery_id` whatever became of it."""
        open_or_named = or_(pins.c.state.not_in(_OVER), pins.c.delivery_id == delivery_id)
        query = (
            select(pins, deliveries.c.receipt_id, deliveries.c.receipt_url, deliveries.c.sent_at)
            .join(deliveries, deliveries.c.id == pins.c.delivery_id)
            .where(pins.c.outlet == outlet, pins.c.account == account, open_or_named)
            .order_by(pins.c.id)
        )
        with self._reading() as connection:
            return [_pin(row) for row in connection.execute(query)]

    def want_pin(
        self, outlet: str, account: str, delivery_id: int, former: Sequence[Receipt], now: datetime
    ) -> None:
        """Write down that this post is to be pinned, and what stands there now; once."""
        row = {
            "outlet": outlet,
            "account": account,
            "delivery_id": delivery_id,
            "former": [_receipt_to_json(one) for one in former],
            "state": PinState.WANTED,
            "created_at": now,
            "updated_at": now,
        }
        with self._writing() as connection:
            connection.execute(upserting(connection, pins).values(row).on_conflict_do_nothing())

    def move_pin(
        self, delivery_id: int, state: PinState, now: datetime, former: Sequence[Receipt] | None = None
    ) -> None:
        """Write down how far it is, and with `former` what must be put back."""
        values: dict[str, Any] = {"state": state, "updated_at": now}
        if former is not None:
            values["former"] = [_receipt_to_json(one) for one in former]
        with self._writing() as connection:
            connection.execute(update(pins).where(pins.c.delivery_id == delivery_id).values(**values))


def _pin(row: Row[Any]) -> Pin:
    return Pin(
        delivery_id=row.delivery_id,
        receipt=Receipt(id=row.receipt_id, url=row.receipt_url, at=row.sent_at),
        former=tuple(_receipt_from_json(one) for one in row.former),
        state=PinState(row.state),
    )


def _receipt_to_json(receipt: Receipt) -> dict[str, str]:
    return {"id": receipt.id, "url": receipt.url, "at": receipt.at.isoformat(), "version": receipt.version}


def _receipt_from_json(values: dict[str, str]) -> Receipt:
    return Receipt(
        id=values["id"],
        url=values["url"],
        at=datetime.fromisoformat(values["at"]),
        version=values.get("version", ""),
    )
