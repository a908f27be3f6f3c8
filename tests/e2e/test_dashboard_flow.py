"""`piquet dashboard` and its flow: the posts of a cycle are on the page and in the artifact, and no network is asked."""

import subprocess
import sys

import pytest

from tests.e2e.newsroom import ROOT, artifact

pytestmark = pytest.mark.xdist_group("prefect")

RUN = (
    "import asyncio, sys; from flows.dashboard import dashboard; "
    "print(asyncio.run(dashboard(sys.argv[1], 7, return_state=True)).message)"
)


def test_the_page_and_the_artifact_show_what_went_out_and_no_network_is_asked(local, newsroom, tmp_path):
    room = newsroom("mastodon", "x")
    room.publish("Un", "Deux")
    room.apply(first_posts=2, forms={f"x/{room.name}": {"monthly_budget": 60, "posts_per_day": 40}})
    assert room.run().returncode == 0
    for network in ("mastodon", "x"):
        room.fault(network, "500", on="any")
    page = tmp_path / "board.html"
    done = room.piquet("dashboard", room.name, "--html", str(page), "--language", "en")
    assert done.returncode == 0, done.stderr
    shown = page.read_text(encoding="utf-8")
    assert shown.count("<section") == 2 and f"x/{room.name}" in shown
    assert "US$0.40" in shown and "of US$60.00" in shown and "of 40" in shown
    command = [sys.executable, "-c", RUN, room.name]
    ran = subprocess.run(command, env=room.env, capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert ran.stdout.splitlines()[-1] == "4 posts in 7 days.", ran.stderr
    table = artifact(local, f"dashboard-{room.name}")
    (line,) = [line for line in table.splitlines() if line.startswith(f"| `x/{room.name}`")]
    assert line.split("|")[2].strip() == "2" and "0,40" in line
    assert [len(room.posts(network)) for network in ("mastodon", "x")] == [2, 2]


def test_a_place_that_cannot_be_written_is_one_sentence(newsroom, tmp_path):
    room = newsroom("mastodon")
    room.publish("Un")
    room.apply()
    done = room.piquet("dashboard", room.name, "--html", str(tmp_path / "missing" / "board.html"))
    assert done.returncode == 2 and "cannot be written" in done.stderr and "Traceback" not in done.stderr
