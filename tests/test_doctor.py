"""The doctor's rules: what is well, what is worth a look, what is broken, and that each says its remedy and no secret."""

import json
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.doctor_machine import look_at_machine
from deployments.doctor_outlet import isolated
from deployments.doctor_server import _listeners
from piquet import diagnosis
from piquet.diagnosis import Verdict
from piquet.errors import UserError
from piquet.ledger import upgrade
from piquet.ledger.probe import file_system, probe

NOW = datetime(2026, 12, 5, 9, tzinfo=UTC)
ROOT = Path(__file__).parents[1]
SECOND = timedelta(seconds=1)


@given(seconds=st.integers(-4_000, 4_000), took=st.floats(0, 4))
def test_a_clock_is_judged_by_how_far_it_is_off_whichever_way_and_however_slow_the_answer(seconds, took):
    before, after = NOW, NOW + timedelta(seconds=took)
    cut = (NOW + timedelta(seconds=took / 2 + seconds)).replace(microsecond=0)
    found = diagnosis.judge_clock("Prefect", "the server", cut, before, after)
    if abs(seconds) <= 3:
        assert found.verdict is Verdict.OK
    elif 9 <= abs(seconds) <= 28:
        assert found.verdict is Verdict.WARNING
    elif abs(seconds) >= 32:
        assert found.verdict is Verdict.BROKEN
    if found.verdict is not Verdict.OK:
        assert ("behind" if seconds > 0 else "ahead of") in found.found and "timedatectl" in found.remedy


def test_only_packages_that_both_sides_have_are_compared_and_one_of_several_locked_versions_is_right():
    locked = {"fastapi": {"0.150.0"}, "numpy": {"2.2", "2.3"}, "pywin32": {"1"}}
    assert (
        diagnosis.judge_packages(locked, {"fastapi": "0.150.0", "numpy": "2.3", "mine": "1"}).verdict == "OK"
    )
    found = diagnosis.judge_packages(locked, {"fastapi": "0.154.0", "numpy": "2.3"})
    assert found.verdict == "broken" and "fastapi 0.154.0 (locked: 0.150.0)" in found.found
    assert "numpy" not in found.found and "uv sync --frozen" in found.remedy


@pytest.mark.parametrize(
    ("running", "verdict"), [((3, 10, 9), "broken"), ((3, 11, 0), "OK"), ((3, 14, 1), "OK")]
)
def test_the_python_that_runs_is_held_against_the_one_that_is_wanted(running, verdict):
    assert diagnosis.judge_python(running, ">=3.11").verdict == verdict


@pytest.mark.parametrize(
    ("server", "verdict"), [("3.8.8", "OK"), ("3.8.9", "warning"), ("3.9.1", "broken"), ("2.20.0", "broken")]
)
def test_another_patch_of_prefect_is_worth_a_look_and_another_version_is_broken(server, verdict):
    assert diagnosis.judge_version(server, "3.8.8").verdict == verdict


@pytest.mark.parametrize(
    ("login", "csrf", "loopback", "wide", "verdict"),
    [
        (True, True, True, False, "OK"),
        (True, True, False, False, "OK"),
        (True, True, True, True, "warning"),
        (True, False, True, False, "warning"),
        (False, False, True, False, "warning"),
        (False, True, True, True, "broken"),
        (False, False, False, False, "broken"),
    ],
)
def test_a_server_without_login_is_broken_where_others_reach_it(login, csrf, loopback, wide, verdict):
    found = diagnosis.judge_protection(login=login, csrf=csrf, loopback=loopback, wide=wide)
    assert found.verdict == verdict and bool(found.remedy) is (verdict != "OK")


def test_who_listens_to_more_than_loopback_is_seen():
    with socket.create_server(("127.0.0.1", 0)) as narrow, socket.create_server(("0.0.0.0", 0)) as wide:
        seen = dict(_listeners())
        assert not seen[narrow.getsockname()[1]] and seen[wide.getsockname()[1]]


def test_a_worker_is_alive_until_it_missed_three_heartbeats_and_one_that_lives_is_enough():
    def judged(*ages):
        return diagnosis.judge_worker("piquet", {str(a): (NOW - a * SECOND, 30) for a in ages}, NOW)

    assert [judged(90).verdict, judged(100).verdict, judged(4000, 3).verdict] == ["OK", "broken", "OK"]
    assert "last heard of 100 s ago" in judged(100).found
    assert judged().verdict == "broken" and "no worker ever came" in judged().found


def test_an_outlet_without_a_cycle_for_half_an_hour_is_broken_and_a_new_one_only_worth_a_look():
    def judged(ended, began):
        minutes = [None if m is None else NOW - timedelta(minutes=m) for m in (ended, began)]
        return diagnosis.judge_cycle("lejournal", *minutes, NOW).verdict

    assert [judged(29, 30), judged(31, 32), judged(None, 2), judged(None, 40)] == [
        "OK",
        "broken",
        "OK",
        "broken",
    ]
    assert judged(None, None) == "warning"


@pytest.mark.parametrize(("days", "verdict"), [(None, "OK"), (15, "OK"), (14, "warning"), (-1, "warning")])
def test_a_token_that_ends_within_two_weeks_is_told(days, verdict):
    assert diagnosis.judge_token("lejournal", "x/lejournal", "posts as J", days).verdict == verdict


