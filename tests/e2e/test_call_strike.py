"""Calling and ending a strike through its flows: what is refused, whose it is, what readers see, and stale pages."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.newsroom import ROOT, artifact, events, last_run, prefect_api

pytestmark = pytest.mark.xdist_group("prefect")

SIGNED = {"who": "Ana Duarte", "why": "vote de l'assemblée"}
STATEMENT = "https://cm.example.org/communique"


def run_flow(room, flow, **parameters) -> str:
    """The flow as its deployment runs it; the message of its final state."""
    code = (
        f"import asyncio, json, sys; from flows.{flow} import {flow}; "
        f"asyncio.run({flow}(sys.argv[1], **json.loads(sys.argv[2]), return_state=True))"
    )
    command = [sys.executable, "-c", code, room.name, json.dumps({**SIGNED, **parameters})]
    done = subprocess.run(command, env=room.env, capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert done.returncode == 0, done.stderr
    state = last_run(room.local, room.name, flow)["state"]
    return f"{state['type']}: {state['message']}"


def block(room):
    path = f"block_types/slug/strike/block_documents/name/{room.name}"
    return prefect_api(room.local, "GET", path).json()["data"]


def changes(room):
    with room.ledger() as ledger:
        rows = [row for row in ledger.audit_trail(room.name) if row.kind == "strike"]
        return [(row.body["way"], row.who, row.body["after"]["switch"]) for row in rows]


def test_a_strike_is_refused_called_posted_undone_by_an_old_page_and_ended(local, newsroom):
    room = newsroom("mastodon", "x")
    room.publish("Avant")
    room.apply(first_posts=1)
    assert room.run().returncode == 0
    before = block(room)

    long = "Nous sommes en grève " * 20
    said = run_flow(
        room,
        "call_strike",
        from_now=True,
        notices=[long],
        short_notices=[long],
        accounts=[f"x/{room.name}", "x/personne"],
        days=["2020-01-09"],
    )
    assert said.startswith("FAILED: ")
    assert "weighted characters too long" in said and f"x/{room.name}" in said
    assert "'x/personne'" in said and "2020-01-09 is past" in said and "'statement_url'" in said
    assert block(room) == before and changes(room) == [("block", "", "normal")]

    asked = {
        "from_now": True,
        "notices": ["En grève, jour {day_number}."],
        "short_notices": ["En grève."],
        "statement_url": STATEMENT,
        "accounts": [f"mastodon/{room.name}"],
    }
    assert run_flow(room, "call_strike", check_only=True, **asked).startswith(
        "COMPLETED: Rien n’a été changé"
    )
    assert block(room) == before
    assert run_flow(room, "call_strike", **asked).startswith("COMPLETED: La grève est réglée.")
    shown = artifact(local, f"preview-{room.name}")
    assert "En grève, jour 1.<br>" in shown and "Avant" in shown
    assert "caractères sur 500" in shown and "pas parmi les comptes en grève" in shown

    room.publish("Pendant")
    assert room.run().returncode == 0
    assert [text.split("\n")[0] for text in room.texts("mastodon")] == ["Avant", "En grève, jour 1."]
    assert all("grève" not in text for text in room.texts("x"))
    assert changes(room)[-1] == ("cli", "Ana Duarte", "strike")

    # A page that was opened before the call is saved.
    room.set_strike(**before)
    room.publish("Après")
    assert room.run().returncode == 0
    assert "grève" not in room.texts("mastodon")[-1]
    (event,) = events(local, "piquet.strike.undone", room.name)
    assert "Ana Duarte" in event["why"] and "Interrupteur" in event["why"] and "Messages" in event["why"]
    assert "Ana Duarte" in last_run(local, room.name)["state"]["message"]
    assert changes(room)[-1] == ("block", "", "normal")

    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    assert "COMPLETED" in run_flow(room, "call_strike", days=[tomorrow], **asked)
    assert "COMPLETED" in run_flow(room, "end_strike", later_too=True)
    assert (block(room)["switch"], block(room)["days"], block(room)["changed_by"]) == (
        "normal",
        [],
        "Ana Duarte",
    )
    assert "nothing to end" in run_flow(room, "end_strike")
    assert room.run().returncode == 0
    assert [change[0] for change in changes(room)[-2:]] == ["cli", "cli"]
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
    assert "too long" in artifact(local, f"strike-{room.name}")
    room.run()
    (event,) = events(local, "piquet.strike.invalid", room.name)
    assert f"x/{room.name}" in event["why"]
    assert room.texts("x")[0].startswith("Avant")
