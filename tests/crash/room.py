"""A newsroom whose cycles run in the fork server and may be killed, with accounts on the wall and on real servers."""

import itertools
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deployments.local import secrets_of, wall_accounts
from piquet.ledger.states import DeliveryState
from piquet.ledger.values import DeliveryRow
from tests.crash.forkserver import Ended
from tests.crash.stage import Lane
from tests.e2e.newsroom import Newsroom
from tests.real.targets import CLIENTS, Target

FINAL = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.DROPPED)
_one_at_a_time = threading.Lock()
_numbers = itertools.count(1)


class Room(Newsroom):
    """One outlet in one lane; `places` are its accounts by the name of their network or real server."""

    def __init__(self, lane: Lane, networks: Sequence[str], real: Sequence[Target] = ()) -> None:
        name = f"crash{next(_numbers)}{lane.database}"
        folder = lane.folder / name
        folder.mkdir()
        # alembic's context is one for the whole process.
        with _one_at_a_time:
            super().__init__(lane.local, folder, name, networks or (real[0].network,))
            self.lane, self.ledger_url = lane, lane.new_ledger(name)
        on_wall = [account for account in self.accounts if account["network"] in networks]
        self.accounts = (*on_wall, *(self._real_account(target) for target in real))
        self.env |= secrets_of(self.accounts)
        self._real = {target.name: target for target in real}
        self.places = {account["network"]: _reference(account) for account in on_wall}
        self.places |= {t.name: f"{t.network}/{name}{t.name}" for t in real}

    def _real_account(self, target: Target) -> dict[str, Any]:
        account = wall_accounts(self.name + target.name, "Le Journal", networks=[target.network])[0]
        return {**account, "credentials": dict(target.credentials)}

    def open(self, **outlet: Any) -> None:
        """Make the blocks, and let a first cycle see the feed: what stands in it already is not posted."""
        bases = {
            self.places[name]: {CLIENTS[target.network][1]: target.base}
            for name, target in self._real.items()
        }
        self.publish("Déjà paru")
        # Prefect registers a block type twice, and fails, where two do it at once for the first time.
        with _one_at_a_time:
            self.apply(forms=bases, **{"lease_seconds": 30, **outlet})
        ended = self.cycle()
        assert ended.code == 0, f"the first cycle of {self.name} ended with {ended.code}: {self._words()}"

    def piquet(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Only `apply`, in the fork server."""
        ended = self.lane.forks.apply(Path(words[1]), {**self.env, **env})
        return subprocess.CompletedProcess(words, ended.code, "", self._words())

    def cycle(self, *, kill: str = "", **how: Any) -> Ended:
        """One cycle, killed at that step or as `ForkServer.cycle` has it."""
        clock = {"PIQUET_TEST_CLOCK": str(self.lane.clock.ahead), "PIQUET_TEST_KILL": kill}
        return self.lane.forks.cycle(self.name, {**self.env, **clock}, **how)

    def publish(self, *titles: str, minutes_ago: float = 5) -> None:
        """As the lane's clock has it."""
        super().publish(*titles, minutes_ago=minutes_ago - self.lane.clock.ahead / 60)

    def shown(self, place: str, mark: str) -> list[str]:
        """The texts with that mark that the network itself shows on this account, oldest first."""
        if place in self._real:
            return self._real[place].texts(mark)
        return [text for text in self.texts(place) if mark in text]

    def rows(self, mark: str) -> list[DeliveryRow]:
        """The deliveries whose entry's title has that mark."""
        with self.ledger() as ledger:
            return [row for row in ledger.deliveries(self.name, limit=None) if mark in row.title]

    def quiet(self, mark: str, number: int) -> bool:
        """Whether so many entries came to an end on every account."""
        ended = [row for row in self.rows(mark) if row.state in FINAL]
        return len(ended) == number * len(self.places)

    def _words(self) -> str:
        return self.lane.forks.log.read_text(encoding="utf-8", errors="replace")[-1500:]


def _reference(account: dict[str, Any]) -> str:
    return f"{account['network']}/{account['name']}"
