"""A prefect.yaml is refused where Prefect would ignore a part of it without a word."""

import copy
from pathlib import Path

import pytest
import yaml
from prefect.cli.deploy import _models
from prefect.events import (
    DeploymentCompoundTrigger,
    DeploymentEventTrigger,
    DeploymentMetricTrigger,
    DeploymentSequenceTrigger,
)

from deployments import apply_lint
from deployments.apply_lint import check_prefect_file
from piquet.errors import UserError

FILE = Path(__file__).parents[1] / "prefect.yaml"
WHOLE = yaml.safe_load(FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("place", "key"),
    [
        ((), "deployment"),
        (("deployments", 0), "cron"),
        (("deployments", 0, "work_pool"), "job_variable"),
        (("deployments", 0, "concurrency_limit"), "strategy"),
        (("deployments", 0, "schedules", 0), "time_zone"),
        (("deployments", 0, "triggers", 0), "expects"),
    ],
)
def test_a_key_that_prefect_does_not_read_is_named_with_its_place_and_the_choice(place, key):
    whole = found = copy.deepcopy(WHOLE)
    for step in place:
        found = found[step]
    found[key] = "x"
    with pytest.raises(UserError, match=f"Prefect reads no key '{key}' there: write one of "):
        check_prefect_file(FILE, whole)


def test_the_keys_are_those_of_the_prefect_that_is_installed():
    def read(*models):
        return {field.alias or name for model in models for name, field in model.model_fields.items()}

    assert read(_models.DeploymentConfig) == apply_lint._DEPLOYMENT
    assert read(_models.WorkPoolConfig) == apply_lint._PARTS["work_pool"]
    assert read(_models.ConcurrencyLimitSpec) == apply_lint._PARTS["concurrency_limit"]
    assert read(_models.RawScheduleConfig) == apply_lint._PARTS["schedules"]
    triggers = (
        DeploymentEventTrigger,
        DeploymentMetricTrigger,
        DeploymentCompoundTrigger,
        DeploymentSequenceTrigger,
    )
    assert read(*triggers) == apply_lint._PARTS["triggers"]
    assert read(_models.PrefectYamlModel) <= apply_lint._WHOLE
