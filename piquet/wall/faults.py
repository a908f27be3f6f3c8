"""Faults armed on the wall: what goes wrong with which of the next requests; knows no network's words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

# "session" is logging in, refreshing, and asking who one is.
CALLS = ("post", "read", "delete", "pin", "session", "upload", "any")
KINDS = {
    "429": "nothing is posted; the network's rate limit headers name retry_after",
    "500": "nothing is posted",
    "502": "nothing is posted",
    "503": "nothing is posted",
    "504": "nothing is posted",
    "500_after": "it is posted, the answer is a 500",
    "drop": "it is posted, the connection is cut without an answer",
    "drop_before": "nothing is posted, the connection is cut without an answer",
    "slow": "it is posted after `seconds`, whether or not the client still waits",
    "refuse": "the account is suspended",
    "expired": "the token is no longer valid (on Bluesky: until refreshed)",
    "402": "X only: the credits are used up",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One kind of failure for the next `times` matching calls.

    `account` None matches every account; `on` is one of CALLS, "post" meaning the calls that publish.
    `retry_after` and `seconds` are in seconds; `code` picks Facebook's rate limit error (32 or 613).
    """

    network: str
    kind: str
    account: str | None = None
    on: str = "post"
    times: int = 1
    retry_after: int = 60
    seconds: float = 1.0
    code: int = 32

    def matches(self, network: str, account: str, on: str) -> bool:
        """Whether it strikes this call."""
        return self.network == network and self.account in (None, account) and self.on in ("any", on)


def complaint(fault: Fault) -> str | None:
    """Why this fault cannot be armed, as one sentence; None where it can."""
    if fault.kind not in KINDS:
        return f"kind is {fault.kind!r}: use one of {', '.join(KINDS)}."
    if fault.on not in CALLS:
        return f"on is {fault.on!r}: use one of {', '.join(CALLS)}."
    if fault.kind == "402" and fault.network != "x":
        return f"kind 402 (credits) exists on x only, not on {fault.network}."
    for name in ("times", "retry_after", "seconds", "code"):
        if type(getattr(fault, name)) not in (int, float) or getattr(fault, name) < 0:
            return f"{name} is {getattr(fault, name)!r}: use a number, 0 or more."
    if fault.times < 1:
        return f"times is {fault.times}: use 1 or more."
    return None


def take(faults: Sequence[Fault], network: str, account: str, on: str) -> tuple[Fault | None, list[Fault]]:
    """The first armed fault that strikes this call, and what stays armed."""
    for place, fault in enumerate(faults):
        if fault.matches(network, account, on):
            left = [replace(fault, times=fault.times - 1)] if fault.times > 1 else []
            return fault, [*faults[:place], *left, *faults[place + 1 :]]
    return None, list(faults)


class Cut(Response):
    """No answer at all: the connection is reset. The server puts `cut` into the scope (server.py)."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["cut"]()
        while (await receive())["type"] != "http.disconnect":
            pass
