"""An outlet of which prefect.yaml does not speak gets the deployments of the first one that it does speak of."""

import copy
from pathlib import Path

import pytest
import yaml

from deployments.apply_compare import read_prefect_file
from deployments.apply_derive import Whose, documents_of, whose
from piquet.config import read_outlet_file
from piquet.errors import UserError

ROOT = Path(__file__).parents[1]
FILE = ROOT / "prefect.yaml"
WHOLE = yaml.safe_load(FILE.read_text(encoding="utf-8"))
GAZETTE = Whose(name="lagazette", title="La Gazette", zone="America/Montreal")


def derived(outlet=GAZETTE, documents=WHOLE["deployments"], definitions=WHOLE["definitions"]):
    return list(documents_of(FILE, copy.deepcopy(documents), definitions, [outlet]))


def test_every_deployment_of_the_first_outlet_is_there_and_nothing_in_it_speaks_of_the_first():
    found = derived()
    assert [d["entrypoint"] for d in found] == [d["entrypoint"] for d in WHOLE["deployments"]]
    assert {(d["name"], d["parameters"]["outlet"]) for d in found} == {("lagazette", "lagazette")}
    text = yaml.safe_dump(found, allow_unicode=True)
    assert "ournal" not in text.replace("/ournal", "")
    assert found[0]["triggers"][0]["match"] == {"prefect.resource.name": "lagazette"}
    assert found[0]["description"] == "Posts the new articles of La Gazette to its accounts."
    for ours, theirs in zip(found, WHOLE["deployments"], strict=True):
        same = ("tags", "entrypoint", "work_pool", "concurrency_limit")
        assert {key: ours[key] for key in same} == {key: theirs[key] for key in same}


def test_what_runs_by_the_newsrooms_clock_runs_by_this_ones_and_utc_stays():
    zones = {
        d["entrypoint"].split(":")[1]: d["schedules"][0]["timezone"] for d in derived() if d.get("schedules")
    }
    assert (zones["check"], zones["audit"], zones["syndicate"]) == (
        "America/Montreal",
        "America/Montreal",
        "UTC",
    )


def test_the_pool_is_the_one_that_the_outlets_file_names_else_the_first_ones():
    assert {d["work_pool"]["name"] for d in derived(Whose(name="a", pool="groupe-sud"))} == {"groupe-sud"}
    assert {d["work_pool"]["name"] for d in derived(Whose(name="a"))} == {"piquet"}
    kept = derived(Whose(name="a", pool="groupe-sud"))[0]["work_pool"]
    assert kept["job_variables"] == WHOLE["deployments"][0]["work_pool"]["job_variables"]


def test_an_outlet_that_the_file_speaks_of_has_what_stands_there():
    own = Whose(name="lejournal", title="Another title", zone="UTC", pool="piquet")
    assert derived(own) == WHOLE["deployments"]


def test_two_pools_for_one_outlet_are_refused_in_one_sentence():
    with pytest.raises(UserError) as caught:
        derived(Whose(name="lejournal", pool="groupe-sud"))
    assert str(caught.value) == (
        f"[deployments], field 'work_pool': 'groupe-sud' is not the 'piquet' that {FILE} has for lejournal: "
        "write the pool there only."
    )


def test_only_whole_words_are_another_outlets_name():
    document = {
        "name": "sud",
        "entrypoint": "flows/a.py:a",
        "description": "Le Sud, sud-ouest, sudiste: sud.",
        "parameters": {"outlet": "sud", "why": "sud"},
        "tags": ["sud"],
    }
    (found,) = derived(Whose(name="nord", title="Nord"), [document], {"title": "Le Sud"})
    assert found["description"] == "Nord, sud-ouest, sudiste: nord."
    assert found["tags"] == ["sud"] and found["name"] == "nord"


def test_a_deployment_whose_name_says_no_outlet_gets_one_so_that_the_first_ones_is_not_overwritten():
    document = {"name": "prod", "entrypoint": "flows/a.py:a", "parameters": {"outlet": "lejournal"}}
    (found,) = derived(GAZETTE, [document], {})
    assert (found["name"], found["parameters"]) == ("prod-lagazette", {"outlet": "lagazette"})


def test_a_file_that_speaks_of_nobody_declares_nothing(tmp_path):
    path = tmp_path / "prefect.yaml"
    path.write_text("deployments: []", encoding="utf-8")
    assert read_prefect_file(path, [GAZETTE]) == []


def test_the_outlets_file_says_title_zone_and_pool(tmp_path):
    text = (ROOT / "deployments/outlets/lejournal.toml").read_text(encoding="utf-8")
    path = tmp_path / "outlet.toml"
    path.write_text(text + '\n[deployments]\nwork_pool = "groupe-sud"\n', encoding="utf-8")
    wanted = Whose(name="lejournal", title="Le Journal", zone="Europe/Paris", pool="groupe-sud")
    assert whose(read_outlet_file(path)) == wanted


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('pool = "a"', "'pool' is not a field of it: use work_pool."),
        ("work_pool = 3", "field 'work_pool': 3 is not a work pool's name: write it between quotes"),
        ('work_pool = " "', "field 'work_pool': ' ' is not a work pool's name"),
    ],
)
def test_a_mistake_in_the_outlets_deployments_table_is_one_sentence(tmp_path, lines, said):
    text = (ROOT / "deployments/outlets/lejournal.toml").read_text(encoding="utf-8")
    path = tmp_path / "outlet.toml"
    path.write_text(f"{text}\n[deployments]\n{lines}\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"\[deployments\]") as caught:
        read_outlet_file(path)
    assert said in str(caught.value)
