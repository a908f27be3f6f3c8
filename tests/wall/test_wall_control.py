"""The control paths, who may ask, what is kept, and the command that runs it."""

import json
import re
import signal
import subprocess
import sys

import httpx
import pytest

from piquet.errors import UserError
from piquet.wall.__main__ import main
from piquet.wall.app import wall_app
from piquet.wall.server import in_thread
from piquet.wall.state import CREDENTIALS, NETWORKS, Wall, post_from, post_to
from piquet.wall.testing import DEFAULT_ACCOUNTS, WallHandle, running_wall, utc_now

SECRETS = [
    value
    for account in DEFAULT_ACCOUNTS
    for name, value in account["credentials"].items()
    if name not in ("handle", "page_id", "organization", "channel")
]


def kept(path, **more):
    wall = Wall(keep=path, **more)
    for account in DEFAULT_ACCOUNTS:
        wall.add_account(account)
    return wall


def test_the_default_accounts_stand_on_every_network(wall):
    assert [(a["network"], a["name"]) for a in DEFAULT_ACCOUNTS] == [(n, "lejournal") for n in NETWORKS]
    for network in NETWORKS:
        assert set(wall.credentials(network)) == set(CREDENTIALS[network])


def test_posts_are_listed_in_order_with_everything_but_secrets(wall, post):
    for network in NETWORKS:
        for text in ("un", "deux https://journal.example/2"):
            if network != "bluesky" or text == "un":
                assert post.to(network, text).is_success
    listed = wall.posts()
    assert [p["text"] for p in wall.posts("x", "lejournal")] == ["un", "deux https://journal.example/2"]
    assert wall.posts("x")[1]["link"] == "https://journal.example/2"
    assert {"text", "link", "card", "time", "id", "url", "language", "request"} <= set(listed[0])
    assert listed[0]["request"]["body"] == {"status": "un"}
    assert wall.posts("x", "another") == []
    assert not [secret for secret in SECRETS if secret in json.dumps(listed)]


def test_an_account_can_be_added_while_it_runs(http, posting):
    added = {
        "network": "mastodon",
        "name": "autre",
        "title": "L’Autre",
        "language": "fr",
        "credentials": {"token": "t2"},
    }
    with running_wall() as wall:
        post = posting(wall, http)
        assert post.control("accounts", added).status_code == 200
        assert post.mastodon("a", {"Authorization": "Bearer t2"}).status_code == 200
        assert [p["account"] for p in wall.posts()] == ["autre"]
        assert {"network": "mastodon", "name": "autre", "title": "L’Autre"} in http.get(
            f"{wall.url}/_wall/accounts"
        ).json()["accounts"]


@pytest.mark.parametrize(
    ("account", "told"),
    [
        ({"network": "myspace", "name": "a"}, "network is 'myspace'"),
        ({"network": "x", "name": "<a>"}, "name is '<a>'"),
        ({"network": "x", "name": "a", "credentials": {"consumer_key": "k"}}, "lack consumer_secret"),
        (
            {"network": "mastodon", "name": "b", "credentials": {"token": "mastodon-test-token"}},
            "use another",
        ),
        ({"network": "mastodon", "name": "b", "credentials": "mastodon-test-token"}, "object of texts"),
        ({"network": "mastodon", "name": "b", "title": 1, "credentials": {"token": "t"}}, "title"),
        ([], "JSON object"),
    ],
)
def test_an_account_that_cannot_be_is_refused_without_showing_a_secret(post, account, told):
    answer = post.control("accounts", account)
    assert (answer.status_code, told in answer.json()["error"]) == (400, True)
    assert not [secret for secret in SECRETS if secret in answer.text]


@pytest.mark.parametrize("path", ["notices", "cards", "faults", "accounts"])
def test_a_body_that_is_not_json_is_refused(wall, http, path):
    assert http.post(f"{wall.url}/_wall/{path}", content=b"{").status_code == 400
    assert http.post(f"{wall.url}/_wall/{path}", json={"texts": [""], "a": 1}).status_code == 400


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "localhost@evil.example", "[::"]
)
def test_a_foreign_host_name_is_turned_away_everywhere(wall, http, host):
    for path in ("/", "/_wall/posts", "/mastodon/api/v2/instance"):
        assert http.get(wall.url + path, headers={"Host": host}).status_code in (400, 421)


