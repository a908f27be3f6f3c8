"""The command line, as ops use it: answers, sentences and exit codes."""

import json
from datetime import UTC, datetime

import pytest

from tests.e2e.newsroom import ROOT, set_block

pytestmark = pytest.mark.xdist_group("prefect")


def the_sentence(done) -> str:
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stderr
    return lines[0]


def test_status_says_what_stands_where_with_and_without_a_server(newsroom):
    room = newsroom("mastodon")
    room.publish("Ancien")
    room.apply()
    room.run()
    room.publish("Nouveau")
    room.run()
    done = room.piquet("status", room.name, COLUMNS="200")
    assert (
        done.returncode == 0
        and f"mastodon/{room.name}" in done.stdout
        and "The last cycle ended" in done.stdout
    )
    done = room.piquet("status", room.name, "--json", "--ledger", room.ledger_url, PREFECT_API_URL="")
    status = json.loads(done.stdout)
    assert status["deliveries"] == {f"mastodon/{room.name}": {"sent": 1}}
    assert status["strike"]["switch"] == "normal" and status["look_at"] == []


def test_preview_shows_each_account_ordinary_and_on_strike_and_posts_nothing(newsroom):
    room = newsroom()
    room.publish("Un titre")
    room.apply()
    done = room.piquet("preview", room.name)
    assert done.returncode == 0, done.stderr
    for network in ("mastodon", "bluesky", "x", "facebook"):
        assert f"{network}/{room.name}: En grève, jour 1" in done.stdout
        assert room.posts(network) == []
    assert done.stdout.count(" Un jour ordinaire ") == done.stdout.count(" En grève ") == 4
    assert done.stdout.count("Community managers en grève.") == 4
    assert "sur 280" in done.stdout


def test_preview_shows_the_newest_article_and_says_which_account_the_strike_does_not_cover(newsroom):
    room = newsroom("mastodon", "x")
    room.publish("Hier", minutes_ago=1500)
    room.publish("Maintenant", minutes_ago=1)
    room.entries.reverse()
    room.publish()
    room.apply()
    room.set_strike(accounts=[f"mastodon/{room.name}"], notices=["Grève, jour {day_number}."], days_before=4)
    done = room.piquet("preview", room.name)
    assert done.returncode == 0, done.stderr
    assert "Maintenant" in done.stdout and "Hier" not in done.stdout
    assert done.stdout.count("Grève, jour 5.") == 1
    assert done.stdout.count("Comme un jour ordinaire") == 1
    assert room.posts("mastodon") == room.posts("x") == []


def test_a_misspelt_account_in_the_block_is_said_and_the_others_are_shown(local, newsroom):
    room = newsroom("mastodon")
    room.publish("Un titre")
    room.apply()
    set_block(local, "outlet", room.name, {"accounts": ["mastodn/x", f"mastodon/{room.name}"]})
    done = room.piquet("preview", room.name)
    assert done.returncode == 0, done.stderr
    assert "'mastodn/x' names no network" in done.stdout and f"mastodon/{room.name}: " in done.stdout


def test_resume_ends_a_pause_so_that_the_next_cycle_sends_what_waited(newsroom):
    room = newsroom("bluesky")
    room.publish("Ancien")
    room.apply()
    room.run()
    account = f"bluesky/{room.name}"
    assert f"{account} was not paused" in room.piquet("resume", room.name, account).stdout
    room.fault("bluesky", "refuse")
    room.publish("Nouveau")
    assert room.run().returncode == 1 and room.texts("bluesky") == []
    done = room.piquet("resume", room.name, account)
    assert done.returncode == 0 and f"{account} is not paused any more" in done.stdout
    assert room.texts("bluesky") == []
    assert room.run().returncode == 0
    assert len(room.texts("bluesky")) == 1


def test_resume_refuses_an_account_of_somebody_else(newsroom):
    room = newsroom("mastodon")
    room.publish("Un titre")
    room.apply()
    done = room.piquet("resume", room.name, "mastodon/autre")
    assert done.returncode == 2
    # Prefect may add a line of its own while it sends the event of the block that was read.
    assert f"'mastodon/autre' is not an account of {room.name}: write one of" in done.stderr.splitlines()[0]
    assert "Traceback" not in done.stderr


