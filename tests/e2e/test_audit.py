"""The `audit` flow: who flipped what, and what was posted, read in Prefect alone."""

import json
import re
import subprocess
import sys

import pytest
from sqlalchemy import create_engine, text

from tests.e2e.newsroom import ROOT, artifact, events, last_run, prefect_api

pytestmark = pytest.mark.xdist_group("prefect")


def run_audit(room, **parameters) -> str:
    """The flow as its deployment runs it; the type of its final state."""
    code = (
        "import asyncio, json, sys; from flows.audit import audit; "
        "print(asyncio.run(audit(sys.argv[1], **json.loads(sys.argv[2]), return_state=True)).type.value)"
    )
    command = [sys.executable, "-c", code, room.name, json.dumps(parameters)]
    done = subprocess.run(command, env=room.env, capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert done.stdout.strip(), done.stderr
    return done.stdout.split()[-1]


def test_who_flipped_what_and_what_was_posted_is_read_in_prefect_alone(local, newsroom):
    room = newsroom("mastodon", "x")
    room.publish("Avant")
    room.apply(first_posts=1)
    room.set_strike(accounts=[f"mastodon/{room.name}"], notices=["En grève."])
    room.run()
    room.set_strike(
        accounts=[f"mastodon/{room.name}"],
        notices=["En grève."],
        switch="strike",
        changed_by="Ana Duarte",
        why="vote de l'assemblée",
    )
    room.publish("Pendant")
    room.run()
    assert run_audit(room) == "COMPLETED"

    page = artifact(local, f"audit-{room.name}")
    flip = next(line for line in page.splitlines() if "Interrupteur" in line and "normal → strike" in line)
    assert "Ana Duarte" in flip and "vote de l'assemblée" in flip and "le formulaire du bloc" in flip
    with room.ledger() as ledger:
        urls = [row.receipt_url for row in ledger.deliveries(room.name)]
    assert len(urls) == 4 and all(f"]({url})" in page for url in urls)
    assert "En grève, jour 1" in page and "ce compte n’est pas parmi les comptes en grève" in page
    with room.ledger() as ledger:
        heads = ledger.audit_heads(room.name)
    assert [head.chain for head in heads] == ["", f"mastodon/{room.name}", f"x/{room.name}"]
    assert all(f"| {head.number} | {head.hash} |" in page for head in heads)

    table = json.loads(artifact(local, f"strike-changes-{room.name}"))
    assert (table[-1]["Qui"], table[-1]["Ce qui a changé"]) == (
        "Ana Duarte",
        "Interrupteur\u00a0: normal → strike",
    )
    told = [one for one in events(local, "piquet.strike.changed", room.name, at_least=2) if one["on_strike"]]
    assert [(one["who"], one["way"]) for one in told] == [("Ana Duarte", "block")]
    assert told[0]["changed"]["switch"] == {"before": "normal", "after": "strike"}

    # The CSV in the artifact is what the command line writes.
    fenced = re.search(r"```csv\n(.*?)```", page, re.DOTALL).group(1)
    done = room.piquet("audit", room.name, "--csv", "-")
    assert done.returncode == 0 and done.stdout == fenced


def test_a_tampered_ledger_and_a_day_that_is_none_fail_the_audit_with_a_sentence(local, newsroom):
    room = newsroom("mastodon")
    room.publish("Un")
    room.apply(first_posts=1)
    room.run()
    assert run_audit(room, day="samedi") == "FAILED"
    assert "'samedi' is not a day" in last_run(local, room.name, "audit")["state"]["message"]
    body = {"artifacts": {"key": {"any_": [f"audit-{room.name}"]}}}
    assert prefect_api(local, "POST", "artifacts/filter", json=body).json() == []

    with create_engine(room.ledger_url).begin() as connection:
        connection.execute(text("UPDATE audit SET why = 'nothing to see' WHERE kind = 'post'"))
    assert run_audit(room, day="today") == "FAILED"
    message = last_run(local, room.name, "audit")["state"]["message"]
    assert message.startswith("Ce journal a été altéré") and "ligne 2" in message
    (event,) = events(local, "piquet.audit.broken", room.name)
    assert "ligne 2" in event["why"]
    assert room.piquet("audit", "verify", room.name).returncode == 1
