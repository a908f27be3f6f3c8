"""`piquet demo`, as a stranger runs it."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.e2e.newsroom import PIQUET, ROOT

pytestmark = pytest.mark.xdist_group("prefect")

SHARED = ROOT.parent / "shared" / "feeds"
FEEDS = ("tagesschau_2026.xml", "bbc_chinese.atom", "inessential.json")


def processes_of(folder: Path) -> list[str]:
    """The command lines that name this folder, of every process of the machine."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            environment = (path / "environ").read_bytes() + (path / "cmdline").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in environment and int(path.name) != os.getpid():
            found.append((path / "cmdline").read_text(errors="replace"))
    return found


def demo(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [*PIQUET, "demo", "--state", str(folder), *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=170)


def test_the_demo_shows_both_cycles_and_leaves_no_process_behind(tmp_path):
    folder = tmp_path / "demo"
    done = demo(folder, "--once")
    assert done.returncode == 0, done.stderr
    for account in ("mastodon", "bluesky", "x", "facebook"):
        lines = [line for line in done.stdout.splitlines() if f"{account}/lejournal" in line]
        assert sum("│ no " in line for line in lines) == 3
        on_strike = [line for line in lines if "│ yes " in line and "Community managers e" in line]
        assert sum("(reminder)" in line for line in on_strike) == 1
        # The replies under earlier posts follow two minutes after the reminder.
        assert not any("(notice)" in line for line in on_strike)
        assert sum("(" not in line.split("│")[3][:3] for line in on_strike) == 8
    assert re.search(r"Prefect UI +http://127.0.0.1:\d+", done.stdout)
    assert re.search(r"The wall +http://127.0.0.1:\d+", done.stdout)
    assert processes_of(folder) == []


@pytest.mark.parametrize("name", FEEDS)
def test_the_demo_plays_any_feed(tmp_path, name):
    if not SHARED.is_dir():
        pytest.skip("the shared folder with real feeds is not beside the checkout")
    done = demo(tmp_path / "demo", "--once", "--feed", str(SHARED / name))
    assert done.returncode == 0, done.stderr
    assert "mastodon/lejournal" in done.stdout


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (None, "there is no such file|does not exist|cannot be"),
        ("<html><p>Bonjour</p></html>", "HTML"),
        ("", "empty"),
    ],
    ids=["missing", "a page", "nothing"],
)
def test_a_feed_that_is_none_is_one_sentence_and_exit_code_2(tmp_path, body, said):
    path = tmp_path / "feed.xml"
    if body is not None:
        path.write_text(body, encoding="utf-8")
    done = demo(tmp_path / "demo", "--once", "--feed", str(path))
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1 and re.search(said, done.stderr)


def test_ctrl_c_ends_the_running_demo_and_every_process_of_it(tmp_path):
    folder = tmp_path / "demo"
    with (tmp_path / "out").open("w") as output:
        running = subprocess.Popen(
            [*PIQUET, "demo", "--state", str(folder)], stdout=output, stderr=output, cwd=ROOT
        )
        end = time.monotonic() + 120
        while "Ctrl-C" not in (tmp_path / "out").read_text() and time.monotonic() < end:
            time.sleep(0.5)
        assert "Ctrl-C" in (tmp_path / "out").read_text()
        assert len(processes_of(folder)) >= 3
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=60) == 0
    assert "nothing is left running" in (tmp_path / "out").read_text()
    assert processes_of(folder) == []
