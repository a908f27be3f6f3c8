"""The command line, as ops use it: answers, sentences and exit codes."""

import json

import pytest

from tests.e2e.newsroom import ROOT

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
    done = room.piquet("status", room.name)
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
        assert f"{network}/{room.name}, ordinary" in done.stdout
        assert f"{network}/{room.name}, on strike" in done.stdout
        assert room.posts(network) == []
    assert done.stdout.count("Community managers en grève.") == 4
    assert "of 280" in done.stdout


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
