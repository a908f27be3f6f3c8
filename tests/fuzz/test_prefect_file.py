"""`piquet apply` on a prefect.yaml with anything anywhere: it is read and compared, or refused in one sentence."""

import copy
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deployments import apply_compare
from deployments.apply_compare import Deployed, compare, read_prefect_file
from deployments.apply_derive import Whose
from piquet.errors import UserError
from tests.fuzz.values import is_one_sentence, values

FILE = Path(__file__).parents[2] / "prefect.yaml"
WHOLE = yaml.safe_load(FILE.read_text(encoding="utf-8"))
# The first of them has a trigger.
SMALL = {**WHOLE, "deployments": WHOLE["deployments"][:1]}
OUTLETS = [Whose(name="lejournal"), Whose(name="lagazette", title="La Gazette", zone="Europe/Paris")]
FUZZ = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def places(value, path=()):
    """Every place in the document."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from places(one, (*path, key))


@pytest.fixture(autouse=True)
def loaded_once(monkeypatch):
    """The entrypoint that is right is loaded once, and no other is."""
    flow = apply_compare._flow(FILE, "flows/syndicate.py:syndicate")

    def load(path, entrypoint):
        if entrypoint != "flows/syndicate.py:syndicate":
            raise UserError(f"{path}: the entrypoint cannot be loaded: correct it.")
        return flow

    monkeypatch.setattr(apply_compare, "_flow", load)


def said_of(path):
    """What is wrong with it, read and held against a server that has all of it; empty where nothing is."""
    try:
        declared = read_prefect_file(path, OUTLETS)
        deployed = [Deployed(name=one.name, row=ROW, automations=()) for one in declared]
        compare(declared, deployed)
    except UserError as error:
        return str(error)
    return ""


ROW = SimpleNamespace(
    id=uuid4(), description="", parameters={"outlet": "lejournal"}, tags=[], work_pool_name="p", job_variables={},
    global_concurrency_limit=None, concurrency_options=None, schedules=[], entrypoint="", pull_steps=[],
    parameter_openapi_schema={}, paused=False, enforce_parameter_schema=True,
)  # fmt: skip


@FUZZ
@given(st.sampled_from(sorted(places(SMALL), key=str)), values)
def test_a_file_with_anything_anywhere_is_read_or_is_one_sentence(tmp_path, place, value):
    whole = found = {"": copy.deepcopy(SMALL)}
    for step in ("", *place)[:-1]:
        found = found[step]
    found[("", *place)[-1]] = value
    path = tmp_path / "prefect.yaml"
    path.write_text(yaml.safe_dump(whole[""]), encoding="utf-8", errors="replace")
    said = said_of(path)
    assert not said or is_one_sentence(said), said


@FUZZ
@given(st.integers(0, 1500), st.integers(0, 40), st.binary(max_size=30))
def test_a_file_with_bytes_changed_is_read_or_is_one_sentence(tmp_path, place, length, put):
    path = tmp_path / "prefect.yaml"
    raw = yaml.safe_dump(SMALL).encode()
    path.write_bytes(raw[:place] + put + raw[place + length :])
    said = said_of(path)
    assert not said or is_one_sentence(said), said
