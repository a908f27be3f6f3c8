"""What every network adapter can do; adapters do not know each other, the ledger or strikes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from piquet.errors import Rejected
from piquet.limits import Limit
from piquet.post import Payload, Post, Receipt


class Ability(StrEnum):
    """What only some networks can do.

    `reads_pins`: `pinned` can tell what stands there. `reads_back`: `find` can tell whether a post is there.
    `images`: `ready` uploads the card's picture.
    """

    REPLIES = "replies"
    DELETES = "deletes"
    PINS = "pins"
    READS_PINS = "reads_pins"
    METRICS = "metrics"
    READS_BACK = "reads_back"
    IMAGES = "images"


class Unanswered(StrEnum):
    """The policy for a post whose answer was lost.

    `look_for_it`: nothing newer goes out until `find` tells. `ask_a_person`: it is never sent again, and said.
    """

    LOOK_FOR_IT = "look_for_it"
    ASK_A_PERSON = "ask_a_person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What is true of a network whatever the account.

    `link_in_text`: readers need the link in the text (false where a link field makes the card).
    `card_carries_link`: the link stays reachable when it does not fit in the text.
    `refuses_repeats`: the network refuses a text it already has from this account.
    `settles_after`: how long after a send a post that was taken may still be missing from `find`.
    `unanswered`: what becomes of a post whose answer was lost.
    `abilities`: what it can do besides posting; the methods for the others raise `Rejected`.
    """

    network: str
    title: str
    limit: Limit
    link_in_text: bool = True
    card_carries_link: bool = False
    refuses_repeats: bool = False
    settles_after: timedelta = timedelta(0)
    unanswered: Unanswered = Unanswered.LOOK_FOR_IT
    abilities: frozenset[Ability] = frozenset({Ability.READS_BACK})


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """What readers did with one post; None where the network does not say, which is not 0."""

    likes: int | None = None
    reposts: int | None = None
    replies: int | None = None
    quotes: int | None = None
    views: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """What the network says of an account now.

    `name`: as whom it posts. `may_post` is false only where the network says so, and `why_not` is its reason.
    `posts_left`: until the end of its day, None where it does not say. `token_ends`: aware UTC, None: it does not.
    """

    name: str
    limit: Limit
    may_post: bool = True
    why_not: str = ""
    posts_left: int | None = None
    token_ends: datetime | None = None


class Client(Protocol):
    """One account on one network. Every method but `prepare` may raise the four network errors.

    What `traits.abilities` does not name raises `Rejected` before anything is sent.
    """

    traits: Traits

    async def limit(self) -> Limit:
        """This account's limit as the network states it now (may ask the network)."""

    def prepare(self, post: Post, *, key: str, at: datetime, reply_to: Receipt | None = None) -> Payload:
        """Freeze a post: pure, the same arguments give the same payload."""

    async def ready(self, payload: Payload) -> Payload:
        """The payload with all that must be asked or uploaded before the send; to be stored, then published.

        A ready payload comes back as it is. A picture that fails is left out; a missing parent is `Rejected`.
        """

    async def publish(self, payload: Payload) -> Receipt:
        """Send it. After `Busy`, `Rejected` and `Refused` nothing was posted; after `Unsettled`, perhaps."""

    async def find(self, payload: Payload, *, known: Collection[str] = ()) -> Receipt | None:
        """The post this payload became, or None; receipts whose id is in `known` belong to other deliveries."""

    async def delete(self, receipt: Receipt) -> None:
        """Take a post down; one that is gone already is no error."""

    async def pin(self, receipt: Receipt) -> None:
        """Put a post first on the account's page; where there is one place, in place of the former."""

    async def unpin(self, receipt: Receipt) -> None:
        """Take a post from that place; it is no error when it does not stand there."""

    async def pinned(self) -> Sequence[Receipt]:
        """The posts that stand there now, so that they can be put back."""

    async def metrics(self, receipts: Collection[Receipt]) -> Mapping[str, Metrics]:
        """By receipt id; posts that are gone are left out."""

    async def check(self) -> AccountFacts:
        """As whom this account posts, and within what; `Refused` where it cannot."""

    async def renew(self, ends: datetime | None, now: datetime) -> datetime | None:
        """When the token ends (aware UTC), after a new one is kept where it was time and the network gives one."""

    async def aclose(self) -> None:
        """Close the connections."""


class Unable:
    """A client's answer for what its network cannot do; it overrides what its network can."""

    traits: Traits

    async def ready(self, payload: Payload) -> Payload:
        return payload

    async def delete(self, receipt: Receipt) -> None:
        raise unable(self.traits, Ability.DELETES)

    async def pin(self, receipt: Receipt) -> None:
        raise unable(self.traits, Ability.PINS)

    async def unpin(self, receipt: Receipt) -> None:
        raise unable(self.traits, Ability.PINS)

    async def pinned(self) -> Sequence[Receipt]:
        raise unable(self.traits, Ability.READS_PINS)

    async def metrics(self, receipts: Collection[Receipt]) -> Mapping[str, Metrics]:
        raise unable(self.traits, Ability.METRICS)

    async def renew(self, ends: datetime | None, now: datetime) -> datetime | None:
        return ends


_WHAT = {
    Ability.REPLIES: "takes no replies from Piquet",
    Ability.DELETES: "lets no program delete a post",
    Ability.PINS: "lets no program pin a post",
    Ability.READS_PINS: "does not say what is pinned",
    Ability.METRICS: "gives no figures",
    Ability.READS_BACK: "lets no program read posts back",
    Ability.IMAGES: "takes no pictures from Piquet",
}


def unable(traits: Traits, ability: Ability) -> Rejected:
    """The error for asking a network for what it declares that it cannot do."""
    return Rejected(f"{traits.title} {_WHAT[ability]}: leave this account out of it.")


def check_reply(traits: Traits, reply_to: Receipt | None) -> None:
    """Raise where a reply is asked of a network that takes none."""
    if reply_to is not None and Ability.REPLIES not in traits.abilities:
        raise unable(traits, Ability.REPLIES)
