"""The Makefile's way to an environment, on machines that lack a part of it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).parents[1] / "Makefile"
pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="make is not installed here")


@pytest.fixture
def machine(tmp_path):
    """A machine with make, a shell, and the programs that a test puts into `bin`; each notes its words in `log`."""
    (tmp_path / "bin").mkdir()
    for name in ("make", "sh", "test", "touch", "mkdir", "cp", "chmod", "sed"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name) or name)
    for name in ("pyproject.toml", "uv.lock"):
        (tmp_path / name).touch()
    return tmp_path


def program(folder: Path, name: str, does: str) -> None:
    path = folder / "bin" / name
    path.write_text(f'#!/bin/sh\necho "{name} $*" >> log\n{does}\n')
    path.chmod(0o755)


def made(machine: Path) -> subprocess.CompletedProcess[str]:
    command = ["make", "-f", str(MAKEFILE), "PYTHON=python3", ".venv/.ready"]
    env = {"PATH": str(machine / "bin"), "HOME": os.environ.get("HOME", "/")}
    return subprocess.run(command, cwd=machine, env=env, capture_output=True, text=True)


def log(machine: Path) -> str:
    return (machine / "log").read_text()


# What Debian's python3 does without python3-venv: python is there, pip is not, and it fails.
HALF = "mkdir -p .venv/bin && cp bin/sh .venv/bin/python; exit 1"


def test_without_python3_venv_it_is_one_sentence_each_time_and_nothing_is_called_ready(machine):
    program(machine, "python3", HALF)
    for _ in range(2):
        done = made(machine)
        assert done.returncode != 0 and "install python3-venv (or uv)" in done.stderr
        assert not (machine / ".venv/.ready").exists()


def test_a_half_made_environment_is_mended_once_python3_venv_is_there(machine):
    program(machine, "python3", HALF)
    made(machine)
    program(machine, "uv-of-venv", "")
    program(machine, "python3", "cp bin/uv-of-venv .venv/bin/pip; cp bin/uv-of-venv .venv/bin/uv")
    done = made(machine)
    assert done.returncode == 0, done.stderr
    assert "sync --quiet --frozen" in log(machine) and (machine / ".venv/.ready").exists()


def test_where_the_machine_has_uv_neither_pip_nor_venv_is_needed(machine):
    program(machine, "python3", HALF)
    program(machine, "uv", "mkdir -p .venv/bin")
    done = made(machine)
    assert done.returncode == 0, done.stderr
    assert "uv venv --quiet --python python3 .venv" in log(machine) and "uv sync" in log(machine)
    assert "python3 -m venv" not in log(machine)
