"""What the desk needs: a Prefect server, the wall, the deployments of prefect.yaml, a worker, a newsroom of four accounts."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx

from deployments.local import running_locally
from deployments.processes import child
from tests.e2e.newsroom import ROOT, Newsroom, prefect_api

OUTLET = "lejournal"
NETWORKS = ("mastodon", "bluesky", "x", "facebook")
_PREFECT = [sys.executable, "-m", "prefect", "--no-prompt"]
# What a strike block has that nobody touched; the end-to-end tests are quieter.
_AS_NEW = {"reminder_minutes": 120, "tail_days": 2, "pin": "yes"}
_BUSY = ["RUNNING", "PENDING"]
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Stage:
    """A newsroom whose cycles a worker runs."""

    room: Newsroom

    def block(self) -> dict[str, Any]:
        """The Strike block's document."""
        path = f"block_types/slug/strike/block_documents/name/{OUTLET}"
        return prefect_api(self.room.local, "GET", path).json()

    def deployment(self, flow: str) -> str:
        """The id of that flow's deployment."""
        return prefect_api(self.room.local, "GET", f"deployments/name/{flow}/{OUTLET}").json()["id"]

    def run(self, run: str) -> dict[str, Any]:
        """That run."""
        return prefect_api(self.room.local, "GET", f"flow_runs/{run}").json()

    def artifact(self, key: str) -> dict[str, Any]:
        """The newest artifact of that key."""
        return prefect_api(self.room.local, "GET", f"artifacts/{key}/latest").json()

    def last_cycle(self) -> str:
        """The id of the cycle that ended last."""
        body = {
            "sort": "END_TIME_DESC",
            "limit": 1,
            "flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}},
            "flows": {"name": {"any_": ["syndicate"]}},
        }
        return prefect_api(self.room.local, "POST", "flow_runs/filter", json=body).json()[0]["id"]

    def between_cycles(self) -> None:
        """Return when no cycle runs and none is about to: what comes next is seen by one cycle, whole."""
        waited_for(lambda: not self._busy() and 20 < _seconds_into_five_minutes() < 230, "a pause", 400)

    def _busy(self) -> bool:
        body = {
            "flow_runs": {"state": {"type": {"any_": _BUSY}}},
            "flows": {"name": {"any_": ["syndicate", "remind"]}},
        }
        return prefect_api(self.room.local, "POST", "flow_runs/count", json=body).json() > 0


@contextmanager
def staged(folder: Path, titles: tuple[str, ...]) -> Iterator[Stage]:
    """All of it under `folder`, after an ordinary cycle that posted `titles`; everything ends with the block."""
    with running_locally(folder / "local") as local:
        home = folder / "room"
        home.mkdir()
        room = Newsroom(local, home, OUTLET, NETWORKS)
        room.publish(*titles)
        room.apply(first_posts=len(titles))
        done = room.run()
        assert done.returncode == 0, done.stderr
        room.set_strike(**_AS_NEW)
        with _worker(room, folder / "worker.log"):
            yield Stage(room)


def waited_for(condition: Callable[[], _Found], what: str, seconds: float = 420) -> _Found:
    """What `condition` finds, once it does; raises AssertionError where it takes longer."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(1)
    raise AssertionError(f"Within {seconds:.0f} s this did not happen: {what}.")


def show_notices(room: Newsroom, *texts: str) -> None:
    """Let the wall's page know what a notice is, to colour it."""
    body: Mapping[str, Any] = {"texts": texts}
    httpx.post(f"{room.local.wall}/_wall/notices", json=body, trust_env=False).raise_for_status()


@contextmanager
def _worker(room: Newsroom, log: Path) -> Iterator[None]:
    for command in (["work-pool", "create", "piquet", "--type", "process"], ["deploy", "--all"]):
        subprocess.run(
            [*_PREFECT, *command], env=room.env, cwd=ROOT, check=True, capture_output=True, timeout=300
        )
    with child([*_PREFECT, "worker", "start", "--pool", "piquet"], log=log, env=room.env):
        yield


def _seconds_into_five_minutes() -> float:
    return datetime.now(UTC).timestamp() % 300
