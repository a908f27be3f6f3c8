"""The strikers' own notifier on a real Prefect server: whoever switches a strike off, they are told who, when and what."""

import asyncio

import pytest
import yaml
from prefect.settings import PREFECT_API_URL, temporary_settings

from deployments.automations import FOLDER, apply_automations
from tests.e2e.newsroom import prefect_api
from tests.e2e.test_automations import notified, on_server, waited_for

__all__ = ["notified"]
pytestmark = pytest.mark.xdist_group("prefect")


@pytest.fixture
def told(local, tmp_path, notified):
    """What the strikers' block got, by the automations of `strikers-*.yaml` alone; they are gone after the test."""
    block, got = notified
    folder, tag = tmp_path / "automations", f"test-{tmp_path.name}"
    folder.mkdir()
    for path in FOLDER.glob("strikers-*.yaml"):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        document["name"] = f"{document['name']} ({tag})"
        (folder / path.name).write_text(yaml.safe_dump(document), encoding="utf-8")

    def apply(**named):
        with temporary_settings(updates={PREFECT_API_URL: f"{local.prefect}/api"}):
            return asyncio.run(apply_automations(folder=folder, tag=tag, **named))

    assert {change.what for change in apply(strikers=block)} == {"created"}
    # Applied again by somebody who names no notifier, or only that of ops, the strikers' block stays.
    assert {change.what for change in apply()} == {"unchanged"}
    assert len([a for a in on_server(local, tag) if "send-notification" in str(a["actions"])]) == 2
    yield got
    for path in folder.iterdir():
        path.unlink()
    apply()


def test_a_switch_off_by_anybody_reaches_the_strikers_in_plain_words(local, newsroom, told):
    room = newsroom("mastodon")
    room.publish("Ancien")
    room.apply()
    room.set_strike(switch="strike", changed_by="Camille", why="voté en assemblée")
    room.run()
    begun = waited_for(lambda: [t for t in told if f"mastodon/{room.name}" in t and "Camille" in t], 60)
    assert "voté en assemblée" in begun[0] and "En grève en ce moment" in begun[0]

    # Somebody else, who signs nothing; no cycle runs: Prefect's own event is enough.
    before = len(told)
    room.set_strike(switch="normal")
    saved = waited_for(lambda: told[before:], 60)
    assert f"the Strike block {room.name} was updated | " in saved[0]
    assert "its switch says normal" in saved[0] and "Prefect does not say who saved it" in saved[0]

    room.run()
    ended = waited_for(lambda: [t for t in told[before:] if "Aucun compte" in t], 60)[0]
    assert "strike → normal" in ended and "Dernier changement, vu le" in ended
    assert "Camille (était déjà dans le formulaire)" in ended


def test_a_strike_block_that_is_deleted_is_told_and_other_blocks_are_nobodys_business(local, newsroom, told):
    room = newsroom("mastodon")
    room.apply()
    waited_for(lambda: [t for t in told if f"the Strike block {room.name} was created" in t], 60)
    path = f"block_types/slug/strike/block_documents/name/{room.name}"
    document = prefect_api(local, "GET", path).json()
    prefect_api(local, "DELETE", f"block_documents/{document['id']}")
    waited_for(lambda: [t for t in told if f"the Strike block {room.name} was deleted" in t], 60)
    # piquet apply made an outlet, a ledger and an account, too.
    assert all("Strike block" in text for text in told if room.name in text)
