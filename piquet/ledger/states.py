"""The states of a delivery and the one table of moves between them; knows no SQL."""

from enum import StrEnum

from piquet.errors import LedgerError


class DeliveryState(StrEnum):
    """Where a delivery stands; `dropped` and `retracted` (posted, then taken down) are final."""

    DUE = "due"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNSETTLED = "unsettled"
    HELD = "held"
    DROPPED = "dropped"
    RETRACTED = "retracted"


_S = DeliveryState

# A delivery is `sending` only under a lease. `due` and `held` reach themselves when a new decision rewrites them.
# Nothing leads from `unsettled` to `sending`: the network is asked first, and its answer makes it due again or sent.
MOVES: dict[DeliveryState, frozenset[DeliveryState]] = {
    _S.DUE: frozenset({_S.SENDING, _S.HELD, _S.DROPPED, _S.DUE}),
    _S.HELD: frozenset({_S.DUE, _S.DROPPED, _S.HELD}),
    _S.SENDING: frozenset({_S.SENT, _S.FAILED, _S.UNSETTLED, _S.DUE}),
    _S.UNSETTLED: frozenset({_S.SENT, _S.FAILED, _S.DUE, _S.DROPPED}),
    _S.FAILED: frozenset({_S.DUE, _S.DROPPED}),
    _S.SENT: frozenset({_S.RETRACTED}),
    _S.DROPPED: frozenset(),
    _S.RETRACTED: frozenset(),
}

# The states in which a network may hold a post that the ledger does not know of: nothing newer may overtake them.
IN_FLIGHT = (_S.SENDING, _S.UNSETTLED)


def check_move(delivery_id: int, before: DeliveryState, after: DeliveryState) -> None:
    """Raise LedgerError where MOVES does not allow it."""
    if after not in MOVES[before]:
        allowed = ", ".join(sorted(MOVES[before])) or "nothing: it is final"
        raise LedgerError(
            f"Delivery {delivery_id} is {before} and cannot become {after}; it can become {allowed}."
        )
