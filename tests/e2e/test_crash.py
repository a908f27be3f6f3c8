"""A cycle killed between the network's answer and the settlement, on each network."""

import signal

import pytest


@pytest.mark.parametrize("network", ["mastodon", "bluesky", "x", "facebook"])
@pytest.mark.parametrize("step", ["after-send", "before-send"])
def test_a_killed_cycle_is_finished_by_the_next_and_nothing_is_posted_twice(newsroom, network, step):
    room = newsroom(network)
    room.publish("Ancien")
    room.apply()
    assert room.run().returncode == 0
    room.publish("Premier", "Deuxième")

    killed = room.run(kill=f"{step}:{network}/{room.name}")
    assert killed.returncode == -signal.SIGKILL
    assert len(room.posts(network)) == (1 if step == "after-send" else 0)
    with room.ledger() as ledger:
        assert ledger.counts(room.name)[f"{network}/{room.name}"] == {"sending": 1, "due": 1}

    room.run()
    assert [text.split("\n")[0] for text in room.texts(network)] == ["Premier", "Deuxième"]
    with room.ledger() as ledger:
        assert ledger.counts(room.name)[f"{network}/{room.name}"] == {"sent": 2}
        first = min(ledger.deliveries(room.name), key=lambda row: row.id)
        states = [str(move.after) for move in ledger.history(first.id)]
        found = ["due", "sending", "unsettled", "sent"]
        again = ["due", "sending", "unsettled", "due", "sending", "sent"]
        assert states == (found if step == "after-send" else again)
