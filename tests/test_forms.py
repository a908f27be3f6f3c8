"""The forms that people fill in in Prefect: every field named and explained in both languages, and of a kind that the UI shows."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from prefect.blocks.core import Block
from prefect.flows import load_flow_from_entrypoint

import blocks

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


def said(schema) -> Iterator[str]:
    """Every title and description in a form's schema."""
    for name, value in schema.items():
        if name in ("title", "description") and isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from said(value)


def every_form() -> Iterator[tuple[str, str]]:
    for name in blocks.__all__:
        form = getattr(blocks, name)
        if isinstance(form, type) and issubclass(form, Block):
            yield from ((name, text) for text in said(form.model_json_schema()))
            yield name, form._description or ""
    for name, deployment in DEPLOYMENTS.items():
        flow = load_flow_from_entrypoint(str(ROOT / deployment["entrypoint"]), use_placeholder_flow=False)
        yield name, flow.description or ""
        yield from ((name, text) for text in said(flow.parameters.model_dump()))


def test_french_in_every_form_has_no_break_spaces_where_french_has_them():
    texts = [*every_form()]
    assert len({name for name, _ in texts}) > 20
    # English has no space there, so the whole text may be looked at.
    assert [(name, text) for name, text in texts if re.search(r" [:;?!»]|« ", text)] == []
    assert any("\u00a0: votre message, puis le titre" in text for _, text in texts)


def test_who_and_why_are_asked_for_wherever_the_strike_changes():
    for name in ("call_strike", "end_strike"):
        flow = load_flow_from_entrypoint(str(ROOT / DEPLOYMENTS[name]["entrypoint"]))
        assert {"outlet", "who", "why"} == set(flow.parameters.required)
        assert DEPLOYMENTS[name]["concurrency_limit"] == {"limit": 1, "collision_strategy": "ENQUEUE"}
