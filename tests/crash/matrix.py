"""The crash matrix: a cycle killed at each step on each place, cycles until all is quiet, and what stands in the end."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from piquet.ledger.states import DeliveryState
from piquet.ledger.values import DeliveryRow
from tests.crash.room import Room
from tests.crash.stage import Lane
from tests.crash.steps import BLIND, WALL, Step

# Longer than a lease and the longest wait for a network's consistency.
LATER_S = 200
CYCLES = 6
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What became of two entries on one account after a kill: a word for the matrix, and why where it is wrong."""

    word: str
    why: str = ""

    @property
    def holds(self) -> bool:
        """Whether nothing was lost, repeated or out of order."""
        return not self.why


Matrix = Mapping[tuple[Step, str], Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which steps on which places; or each step on one of its places, a different one each time.

    A step of the whole cycle is on all of them at once, or on three.
    """

    steps: Sequence[Step]
    places: Sequence[str]
    one_place_a_step: bool = False

    def places_of(self, step: Step) -> list[str]:
        """Where the step is tried."""
        there = [place for place in self.places if step.where(place)]
        turn = self.steps.index(step)
        if not self.one_place_a_step or not there:
            return there
        return there[:: len(there) // 3 or 1] if step.whole else [there[turn % len(there)]]


def run(lane: Lane, plan: Plan, *, say: Callable[[str], None]) -> Matrix:
    """Every cell of the plan; `say` hears each as it is known."""
    rooms = Rooms(lane)
    cells: dict[tuple[Step, str], Cell] = {}
    for step in plan.steps:
        for room in rooms.of(step, plan.places_of(step)):
            for place, cell in crash(room, step).items():
                cells[step, place] = cell
                say(f"{lane.database} {step.title} {place}: {cell.word} {cell.why}")
    return cells


class Rooms:
    """A newsroom for each place, and one with several for the steps of the whole cycle; opened when first needed."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._open: dict[tuple[str, ...], Room] = {}

    def of(self, step: Step, places: Sequence[str]) -> list[Room]:
        """Those for the step on these places, as far as they are there."""
        there = tuple(place for place in places if place in (*WALL, *self._lane.real))
        groups = [there] if step.whole else [(place,) for place in there]
        return [
            self._open.get(group) or self._opened(group) for group in groups if len(group) >= step.accounts
        ]

    def _opened(self, places: tuple[str, ...]) -> Room:
        real = [target for name, target in self._lane.real.items() if name in places]
        room = self._open[places] = Room(self._lane, [place for place in places if place in WALL], real)
        room.open()
        return room


def crash(room: Room, step: Step) -> Mapping[str, Cell]:
    """The cells of the room's places."""
    mark = f"essai {next(_numbers)}."
    titles = [f"Le premier {mark}", f"Le second {mark}"]
    room.lane.clock.ahead = room.lane.clock.base
    room.publish(*titles)
    if missed := _killed(room, step):
        return dict.fromkeys(room.places, Cell(word="UNREACHED", why=missed))
    codes = _recover(room, mark, len(titles))
    rows = room.rows(mark)
    return {
        place: judge(place, titles, room.shown(place, mark), _of(rows, account), codes)
        for place, account in room.places.items()
    }


def _killed(room: Room, step: Step) -> str:
    """Kill a cycle at the step, or two in turn; why that did not come about, empty where it did."""
    if step.fault:
        # Meta tells its waits in minutes.
        room.lane.clock.base += 120
        room.fault(next(iter(room.places)), step.fault, retry_after=1)
    for kill in filter(None, (step.first, step.kill)):
        ended = room.cycle(kill=kill)
        if not ended.killed:
            return f"the cycle never came to {kill}: it ended with {ended.code}"
        room.lane.clock.ahead += LATER_S
    return ""


def _recover(room: Room, mark: str, number: int) -> list[int]:
    """Run cycles until all is quiet; their exit codes."""
    codes = []
    for _ in range(CYCLES):
        codes.append(room.cycle().code)
        if room.quiet(mark, number):
            break
        room.lane.clock.ahead += LATER_S
    return codes


def judge(
    place: str,
    titles: Sequence[str],
    texts: Sequence[str],
    rows: Mapping[str, DeliveryRow],
    codes: Sequence[int],
) -> Cell:
    """Each entry exactly once, in order, and known as sent; where nothing can be asked: at most once, and told."""
    seen = [title for text in texts for title in titles if title in text]
    states = [rows[title].state if title in rows else "unknown" for title in titles]
    if seen != sorted(set(seen), key=titles.index):
        return Cell(word="WRONG", why=f"{place} shows {seen}; the ledger says {states}")
    if seen == list(titles) and set(states) == {DeliveryState.SENT}:
        return Cell(word=f"once/{len(codes)}")
    if place in BLIND and all(_told(title in seen, rows.get(title)) for title in titles):
        return _said(place, codes)
    return Cell(word="WRONG", why=f"{place} shows {seen}; the ledger says {states}; cycles {codes}")


def _told(stands: bool, row: DeliveryRow | None) -> bool:
    """Sent and there; or dropped with words, whether it is there or not."""
    if row is None:
        return False
    return (
        stands if row.state == DeliveryState.SENT else row.state == DeliveryState.DROPPED and bool(row.reason)
    )


def _said(place: str, codes: Sequence[int]) -> Cell:
    if 1 in codes:
        return Cell(word=f"told/{len(codes)}")
    return Cell(word="UNTOLD", why=f"{place}: an entry was dropped and no cycle ended as failed: {codes}")


def _of(rows: Sequence[DeliveryRow], account: str) -> dict[str, DeliveryRow]:
    return {row.title: row for row in rows if row.account == account}
