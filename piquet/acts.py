"""What a person may do to deliveries: retry, drop, release, retract; pure, it carries nothing out."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Literal

from piquet.errors import UserError
from piquet.ledger.states import DeliveryState
from piquet.times import WithoutHour, read_time

Kind = Literal["retry", "drop", "release", "retract"]

# The largest number that both databases keep as an id.
HIGHEST = 2**63 - 1

_S = DeliveryState
_WHAT = {"retry": "failed", "drop": "due, held, failed or in doubt", "release": "waiting for its time"}
_BECOMES = {"retry": _S.DUE, "drop": _S.DROPPED, "release": _S.DUE}
_OPEN_TO = {
    "retry": (_S.FAILED,),
    "drop": (_S.DUE, _S.HELD, _S.FAILED, _S.UNSETTLED),
    "release": (_S.DUE,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What a person does, who that is, and why; the audit trail keeps it."""

    kind: Kind
    who: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which deliveries: by number, by account, by when they last changed (`since` included, `until` not)."""

    deliveries: tuple[int, ...] = ()
    account: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_everything(self) -> bool:
        """Whether nothing narrows it down."""
        return not (self.deliveries or self.account or self.since or self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A delivery that an act may be about. `waits`: it is due, and its time has not come."""

    state: DeliveryState
    waits: bool = False
    named: bool = False
    retracted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """What became of one delivery, or would; `why_not` where nothing. `delivery` is None for an entry of a flood."""

    delivery: int | None
    account: str
    title: str
    url: str
    before: str
    after: str
    why_not: str = ""


def check_act(kind: Kind, who: str, why: str, at: datetime) -> Act:
    """The act. Raises UserError where nobody is named, or no reason."""
    for field, value in (("who", who), ("why", why)):
        if not value.strip():
            raise UserError(
                f"{kind}, field {field!r}: it is empty: the audit trail keeps who does it, and why."
            )
    return Act(kind=kind, who=who.strip(), why=why.strip(), at=at)


def check_selection(kind: Kind, selection: Selection) -> Selection:
    """The selection. Raises UserError for one that means every delivery there is (only a release may), or none that can be."""
    if selection.is_everything and kind != "release":
        raise UserError(f"{kind}: nothing is chosen: name deliveries, an account, or a time.")
    for number in selection.deliveries:
        if not 1 <= number <= HIGHEST:
            raise UserError(
                f"{kind}, field 'deliveries': {number} is no delivery's number: write one that piquet status shows."
            )
    if selection.since and selection.until and selection.until <= selection.since:
        raise UserError(f"{kind}, field 'until': it is not after 'since': give a later time.")
    return selection


def read_moment(text: str, zone: tzinfo, where: str) -> datetime | None:
    """A time as people write it, such as 2026-12-05T11:00, in the outlet's zone; None for no text."""
    if not text:
        return None
    try:
        return read_time(text, zone)
    except WithoutHour:
        raise UserError(f"{where}: {text!r} has no hour: write one like 2026-12-05T11:00.") from None
    except ValueError:
        raise UserError(f"{where}: {text!r} is not a time: write one like 2026-12-05T11:00.") from None


def becomes(kind: Kind) -> DeliveryState:
    """The state that this act leads to, once `why_not` is empty."""
    return _BECOMES[kind]


def why_not(kind: Kind, candidate: Candidate) -> str:
    """Why this act cannot be about this delivery, in one sentence; empty where it can."""
    state = candidate.state
    if state is _S.SENDING:
        return "It is being sent: wait until that ends, and look again."
    if state not in _OPEN_TO[kind]:
        return _closed(kind, state)
    if candidate.retracted and kind != "drop":
        return "Its article was retracted: it is never posted again."
    if state is _S.UNSETTLED and not candidate.named:
        return "It is in doubt, its post may be there: to drop it all the same, look, then name its number."
    if kind == "release" and not candidate.waits:
        return "It goes out in the next cycle anyway."
    return ""


def _closed(kind: Kind, state: DeliveryState) -> str:
    if kind == "retry" and state is _S.DROPPED:
        return "It was dropped, which is final: what it said can only be posted by hand."
    if kind == "release" and state is _S.HELD:
        return (
            "It is held: a strike in mode hold lets it go at its end, a trouble once it is mended; "
            "for articles with the notice now, set the mode to accompany."
        )
    return f"It is {state}, and this is for what is {_WHAT[kind]}."
