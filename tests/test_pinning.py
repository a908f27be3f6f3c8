"""What a strike pins and puts back, on the wall: once, whatever breaks in between, and never over a person's own pin."""

from collections.abc import Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from piquet.errors import Busy, Rejected
from piquet.ledger import Ledger, upgrade
from piquet.ledger.values import Batch, Draft, PinState
from piquet.networks.bluesky import BlueskyClient
from piquet.networks.facebook import FacebookClient
from piquet.networks.mastodon import MastodonClient
from piquet.networks.telegram import TelegramClient
from piquet.outbox import OutboxRules, publish_due
from piquet.pinning import keep_pin, pin_is_due
from piquet.post import Post
from piquet.wall.testing import WallHandle, running_wall

NETWORKS = ("mastodon", "bluesky", "telegram")
_CLIENTS = {
    "mastodon": (MastodonClient, "server"),
    "bluesky": (BlueskyClient, "service"),
    "telegram": (TelegramClient, "api"),
    "facebook": (FacebookClient, "graph"),
}


class Cut(BaseException):
    """The process ends here."""


class Cutting:
    """A client whose process is killed right after its nth call about pins."""

    def __init__(self, client, at: int) -> None:
        self._client, self._left = client, at
        self.traits = client.traits

    def __getattr__(self, name: str):
        call = getattr(self._client, name)
        if name not in ("pin", "unpin", "pinned"):
            return call

        async def cut(*arguments):
            answer = await call(*arguments)
            self._left -= 1
            if self._left == 0:
                raise Cut
            return answer

        return cut


@pytest.fixture(scope="module")
def wall() -> Iterator[WallHandle]:
    """One wall for all of these."""
    with running_wall() as running:
        yield running


