"""Whole cycles of a newsroom while something fails in their midst; each play tells what was seen, and judges nothing."""

import itertools
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.adversity.proxy import in_front_of
from tests.adversity.stage import Stage
from tests.e2e.newsroom import PIQUET, ROOT, Newsroom

TITLES = ("Premier", "Deuxième", "Troisième")
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the run under the fault said and how it ended, and what readers see after the next cycles."""

    code: int
    said: str
    texts: tuple[str, ...]
    counts: dict[str, int]
    cycles: int

    @property
    def whole(self) -> bool:
        """Each article once, in order, and known to be there."""
        return self.texts == TITLES and self.counts == {"sent": len(TITLES)}


class Room(Newsroom):
    """A newsroom with one account, three articles to come, and a network that takes a second for each."""

    def __init__(self, stage: Stage, folder: Path, seconds: float = 1) -> None:
        name = f"panne{next(_numbers)}"
        (folder / name).mkdir()
        super().__init__(stage.local, folder / name, name, ("bluesky",))
        self.publish("Ancien")
        self.apply()
        done = self.run()
        assert done.returncode == 0, done.stderr
        self.publish(*TITLES)
        self.fault("bluesky", "slow", times=len(TITLES), seconds=seconds)

    def until_one_stands(self) -> None:
        """Wait until readers see a first post."""
        end = time.monotonic() + 120
        while not self.posts("bluesky"):
            assert time.monotonic() < end, "no post came"
            time.sleep(0.1)

    def seen(self, under: subprocess.CompletedProcess[str], cycles: int = 4) -> Seen:
        """Run cycles until one leaves nothing to do."""
        number = 0
        while number < cycles and not self._whole():
            number += 1
            self.run()
        texts = tuple(text.split("\n")[0] for text in self.texts("bluesky"))
        said = under.stderr + under.stdout
        return Seen(code=under.returncode, said=said, texts=texts, counts=self._counts(), cycles=number)

    def _counts(self) -> dict[str, int]:
        with self.ledger() as ledger:
            found = ledger.counts(self.name).get(f"bluesky/{self.name}", {})
        return {str(state): number for state, number in found.items()}

    def _whole(self) -> bool:
        return self._counts() == {"sent": len(TITLES)}


@contextmanager
def running(room: Room, **env: str) -> Iterator[Callable[[], subprocess.CompletedProcess[str]]]:
    """A cycle beside us; what is yielded waits for its end."""
    command = [*PIQUET, "run", room.name]
    how = dict(stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    with subprocess.Popen(command, env={**room.env, **env}, **how) as process:
        try:
            yield lambda: _ended(process)
        finally:
            process.kill()


def _ended(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    # A client asks a server that is gone six times, with pauses, before it gives up one call.
    out, err = process.communicate(timeout=600)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def server_away(stage: Stage, folder: Path) -> Seen:
    """Nobody listens where the server should be."""
    room = Room(stage, folder, seconds=0)
    done = room.piquet("run", room.name, PREFECT_API_URL="http://127.0.0.1:9/api")
    assert room.posts("bluesky") == []
    return room.seen(done)


def server_killed(stage: Stage, folder: Path) -> Seen:
    """The server dies by SIGKILL while posts go out, and is there again for the next cycle."""
    room = Room(stage, folder)
    with running(room) as wait:
        room.until_one_stands()
        stage.server.kill()
        try:
            done = wait()
        finally:
            stage.server.start()
    return room.seen(done)


def server_slow(stage: Stage, folder: Path, *, seconds: float = 0.1) -> Seen:
    """Each of the server's answers takes its time, and every seventh is a 503."""
    room = Room(stage, folder, seconds=0)
    with in_front_of(stage.server.port, seconds=seconds, busy=7) as proxy:
        done = room.piquet("run", room.name, PREFECT_API_URL=f"http://127.0.0.1:{proxy.port}/api")
        assert proxy.refused
    return room.seen(done)
