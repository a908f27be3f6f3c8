"""A cycle killed between the network's answer and the settlement, on each network."""

import signal

import pytest

pytestmark = pytest.mark.xdist_group("prefect")


def with_two_articles_and_a_kill(room, network, step):
    room.publish("Ancien")
    room.apply()
    assert room.run().returncode == 0
    room.publish("Premier", "Deuxième")
    assert room.run(kill=f"{step}:{network}/{room.name}").returncode == -signal.SIGKILL
    with room.ledger() as ledger:
        assert ledger.counts(room.name)[f"{network}/{room.name}"] == {"sending": 1, "due": 1}


def moves_of_the_first(room):
    with room.ledger() as ledger:
        first = min(ledger.deliveries(room.name), key=lambda row: row.id)
        return [str(move.after) for move in ledger.history(first.id)]


@pytest.mark.parametrize("network", ["mastodon", "bluesky", "x", "facebook"])
def test_a_post_sent_by_a_killed_cycle_is_found_and_settled_by_the_next_and_not_posted_again(
    newsroom, network
):
    room = newsroom(network)
    with_two_articles_and_a_kill(room, network, "after-send")
    assert len(room.posts(network)) == 1

    assert room.run().returncode == 0
    assert [text.split("\n")[0] for text in room.texts(network)] == ["Premier", "Deuxième"]
    assert moves_of_the_first(room) == ["due", "sending", "unsettled", "sent"]
    with room.ledger() as ledger:
        assert ledger.counts(room.name)[f"{network}/{room.name}"] == {"sent": 2}


def test_a_post_that_a_killed_cycle_never_sent_is_sent_by_a_later_one_in_its_turn(newsroom):
    # On Bluesky, where one answer proves that a post is not there; elsewhere minutes must pass first.
    room = newsroom("bluesky")
    with_two_articles_and_a_kill(room, "bluesky", "before-send")
    assert room.posts("bluesky") == []

    assert room.run().returncode == 0
    assert [text.split("\n")[0] for text in room.texts("bluesky")] == ["Premier", "Deuxième"]
    assert moves_of_the_first(room) == ["due", "sending", "unsettled", "due", "sending", "sent"]
