"""Calling a strike through its flow: what is refused, whose it is, what readers see, and stale pages."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.newsroom import ROOT, artifact, events, last_run, prefect_api

pytestmark = pytest.mark.xdist_group("prefect")

SIGNED = {"who": "Ana Duarte", "why": "vote de l'assemblée"}
STATEMENT = "https://cm.example.org/communique"


def run_flows(room, *calls) -> list[str]:
    """Flows with their parameters, as their deployments run them, in one process; type and message of each end."""
    code = (
        "import asyncio, importlib, json, sys\n"
        "for name, parameters in json.loads(sys.argv[2]):\n"
        "    flow = getattr(importlib.import_module(f'flows.{name}'), name)\n"
        "    state = asyncio.run(flow(sys.argv[1], **parameters, return_state=True))\n"
        "    print(json.dumps(f'{state.type.value}: {state.message}'))"
    )
    asked = json.dumps([(name, {**SIGNED, **parameters}) for name, parameters in calls])
    command = [sys.executable, "-c", code, room.name, asked]
    done = subprocess.run(command, env=room.env, capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith('"')]


def block(room):
    path = f"block_types/slug/strike/block_documents/name/{room.name}"
    return prefect_api(room.local, "GET", path).json()["data"]


def changes(room):
    with room.ledger() as ledger:
        rows = [row for row in ledger.audit_trail(room.name) if row.kind == "strike"]
        return [(row.body["way"], row.who, row.body["after"]["switch"]) for row in rows]


def test_a_strike_is_refused_called_posted_and_undone_by_an_old_page(local, newsroom):
    room = newsroom("mastodon", "x")
    room.publish("Avant")
    room.apply(first_posts=1)
    before = block(room)

    long = "Nous sommes en grève " * 20
    wrong = {
        "from_now": True,
        "notices": [long],
        "short_notices": [long],
        "accounts": [f"x/{room.name}", "x/personne"],
        "days": ["2020-01-09"],
    }
    asked = {
        "from_now": True,
        "notices": ["En grève, jour {day_number}."],
        "short_notices": ["En grève."],
        "statement_url": STATEMENT,
        "accounts": [f"mastodon/{room.name}"],
    }
    refused, checked = run_flows(room, ("call_strike", wrong), ("call_strike", {**asked, "check_only": True}))
    assert refused.startswith("FAILED: ")
    assert "dépasse de" in refused and f"ce que prend x/{room.name}" in refused
    assert "x/personne n’est pas un compte" in refused and "9 janvier 2020 est passé" in refused
    assert "Votre communiqué\u00a0: son adresse manque" in refused
    assert checked.startswith("COMPLETED: Rien n’a été changé")
    assert block(room) == before and changes(room) == []

    (called,) = run_flows(room, ("call_strike", asked))
    assert called.startswith("COMPLETED: La grève est réglée.")
    shown = artifact(local, f"preview-{room.name}")
    assert "En grève, jour 1.<br>" in shown and "Le titre d’un article" in shown
    assert "caractères sur 500" in shown and "pas parmi les comptes en grève" in shown

    assert changes(room) == [("block", "", "normal"), ("cli", "Ana Duarte", "strike")]
    assert room.run().returncode == 0
    assert [text.split("\n")[0] for text in room.texts("mastodon")] == ["En grève, jour 1."]
    assert all("grève" not in text for text in room.texts("x"))
    assert len(changes(room)) == 2

    # A page that was opened before the call is saved.
    room.set_strike(**before)
    room.publish("Après")
    assert room.run().returncode == 0
    assert "grève" not in room.texts("mastodon")[-1]
    (event,) = events(local, "piquet.strike.undone", room.name)
    assert "Ana Duarte" in event["why"] and "Interrupteur" in event["why"] and "Messages" in event["why"]
    assert "Ana Duarte" in last_run(local, room.name)["state"]["message"]
    assert changes(room)[-1] == ("block", "", "normal")

    with room.ledger() as ledger:
        assert ledger.audit_breaks(room.name) == []


def test_a_notice_too_long_that_the_form_took_is_told_before_the_day(local, newsroom):
    room = newsroom("x")
    room.publish("Avant")
    room.apply(first_posts=1)
    long = "Nous sommes en grève " * 20
    day = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    room.set_strike(days=[day], notices=[long], short_notices=[])
    assert room.run().returncode == 0
    told = f"x/{room.name}"
    assert long[:15] in artifact(local, f"strike-{room.name}")
    (event,) = events(local, "piquet.strike.invalid", room.name)
    assert told in event["why"] and told in last_run(local, room.name)["state"]["message"]
    assert room.texts("x")[0].startswith("Avant")
