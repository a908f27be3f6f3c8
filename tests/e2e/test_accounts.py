"""What an account keeps and shows between cycles: its sign-in, and the pictures of its cards."""

import json
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from PIL import Image

from tests.e2e.newsroom import events, last_run, prefect_api, set_block

pytestmark = pytest.mark.xdist_group("prefect")


def session_path(name: str) -> str:
    return f"block_types/slug/secret/block_documents/name/bluesky-session-{name}"


def kept_session(local, name: str) -> dict:
    """What the Secret block holds, in clear."""
    answer = prefect_api(local, "GET", session_path(name), params={"include_secrets": True})
    value = answer.json()["data"]["value"]
    return json.loads(value) if isinstance(value, str) else value


def everything_written(local, room) -> str:
    """Logs, runs, artifacts and events on the server, and the ledger."""
    asked = {"logs": 200, "flow_runs": 200, "task_runs": 200, "artifacts": 200, "events": 50}
    answers = [
        prefect_api(local, "POST", f"{kind}/filter", json={"limit": limit}) for kind, limit in asked.items()
    ]
    ledger = "".join(path.read_bytes().decode("latin-1") for path in sorted(room.folder.glob("ledger.db*")))
    return ledger + "".join(answer.text for answer in answers)


def logged(local, name: str) -> list[str]:
    """The log lines of that outlet's last run."""
    run = last_run(local, name)["id"]
    body = {"logs": {"flow_run_id": {"any_": [run]}}, "limit": 200}
    return [line["message"] for line in prefect_api(local, "POST", "logs/filter", json=body).json()]


@contextmanager
def served(folder):
    """The folder as a web site of this machine."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_the_second_cycle_posts_on_bluesky_although_no_sign_in_is_to_be_had_and_no_token_is_written_down(
    local, newsroom
):
    room = newsroom("bluesky")
    room.publish("Ancien")
    room.apply()
    room.run()
    room.publish("Premier")
    written = room.run()
    room.fault("bluesky", "429", on="session", times=20)
    room.publish("Deuxième")
    again = room.run()
    assert again.returncode == 0, again.stderr
    assert [text.split("\n")[0] for text in room.texts("bluesky")] == ["Premier", "Deuxième"]

    session = kept_session(local, room.name)
    tokens = [session["access"], session["refresh"]]
    assert all(len(token) > 10 for token in tokens)
    said = everything_written(local, room) + written.stdout + written.stderr + again.stdout + again.stderr
    assert not [token for token in tokens if token in said]
    masked = prefect_api(local, "GET", session_path(room.name))
    assert not [token for token in tokens if token in masked.text]


def test_a_kept_session_that_somebody_spoilt_costs_a_sign_in_and_not_the_post(local, newsroom):
    room = newsroom("bluesky")
    room.publish("Ancien")
    room.apply()
    room.run()
    room.publish("Premier")
    room.run()
    document = prefect_api(local, "GET", session_path(room.name)).json()
    body = {"data": {"value": "rubbish"}, "merge_existing_data": False}
    prefect_api(local, "PATCH", f"block_documents/{document['id']}", json=body)
    room.publish("Deuxième")
    assert room.run().returncode == 0
    assert len(room.texts("bluesky")) == 2
    assert "access" in kept_session(local, room.name)


def test_a_card_shows_its_picture_and_one_that_is_not_to_be_had_costs_a_log_line_and_not_the_post(
    local, newsroom
):
    room = newsroom("bluesky")
    room.env["PREFECT_LOGGING_EXTRA_LOGGERS"] = "piquet"  # as the deployments in prefect.yaml have it
    Image.new("RGB", (40, 30), "teal").save(room.folder / "image.png")
    with served(room.folder) as site:
        room.write(feed_of(site, "Ancien"))
        room.apply(feeds=[f"{site}/feed.xml"], allowed_hosts=["127.0.0.1"])
        room.run()
        room.write(feed_of(site, "Ancien", "Sans", "Avec"))
        done = room.run()
    assert done.returncode == 0, done.stderr
    posts = {post["text"].split("\n")[0]: json.dumps(post) for post in room.posts("bluesky")}
    assert set(posts) == {"Sans", "Avec"}
    assert "image/png" in posts["Avec"] and "image/png" not in posts["Sans"]
    said = [line for line in logged(local, room.name) if "without its picture" in line]
    assert len(said) == 1 and "404" in said[0]


def feed_of(site: str, *titles: str) -> str:
    """Articles of that site; only that called "Avec" has a picture which is there."""
    items = "".join(
        f"<item><title>{title}</title><link>{site}/{title}</link><guid>{title}</guid>"
        f"<enclosure url='{site}/{'image' if title == 'Avec' else 'missing'}.png' type='image/png' length='1'/></item>"
        for title in reversed(titles)
    )
    return f"<rss version='2.0'><channel><title>J</title>{items}</channel></rss>"


def test_what_exceeds_the_months_budget_waits_and_the_run_says_so_while_the_other_account_goes_on(
    local, newsroom
):
    room = newsroom("x", "mastodon")
    room.publish("Ancien")
    room.apply()
    room.run()
    set_block(local, "x-account", room.name, {"monthly_budget": 1})
    room.publish("Un", "Deux", "Trois", "Quatre", "Cinq", "Six")
    assert room.run().returncode == 0
    assert [text.split("\n")[0] for text in room.texts("x")] == ["Un", "Deux", "Trois", "Quatre", "Cinq"]
    assert len(room.texts("mastodon")) == 6
    state = last_run(local, room.name)["state"]
    assert state["name"] == "Marked"
    assert f"x/{room.name}: $1.00 of this month's $1 is spent" in state["message"]

    assert room.run().returncode == 0
    assert last_run(local, room.name)["state"]["name"] == "Marked"
    assert len(room.texts("x")) == 5
    (told,) = events(local, "piquet.budget.near", room.name)
    assert (told["account"], told["room"]) == (f"x/{room.name}", "stop")

    set_block(local, "x-account", room.name, {"monthly_budget": 10})
    assert room.run().returncode == 0
    assert len(room.texts("x")) == 6 and len(room.texts("mastodon")) == 6
    assert last_run(local, room.name)["state"]["name"] == "Completed"
