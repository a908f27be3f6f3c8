"""The words of `piquet strike`: what is asked for, what is refused before any server is asked, and what --help costs."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

from deployments.cli import main

SIGNED = ["--who", "Ana", "--why", "vote"]


def said(*words):
    result = CliRunner().invoke(main, [*words])
    return result.exit_code, result.output


@pytest.mark.parametrize("missing", ["--who", "--why"])
def test_nobody_changes_a_strike_without_a_name_and_a_reason(missing):
    given = ["--who", "Ana"] if missing == "--why" else ["--why", "vote"]
    for command in ("on", "plan", "off"):
        code, text = said("strike", command, "lejournal", *given)
        assert code == 2 and missing in text


def test_a_day_that_is_none_is_refused_with_the_way_to_write_it(monkeypatch):
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    code, text = said("strike", "plan", "lejournal", *SIGNED, "--day", "demain")
    assert code == 2 and "'demain' is not a day" in text and "2026-12-05" in text


@pytest.mark.parametrize(("language", "word"), [("fr", "grève"), ("en", "strike")])
def test_ready_made_notices_are_shown_in_both_languages(language, word):
    code, text = said("strike", "notices", "--language", language)
    assert code == 0 and text.count(word) >= 8 and "{day_number}" in text


def test_help_tells_every_way_and_imports_no_prefect():
    code = (
        "import sys; from click.testing import CliRunner; from deployments.cli import main; "
        "print(CliRunner().invoke(main, ['strike', 'plan', '--help']).output); "
        "assert 'prefect' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    for option in ("--day", "--walkout", "--renewed-until", "--statement", "--without-statement", "--check"):
        assert option in done.stdout
