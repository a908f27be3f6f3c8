"""`piquet check` and the daily flow: which accounts work, and who is told."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.e2e.newsroom import artifact, events, last_run

pytestmark = pytest.mark.xdist_group("prefect")

ALL = ("mastodon", "bluesky", "x", "facebook", "threads", "linkedin", "telegram")


def in_days(days: int) -> str:
    return (datetime.now(ZoneInfo("Europe/Paris")) + timedelta(days=days)).date().isoformat()


def test_piquet_check_shows_every_account_and_posts_nothing(newsroom):
    room = newsroom(*ALL)
    room.apply()
    done = room.piquet("check", room.name, COLUMNS="220")
    assert done.returncode == 0, done.stdout + done.stderr
    for network in ALL:
        (line,) = [line for line in done.stdout.splitlines() if f"{network}/{room.name}" in line]
        assert "│ yes" in line, line
        assert room.posts(network) == []
    for head in ("account", "works?", "as whom", "limit", "posts left today", "token ends"):
        assert head in done.stdout
    assert "280 weighted characters" in done.stdout


def test_one_account_that_does_not_work_is_said_and_hides_no_other(newsroom):
    room = newsroom("mastodon", "x", "facebook")
    room.apply(
        forms={
            f"x/{room.name}": {"access_token": "env:NOT_THERE"},
            f"facebook/{room.name}": {"token": "a-wrong-secret"},
        }
    )
    done = room.piquet("check", room.name, COLUMNS="220")
    assert done.returncode == 1
    works = [line for line in done.stdout.splitlines() if "│ yes" in line]
    assert len(works) == 1 and f"mastodon/{room.name}" in works[0]
    assert "NOT_THERE is not set" in done.stdout
    assert "a-wrong-secret" not in done.stdout + done.stderr and "Traceback" not in done.stderr


def test_the_daily_flow_leaves_the_table_in_the_outlets_language_and_tells_of_what_ends_and_what_is_refused(
    local, newsroom
):
    room = newsroom("mastodon", "x", "linkedin")
    forms = {
        f"linkedin/{room.name}": {"token_ends": in_days(7)},
        f"x/{room.name}": {"access_token": "a-wrong-secret"},
    }
    room.apply(forms=forms)
    for _ in range(2):
        done = room.check()
        assert done.stdout.splitlines()[-1] == "FAILED", done.stderr
    run = last_run(local, room.name, "check")
    assert run["state"]["message"].startswith("2 of 3 accounts work.")
    assert "its token ends in 7 days" in run["state"]["message"]
    table = artifact(local, f"check-{room.name}")
    assert "Fin du jeton" in table and f"{in_days(7)} (7 jours)" in table
    assert f"| mastodon/{room.name} | oui |" in table and f"| x/{room.name} | non |" in table
    (ending,) = events(local, "piquet.token.ending", room.name)
    assert (ending["account"], ending["days"]) == (f"linkedin/{room.name}", 7)
    (refused,) = events(local, "piquet.account.refused", room.name)
    assert refused["account"] == f"x/{room.name}"
    assert "a-wrong-secret" not in str((run, table, ending, refused)) + done.stdout + done.stderr


def test_a_token_that_ends_in_eight_days_marks_the_run_and_sends_no_event(local, newsroom):
    room = newsroom("linkedin")
    room.apply(forms={f"linkedin/{room.name}": {"token_ends": in_days(8)}})
    assert room.check().stdout.splitlines()[-1] == "COMPLETED"
    assert last_run(local, room.name, "check")["state"]["name"] == "Marked"
    assert events(local, "piquet.token.ending", room.name, at_least=0) == []
