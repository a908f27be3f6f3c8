"""The house: imports point one way, every entrypoint loads, every file reads alike."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from prefect.flows import load_flow_from_entrypoint

from deployments.apply_lint import check_prefect_file

ROOT = Path(__file__).parents[1]
PACKAGES = ("piquet", "blocks", "tasks", "flows", "deployments")
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
DEPLOYMENTS = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]


def test_the_import_contracts_hold():
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports"))], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def test_the_style_holds():
    ruff = str(Path(sys.executable).with_name("ruff"))
    for command in ([ruff, "check", "--no-cache", "."], [ruff, "format", "--no-cache", "--check", "."]):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


def test_every_key_of_prefect_yaml_is_one_that_prefect_reads():
    check_prefect_file(
        ROOT / "prefect.yaml", yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
    )
    for deployment in DEPLOYMENTS:
        assert set(deployment["concurrency_limit"]) == {"limit", "collision_strategy"}


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda d: d["name"])
def test_every_entrypoint_loads_for_real(deployment):
    flow = load_flow_from_entrypoint(str(ROOT / deployment["entrypoint"]), use_placeholder_flow=False)
    assert flow.name == Path(deployment["entrypoint"].split(":")[0]).stem
    assert set(deployment["parameters"]) == set(flow.parameters.properties)


def test_no_flow_file_hides_a_package_or_a_standard_module():
    stems = {path.stem for path in (ROOT / "flows").glob("*.py")} - {"__init__"}
    assert not stems & ({path.name for path in ROOT.iterdir()} | set(sys.stdlib_module_names))


def test_flow_files_define_no_classes():
    for path in (ROOT / "flows").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert not [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)], path


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_in_its_first_line_what_it_is_and_stays_readable(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "a module docstring"
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 350


def test_help_is_there_in_a_blink_because_nothing_heavy_is_imported():
    code = "import sys, deployments.cli; print([m for m in ('prefect','pandas','sqlalchemy','httpx','feedparser') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