@pytest.mark.parametrize(
    ("facts", "verdicts"),
    [
        ({}, ["OK"]),
        ({"kind": "nfs4"}, ["broken"]),
        ({"free": 500_000_000}, ["warning"]),
        ({"free": 5_000}, ["broken"]),
        ({"mode": 0o666, "journal": "delete"}, ["warning", "warning"]),
        ({"mode": 0o644}, ["OK"]),
    ],
)
def test_where_a_sqlite_ledger_lies_is_judged(facts, verdicts):
    well = {"mode": 0o600, "free": 10**12, "kind": "ext4", "journal": "wal"}
    found = diagnosis.judge_file("lejournal", **{**well, **facts})
    assert [f.verdict for f in found] == verdicts and all(f.remedy for f in found if f.verdict != "OK")


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", True),
        ("abcd-efgh-ijkl-mno2", True),
        ("EAAGm0PX4ZCpsBAKZCjRZBZA1lZC3x9", True),
        ("zY8f0-TQ3mKJp2Xb7dVnR4sW6aLcE1hG", True),
        ("https://mastodon.example", False),
        ("Europe/Paris", False),
        ("Community managers en grève. Ce message est publié automatiquement.", False),
    ],
)
def test_what_has_the_shape_of_a_token_is_seen(text, secret):
    assert diagnosis.looks_secret(text) is secret


def test_an_error_of_ours_is_split_into_what_was_found_and_its_remedy():
    found = diagnosis.from_sentence("a", "b", "Ledger, field 'url': NAME is not set: set it, then try again.")
    assert (found.found, found.remedy) == ("Ledger, field 'url': NAME is not set.", "Set it, then try again.")
    found = diagnosis.from_sentence("a", "b", "Strike j, field 'mode': it is none; correct it in the UI.")
    assert (found.found, found.remedy) == ("Strike j, field 'mode': it is none.", "Correct it in the UI.")


async def test_a_look_that_breaks_or_lasts_is_one_finding_and_its_words_are_not_told():
    async def breaks():
        raise RuntimeError("postgresql://piquet:a-password@host")

    async def lasts():
        import asyncio

        await asyncio.sleep(9)

    async def ours():
        raise UserError("There is no block 'Outlet a': run piquet apply.")

    (broke,), (lasted,), (said,) = [
        await isolated("a", "b", seconds, look)
        for seconds, look in ((5, breaks()), (0.01, lasts()), (5, ours()))
    ]
    assert {f.verdict for f in (broke, lasted, said)} == {Verdict.BROKEN}
    assert "RuntimeError" in broke.found and "a-password" not in str(broke) and broke.remedy
    assert "no answer within" in lasted.found and said.remedy == "Run piquet apply."


def test_a_ledger_is_probed_without_a_trace(tmp_path):
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    upgrade(url)
    before = (tmp_path / "ledger.db").read_bytes()
    facts = probe(url)
    assert facts.file and (facts.file.journal, facts.file.mode & 0o600) == ("wal", 0o600)
    assert (tmp_path / "ledger.db").read_bytes() == before


def test_the_file_system_is_that_of_the_innermost_mount(tmp_path):
    mounts = tmp_path / "mounts"
    mounts.write_text("/dev/a / ext4 rw 0 0\nserver:/x /srv/data nfs4 rw 0 0\nnone /srv/dat tmpfs rw 0 0\n")
    assert file_system(Path("/srv/data/ledger.db"), mounts) == "nfs4"
    assert file_system(Path("/srv/database/ledger.db"), mounts) == "ext4"
    assert file_system(Path("/srv/x"), tmp_path / "absent") == ""


def test_only_what_piquet_runs_on_is_held_against_the_lock_whatever_else_is_locked(tmp_path):
    lock = tmp_path / "uv.lock"
    text = (ROOT / "uv.lock").read_text(encoding="utf-8")
    lock.write_text(f"{text}\n[[package]]\nname = 'pytest'\nversion = '0.1'\nsource = {{ registry = 'x' }}\n")
    assert {f.subject: f for f in look_at_machine(lock)}["packages"].verdict == "OK"
    lock.write_text(text.replace('name = "click"\nversion = "', 'name = "click"\nversion = "0.', 1))
    found = {f.subject: f for f in look_at_machine(lock)}["packages"]
    assert found.verdict == "broken" and "click" in found.found and "pytest" not in found.found


def test_this_machine_is_looked_at_without_a_lock_too(tmp_path):
    found = {f.subject: f for f in look_at_machine(tmp_path / "uv.lock")}
    assert {"Python", "packages", "zone data"} == set(found)
    assert found["packages"].verdict == "not seen" and found["zone data"].verdict == "OK"


def test_without_a_server_the_machine_is_still_looked_at_and_the_exit_code_is_1(tmp_path):
    env = {
        "PATH": "/usr/bin:/bin",
        "PREFECT_HOME": str(tmp_path),
        "PREFECT_API_URL": "http://127.0.0.1:9/api",
    }
    command = [sys.executable, "-m", "deployments.cli", "doctor", "--json"]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=60)
    findings = json.loads(done.stdout)["findings"]
    assert done.returncode == 1 and "Traceback" not in done.stderr
    (told,) = [f for f in findings if f["verdict"] == "broken" and f["about"] == "Prefect"]
    assert told["subject"] == "server" and "PREFECT_API_URL" in told["remedy"]
    assert {f["subject"] for f in findings if f["about"] == "this machine"} == {
        "Python",
        "packages",
        "zone data",
    }