@pytest.fixture
def ledger(tmp_path) -> Iterator[Ledger]:
    """A new ledger."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    upgrade(url)
    with Ledger.open(url) as opened:
        yield opened


def now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def opened(wall: WallHandle, network: str):
    make, base = _CLIENTS[network]
    client = make(**{base: wall.base(network)}, **wall.credentials(network))
    try:
        yield client
    finally:
        await client.aclose()


class Scene:
    """One account with a reminder that is there, and perhaps something pinned before."""

    def __init__(self, ledger: Ledger, client, network: str) -> None:
        self.ledger, self.client, self.account = ledger, client, f"{network}/lejournal"
        self.said: list[str] = []

    async def post(self, text: str):
        """A reminder, sent through the outbox; as the ledger then knows it."""
        payload = self.client.prepare(Post(text=text), key=text, at=now())
        draft = Draft(
            key=text,
            account=self.account,
            kind="reminder",
            state="due",
            payload=payload,
            decision={},
            reason="r",
        )
        self.ledger.record(Batch(outlet="j", now=now(), drafts=(draft,)))
        await publish_due(
            self.ledger, self.client, outlet="j", account=self.account, owner="o", clock=now,
            rules=OutboxRules(), say=self.said.append,
        )  # fmt: skip
        return next(
            row
            for row in self.ledger.noticed("j", self.account, datetime(2020, 1, 1, tzinfo=UTC))
            if row.key == text
        )

    async def keep(self, wanted, client=None) -> None:
        await keep_pin(
            self.ledger, client or self.client, outlet="j", account=self.account, wanted=wanted, clock=now,
            say=self.said.append,
        )  # fmt: skip

    async def pinned(self) -> list[str]:
        return [receipt.id for receipt in await self.client.pinned()]

    def is_due(self, wanted) -> bool:
        return pin_is_due(self.ledger, "j", self.account, wanted)


async def former_of(scene: Scene, client) -> str:
    """Something a person had pinned long before."""
    former = await scene.post("avant")
    await client.pin(former.receipt)
    return former.receipt.id


@pytest.mark.parametrize("network", NETWORKS)
async def test_the_reminder_stands_first_during_the_strike_and_the_former_pin_after_it(wall, ledger, network):
    wall.reset()
    async with opened(wall, network) as client:
        scene = Scene(ledger, client, network)
        before = await former_of(scene, client)
        reminder = await scene.post("rappel")
        assert scene.is_due(reminder)
        await scene.keep(reminder)
        assert reminder.receipt.id in await scene.pinned() and not scene.is_due(reminder)
        assert scene.is_due(None)
        await scene.keep(None)
        assert await scene.pinned() == [before] and not scene.is_due(None)
        assert ledger.pins("j", scene.account, reminder.id)[0].state is PinState.ENDED
        assert scene.said[-1].startswith("sent")


@pytest.mark.parametrize("number", range(1, 7))
@pytest.mark.parametrize("network", ["mastodon", "bluesky"])
async def test_wherever_the_process_is_killed_the_next_run_ends_the_same(wall, ledger, network, number):
    wall.reset()
    async with opened(wall, network) as client:
        scene = Scene(ledger, client, network)
        before, reminder = await former_of(scene, client), await scene.post("rappel")
        cutting, cuts = Cutting(client, number), 0
        for wanted in (reminder, None):
            try:
                await scene.keep(wanted, cutting)
            except Cut:
                cuts += 1
                await scene.keep(wanted)
            expected = reminder.receipt.id if wanted else before
            assert expected in await scene.pinned()
        assert await scene.pinned() == [before] and not scene.is_due(None)
        # Mastodon keeps the former pin beside ours, so nothing is put back there.
        assert cuts == (number < 6 or network == "bluesky")


async def test_what_a_person_pins_during_the_strike_stays(wall, ledger):
    wall.reset()
    async with opened(wall, "bluesky") as client:
        scene = Scene(ledger, client, "bluesky")
        await former_of(scene, client)
        reminder = await scene.post("rappel")
        await scene.keep(reminder)
        own = await scene.post("à la main")
        await client.pin(own.receipt)
        await scene.keep(None)
        assert await scene.pinned() == [own.receipt.id]


async def test_a_second_strike_takes_away_what_the_first_left_pinned(wall, ledger):
    wall.reset()
    async with opened(wall, "mastodon") as client:
        scene = Scene(ledger, client, "mastodon")
        first, second = await scene.post("premier"), await scene.post("second")
        await scene.keep(first)
        assert scene.is_due(second)
        await scene.keep(second)
        assert await scene.pinned() == [second.receipt.id]


class Failing(Cutting):
    """A client whose network does not pin now, or ever."""

    def __init__(self, client, error: Exception) -> None:
        super().__init__(client, 0)
        self._error = error

    async def pin(self, _receipt) -> None:
        raise self._error


async def test_a_busy_network_is_asked_again_in_the_next_run(wall, ledger):
    wall.reset()
    async with opened(wall, "mastodon") as client:
        scene = Scene(ledger, client, "mastodon")
        reminder = await scene.post("rappel")
        await scene.keep(reminder, Failing(client, Busy("slow down", retry_after=60)))
        assert "could not be changed now (slow down)" in scene.said[-1]
        assert await scene.pinned() == [] and scene.is_due(reminder)
        await scene.keep(reminder)
        assert await scene.pinned() == [reminder.receipt.id]


async def test_a_network_that_will_never_pin_it_is_not_asked_again(wall, ledger):
    wall.reset()
    async with opened(wall, "mastodon") as client:
        scene = Scene(ledger, client, "mastodon")
        reminder = await scene.post("rappel")
        await scene.keep(reminder, Failing(client, Rejected("five are pinned already")))
        assert await scene.pinned() == [] and not scene.is_due(reminder) and not scene.is_due(None)


async def test_facebook_pins_and_unpins_though_it_tells_of_no_pin(wall, ledger):
    wall.reset()
    async with opened(wall, "facebook") as client:
        scene = Scene(ledger, client, "facebook")
        reminder = await scene.post("rappel")
        await scene.keep(reminder)
        assert [post["record"].get("pinned") for post in wall.posts("facebook")] == [True]
        await scene.keep(None)
        assert [bool(post["record"].get("pinned")) for post in wall.posts("facebook")] == [False]
