"""The rehearsal of a strike from a real outlet's blocks: a page, an artifact, and not one post on the real accounts."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.newsroom import ROOT, artifact, set_block

pytestmark = pytest.mark.xdist_group("prefect")


def rehearse(room) -> str:
    """The flow as its deployment runs it, in an environment that holds no secret of any account; how it ended."""
    code = (
        "import asyncio, sys; from flows.rehearse import rehearse; "
        "state = asyncio.run(rehearse(sys.argv[1], return_state=True)); print(state.type.value)"
    )
    secrets = {name: value for name, value in room.env.items() if not name.startswith(room.name.upper())}
    command = [sys.executable, "-c", code, room.name]
    done = subprocess.run(command, env=secrets, capture_output=True, text=True, cwd=ROOT, timeout=150)
    assert done.stdout.strip(), done.stderr
    return done.stdout.split()[-1]


def test_a_rehearsal_leaves_a_page_and_an_artifact_and_touches_no_account(local, newsroom):
    room = newsroom("mastodon", "x")
    room.publish("Un article de la veille")
    room.apply(first_posts=1)
    set_block(local, "mastodon-account", room.name, {"template": "{notice}\n\nÀ lire : {title}\n{link}"})
    assert room.run().returncode == 0
    day = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    walkout = {"start": f"{day}T09:00:00", "end": f"{day}T10:00:00"}
    room.set_strike(
        windows=[walkout], accounts=[f"mastodon/{room.name}"], notices=["En grève."], reminder_minutes=60
    )

    before = [room.posts(network) for network in ("mastodon", "x")]
    page = room.folder / "page.html"
    done = room.piquet("rehearse", room.name, "--html", str(page))
    assert done.returncode == 0, done.stderr
    assert "telle qu’elle est prévue" in done.stdout and str(page) in done.stdout
    assert "La grève commence, jour 1" in page.read_text(encoding="utf-8")
    assert rehearse(room) == "COMPLETED"
    told = artifact(local, f"rehearsal-{room.name}")
    assert "| 09:00 | La grève commence, jour 1 |" in told and "| 09:00 | Rappel | En grève." in told
    assert "Ce compte n’est pas en grève" in told

    refused = room.piquet("rehearse", room.name, "--day", "samedi")
    assert refused.returncode == 2 and "'samedi' is not a day" in refused.stderr
    assert [room.posts(network) for network in ("mastodon", "x")] == before
    with room.ledger() as ledger:
        assert len(ledger.deliveries(room.name)) == 2 and ledger.last_strike(room.name)["windows"] == []
