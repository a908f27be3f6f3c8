"""The `impact` flow and command: a strike that really went out is reported on once, and where there was none it is said."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from piquet.measure import Taken
from tests.e2e.newsroom import ROOT, artifact, events, prefect_api

pytestmark = pytest.mark.xdist_group("prefect")

DAY = 86_400
# One process for all of the runs, each at a time of its own, and for the command: starting one costs more than a run.
RUNS = """
import asyncio, json, os, sys
from deployments.cli import main as piquet
from flows.impact import impact

async def main(outlet, runs):
    for later, asked in runs:
        os.environ["PIQUET_TEST_CLOCK"] = str(later)
        state = await impact(outlet, **asked, return_state=True)
        print(json.dumps([state.type.value, state.name, state.message]))

asyncio.run(main(sys.argv[1], json.loads(sys.argv[2])))
piquet(["impact", sys.argv[1], *sys.argv[3:]])
"""


def run_impact(room, runs, words) -> tuple[list[tuple[str, str, str]], str]:
    """The flow, so many seconds from now and with these parameters: type, name and message of each run's end.

    Then, at the time of the last run, what `piquet impact` prints with these words.
    """
    command = [sys.executable, "-c", RUNS, room.name, json.dumps(runs), *words]
    done = subprocess.run(command, env=room.env, capture_output=True, text=True, cwd=ROOT, timeout=150)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    return [tuple(json.loads(line)) for line in lines[: len(runs)]], "\n".join(lines[len(runs) :])


def artifacts(local, key: str) -> int:
    """How many there are of that key."""
    body = {"artifacts": {"key": {"any_": [key]}}}
    return len(prefect_api(local, "POST", "artifacts/filter", json=body).json())


def strike(room) -> None:
    """Two articles go out with the notice on two accounts, a third is left out by the outlet's rules; then it ends."""
    room.publish("Laissé de côté", "Un", "Deux")
    room.apply(first_posts=2)
    room.set_strike(switch="strike", notices=["En grève."])
    assert room.run().returncode == 0
    room.set_strike(switch="normal", notices=["En grève."])
    assert room.run().returncode == 0


def measure(room) -> None:
    """Each post got so many replies within six hours, as the ledger numbers them."""
    with room.ledger() as ledger:
        at = datetime.now(UTC)
        taken = [
            Taken(delivery_id=row.id, age=timedelta(hours=6), at=at, likes=1, replies=number)
            for number, row in enumerate(sorted(ledger.deliveries(room.name), key=lambda row: row.id), 1)
        ]
        assert ledger.take(room.name, taken) == 4


def test_a_strike_is_reported_on_once_at_each_age_and_where_there_was_none_it_is_said(local, newsroom):
    room = newsroom("mastodon", "x")
    strike(room)
    measure(room)
    for network in ("mastodon", "x"):
        assert [text.startswith("En grève.") for text in room.texts(network)] == [True, True]
    page_file, posts_file = room.folder / "report.html", room.folder / "posts.csv"
    (early, ordinary, wrong, due, again), printed = run_impact(
        room,
        [(60, {}), (60, {"day": "2020-01-16"}), (60, {"day": "samedi"}), (DAY, {}), (DAY + 60, {})],
        ["--html", str(page_file), "--posts", str(posts_file), "--language", "en"],
    )
    assert early[:2] == ("COMPLETED", "Too early") and "moins d’une heure" in early[2]
    assert ordinary[:2] == ("COMPLETED", "No strike")
    assert "Il n’y a pas eu de grève du 16 janv. 2020" in ordinary[2]
    assert wrong[0] == "FAILED" and "Impact, field 'day': 'samedi' is not a day" in wrong[2]
    assert due[0] == "COMPLETED" and due[2].startswith("On ne peut pas le dire.")
    assert again[:2] == ("COMPLETED", "Nothing new") and "a déjà eu son rapport" in again[2]
    # One report, whatever else was asked.
    assert artifacts(local, f"impact-{room.name}") == artifacts(local, f"impact-table-{room.name}") == 1

    page = artifact(local, f"impact-{room.name}")
    assert page.startswith("# Nous a-t-on remarqués") and "2 sur 2" in page and "4 sur 4" in page
    assert "example.com/1" not in page, "what the outlet leaves out is no missing article"
    table = json.loads(artifact(local, f"impact-table-{room.name}"))
    assert table and all("trop peu de données" in row.values() for row in table)
    (told,) = events(local, "piquet.impact.reported", room.name)
    assert (told["links"], told["published"], told["posts"], told["noticed"]) == (2, 2, 4, 4)
    assert told["answer"] == "unknown"

    assert "Were we noticed? We cannot tell." in printed and "4 of 4" in printed
    assert "Were we noticed?" in page_file.read_text(encoding="utf-8")
    assert len(posts_file.read_text(encoding="utf-8").splitlines()) == 5
    # What a person asks for does not count as the report that is due.
    with room.ledger() as ledger:
        assert len(ledger.reported(room.name)) == 1
