"""The true time, and what the machine's clock says of it; knows nothing else."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(kw_only=True)
class Clock:
    """`true` only moves on; `ahead` is by how much the machine's clock is wrong."""

    true: datetime = datetime(2026, 12, 5, 8, 0, tzinfo=UTC)
    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return self.true + self.ahead

    def pass_(self, time: timedelta) -> None:
        """Let time pass."""
        self.true += time

    def step_back(self, time: timedelta) -> None:
        """Correct the clock, as a time server does, or spoil it."""
        self.ahead -= time
