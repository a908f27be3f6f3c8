"""Worker processes on one ledger, some killed at random moments; exit code 0 only where nothing is lost or repeated."""

import os
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock

from piquet.ledger.states import DeliveryState
from tests.crash.room import Room
from tests.crash.stage import Lane, running_stage

NETWORKS = ("mastodon", "bluesky", "x", "facebook")
WORKERS = {"postgresql": 8, "sqlite": 2}
_MARK = "essai large"
_PATIENCE_S = 1200


@dataclass(slots=True)
class Crowd:
    """So many workers, each running cycles of one outlet in child processes until everything is sent."""

    room: Room
    entries: int
    kills: int
    chance: random.Random
    killed: int = 0
    cycles: int = 0
    _lock: Lock = field(default_factory=Lock)

    def work(self, workers: int) -> None:
        """Until all is quiet, or patience ends."""
        with ThreadPoolExecutor(workers) as pool:
            for ended in [pool.submit(self._worker) for _ in range(workers)]:
                ended.result()

    def _worker(self) -> None:
        end = time.monotonic() + _PATIENCE_S
        while time.monotonic() < end and not self.room.quiet(_MARK, self.entries):
            # Workers beside each other have one real clock, which cannot be put forward past what a network
            # takes to show a post.
            ended = self.room.cycle(kill_after=self._moment(), at_once=True)
            with self._lock:
                self.cycles += 1
                self.killed += ended.killed

    def _moment(self) -> float | None:
        with self._lock:
            return self.chance.uniform(0.3, 8) if self.killed < self.kills else None


def main() -> int:
    """PostgreSQL with 8 workers, then SQLite with 2."""
    entries, kills = int(os.environ.get("ENTRIES") or 500), int(os.environ.get("KILLS") or 40)
    with running_stage(real=()) as lanes:
        lanes = sorted(lanes, key=lambda lane: lane.database)
        held = [contend(lane, entries, kills) for lane in lanes]
    print("Every line holds." if all(held) else "Not every line holds.")
    return 0 if all(held) else 1


def contend(lane: Lane, entries: int, kills: int, *, seed: int = 5) -> bool:
    """One newsroom, its cycles run by several workers at once; prints what stands in the end."""
    room = Room(lane, NETWORKS)
    room.open(lease_seconds=6, flood_policy="post", flood=1000, posts_per_cycle=200)
    titles = [f"{_MARK} {number}." for number in range(1, entries + 1)]
    room.publish(*titles, minutes_ago=15 + entries / 60)
    crowd = Crowd(room=room, entries=entries, kills=kills, chance=random.Random(seed))
    workers, began = WORKERS[lane.database], time.monotonic()
    crowd.work(workers)
    seconds = time.monotonic() - began
    posts, wrong = _count(room, titles)
    print(
        f"{lane.database}: {workers} worker processes, {len(NETWORKS)} accounts, {entries} entries, "
        f"{crowd.cycles} cycles, {crowd.killed} of them killed: {posts} posts in {seconds:.0f} s: "
        f"{wrong or 'none lost, none twice, all in order'}",
        flush=True,
    )
    return not wrong


def _count(room: Room, titles: Sequence[str]) -> tuple[int, str]:
    """The posts that readers see, and what is wrong with them."""
    rows, complaints, posts = room.rows(_MARK), [], 0
    for network in NETWORKS:
        seen = [_title(text) for text in room.shown(network, _MARK)]
        states = Counter(str(row.state) for row in rows if row.account == room.places[network])
        posts += len(seen)
        if seen != titles or states != {DeliveryState.SENT: len(titles)}:
            twice = [title for title, number in Counter(seen).items() if number > 1]
            lost = sorted(set(titles) - set(seen))
            ordered = seen == sorted(seen, key=titles.index)
            complaints.append(f"{network}: lost {lost}, twice {twice}, in order {ordered}, {dict(states)}")
    return posts, "; ".join(complaints)


def _title(text: str) -> str:
    return text.split("\n")[0]


if __name__ == "__main__":
    sys.exit(main())
