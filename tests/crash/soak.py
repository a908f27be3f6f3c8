"""Cycles killed at random moments over a feed that keeps getting entries, and what stands in the end."""

import random
import time
from collections import Counter
from dataclasses import dataclass

from piquet.ledger.states import DeliveryState
from tests.crash.room import Room
from tests.crash.stage import Lane

NETWORKS = ("mastodon", "bluesky", "x", "threads")
_MARK = "essai long"
_ENOUGH = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Soaked:
    """What one soak found; `wrong` says what does not hold."""

    line: str
    wrong: str = ""

    @property
    def holds(self) -> bool:
        """Whether no post was lost, repeated or out of order."""
        return not self.wrong


def soak(lane: Lane, kills: int, *, seed: int = 5) -> Soaked:
    """Kill so many cycles, each at a moment drawn from the whole of it; then let cycles end in peace."""
    chance, began = random.Random(seed), time.monotonic()
    room = Room(lane, NETWORKS)
    lane.clock.ahead = 0
    # A row of early kills makes one cycle find many entries: that is no flood here.
    room.open(flood_policy="post", flood=1000)
    titles = _kill(room, kills, chance)
    for _ in range(_ENOUGH):
        lane.clock.ahead += 200
        if room.cycle().code == 0 and room.quiet(_MARK, len(titles)):
            break
    minutes = (time.monotonic() - began) / 60
    wrong = "; ".join(filter(None, (_wrong(room, network, titles) for network in NETWORKS)))
    posts = sum(len(room.shown(network, _MARK)) for network in NETWORKS)
    line = f"soak {lane.database}: {kills} kills at random moments, {len(titles)} entries, {posts} posts on "
    line += f"{len(NETWORKS)} accounts in {minutes:.1f} min: {wrong or 'none lost, none twice, all in order'}"
    return Soaked(line=line, wrong=wrong)


def _kill(room: Room, kills: int, chance: random.Random) -> list[str]:
    """The titles that were published meanwhile."""
    titles: list[str] = []
    whole = room.cycle().seconds
    while kills:
        titles.append(f"{_MARK} {len(titles) + 1}.")
        room.publish(titles[-1])
        # What a cycle lasts changes with the machine's load: one of ten is left alone and tells it anew.
        alone = len(titles) % 10 == 0
        ended = room.cycle(kill_after=None if alone else chance.uniform(0, 1.1 * whole))
        kills -= ended.killed
        whole = whole if ended.killed else (whole + ended.seconds) / 2
        # Sometimes the next cycle comes before a lost post can be known to be lost, sometimes after.
        room.lane.clock.ahead += chance.uniform(20, 240)
    return titles


def _wrong(room: Room, network: str, titles: list[str]) -> str:
    texts = room.shown(network, _MARK)
    seen = [title for text in texts for title in titles if title in text]
    states = Counter(row.state for row in room.rows(_MARK) if row.account == room.places[network])
    if seen == titles and states == {DeliveryState.SENT: len(titles)}:
        return ""
    lost = sorted(set(titles) - set(seen))
    twice = [title for title, number in Counter(seen).items() if number > 1]
    return f"{network}: lost {lost}, twice {twice}, in order {seen == sorted(seen, key=titles.index)}, {dict(states)}"
