"""What callers hand to the ledger and get back from it: values only, without SQL."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from piquet.entry import Disposition, Entry
from piquet.ledger.states import DeliveryState
from piquet.post import Payload, Receipt

if TYPE_CHECKING:
    from piquet.feed.state import FeedState


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """An entry with its ledger id; `waits`: its hour has not come, or a person has not released it."""

    id: int
    entry: Entry
    waits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritable:
    """A delivery whose content may still change; `entry` is None for a reminder.

    `corrected`: the entry was corrected after the content was composed.
    """

    id: int
    entry: Entry | None
    decision: Mapping[str, Any]
    state: DeliveryState
    key: str
    reason: str
    corrected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A new entry; `wait_until` None on a waiting one means: for a person.

    `repeats` and `told_from` are those of `piquet.dedupe.Known`.
    """

    entry: Entry
    disposition: Disposition | str
    wait_until: datetime | None = None
    repeats: tuple[Entry, ...] = ()
    told_from: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A delivery to insert: of a new `entry` of the same batch, of a stored `entry_id`, or of neither (a reminder)."""

    key: str
    account: str
    state: DeliveryState | str
    reason: str
    decision: Mapping[str, Any]
    entry: Entry | None = None
    entry_id: int | None = None
    payload: Payload | None = None
    kind: str = "entry"
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """New content for a delivery that is `held`, or `due` and not frozen; `not_before` where it must wait its turn."""

    delivery_id: int
    state: DeliveryState | str
    payload: Payload | None
    decision: Mapping[str, Any]
    reason: str
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """All that one cycle records, in one transaction; `released` are ids of waiting entries that become fresh.

    `strike`: the digest of the strike state that it was decided by, None where none was ever read.
    """

    outlet: str
    now: datetime
    strike: str | None = None
    feeds: "tuple[FeedState, ...]" = ()
    entries: tuple[Recorded, ...] = ()
    drafts: tuple[Draft, ...] = ()
    rewrites: tuple[Rewrite, ...] = ()
    released: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A delivery leased to one owner, its payload frozen; `attempts` counts this one.

    `doubted`: an earlier attempt had no clear answer.
    """

    id: int
    key: str
    kind: str
    payload: Payload
    title: str
    attempts: int
    attempted_at: datetime
    lease_until: datetime
    doubted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InDoubt:
    """An unsettled delivery: the network may hold its post since `attempted_at`."""

    id: int
    key: str
    payload: Payload
    title: str
    attempts: int
    attempted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A delivery whose post stands on the network."""

    id: int
    title: str
    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """A delivery that will never be sent, and why."""

    id: int
    title: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """What holds an account back."""

    paused_until: datetime | None = None
    pause_reason: str | None = None
    not_before: datetime | None = None

    def paused(self, now: datetime) -> bool:
        """Whether the account is paused at `now`."""
        return self.paused_until is not None and now < self.paused_until

    def resting(self, now: datetime) -> bool:
        """Whether its network asked not to be called yet at `now`."""
        return self.not_before is not None and now < self.not_before


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """One run of an outlet; `ended_at` None: running, or its process died."""

    id: int
    outlet: str
    started_at: datetime
    ended_at: datetime | None
    summary: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One change of a delivery's state; `before` is None for its beginning."""

    at: datetime
    before: DeliveryState | None
    after: DeliveryState
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """A delivery as reports show it; `title` and `link` are its entry's, empty for a reminder."""

    id: int
    account: str
    kind: str
    state: DeliveryState
    title: str
    link: str
    text: str
    reason: str
    decision: Mapping[str, Any] = field(default_factory=dict)
    attempts: int = 0
    not_before: datetime | None = None
    first_attempt_at: datetime | None = None
    sent_at: datetime | None = None
    receipt_id: str | None = None
    receipt_url: str | None = None
    error_class: str | None = None
    error: str | None = None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """A notice, reminder or closing post; `untried`: no worker has tried it; `receipt` once it is there."""

    id: int
    kind: str
    key: str
    state: DeliveryState
    reason: str
    decision: Mapping[str, Any]
    not_before: datetime | None
    untried: bool
    receipt: Receipt | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What readers had done with a sent post at `age`; None is what the network does not tell, which is not 0.

    `on_strike`: whether a strike applied to its account when it was decided. `taken_at`: when its network was asked,
    which is a little later than at `age`; None where that is not known.
    """

    delivery_id: int
    account: str
    kind: str
    on_strike: bool
    sent_at: datetime
    age: timedelta
    taken_at: datetime | None = None
    likes: int | None = None
    reposts: int | None = None
    replies: int | None = None
    quotes: int | None = None
    views: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """An article's post that went out before a strike; `id` is its delivery's."""

    id: int
    receipt: Receipt


class PinState(StrEnum):
    """How far a pin is: to be pinned, there, being taken away, over; or never taken by the network."""

    WANTED = "wanted"
    PINNED = "pinned"
    ENDING = "ending"
    ENDED = "ended"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A post that is first on its account's page for a strike; `former` is what must be put back."""

    delivery_id: int
    receipt: Receipt
    former: tuple[Receipt, ...]
    state: PinState


# The way of a change that nobody checked: the form of the Strike block, or whoever else wrote into it.
BLOCK = "block"


@dataclass(frozen=True, slots=True, kw_only=True)
class StrikeChange:
    """One change of the strike state, both as plain values; `before` is empty for the first."""

    at: datetime
    way: str
    who: str
    why: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """One row of the audit trail; `chain` is an account, or "" for the outlet itself.

    `kind`: strike, call, decision, post, act, report. `who` is a person, or piquet; `body` what there is to know, JSON-ready.
    """

    id: int
    outlet: str
    chain: str
    number: int
    at: datetime
    kind: str
    who: str
    why: str
    delivery_id: int | None
    body: Mapping[str, Any]
    previous: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A place where a chain of the audit trail does not hold."""

    chain: str
    number: int
    why: str
