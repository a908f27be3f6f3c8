"""The automations of deployments/automations/ on a real Prefect server: applied, updated, firing."""

import asyncio
import json
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from uuid import uuid4

import pytest
import yaml
from prefect.settings import PREFECT_API_URL, temporary_settings

from deployments.automations import FOLDER, TAG, apply_automations
from piquet.errors import UserError
from tests.e2e.newsroom import events, last_run, prefect_api

pytestmark = pytest.mark.xdist_group("prefect")

REFUSED = "piquet.account.refused"
SWITCH = yaml.safe_load((FOLDER / "late-cycle.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def kept(local, tmp_path):
    """Apply documents of one's own under a tag of one's own; all of them are gone after the test."""
    folder, tag = tmp_path / "automations", f"test-{tmp_path.name}"
    folder.mkdir()

    def apply(*documents, notify="", strikers=""):
        for path in folder.iterdir():
            path.unlink()
        for number, document in enumerate(documents):
            (folder / f"{number}.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
        with temporary_settings(updates={PREFECT_API_URL: f"{local.prefect}/api"}):
            return [
                change.what
                for change in asyncio.run(apply_automations(notify, folder, tag, strikers=strikers))
            ]

    apply.tag = tag
    yield apply
    apply()


def on_server(local, tag):
    found = prefect_api(local, "POST", "automations/filter", json={"limit": 200}).json()
    return [automation for automation in found if tag in automation["tags"]]


def named(document, name):
    return {**document, "name": f"{document['name']} ({name})"}


def waited_for(condition, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.5)
    raise AssertionError("it did not happen in time")


def test_piquet_apply_makes_each_automation_once_and_the_second_time_changes_nothing(local, newsroom):
    room = newsroom("mastodon")
    room.apply()
    said = room.apply().splitlines()
    names = sorted(yaml.safe_load(path.read_text(encoding="utf-8"))["name"] for path in FOLDER.glob("*.yaml"))
    assert sorted(line for line in said if line.startswith("Automation ")) == [
        f"Automation {name}: unchanged" for name in names
    ]
    assert sorted(automation["name"] for automation in on_server(local, TAG)) == names
    assert not [a for a in on_server(local, TAG) if "send-notification" in json.dumps(a["actions"])]


def test_a_changed_file_updates_its_automation_in_place_and_a_paused_one_stays_paused(local, kept):
    document = named(SWITCH, kept.tag)
    assert kept(document) == ["created"]
    (first,) = on_server(local, kept.tag)
    prefect_api(local, "PATCH", f"automations/{first['id']}", json={"enabled": False})
    document["trigger"] = {**document["trigger"], "within": 7200}
    assert kept(document) == ["updated", "left switched off"]
    (second,) = on_server(local, kept.tag)
    assert (second["id"], second["enabled"], second["trigger"]["within"]) == (first["id"], False, 7200)
    assert kept(document) == ["left switched off"]
    assert kept({**document, "enabled": False}) == ["unchanged"]


def test_what_a_file_switches_off_is_switched_off(local, kept):
    document = named(SWITCH, kept.tag)
    assert kept(document) == ["created"]
    assert kept({**document, "enabled": False}) == ["updated"]
    assert [automation["enabled"] for automation in on_server(local, kept.tag)] == [False]


def test_strikers_who_were_told_and_are_told_no_more_are_drift_and_those_who_never_asked_are_none(
    local, kept, notified
):
    document = named(yaml.safe_load((FOLDER / "strikers-saved.yaml").read_text(encoding="utf-8")), kept.tag)
    notifier, _ = notified
    assert kept(document) == ["created"]
    assert kept(document) == ["unchanged"]
    assert kept(document, notify=notifier) == ["unchanged"]  # that is the block of ops
    assert kept(document, strikers=notifier) == ["updated"]
    assert kept(document) == ["unchanged"]

    (told,) = on_server(local, kept.tag)
    without = [action for action in told["actions"] if action["type"] != "send-notification"]
    body = {key: told[key] for key in ("name", "description", "tags", "trigger", "enabled")}
    body["actions"] = without or [{"type": "do-nothing"}]
    prefect_api(local, "PUT", f"automations/{told['id']}", json=body)
    assert kept(document) == ["tells nobody"]
    assert kept(document, strikers=notifier) == ["updated"]

    slug, _, name = notifier.partition("/")
    path = f"block_types/slug/{slug}/block_documents/name/{name}"
    block = prefect_api(local, "GET", path).json()
    prefect_api(local, "DELETE", f"block_documents/{block['id']}")
    assert kept(document) == ["tells nobody"]


def test_what_left_the_folder_goes_and_what_is_not_ours_stays(local, kept):
    document = named(SWITCH, kept.tag)
    theirs = prefect_api(local, "POST", "automations/", json={**document, "tags": ["piquet"]}).json()
    assert kept(document) == ["created"]
    twin = {**document, "tags": [kept.tag]}
    prefect_api(local, "POST", "automations/", json=twin)
    assert kept(document) == ["unchanged", "removed"]
    assert kept() == ["removed"]
    assert on_server(local, kept.tag) == []
    still = prefect_api(local, "GET", f"automations/{theirs['id']}").json()
    assert still["name"] == document["name"]
    prefect_api(local, "DELETE", f"automations/{theirs['id']}")


def test_a_notification_block_that_is_not_there_is_one_sentence_and_nothing_is_made(local, kept):
    with pytest.raises(UserError, match="There is no notification block 'slack-webhook/nobody'"):
        kept(named(SWITCH, kept.tag), notify="slack-webhook/nobody")
    assert on_server(local, kept.tag) == []


@pytest.fixture
def notified(local, tmp_path):
    """A web address on loopback that a notification block posts to, and what it got."""
    got = []

    class Notifier(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Notifier) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        name = f"notify-{server.server_port}"
        block_type = prefect_api(local, "GET", "block_types/slug/custom-webhook").json()
        schema = prefect_api(
            local,
            "POST",
            "block_schemas/filter",
            json={"block_schemas": {"block_type_id": {"any_": [block_type["id"]]}}},
        ).json()[0]
        data = {
            "name": name,
            "url": f"http://127.0.0.1:{server.server_port}/",
            "json_data": {"text": "{{subject}} | {{body}}"},
        }
        body = {
            "name": name,
            "data": data,
            "block_type_id": block_type["id"],
            "block_schema_id": schema["id"],
        }
        prefect_api(local, "POST", "block_documents/", json=body)
        got_by = f"custom-webhook/{name}"
        yield got_by, got
        server.shutdown()


def sooner(stem, tag, seconds):
    """The automation of that file, waiting so many seconds instead of its minutes."""
    document = named(yaml.safe_load((FOLDER / f"{stem}.yaml").read_text(encoding="utf-8")), tag)
    return {**document, "trigger": {**document["trigger"], "within": seconds}}


def alive(local, flow_id, flow, *tags):
    """A run that was heard of now and never again, as Prefect's own engine tells it."""
    body = {"flow_id": flow_id, "tags": list(tags), "state": {"type": "RUNNING"}}
    run = prefect_api(local, "POST", "flow_runs/", json=body).json()
    resource = {"prefect.resource.id": f"prefect.flow-run.{run['id']}", "prefect.resource.name": run["name"]}
    related = [
        {
            "prefect.resource.id": f"prefect.flow.{flow_id}",
            "prefect.resource.role": "flow",
            "prefect.resource.name": flow,
        },
        *({"prefect.resource.id": f"prefect.tag.{t}", "prefect.resource.role": "tag"} for t in tags),
    ]
    event = {"event": "prefect.flow-run.heartbeat", "resource": resource, "related": related}
    event |= {"id": str(uuid4()), "occurred": datetime.now(UTC).isoformat(), "payload": {}}
    prefect_api(local, "POST", "events", json=[event])
    return f"flow_runs/{run['id']}"


def late_run(local, flow_id, *tags):
    """A run that nobody took in time, as Prefect's own service marks it."""
    body = {"flow_id": flow_id, "tags": list(tags), "state": {"type": "SCHEDULED"}}
    run = prefect_api(local, "POST", "flow_runs/", json=body).json()
    late = {"state": {"type": "SCHEDULED", "name": "Late"}, "force": True}
    prefect_api(local, "POST", f"flow_runs/{run['id']}/set_state", json=late)
    return f"flow_runs/{run['id']}"


def ended(local, path, state):
    run = prefect_api(local, "GET", path).json()
    return run["state_type"] != state and run


def test_a_killed_run_is_crashed_a_late_one_cancelled_the_silence_told_and_the_next_cycle_carries_on(
    local, newsroom, kept, notified
):
    notifier, got = notified
    room = newsroom("bluesky")
    room.publish("Ancien")
    room.apply(references=[f"bluesky/{room.name}", "x/personne"])
    # 20 s are enough for a run on a busy machine: between heartbeats lie 30, the least that Prefect takes.
    automations = [sooner(s, kept.tag, n) for s, n in (("dead-run", 20), ("late-cycle", 10))]
    assert kept(*automations, sooner("no-successful-cycle", kept.tag, 10), notify=notifier) == ["created"] * 3
    room.run()
    marked = last_run(local, room.name)
    assert marked["state"]["name"] == "Marked"
    ours, theirs = late_run(local, marked["flow_id"], "piquet"), late_run(local, marked["flow_id"])

    room.publish("Premier", "Deuxième")
    room.run(kill=f"after-send:bluesky/{room.name}")
    killed = last_run(local, room.name)
    lookalike = alive(local, marked["flow_id"], "syndicate")
    tagged = alive(local, marked["flow_id"], "syndicate", "piquet")
    assert killed["state_type"] == "RUNNING"
    crashed = waited_for(lambda: ended(local, f"flow_runs/{killed['id']}", "RUNNING"), 90)
    assert crashed["state_type"] == "CRASHED" and "taken for dead" in crashed["state"]["message"]
    assert prefect_api(local, "GET", f"flow_runs/{marked['id']}").json()["state"]["name"] == "Marked"
    assert waited_for(lambda: ended(local, ours, "SCHEDULED"), 60)["state_type"] == "CANCELLED"
    assert prefect_api(local, "GET", theirs).json()["state"]["name"] == "Late"
    assert waited_for(lambda: ended(local, tagged, "RUNNING"), 60)["state_type"] == "CRASHED"
    assert prefect_api(local, "GET", lookalike).json()["state_type"] == "RUNNING"
    assert [text.partition(" | ")[0] for text in got] == [
        f"Piquet: no successful cycle (syndicate {room.name})"
    ]

    room.run()
    assert [text.split("\n")[0] for text in room.texts("bluesky")] == ["Premier", "Deuxième"]


def failed_run(local, flow_id, name, *tags):
    body = {"flow_id": flow_id, "name": name, "tags": list(tags), "state": {"type": "PENDING"}}
    run = prefect_api(local, "POST", "flow_runs/", json=body).json()
    failed = {"state": {"type": "FAILED", "name": "Failed", "message": "no"}, "force": True}
    prefect_api(local, "POST", f"flow_runs/{run['id']}/set_state", json=failed)


def test_a_failed_run_of_ours_is_told_and_a_colleagues_flow_of_the_same_name_is_nobodys_business(
    local, kept, notified
):
    notifier, got = notified
    document = yaml.safe_load((FOLDER / "failed-run.yaml").read_text(encoding="utf-8"))
    assert kept(named(document, kept.tag), notify=notifier) == ["created"]
    flow = prefect_api(local, "POST", "flows/", json={"name": "audit"}).json()
    failed_run(local, flow["id"], f"theirs {kept.tag}")
    failed_run(local, flow["id"], f"ours {kept.tag}", "piquet")
    waited_for(lambda: [text for text in got if f"ours {kept.tag}" in text], 60)
    assert [text for text in got if f"theirs {kept.tag}" in text] == []


def test_what_a_person_should_know_is_told_once_and_a_named_notifier_is_kept(local, newsroom, kept, notified):
    notifier, got = notified
    room = newsroom("mastodon", "x")
    room.publish("Ancien")
    files = [FOLDER / f"{name}.yaml" for name in ("flood-held", "strike-block", "account-refused")]
    documents = [named(yaml.safe_load(path.read_text(encoding="utf-8")), kept.tag) for path in files]
    assert kept(*documents, notify=notifier) == ["created"] * 3
    assert kept(*documents) == ["unchanged"] * 3
    room.apply(flood=1, forms={f"x/{room.name}": {"access_token": "wrong"}})
    room.run()
    assert got == []

    room.set_strike(mode="n'importe")
    room.publish("Un", "Deux")
    room.run()
    room.run()
    room.check()
    waited_for(lambda: len(got) >= 3, 60)
    time.sleep(2)  # a second telling of the same would come with the first
    flood, strike, account = (
        next(t for t in got if word in t) for word in ("flood", "'mode'", "may not post")
    )
    assert len(got) == 3
    assert f"syndicate {room.name}" in flood and "1 entries wait for you" in flood
    assert f"syndicate {room.name}" in strike and "'mode'" in strike
    assert account.startswith(f"Piquet: x/{room.name} may not post | {room.name}, x/{room.name}: ")


def test_a_post_of_unknown_fate_is_told_once_after_its_time_and_one_that_was_found_is_not(
    local, newsroom, kept, notified
):
    notifier, got = notified
    room = newsroom("facebook", "linkedin")
    room.publish("Ancien")
    room.apply()
    room.run()
    assert kept(sooner("unsettled", kept.tag, 30), notify=notifier) == ["created"]
    room.publish("Nouveau")
    for network, failed_reads in (("facebook", 1000), ("linkedin", 1)):
        room.fault(network, "drop")
        room.fault(network, "500", on="read", times=failed_reads)
    room.run()
    doubted = {e["account"] for e in events(local, "piquet.delivery.unsettled", room.name, at_least=2)}
    assert doubted == {f"facebook/{room.name}", f"linkedin/{room.name}"}
    (told,) = waited_for(lambda: list(got), 60)
    assert told.startswith(f"Piquet: a post of unknown fate on facebook/{room.name} | {room.name}, facebook/")
    assert f"https://{room.name}.example.com/2" in told and "gave no whole answer" in told

    # A cycle that still cannot tell says nothing new.
    room.run()
    time.sleep(35)
    assert got == [told]
    assert len(room.texts("facebook")) == len(room.texts("linkedin")) == 1


def test_an_account_that_a_cycle_finds_refused_is_told_then_and_once(local, newsroom, kept, notified):
    notifier, got = notified
    room = newsroom("mastodon")
    room.publish("Ancien")
    room.apply()
    room.run()
    document = named(yaml.safe_load((FOLDER / "account-refused.yaml").read_text(encoding="utf-8")), kept.tag)
    assert kept(document, notify=notifier) == ["created"]
    room.fault("mastodon", "refuse", times=5, on="any")
    room.publish("Nouveau")
    room.run()
    (told,) = waited_for(lambda: list(got), 60)
    assert told.startswith(f"Piquet: mastodon/{room.name} may not post | {room.name}, mastodon/{room.name}: ")
    assert f"piquet resume {room.name} mastodon/{room.name}" in told
    with room.ledger() as ledger:
        ledger.resume(f"mastodon/{room.name}", datetime.now(UTC))
    room.run()
    # The server takes an event's id once a day; the next day's has another.
    prefect_api(local, "POST", "events", json=[tomorrows(room, events(local, REFUSED, room.name)[0])])
    time.sleep(5)
    assert len(events(local, REFUSED, room.name)) == 2
    assert got == [told] and room.texts("mastodon") == []


def tomorrows(room, payload):
    resource = {"prefect.resource.id": f"piquet.account.{payload['account']}"}
    at = {"id": str(uuid4()), "occurred": datetime.now(UTC).isoformat()}
    return {**at, "event": REFUSED, "resource": resource, "payload": payload}
