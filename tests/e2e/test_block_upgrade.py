"""Blocks that another version of Piquet saved, on a real server: read right, or refused in one sentence."""

import ast
import json
import subprocess
import sys

import pytest

import blocks
from tests.e2e.newsroom import ROOT, prefect_api

# Alone it takes half a minute.
pytestmark = [pytest.mark.xdist_group("prefect"), pytest.mark.timeout(480)]

NOTICE = "Nous sommes en grève."


def released(form: str) -> set[str]:
    """The fields that a form had. Read, and not imported: its block types would take the place of today's."""
    tree = ast.parse((ROOT / "tests/e2e/released_blocks.py").read_text(encoding="utf-8"))
    found = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == form)
    named = (node.target.id for node in found.body if isinstance(node, ast.AnnAssign))
    return {name for name in named if not name.startswith("_")}


def save(room, *documents) -> None:
    """Save them as the version does that has these forms."""
    command = [sys.executable, "-m", "tests.e2e.released_blocks", json.dumps(documents)]
    subprocess.run(command, env=room.env, cwd=ROOT, check=True, capture_output=True, timeout=120)


def document(local, slug: str, name: str) -> dict:
    """The block document, with the schema it was saved by."""
    return prefect_api(local, "GET", f"block_types/slug/{slug}/block_documents/name/{name}").json()


def fields(local, slug: str, name: str) -> set[str]:
    """The fields of the schema that a document was saved by."""
    return set(document(local, slug, name)["block_schema"]["fields"]["properties"])


def outlet_values(local, room) -> dict:
    """What the outlet's block holds, as far as the first release knew it."""
    now = document(local, "outlet", room.name)["data"]
    return {name: now[name] for name in released("Outlet")}


def opened(newsroom, **strike):
    """A newsroom on Mastodon that has seen its feed, and its strike."""
    room = newsroom("mastodon")
    room.publish("Ancien")
    room.apply()
    room.set_strike(**strike)
    assert room.run().returncode == 0
    return room


def refused(room, sentence: str) -> None:
    """A cycle that says only this, and posts nothing."""
    before = room.texts("mastodon")
    room.publish("Refusé")
    done = room.run()
    assert done.returncode == 2
    assert f"piquet: Outlet {room.name}, {sentence}" in done.stderr.splitlines()
    assert room.texts("mastodon") == before


def test_every_field_that_a_release_had_is_read_today_for_one_that_is_not_falls_back_to_its_default_unseen():
    for form in (blocks.Strike, blocks.Outlet):
        assert released(form.__name__) <= set(form.model_fields)
        assert {name for name, field in form.model_fields.items() if field.is_required()} <= released(
            form.__name__
        )


def test_blocks_of_the_first_release_mean_today_what_they_meant_then(local, newsroom):
    room = opened(newsroom)
    strike = ("Strike", room.name, {"switch": "strike", "notices": [NOTICE], "short_notices": [NOTICE]})
    save(room, strike, ("Outlet", room.name, outlet_values(local, room)))
    assert "reminder_minutes" not in fields(local, "strike", room.name)
    assert "stale_hours" not in fields(local, "outlet", room.name)
    room.publish("Nouveau")
    done = room.run()
    assert done.returncode == 0, done.stderr
    texts = room.texts("mastodon")
    assert next(text for text in texts if "Nouveau" in text).startswith(NOTICE)
    assert not [text for text in texts if "Ancien" in text]


def test_blocks_that_this_piquet_cannot_read_are_refused_in_one_sentence_and_the_last_good_strike_applies(
    local, newsroom
):
    room = opened(newsroom, switch="strike", notices=[NOTICE])
    newer = "this Piquet does not know it, the block was saved by a newer one: upgrade Piquet."
    save(room, ("NewerStrike", room.name, {"switch": "normal"}))
    room.publish("Nouveau")
    done = room.run()
    assert f"Strike {room.name}, field 'tone': {newer}" in done.stdout + done.stderr
    # What it says cannot be trusted, so the strike that was seen goes on.
    assert next(text for text in room.texts("mastodon") if "Nouveau" in text).startswith(NOTICE)

    save(room, ("NewerOutlet", room.name, outlet_values(local, room)))
    refused(room, f"field 'slow_lane': {newer}")

    there = document(local, "outlet", room.name)
    lacking = {name: value for name, value in there["data"].items() if name not in ("feeds", "slow_lane")}
    body = {"data": lacking, "merge_existing_data": False}
    prefect_api(local, "PATCH", f"block_documents/{there['id']}", json=body)
    refused(room, "field 'feeds': Field required; correct it in the Prefect UI.")
