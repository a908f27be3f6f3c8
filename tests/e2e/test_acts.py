"""What a person does to deliveries, from the command line: retract, drop, retry; and two runs at once."""

import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from piquet.errors import Rejected
from tests.e2e.newsroom import artifact, events, last_run

pytestmark = pytest.mark.xdist_group("prefect")

SIGNED = ("--who", "Ana", "--why", "asked by the editor")
NETWORKS = ("mastodon", "bluesky", "x", "facebook")


def states(room):
    with room.ledger() as ledger:
        return Counter(str(row.state) for row in ledger.deliveries(room.name))


def test_an_article_is_taken_down_everywhere_after_a_busy_network_has_been_asked_again_and_never_posted_again(
    local, newsroom
):
    room = newsroom()
    room.publish("Faux", "Vrai")
    room.apply(first_posts=2)
    assert room.run().returncode == 0
    link = f"https://{room.name}.example.com/1"

    room.fault("mastodon", "429", on="delete", retry_after=3600)
    said = room.piquet("retract", room.name, link, *SIGNED)
    assert said.returncode == 0 and said.stdout.count("sent -> retracted") == 4, said.stderr
    assert f"Still to be taken down, by the next cycles: mastodon/{room.name}." in said.stdout
    with room.ledger() as ledger:
        assert ledger.retracting(room.name) == {f"mastodon/{room.name}"}
        ledger.rest(f"mastodon/{room.name}", ledger.last_cycle(room.name).started_at)
    assert [len(room.posts(network)) for network in NETWORKS] == [2, 1, 1, 1]

    room.publish(minutes_ago=1)
    assert room.run().returncode == 0
    assert [text.split("\n")[0] for n in NETWORKS for text in room.texts(n)] == ["Vrai"] * 4
    assert states(room) == {"sent": 4, "retracted": 4}
    assert len(events(local, "piquet.post.retracted", room.name, at_least=4)) == 4
    with room.ledger() as ledger:
        assert ledger.audit_breaks(room.name) == []
        assert ("act", "Ana") in {(row.kind, row.who) for row in ledger.audit_trail(room.name)}


def test_what_failed_is_retried_and_what_is_dropped_is_told_in_a_table_and_never_sent(local, newsroom):
    room = newsroom("mastodon")
    room.publish("Refusé")
    room.apply(first_posts=1)
    room.fault("mastodon", "refuse")
    assert room.run().returncode == 1 and room.posts("mastodon") == []
    account, now = f"mastodon/{room.name}", datetime.now(UTC)
    with room.ledger() as ledger:
        ledger.resume(account, now)
        claimed = ledger.claim(room.name, account, "test", now, timedelta(minutes=1))
        assert ledger.fail(claimed.id, "test", Rejected("too long"), now)

    refused = room.piquet("drop", room.name, *SIGNED)
    # Prefect's own lines on the run that failed stand before it.
    assert refused.returncode == 2 and "Traceback" not in refused.stderr, refused.stderr
    assert "nothing is chosen" in refused.stderr.splitlines()[-1], refused.stderr
    done = room.piquet("retry", room.name, "--account", f"mastodon/{room.name}", *SIGNED)
    assert done.returncode == 0 and "failed -> due" in done.stdout
    assert room.run().returncode == 0
    assert [text.split("\n")[0] for text in room.texts("mastodon")] == ["Refusé"]

    assert "Refus" in artifact(local, f"retry-{room.name}")
    assert last_run(local, room.name, "retry")["state"]["message"] == "retry: 1 done."


def test_two_runs_of_an_outlet_at_once_post_each_article_once_on_each_account_in_order(newsroom):
    room = newsroom()
    titles = [f"Article {number:02}" for number in range(10)]
    room.publish(*titles)
    room.apply(first_posts=10)
    with ThreadPoolExecutor(2) as both:
        done: list[subprocess.CompletedProcess[str]] = list(both.map(lambda _: room.run(), range(2)))
    # Whoever came second may have found posts in the other's hands: the next cycle has nothing left to do.
    assert {one.returncode for one in done} <= {0, 1}, done
    assert room.run().returncode == 0
    for network in NETWORKS:
        assert [text.split("\n")[0] for text in room.texts(network)] == titles
    assert states(room) == {"sent": 40}
