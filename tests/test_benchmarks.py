"""The benchmarks run in their short form, and their exit codes mean something."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from benchmarks.cycle import not_flat as not_flat_tasks
from benchmarks.databases import sqlite_ledger
from benchmarks.filling import begin, grow
from benchmarks.growth import not_by_index, not_flat, planned, questions
from benchmarks.impact import MOST_S, SNAPSHOTS, complaints_of
from benchmarks.measure import Cost, judged
from benchmarks.workers import Crew, complaint
from piquet.ledger.ledger import Ledger

ROOT = Path(__file__).parents[1]
_PATIENCE_S = 420  # of a machine that has other things to do: alone it takes half a minute
pytestmark = pytest.mark.timeout(480)


def short(module: str) -> tuple[int, str]:
    """The exit code of a benchmark's short form, and what it printed; interrupted, it ends its servers itself."""
    command, env = [sys.executable, "-m", f"benchmarks.{module}"], {**os.environ, "SMALL": "1"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            printed, errors = process.communicate(timeout=_PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
            printed, errors = process.communicate()
    return process.returncode, printed + errors


@pytest.fixture
def ledger():
    with sqlite_ledger() as url:
        with Ledger.open(url) as opened:
            begin(opened)
        grow(url, 0, 300)
        with Ledger.open(url) as opened:
            yield opened, url


def test_the_cycle_is_measured_beside_a_plain_loop_and_an_empty_flow_run():
    code, printed = short("cycle")
    assert code == 0, printed
    assert "empty flow run" in printed and "plain loop, 3 new" in printed
    assert "Every line holds" in printed


def test_workers_that_share_a_ledger_send_every_post_once():
    code, printed = short("workers")
    assert code == 0, printed
    assert "| SQLite | 2 |" in printed


def test_an_impact_report_is_measured_beside_a_plain_sum_and_finds_the_effect_in_its_figures():
    code, printed = short("impact")
    assert code == 0, printed
    assert "plain SQL sum" in printed and "reading the snapshots alone" in printed
    assert "Every line holds" in printed


def test_a_report_that_is_slow_large_blind_or_wrong_is_told():
    told = dict.fromkeys(("facts", "compare", "page"), 1.0) | {"posts": 9, "missing": 0, "found": True}
    whole = {**told, "read": SNAPSHOTS, "summed": SNAPSHOTS}
    right = Cost(wall=4.0, cpu=4.0, peak_mb=300.0, told=whole)
    assert complaints_of("SQLite", right) == []
    wrong = {"compare": MOST_S, "read": SNAPSHOTS - 1, "found": False, "missing": 1}
    assert len(complaints_of("SQLite", replace(right, peak_mb=1_001.0, told={**whole, **wrong}))) == 5
    assert len(complaints_of("SQLite", replace(right, code=1))) == 1


def test_the_growth_of_a_ledger_is_judged_and_what_sends_the_posts_is_flat():
    code, printed = short("growth")
    told = [line for line in printed.splitlines() if line.startswith("DOES NOT HOLD")]
    assert code == (1 if told else 0), printed
    assert "| claim |" in printed
    assert not [line for line in told if "dedupe" in line or "claim" in line or "something_due" in line]


def test_what_a_cycle_asks_is_answered_by_an_index_and_a_missing_index_is_told(ledger):
    opened, url = ledger
    assert not not_by_index(planned(opened, url))
    engine = create_engine(url)
    with engine.begin() as connection:
        for index in ("claim", "outlet_updated_at", "account_sent_at", "outlet_sent_at"):
            connection.execute(text(f"DROP INDEX ix_deliveries_{index}"))
    engine.dispose()
    told = not_by_index(planned(opened, url))
    assert any(sentence.startswith("claim reads a whole table") for sentence in told)
    assert not [sentence for sentence in told if sentence.startswith("dedupe")]


def test_a_question_that_grows_is_told_and_a_flat_one_is_not():
    told = not_flat({"flat": [0.010, 0.011, 0.019], "grows": [0.010, 0.015, 0.021]}, most=2.0)
    assert len(told) == 1 and told[0].startswith("grows: 2.1 times")


def test_measuring_a_question_changes_nothing_that_is_due(ledger):
    opened, _ = ledger
    before = opened.counts("groupe")
    for ask, undo in questions(opened).values():
        undo(ask())
    assert opened.counts("groupe") == before


def test_a_post_too_few_or_too_many_is_told_and_the_exit_code_says_so(capsys):
    crew = Crew(database="SQLite", workers=2)
    assert complaint(crew, due=40, there=40, sent=40) == ""
    for there, sent in ((39, 39), (41, 40), (40, 39)):
        assert "40 were due" in complaint(crew, due=40, there=there, sent=sent)
    assert judged([]) == 0
    assert judged(["something"]) == 1
    assert "DOES NOT HOLD: something" in capsys.readouterr().out


def test_a_task_for_each_entry_would_be_told():
    assert not_flat_tasks({0: 4, 20: 8, 200: 8}) == []
    assert "grow" in not_flat_tasks({0: 4, 20: 24, 200: 204})[0]