def test_loopback_names_are_answered_and_foreign_pages_are_not(wall, http):
    port = wall.url.rpartition(":")[2]
    for host in (f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}"):
        assert http.get(wall.url, headers={"Host": host}).status_code == 200
    for origin in ("https://evil.example", "null"):
        refused = http.post(f"{wall.url}/_wall/reset", headers={"Origin": origin})
        assert refused.status_code == 403
    assert http.post(f"{wall.url}/_wall/reset", headers={"Origin": wall.url}).status_code == 200


def test_a_kept_wall_comes_back_with_its_posts_and_notices(tmp_path, http, posting):
    file = tmp_path / "wall.jsonl"
    before = kept(file)
    text = "une ligne\u2028et une autre"
    with in_thread(wall_app(before, clock=utc_now)) as url:
        handle = WallHandle(url, DEFAULT_ACCOUNTS)
        for network in NETWORKS:
            posting(handle, http).to(network, text).raise_for_status()
        handle.close()
    before.change("notices", ["En grève"])
    before.delete(before.posts("x")[0], before.posts("x")[0].time)
    after = kept(file)
    assert [p.text for p in after.posts()] == [text] * (len(NETWORKS) - 1)
    assert after.posts() == before.posts() and after.notices == ["En grève"]
    accounts, posts, container = len(NETWORKS), len(NETWORKS), 2
    assert file.read_text("utf-8").count("\n") == accounts + posts + container + 1 + 1
    assert file.stat().st_mode & 0o077 == 0


def test_a_kept_file_that_was_cut_off_loses_only_its_last_change(tmp_path):
    file = tmp_path / "wall.jsonl"
    kept(file).change("notices", ["un"])
    with file.open("ab") as torn:
        torn.write(b'{"change": "notices", "da')
    wall = kept(file)
    assert wall.notices == ["un"]
    wall.change("notices", ["deux"])
    assert kept(file).notices == ["un", "deux"]


def test_a_file_of_something_else_is_named_and_left_alone(tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("bonjour\n", "utf-8")
    with pytest.raises(UserError, match=r"notes\.txt"):
        Wall(keep=file)
    assert file.read_text("utf-8") == "bonjour\n"


def test_a_reset_takes_posts_and_notices_away_and_keeps_the_accounts(wall, post):
    post.x("a")
    wall.notices("a")
    wall.reset()
    assert wall.posts() == []
    assert post.x("a").is_success
    assert 'class="notice"' not in post.http.get(wall.url).text


def test_a_post_survives_json(wall, post):
    standing = Wall()
    post.facebook("é", "https://journal.example/1")
    shown = wall.posts()[0]
    standing.put(
        post_from(
            {key: shown[key] for key in ("network", "account", "id", "text", "time", "link")} | {"path": "/"}
        )
    )
    assert post_from(post_to(standing.posts()[0])) == standing.posts()[0]


def test_the_command_says_where_it_is_and_ends_on_an_interruption(tmp_path):
    accounts = tmp_path / "accounts.json"
    accounts.write_text(json.dumps([DEFAULT_ACCOUNTS[0]]), "utf-8")
    command = [sys.executable, "-m", "piquet.wall", "--port", "0", "--accounts", str(accounts)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            url = re.fullmatch(r"The wall is at (http://127\.0\.0\.1:\d+)/\n", process.stdout.readline())[1]
            assert len(httpx.get(f"{url}/_wall/accounts", trust_env=False).json()["accounts"]) == 1
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(10) in (0, -signal.SIGINT)


def test_the_command_names_what_is_wrong_with_its_files(tmp_path, capsys):
    broken = tmp_path / "accounts.json"
    broken.write_text("{", "utf-8")
    assert main(["--accounts", str(broken)]) == 2
    assert main(["--accounts", str(tmp_path / "none.json")]) == 2
    broken.write_text("[1]", "utf-8")
    assert main(["--accounts", str(broken)]) == 2
    told = capsys.readouterr().err.splitlines()
    assert ["is not JSON" in told[0], "cannot be read" in told[1], "JSON object" in told[2]] == [True] * 3


def test_a_taken_port_is_named(wall, capsys):
    port = wall.url.rpartition(":")[2]
    assert main(["--port", port]) == 2
    assert f"Port {port} cannot be used" in capsys.readouterr().err
