"""What the soak runs on: a Prefect server, a process worker, a wall, and one outlet whose feed gets an entry now and then."""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import yaml

from benchmarks.measure import child_with
from deployments.local import Local, running_locally
from deployments.processes import child
from tests.e2e.newsroom import ROOT, Newsroom, prefect_api
from tests.soak.watching import Processes

OUTLET = "lejournal"
NETWORKS = ("mastodon", "bluesky", "x", "facebook")
# As long as an ordinary feed: what a cycle reads must not grow with the hours.
_LISTED = 40
_ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
_PATIENCE_S = 300.0
_TRIES = 5
_SETTINGS = {
    # What docs/deploy.md sets, and often enough for a soak to see it work.
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_LOOP_SECONDS": "20",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(14 * 86_400),
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
}


@dataclass(slots=True)
class Feed:
    """What the newsroom has published, as its feed lists it."""

    path: Path
    titles: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)

    def publish(self, at: datetime) -> None:
        """One more article, of that time."""
        number = len(self.titles) + 1
        self.titles.append(f"Article {number}.")
        self.items.append(
            f"<item><title>Article {number}.</title><link>https://{OUTLET}.example.com/{number}</link>"
            f"<guid>{OUTLET}-{number}</guid><pubDate>{at:%a, %d %b %Y %H:%M:%S} +0000</pubDate></item>"
        )
        listed = "".join(reversed(self.items[-_LISTED:]))
        self.path.write_text(
            f"<rss version='2.0'><channel><title>J</title>{listed}</channel></rss>", encoding="utf-8"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """All that runs; `began` is when simulated time and the real one were the same."""

    local: Local
    room: Newsroom
    feed: Feed
    processes: Processes
    deployment: str
    began: float

    def cycle(self, minute: int) -> dict[str, Any]:
        """One run through the worker, at that minute of the simulated time; how it ended."""
        ahead = minute * 60 - (time.monotonic() - self.began)
        body = {
            "state": {"type": "SCHEDULED"},
            "job_variables": {"env": {"PIQUET_TEST_CLOCK": f"{ahead:.1f}"}},
            # Asked twice where the answer was slow, it is one run.
            "idempotency_key": f"minute {minute}",
        }
        run = self._api("POST", f"deployments/{self.deployment}/create_flow_run", json=body)
        return self._ended(run["id"])

    def now(self, minute: int) -> datetime:
        """The simulated time at that minute."""
        since = timedelta(seconds=minute * 60 - (time.monotonic() - self.began))
        return datetime.now(UTC) + since

    def wrong_posts(self) -> list[str]:
        """A sentence for each account on which an article stands not once; the first article was there before."""
        return [
            f"{network}: {found}" for network in NETWORKS if (found := self._wrong(self.room.texts(network)))
        ]

    def runs(self) -> int:
        """How many flow runs Prefect's database has."""
        return self._api("POST", "flow_runs/count", json={})

    def _wrong(self, texts: list[str]) -> str:
        counts = Counter(title for text in texts for title in self.feed.titles if title in text)
        missing = [title for title in self.feed.titles[1:] if not counts[title]]
        twice = [title for title, count in counts.items() if count > 1]
        first = [self.feed.titles[0]] if counts[self.feed.titles[0]] else []
        return f"missing {missing}, twice {twice}, not new {first}" if missing or twice or first else ""

    def _api(self, method: str, path: str, **request: Any) -> Any:
        """The server's answer, asked again where it takes longer than a client waits: the machine may be busy."""
        for _ in range(_TRIES - 1):
            try:
                return prefect_api(self.local, method, path, **request).json()
            except httpx.TransportError:
                time.sleep(1)
        return prefect_api(self.local, method, path, **request).json()

    def _ended(self, run: str) -> dict[str, Any]:
        end = time.monotonic() + _PATIENCE_S
        while time.monotonic() < end:
            found = self._api("GET", f"flow_runs/{run}")
            if found["state_type"] in _ENDED:
                return found
            time.sleep(0.3)
        raise TimeoutError(f"run {run} did not end within {_PATIENCE_S:.0f} s: read {self.local.folder}")


@contextmanager
def running_stage(folder: Path) -> Iterator[Stage]:
    """Everything started, with a state of its own; everything ends with the block."""
    # The server reads its settings from the environment that it is started in.
    os.environ.update(_SETTINGS)
    with running_locally(folder / "local") as local:
        (folder / "room").mkdir()
        room = Newsroom(local, folder / "room", OUTLET, NETWORKS)
        feed = Feed(path=room.feed)
        feed.publish(datetime.now(UTC))
        room.apply(lease_seconds=30)
        deployment = _deploy(room, folder)
        worker = [sys.executable, "-m", "prefect", "worker", "start", "--pool", "piquet", "--name", "soak"]
        env = {**room.env, "PREFECT_WORKER_QUERY_SECONDS": "1"}
        with child(worker, log=folder / "worker.log", env=env) as process:
            yield Stage(
                local=local,
                room=room,
                feed=feed,
                processes=Processes(server=child_with("server"), worker=process.pid),
                deployment=deployment,
                began=time.monotonic(),
            )


def _deploy(room: Newsroom, folder: Path) -> str:
    """The syndicate deployment of prefect.yaml without its schedule; its id."""
    whole = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
    one = next(d for d in whole["deployments"] if d["entrypoint"].startswith("flows/syndicate.py"))
    whole["deployments"] = [{**one, "schedules": [], "triggers": []}]
    file = folder / "prefect.yaml"
    file.write_text(yaml.safe_dump(whole), encoding="utf-8")
    pool, deploy = (
        ("work-pool", "create", "piquet", "--type", "process"),
        ("deploy", "--all", "--prefect-file", str(file)),
    )
    for words in (pool, deploy):
        command = [sys.executable, "-m", "prefect", "--no-prompt", *words]
        subprocess.run(command, env=room.env, cwd=ROOT, check=True, capture_output=True, timeout=180)
    return prefect_api(room.local, "GET", f"deployments/name/syndicate/{OUTLET}").json()["id"]
