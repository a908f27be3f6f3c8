"""`prefect deploy --all` on a server with a process worker: two runs with the block flipped between them."""

import subprocess
import sys
import time

import pytest

from deployments.processes import child
from tests.e2e.newsroom import ROOT, Newsroom, last_run, prefect_api, set_block

pytestmark = pytest.mark.xdist_group("prefect")

PREFECT = [sys.executable, "-m", "prefect", "--no-prompt"]
NOTICE = "Community managers en grève. Ce message est publié automatiquement."
_ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")


@pytest.fixture
def deployed(local, tmp_path):
    """The outlet that prefect.yaml names, deployed, with a worker."""
    room = Newsroom(local, tmp_path, "lejournal")
    room.publish("Ancien")
    room.apply()
    for command in (["work-pool", "create", "piquet", "--type", "process"], ["deploy", "--all"]):
        subprocess.run(
            [*PREFECT, *command], env=room.env, cwd=ROOT, check=True, capture_output=True, timeout=120
        )
    with child([*PREFECT, "worker", "start", "--pool", "piquet"], log=tmp_path / "worker.log", env=room.env):
        yield room


def scheduled_run(room) -> dict:
    """Schedule a run of the deployment for now, and wait for its end.

    The deployment has a schedule and an automation of its own: where one of their runs is on, Prefect cancels this one.
    """
    deployment = prefect_api(room.local, "GET", "deployments/name/syndicate/lejournal").json()
    return waited_for(lambda: not_cancelled(one_run(room, deployment["id"])), seconds=180)


def one_run(room, deployment: str) -> dict:
    body = {"state": {"type": "SCHEDULED"}}
    path = f"deployments/{deployment}/create_flow_run"
    run = prefect_api(room.local, "POST", path, json=body).json()
    return waited_for(lambda: ended(prefect_api(room.local, "GET", f"flow_runs/{run['id']}").json()))


def not_cancelled(run: dict) -> dict | None:
    return run if run["state_type"] != "CANCELLED" else None


def ended(run: dict) -> dict | None:
    return run if run["state_type"] in _ENDED else None


def marked(run: dict) -> dict | None:
    return run if run["state"]["name"] == "Marked" else None


def waited_for(condition, seconds: float = 90):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.5)
    raise AssertionError("it did not happen in time")


def first_lines(room, network: str) -> list[str]:
    return [text.split("\n")[0] for text in room.texts(network)]


def test_the_block_flipped_between_two_scheduled_runs_puts_the_notice_first(deployed):
    room = deployed
    assert scheduled_run(room)["state_type"] == "COMPLETED"
    room.publish("Ordinaire")
    run = scheduled_run(room)
    assert run["state_type"] == "COMPLETED", run["state"]["message"]

    room.publish("En grève")
    set_block(room.local, "strike", "lejournal", {"switch": "strike"})
    # The automation on the block's event starts the cycle: nobody schedules this one.
    waited_for(lambda: all(len(room.texts(n)) == 2 for n in ("mastodon", "bluesky", "x", "facebook")))
    for network in ("mastodon", "bluesky", "x", "facebook"):
        assert first_lines(room, network) == ["Ordinaire", NOTICE]

    set_block(room.local, "strike", "lejournal", {"mode": "n'importe"})
    room.publish("Encore en grève")
    waited_for(lambda: all(len(room.texts(n)) == 3 for n in ("mastodon", "bluesky", "x", "facebook")))
    # A cycle that the schedule began before the flip may be the newest for a moment.
    assert "'mode'" in waited_for(lambda: marked(last_run(room.local, "lejournal")))["state"]["message"]
    assert first_lines(room, "mastodon") == ["Ordinaire", NOTICE, NOTICE]
