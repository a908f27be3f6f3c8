"""How long after the moment for which a run was scheduled its first post reaches the wall, worker and serve alike."""

import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measure import ROOT, python
from benchmarks.titles import Title
from deployments.local import Local
from deployments.processes import child
from tests.e2e.newsroom import prefect_api

_ROUNDS = 3
_LONGEST_S = 180
_SERVE = "from flows.syndicate import syndicate; syndicate.serve(name='served', parameters={'outlet': 'lejournal'})"


def first_posts(local: Local, folder: Path) -> dict[str, list[float]]:
    """Seconds of each run: by a process worker, and by a process that serves the flow."""
    # The outlet that prefect.yaml names.
    title = Title(local, folder / "lejournal", "lejournal", most=1)
    title.apply()
    title.room.run()
    prefect = python("prefect", "--no-prompt")
    for words in (["work-pool", "create", "piquet", "--type", "process"], ["deploy", "--all"]):
        subprocess.run([*prefect, *words], env=title.room.env, cwd=ROOT, check=True, capture_output=True)
    worker = [*prefect, "worker", "start", "--pool", "piquet"]
    served = [worker[0], "-c", _SERVE]
    return {
        "a process worker": _measured(title, worker, "syndicate/lejournal"),
        "flow.serve": _measured(title, served, "syndicate/served"),
    }


def _measured(title: Title, command: Sequence[str], deployment: str) -> list[float]:
    with _running(title, command):
        id_ = _deployment(title.room.local, deployment)
        _first_post(title, id_)  # whoever waits for runs has started by then
        return [_first_post(title, id_) for _ in range(_ROUNDS)]


@contextmanager
def _running(title: Title, command: Sequence[str]) -> Iterator[None]:
    with child(
        command, log=title.room.folder / "runner.log", env={**title.room.env, "PYTHONPATH": str(ROOT)}
    ):
        yield


def _deployment(local: Local, name: str) -> str:
    end = time.monotonic() + _LONGEST_S
    body = {"deployments": {"name": {"any_": [name.partition("/")[2]]}}}
    while time.monotonic() < end:
        found = prefect_api(local, "POST", "deployments/filter", json=body).json()
        for one in found:
            if one["entrypoint"].endswith(":syndicate"):
                return one["id"]
        time.sleep(0.5)
    raise TimeoutError(f"nobody registered {name} within {_LONGEST_S} s")


def _first_post(title: Title, deployment: str) -> float:
    """Publish one entry, schedule a run for now, wait for all of its posts; seconds until the wall got the first."""
    before = title.posted()
    title.bring(1)
    asked = datetime.now(UTC)
    prefect_api(
        title.room.local,
        "POST",
        f"deployments/{deployment}/create_flow_run",
        json={"state": {"type": "SCHEDULED"}},
    )
    end = time.monotonic() + _LONGEST_S
    while title.posted() < before + len(title.room.accounts):
        if time.monotonic() > end:
            raise TimeoutError(f"no posts came within {_LONGEST_S} s")
        time.sleep(0.5)
    newest = [title.room.posts(account["network"])[-1]["time"] for account in title.room.accounts]
    return (min(datetime.fromisoformat(time) for time in newest) - asked).total_seconds()
