"""The steps at which a cycle is killed: how each is reached, and on which networks it exists; kills nothing."""

from collections.abc import Callable
from dataclasses import dataclass

Where = Callable[[str], bool]

# Real servers take no armed faults.
WALL = ("mastodon", "bluesky", "x", "facebook", "threads", "linkedin", "telegram")
# Telegram lets nobody read posts back: what is in doubt there is dropped with words, docs/decisions.md, 10.
BLIND = ("telegram",)


def _everywhere(_place: str) -> bool:
    return True


def _on_the_wall(place: str) -> bool:
    return place in WALL


def _in_two_calls(place: str) -> bool:
    return place == "threads"


def _asked(place: str) -> bool:
    return place not in BLIND


def _not_asked(place: str) -> bool:
    return place in BLIND


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Kill at `kill`; before that `fault` is armed, or a first cycle is killed at `first`.

    `whole`: it is a step of the cycle and not of one account, of which there must be so many `accounts`.
    `where`: the places on which it exists.
    """

    kill: str
    fault: str = ""
    first: str = ""
    whole: bool = False
    accounts: int = 1
    where: Where = _everywhere

    @property
    def title(self) -> str:
        """For people."""
        how = {"drop": "answer lost", "429": "busy"}.get(self.fault, "")
        how = how or (self.first and f"resumed from {self.first}")
        return f"{self.kill} ({how})" if how else self.kill


def _both(writer: str, **how: object) -> tuple[Step, Step]:
    return Step(kill=f"before-{writer}", **how), Step(kill=f"after-{writer}", **how)


STEPS = (
    *_both("begin-cycle", whole=True),
    *_both("see-strike", whole=True),
    *_both("record", whole=True),
    *_both("claim"),
    *_both("keep-payload", where=_in_two_calls),
    Step(kill="before-send"),
    Step(kill="mid-send"),
    Step(kill="before-answer"),
    Step(kill="after-send"),
    *_both("settle"),
    *_both("rest", fault="429", where=_on_the_wall),
    *_both("postpone", fault="429", where=_on_the_wall),
    *_both("unsettle", fault="drop", where=_on_the_wall),
    *_both("expire-leases", first="after-send"),
    *_both("find", first="after-send", where=_asked),
    *_both("settle", first="after-send", where=_asked),
    *_both("make-due", first="before-send", where=_asked),
    *_both("drop", first="before-send", where=_not_asked),
    Step(kill="after-account"),
    Step(kill="after-account#2", whole=True, accounts=2),
    Step(kill="before-report", whole=True),
    *_both("end-cycle", whole=True),
    Step(kill="after-report", whole=True),
)