def test_running_an_outlet_that_nobody_made_is_one_sentence(newsroom):
    done = newsroom("mastodon").piquet("run", "personne")
    assert done.returncode == 2
    assert "There is no block 'Outlet personne'" in the_sentence(done)


def test_status_while_a_cycle_runs_does_not_say_that_nobody_is_on_strike(newsroom):
    room = newsroom("mastodon")
    with room.ledger() as ledger:
        now = datetime.now(UTC)
        ledger.see_strike(room.name, {"switch": "strike"}, now)
        ledger.begin_cycle(room.name, now)
    done = room.piquet("status", room.name, "--ledger", room.ledger_url, PREFECT_API_URL="")
    assert done.returncode == 0, done.stderr
    assert "Strike switch: strike; who is on strike is known once" in done.stdout
    assert "nobody" not in done.stdout


def test_a_server_that_is_not_there_is_one_sentence_and_a_failure(newsroom):
    room = newsroom("mastodon")
    done = room.piquet("run", room.name, PREFECT_API_URL="http://127.0.0.1:9/api")
    assert done.returncode == 1
    assert "The Prefect server at http://127.0.0.1:9/api does not answer" in done.stderr


def test_no_server_at_all_is_the_users_mistake(newsroom):
    room = newsroom("mastodon")
    done = room.piquet("run", room.name, PREFECT_API_URL="")
    assert done.returncode == 2
    assert "set PREFECT_API_URL" in the_sentence(done)


def test_an_outlet_that_nobody_made_is_one_sentence(newsroom):
    done = newsroom("mastodon").piquet("preview", "personne")
    assert done.returncode == 2
    assert "There is no block 'Outlet personne'" in the_sentence(done)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('zone = "Europe/Paris"', 'zone = "Lutece"', "'Lutece' is not a time zone"),
        (
            'token = "env:LEJOURNAL_MASTODON_TOKEN"',
            'token = "t"\ntemplate = "{notice} {titel} {link}"',
            "{titel}",
        ),
        ("[strike]", '[strike]\nmode = "silence"', "'mode' is 'silence'"),
        (
            "[strike]",
            '[strike]\naccounts = ["mastodon/lejurnal"]',
            "'mastodon/lejurnal' is not an account of this outlet: write one of mastodon/lejournal, ",
        ),
        (
            'token = "env:LEJOURNAL_MASTODON_TOKEN"',
            'token = "t"\nhashtags = ["deux mots"]',
            "'deux mots' is not a hashtag",
        ),
        ("feeds = [", "flods = 3\nfeeds = [", "'flods' is not one of its fields"),
    ],
)
def test_a_mistake_in_an_outlets_file_is_one_sentence_and_nothing_is_saved(newsroom, old, new, said):
    room = newsroom("mastodon")
    text = (ROOT / "deployments/outlets/lejournal.toml").read_text(encoding="utf-8")
    text = text.replace('name = "lejournal"', f'name = "{room.name}"')
    assert old in text
    path = room.folder / "wrong.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    done = room.piquet("apply", str(path))
    assert done.returncode == 2
    assert said in the_sentence(done)
    assert room.piquet("preview", room.name).returncode == 2


def test_a_ledger_that_was_never_made_names_the_command(newsroom):
    room = newsroom("mastodon")
    done = room.piquet("status", room.name, "--ledger", f"sqlite:///{room.folder / 'none.db'}")
    assert done.returncode == 1
    assert "piquet ledger upgrade" in the_sentence(done)
    made = room.piquet("ledger", "upgrade", "--url", f"sqlite:///{room.folder / 'none.db'}")
    assert made.returncode == 0
    done = room.piquet("status", room.name, "--ledger", f"sqlite:///{room.folder / 'none.db'}")
    assert done.returncode == 0 and "No cycle has run yet" in done.stdout
