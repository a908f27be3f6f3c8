"""What `piquet apply` is about to do, step by step, and what became of each step; knows no kind of thing it is done to."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class What(StrEnum):
    """What a step does; from `left over` to `silent` it is drift that this apply does not mend; `leave` is no drift."""

    CREATE = "create"
    CHANGE = "change"
    REMOVE = "remove"
    LEFT_OVER = "left over"
    WAIT = "wait"
    LEFT_OUT = "left out"
    OFF = "off"
    SILENT = "silent"
    LEAVE = "leave"
    UNCHANGED = "unchanged"


ACTS = (What.CREATE, What.CHANGE, What.REMOVE)
_DRIFT = (*ACTS, What.LEFT_OVER, What.WAIT, What.LEFT_OUT, What.OFF, What.SILENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became of one block, automation or deployment."""

    block: str
    name: str
    what: Literal[
        "created",
        "updated",
        "unchanged",
        "removed",
        "left to the community managers",
        "left over",
        "waits for its work pool",
        "left out",
        "left switched off",
        "tells nobody",
    ]

    def __str__(self) -> str:
        return f"{self.block} {self.name}: {self.what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing and what is to be done to it; `otherwise` is what becomes of it where nothing is done."""

    block: str
    name: str
    what: What
    why: str = ""
    act: Callable[[], Awaitable[Change]] | None = None
    otherwise: Change | None = None

    def __str__(self) -> str:
        return f"{self.what:<9} {self.block} {self.name}" + (f" ({self.why})" if self.why else "")


def drifted(steps: Iterable[Step]) -> bool:
    """Whether the server is not as the files say."""
    return any(step.what in _DRIFT for step in steps)


def shown(steps: Sequence[Step]) -> list[str]:
    """The plan for people: one line for each thing that is not as the files say, then the numbers."""
    lines = [f"  {step}" for step in steps if step.what in _DRIFT]
    if not lines:
        return ["Nothing to change."]
    numbers = [(what, sum(step.what is what for step in steps)) for what in (*_DRIFT, What.UNCHANGED)]
    return ["The plan:", *lines, f"{', '.join(f'{n} {what}' for what, n in numbers if n)}."]


async def carry_out(steps: Iterable[Step]) -> list[Change]:
    """Do what is to be done, in order."""
    changes = []
    for step in steps:
        if step.act:
            changes.append(await step.act())
        elif step.otherwise:
            changes.append(step.otherwise)
    return changes
