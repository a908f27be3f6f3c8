"""The automations as files: nothing in them that Prefect would ignore, and the words they wait for are still said."""

import ast
from copy import deepcopy
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from prefect.events.schemas.automations import AutomationCore, EventTrigger
from prefect.server.events.schemas.automations import EventTrigger as ServerTrigger
from prefect.server.events.schemas.events import ResourceSpecification

from deployments.automations import FOLDER, _read
from piquet.errors import UserError
from piquet.lane import OutboxRules

ROOT = Path(__file__).parents[2]
FILES = sorted(FOLDER.glob("*.yaml"))
DOCUMENTS = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in FILES}
SOURCES = [path for layer in ("tasks", "flows") for path in sorted((ROOT / layer).glob("*.py"))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_key_is_one_that_prefect_or_piquet_reads_and_the_server_takes_the_trigger(path):
    document = DOCUMENTS[path.stem]
    assert set(document) <= set(AutomationCore.model_fields) | {"notice", "notice_to"}
    assert document.get("notice_to", "strikers") == "strikers"
    assert set(document["trigger"]) <= set(EventTrigger.model_fields)
    assert set(document.get("notice", {})) <= {"subject", "body"}
    ServerTrigger.model_validate(deepcopy(document["trigger"]))  # it writes into what it reads
    assert {"name", "description"} <= set(document) and "enabled" not in document


def test_no_two_files_share_a_name():
    assert len({document["name"] for document in DOCUMENTS.values()}) == len(FILES)


def test_without_a_notifier_nothing_is_sent_and_only_what_is_dead_or_late_is_touched():
    acting = {
        stem: action["type"]
        for stem, document in DOCUMENTS.items()
        for action in document["actions"]
        if action["type"] != "do-nothing"
    }
    assert acting == {"dead-run": "change-flow-run-state", "late-cycle": "change-flow-run-state"}


def calls(path):
    return [
        node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)
    ]


def test_every_name_that_a_run_of_ours_can_end_under_is_one_that_keeps_it_from_being_taken_for_dead():
    named = {
        name
        for path in SOURCES
        for call in calls(path)
        if getattr(call.func, "id", "") in ("Completed", "Failed")
        for keyword in call.keywords
        if keyword.arg == "name"
        for name in values_of(path, keyword.value)
    }
    assert {"Marked", "No strike"} <= named
    expected = {name.removeprefix("prefect.flow-run.") for name in DOCUMENTS["dead-run"]["trigger"]["expect"]}
    assert named | {"Completed", "Failed", "Crashed", "Cancelled", "TimedOut", "heartbeat"} <= expected


def values_of(path, node):
    """What is written there, or all that the module's table has where one of its rows is taken."""
    if isinstance(node, ast.Constant):
        return {node.value}
    module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return set(getattr(module, node.value.id).values())


def flow_names():
    for path in (ROOT / "flows").glob("*.py"):
        for call in calls(path):
            if getattr(call.func, "id", "") == "flow":
                yield next(keyword.value.value for keyword in call.keywords if keyword.arg == "name")


@pytest.mark.parametrize("stem", ["dead-run", "failed-run"])
def test_every_flow_is_watched_and_nobody_elses_is(stem):
    flows, tags = map(ResourceSpecification.model_validate, DOCUMENTS[stem]["trigger"]["match_related"])
    for tag, ours in (("piquet", True), ("theirs", False)):
        related = {"prefect.resource.role": "tag", "prefect.resource.id": f"prefect.tag.{tag}"}
        assert tags.matches(related) is ours
    names = list(flow_names())
    assert "syndicate" in names
    for name in names:
        assert flows.matches({"prefect.resource.role": "flow", "prefect.resource.name": name}), name
    assert not flows.matches({"prefect.resource.role": "flow", "prefect.resource.name": "their_own_etl"})


def test_a_run_is_not_taken_for_dead_between_two_heartbeats_however_rare_prefect_makes_them():
    from prefect.settings.models.flows import FlowsSettings

    rarest = FlowsSettings.model_fields["heartbeat_frequency"].default
    assert DOCUMENTS["dead-run"]["trigger"]["within"] >= rarest + 60


def test_every_end_that_a_delivery_of_unknown_fate_can_come_to_is_one_that_keeps_it_from_being_told():
    trigger, told = DOCUMENTS["unsettled"]["trigger"], set(events_of_deliveries().values())
    assert set(trigger["after"]) | set(trigger["expect"]) == told
    assert trigger["after"] == [events_of_deliveries()["unsettled"]]


def events_of_deliveries():
    from tasks.reconcile import _EVENTS

    return _EVENTS


def test_a_refused_account_is_told_again_by_the_check_of_the_next_morning_and_not_by_every_cycle():
    trigger = DOCUMENTS["account-refused"]["trigger"]
    assert OutboxRules().pause.total_seconds() < trigger["within"] <= 23 * 3600


def test_every_event_of_ours_that_is_waited_for_is_emitted_somewhere():
    source = "".join(path.read_text(encoding="utf-8") for path in SOURCES)
    awaited = {
        name
        for d in DOCUMENTS.values()
        for name in d["trigger"]["expect"] + d["trigger"].get("after", [])
        if name.startswith("piquet.")
    }
    assert awaited and not [name for name in awaited - {"piquet.post.dropped"} if f'"{name}"' not in source]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("name: [", "it is not YAML"),
        ("name: A\nactions: []\n", "trigger: field required"),
        ("- 1\n", "the document: "),
    ],
)
def test_a_file_that_prefect_would_not_take_is_one_sentence(tmp_path, body, said):
    path = tmp_path / "broken.yaml"
    path.write_text(body, encoding="utf-8")
    with pytest.raises(UserError, match=f"broken.yaml is not an automation that Prefect takes: {said}"):
        _read(path)


def test_the_page_for_ops_names_every_automation():
    page = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    assert [d["name"] for d in DOCUMENTS.values() if d["name"] not in page] == []
