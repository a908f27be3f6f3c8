"""A wall for clients that other people wrote; a test is skipped by name where its client is not installed."""

from collections.abc import Iterator

import pytest

from piquet.wall.testing import WallHandle, running_wall

LINK = "https://journal.example.com/2026/11/22/hopital?a=1&b=2"
TEXT = f"L’été & la grève ✊ #Santé {LINK}"


@pytest.fixture(scope="module")
def shared_wall() -> Iterator[WallHandle]:
    with running_wall() as wall:
        yield wall


@pytest.fixture
def wall(shared_wall: WallHandle, monkeypatch: pytest.MonkeyPatch) -> WallHandle:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    shared_wall.reset()
    return shared_wall


@pytest.fixture
def link() -> str:
    return LINK


@pytest.fixture
def text() -> str:
    return TEXT
