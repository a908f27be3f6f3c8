"""What a person at the console reads of a run that broke: sentences."""

import subprocess
import sys

CODE = """
import logging
from deployments import cycle
async def nothing(outlet):
    log = logging.getLogger("prefect.engine")
    log.error("The run failed.")
    try:
        1 / 0
    except ZeroDivisionError:
        log.exception("Encountered an exception")
    return 1
cycle._run = nothing
cycle.run_cycle("a")
"""


def said(debug: str) -> str:
    env = {"PATH": "", "PIQUET_DEBUG": debug, "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false"}
    done = subprocess.run([sys.executable, "-c", CODE], env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stderr + done.stdout


def test_a_run_that_breaks_shows_sentences_and_its_traceback_only_where_one_asks_for_it():
    assert "The run failed." in said("") and "Traceback" not in said("")
    assert "Traceback" in said("1")
