"""`piquet doctor` on the tests' shared server: a newsroom that is well, then broken in one place after the other."""

import json

import pytest

from tests.e2e.newsroom import prefect_api

pytestmark = pytest.mark.xdist_group("prefect")


def looked(room, **env):
    """The exit code, what is told by subject (outlet's own, and Prefect's), and everything printed."""
    done = room.piquet("doctor", "--json", room.name, **env)
    assert "Traceback" not in done.stderr and done.stdout.startswith("{"), done.stderr
    found = json.loads(done.stdout)["findings"]
    told = {(f["about"], f["subject"]): f for f in found if f["verdict"] not in ("OK", "not seen")}
    return done.returncode, told, done.stdout + done.stderr


def test_each_thing_that_is_broken_is_told_with_its_remedy_and_nothing_else_with_it(local, newsroom):
    room = newsroom("mastodon", "x")
    room.publish("Ancien")
    room.apply(forms={f"x/{room.name}": {"access_token": "a-secret-in-the-block"}})
    room.run()
    _, well, _ = looked(room)
    # What is so on this shared server whatever the newsroom: no login, no deployment of this outlet, nobody told.
    beside = {(room.name, "deployments"), ("Prefect", "protection"), ("Prefect", "who is told")}
    wrong_token = {(room.name, f"x/{room.name}")}
    assert set(well) - beside == wrong_token, well

    set_ = {f"{room.name}_mastodon_token".upper(): "", "PIQUET_DEBUG": ""}
    code, told, printed = looked(room, **set_)
    assert code == 1 and set(told) - set(well) == {(room.name, f"mastodon/{room.name}")}
    assert "Set it, then try again." in told[(room.name, f"mastodon/{room.name}")]["remedy"]
    assert "a-secret-in-the-block" not in printed

    document = prefect_api(local, "GET", f"block_types/slug/outlet/block_documents/name/{room.name}").json()
    body = {"data": {**document["data"], "feeds": ["ftp://nowhere"]}, "merge_existing_data": False}
    prefect_api(local, "PATCH", f"block_documents/{document['id']}", json=body)
    code, told, _ = looked(room)
    assert code == 1 and set(told) - beside == {(room.name, "outlet block")}
    assert "ftp://nowhere" in told[(room.name, "outlet block")]["found"]


def test_an_outlet_that_is_not_there_is_one_finding(newsroom):
    room = newsroom("mastodon")
    code, told, _ = looked(room)
    assert code == 1 and (room.name, "outlet block") in told
    assert told[(room.name, "outlet block")]["remedy"] == "Create it in the Prefect UI, or run piquet apply."
