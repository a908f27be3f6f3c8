"""What counts as a difference between a prefect.yaml and the server, what is left over, and what stays paused."""

from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
import yaml
from prefect.client.schemas.objects import DeploymentSchedule
from prefect.client.schemas.schedules import CronSchedule

from deployments import apply_compare
from deployments.apply_compare import Deployed, left_over, read_prefect_file
from deployments.apply_paused import as_paused, named_triggers, switched_off
from piquet.errors import UserError

ROOT = Path(__file__).parents[1]
DOCUMENT = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"][0]


def automation(document, *, enabled=True):
    (spec,) = named_triggers(document)
    trigger = apply_compare._TRIGGER.validate_python(spec)
    trigger.set_deployment_id(uuid4())
    return trigger.as_automation().model_copy(update={"enabled": enabled})


def deployed(name, outlet, **row):
    values = {"parameters": {"outlet": outlet}, "paused": False, "schedules": [], **row}
    automations = values.pop("automations", ())
    return Deployed(name=name, row=SimpleNamespace(**values), automations=automations)


def test_the_order_in_which_a_trigger_names_its_events_is_no_difference():
    (trigger,) = DOCUMENT["triggers"]
    turned = {**DOCUMENT, "triggers": [{**trigger, "expect": trigger["expect"][::-1]}]}
    other = {**DOCUMENT, "triggers": [{**trigger, "expect": trigger["expect"][:1]}]}
    first, second, third = (apply_compare._trigger(automation(d)) for d in (DOCUMENT, turned, other))
    same = {"actions": None}
    assert {**first, **same} == {**second, **same} != {**third, **same}


def test_only_what_is_of_an_outlet_that_the_file_speaks_of_is_left_over():
    declared = [SimpleNamespace(name="retry/lejournal", outlet="lejournal")]
    there = [
        deployed("retry/lejournal", "lejournal"),
        deployed("retry/le-journal", "lejournal"),
        deployed("retry/lagazette", "lagazette"),
    ]
    assert [found.name for found in left_over(declared, there)] == ["retry/le-journal"]
    assert left_over([], there) == []


def test_what_is_switched_off_on_the_server_is_deployed_switched_off_and_nothing_else_changes():
    cron = DOCUMENT["schedules"][0]["cron"]
    schedule = DeploymentSchedule(schedule=CronSchedule(cron=cron, timezone="UTC"), active=False)
    found = deployed(
        "syndicate/lejournal", "lejournal", schedules=[schedule], paused=True,
        automations=(automation(DOCUMENT, enabled=False),),
    )  # fmt: skip
    paused = as_paused(DOCUMENT, found.row, found.automations)
    assert [s["active"] for s in paused["schedules"]] == [False] and paused["paused"] is True
    assert [t["enabled"] for t in paused["triggers"]] == [False]
    assert {key for key in paused if paused[key] != DOCUMENT.get(key)} == {"schedules", "triggers", "paused"}
    on = deployed("syndicate/lejournal", "lejournal", automations=(automation(DOCUMENT),))
    assert list(switched_off(DOCUMENT, found.row, found.automations)) == [
        "the whole deployment",
        "schedules",
        "triggers",
    ]
    kept = as_paused(DOCUMENT, on.row, on.automations)
    assert kept["schedules"] == DOCUMENT["schedules"] and "paused" not in kept
    assert all(trigger["enabled"] for trigger in kept["triggers"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("deployments: [foo]", "deployment 1: 'foo' is not one: write its fields below each other"),
        ("deployments: [{name: a}]", "deployment 1: the field 'entrypoint' is missing"),
        ("deployments: [{name: a, entrypoint: b, schedules: daily}]", "'schedules': 'daily' is not a list"),
        ("deployments: [{name: a, entrypoint: b, triggers: [1]}]", "one of them': 1 is not a table"),
        ("deployments: [", r"is not valid YAML \(line "),
        (b"deployments: [\xff]", "is not UTF-8 text: save it as UTF-8"),
        (
            "deployments: [{name: a, entrypoint: b, triggers: [{posture: Sometimes}]}]",
            r"deployment b, trigger 1, field 'event\.posture': input should be ",
        ),
        ("deployments: 1", "is not a prefect.yaml with deployments"),
        ("- 1", "is not a prefect.yaml with deployments"),
        (
            "deployments: [{name: a, entrypoint: 'flows/nothing.py:nothing'}]",
            "'flows/nothing.py:nothing' cannot be loaded",
        ),
    ],
)
def test_a_file_that_cannot_be_deployed_is_one_sentence(tmp_path, text, said):
    path = tmp_path / "prefect.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UserError, match=said):
        read_prefect_file(path)
