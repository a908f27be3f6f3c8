"""The one time of a rehearsal, and when something is looked at in it; it knows no ledger and no network."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from piquet.strike_spans import Span

# As the schedules of prefect.yaml have it: a cycle every five minutes, the reminders looked at every minute.
CYCLE, STEP = timedelta(minutes=5), timedelta(minutes=1)
# What a strike in mode hold held may take hours to go out at its pace; the closing post goes within one.
_AFTER = timedelta(hours=3)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Clock:
    """The time of the clients, the ledger and the wall alike."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Waiting costs no time but this one."""
        self.now += timedelta(seconds=seconds)


def moments(
    strikes: Iterable[Span], news: Iterable[datetime], *, start: datetime, until: datetime, step: timedelta
) -> Iterator[datetime]:
    """When something is looked at, in UTC: each step near a strike, and the cycles that find something new."""
    near = [(span.start - CYCLE, (span.end or until) + _AFTER) for span in strikes]
    calls = {max(start, _up_to_cycle(at)) for at in news}
    looks = {now for now in _grid(start, until, step) if any(first <= now < last for first, last in near)}
    yield from sorted(looks | {at for at in calls if at < until})


def is_cycle(moment: datetime) -> bool:
    """Whether a cycle begins at that moment."""
    return (moment - _EPOCH) % CYCLE == timedelta(0)


def _grid(start: datetime, until: datetime, step: timedelta) -> Iterator[datetime]:
    now = start.astimezone(UTC)
    while now < until:
        yield now
        now += step


def _up_to_cycle(moment: datetime) -> datetime:
    """The first cycle at or after it."""
    return _EPOCH + -((_EPOCH - moment) // CYCLE) * CYCLE
