"""What every network adapter can do; adapters do not know each other, the ledger or strikes."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from piquet.limits import Limit
from piquet.post import Payload, Post, Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What is true of a network whatever the account.

    `link_in_text`: readers need the link in the text (false where a link field makes the card).
    `card_carries_link`: the link stays reachable when it does not fit in the text.
    `refuses_repeats`: the network refuses a text it already has from this account.
    `settles_after`: how long after a send a post that was taken may still be missing from `find`.
    """

    network: str
    title: str
    limit: Limit
    link_in_text: bool = True
    card_carries_link: bool = False
    refuses_repeats: bool = False
    settles_after: timedelta = timedelta(0)


class Client(Protocol):
    """One account on one network. Every method but `prepare` may raise the four network errors."""

    traits: Traits

    async def limit(self) -> Limit:
        """This account's limit as the network states it now (may ask the network)."""

    def prepare(self, post: Post, *, key: str, at: datetime) -> Payload:
        """Freeze a post: pure, the same arguments give the same payload."""

    async def publish(self, payload: Payload) -> Receipt:
        """Send it. After `Busy`, `Rejected` and `Refused` nothing was posted; after `Unsettled`, perhaps."""

    async def find(self, payload: Payload, *, known: Collection[str] = ()) -> Receipt | None:
        """The post this payload became, or None; receipts whose id is in `known` belong to other deliveries."""

    async def aclose(self) -> None:
        """Close the connections."""
