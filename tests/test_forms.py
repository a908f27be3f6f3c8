"""The forms that people fill in in Prefect: every field named and explained in both languages, and of a kind that the UI shows."""

from pathlib import Path

import pytest
import yaml
from prefect.flows import load_flow_from_entrypoint

ROOT = Path(__file__).parents[1]
FORMS = ("call_strike", "end_strike", "preview", "impact")
DEPLOYMENTS = {
    deployment["entrypoint"].split(":")[1]: deployment
    for deployment in yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
}
# The same word in both languages.
SAME = {"Articles"}


@pytest.fixture(params=FORMS)
def form(request):
    flow = load_flow_from_entrypoint(
        str(ROOT / DEPLOYMENTS[request.param]["entrypoint"]), use_placeholder_flow=False
    )
    return flow.parameters, DEPLOYMENTS[request.param]


def test_every_field_is_named_and_explained_in_both_languages(form):
    parameters, _ = form
    for name, field in parameters.properties.items():
        assert " / " in field["title"] or field["title"] in SAME, name
        assert " / " in field["description"], name


def test_no_field_may_be_null_for_prefects_form_cannot_show_that(form):
    parameters, _ = form
    assert [n for n, field in parameters.properties.items() if "anyOf" in field or "type" not in field] == []


def test_what_a_deployment_fills_in_is_what_the_form_leaves_as_it_is(form):
    parameters, deployment = form
    for name, field in parameters.properties.items():
        if name not in parameters.required:
            assert deployment["parameters"][name] == field["default"], name


def test_a_deployment_is_described_in_both_languages(form):
    assert " / " in form[1]["description"]


def test_who_and_why_are_asked_for_wherever_the_strike_changes():
    for name in ("call_strike", "end_strike"):
        flow = load_flow_from_entrypoint(str(ROOT / DEPLOYMENTS[name]["entrypoint"]))
        assert {"outlet", "who", "why"} == set(flow.parameters.required)
        assert DEPLOYMENTS[name]["concurrency_limit"] == {"limit": 1, "collision_strategy": "ENQUEUE"}
