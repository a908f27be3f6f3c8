"""What a row of the table is played on: an outlet with a feed on the press, accounts on the wall, and cycles."""

import asyncio
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

from prefect.client.schemas.objects import State
from prefect.settings import PREFECT_API_URL, PREFECT_HOME, temporary_settings

from deployments.apply import apply_outlet
from deployments.local import Local, outlet_of, secrets_of
from flows.syndicate import syndicate
from piquet.ledger.states import DeliveryState
from tests.e2e.newsroom import PIQUET, ROOT, Newsroom
from tests.peers.gate import Gate, Gates, running_gates
from tests.peers.observed import Observed
from tests.peers.press import WINDOW, Feed, Press, running_press

# Short, so that a row that waits for a lease's end waits seconds: a send has 8 of them, on a busy machine too.
LEASE_S = 12
_applying = asyncio.Lock()
_OPEN = (DeliveryState.DUE, DeliveryState.SENDING, DeliveryState.UNSETTLED)


@dataclass(slots=True)
class Case:
    """One row's newsroom: `feed` is what it reads, `gate` stands before its Mastodon account."""

    room: Newsroom
    feed: Feed
    gate: Gate

    @property
    def name(self) -> str:
        """The outlet's, and that of its accounts."""
        return self.room.name

    async def begin(self, *, articles: int = WINDOW, **outlet: Any) -> None:
        """An outlet whose feed has been read once: what it held then is nobody's news."""
        self.feed.publish(articles, at=_hours_ago(5), every=timedelta(minutes=5))
        await self.apply(**outlet)
        await self.cycle()

    async def apply(self, *, feeds: Sequence[str] = (), **outlet: Any) -> None:
        """Make the blocks."""
        file = outlet_of(
            self.room.local,
            title="Le Journal",
            name=self.name,
            accounts=self.room.accounts,
            ledger_url=self.room.ledger_url,
            **{**self._outlet(), **outlet, **({"feeds": list(feeds)} if feeds else {})},
        )
        self._through_the_gate(file.accounts)
        # A new server: two at once would both register the block types.
        async with _applying:
            await apply_outlet(file)

    def apply_by_command(self) -> None:
        """Make the blocks from a file, with `piquet apply`."""
        gated = {f"mastodon/{self.name}": {"server": self.gate.url}}
        self.room.apply(forms=gated, **self._outlet())

    def _outlet(self) -> dict[str, Any]:
        # As any newsroom names its intranet's hosts; nothing else is opened for the bench.
        return {
            "feeds": [self.feed.url],
            "allowed_hosts": [urlsplit(self.feed.url).netloc],
            "allow_files": False,
            "lease_seconds": LEASE_S,
        }

    def _through_the_gate(self, accounts: Mapping[str, Any]) -> None:
        for reference, form in accounts.items():
            if reference.startswith("mastodon/"):
                form["server"] = self.gate.url

    async def cycle(self) -> State:
        """One cycle, in this process."""
        return await syndicate(self.name, return_state=True)

    async def settled(self, *, within: float = 120) -> list[State]:
        """Cycles, seconds apart, until nothing is due or in doubt; their states."""
        end, states = _now() + timedelta(seconds=within), []
        while not states or (_now() < end and self._open()):
            await asyncio.sleep(2 if states else 0)
            states.append(await self.cycle())
        return states

    def _open(self) -> bool:
        with self.room.ledger() as ledger:
            counts = ledger.counts(self.name).values()
        return any(count.get(state) for count in counts for state in _OPEN)

    async def command(self) -> asyncio.subprocess.Process:
        """`piquet run`, begun as its own process."""
        quiet = asyncio.subprocess.DEVNULL
        return await asyncio.create_subprocess_exec(
            *PIQUET, "run", self.name, env=self.room.env, cwd=ROOT, stdout=quiet, stderr=quiet
        )

    def titles(self, network: str = "mastodon") -> list[str]:
        """The first lines of the posts that readers see, oldest first."""
        return [text.split("\n")[0] for text in self.room.texts(network)]

    def observed(self, expected: Sequence[str], **more: Any) -> Observed:
        """What every account shows now, beside what it should."""
        networks = [account["network"] for account in self.room.accounts]
        return Observed(expected=expected, posted={n: self.titles(n) for n in networks}, **more)


@dataclass(slots=True)
class Bench:
    """Makes cases; everything they need runs until the bench is closed."""

    local: Local
    press: Press
    gates: Gates
    folder: Path

    def case(self, name: str, *networks: str) -> Case:
        """A newsroom of that name with an account on each of `networks`, by default one on Mastodon."""
        folder = self.folder / name
        folder.mkdir()
        room = Newsroom(self.local, folder, name, networks or ("mastodon",))
        os.environ.update(secrets_of(room.accounts))
        return Case(room, self.press.feed(name), self.gates.gate(name))


@contextmanager
def open_bench(local: Local, folder: Path) -> Iterator[Bench]:
    """A bench on this server and wall, whose cycles run in this process."""
    with (
        running_press() as press,
        running_gates(local.wall) as gates,
        mock.patch.dict(os.environ, local.env),
        temporary_settings(
            updates={PREFECT_API_URL: f"{local.prefect}/api", PREFECT_HOME: local.folder / "prefect"}
        ),
    ):
        yield Bench(local, press, gates, folder)


def _now() -> datetime:
    return datetime.now(UTC)


def _hours_ago(hours: float) -> datetime:
    return _now() - timedelta(hours=hours)
