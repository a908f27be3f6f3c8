"""A child of the fork server tells how it ended; one that hangs is not taken for one that was killed at its step."""

import os
import signal

import pytest

from tests.crash import forkserver


def kept(monkeypatch, work, *, kill_after=None):
    """What the keeper tells of a child that does `work`."""
    monkeypatch.setattr(forkserver, "_work", lambda words, env: work())
    monkeypatch.setattr(forkserver, "PATIENCE_S", 0.3)
    reader, writer = os.pipe()
    monkeypatch.setattr(forkserver.os, "write", lambda _fd, told, write=os.write: write(writer, told))
    forkserver._keep({"id": 7, "words": [], "env": {}, "kill_after": kill_after})
    os.close(writer)
    with open(reader, "rb") as told:
        return forkserver.json.loads(told.read())


def killed_by_itself():
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize(
    ("work", "kill_after", "code"),
    [
        (lambda: os._exit(3), None, 3),
        (killed_by_itself, None, -signal.SIGKILL),
        (signal.pause, 0.05, -signal.SIGKILL),
        (signal.pause, None, 124),
    ],
)
def test_the_keeper_tells_an_end_a_kill_at_a_step_a_kill_in_time_and_a_hang_apart(
    monkeypatch, work, kill_after, code
):
    told = kept(monkeypatch, work, kill_after=kill_after)
    assert (told["id"], told["code"]) == (7, code)
