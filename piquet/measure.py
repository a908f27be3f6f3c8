"""Which posts are measured, at which ages, and how late is too late; pure, and knows neither networks nor SQL."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from piquet.post import Receipt

# Most of what readers do, they do on the first day; the last age is the whole of it, as far as anybody would notice.
AGES = (
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=24),
    timedelta(days=3),
    timedelta(days=7),
)
# What readers do slows down with time, so a figure taken an eighth late is at most an eighth too high. The first age
# needs longer, for a run of the flow may be missed: runs are a quarter of an hour apart.
_LATE = 8
_LATE_AT_LEAST = timedelta(minutes=30)
# So many posts of an account a run, and a request's worth of them at once: what was read is kept before more is asked.
# 100 is what X answers at once, and a multiple of what Mastodon (20), Bluesky (25) and Facebook (50) do.
MOST = 500
AT_ONCE = 100
# Compared as one sum.
_REACTIONS = {"likes", "reposts", "quotes"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What was sent after `since` and up to `until` is of this age now, or not yet too late for it."""

    age: timedelta
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A post whose figures at `age` are not known yet."""

    delivery_id: int
    receipt: Receipt
    age: timedelta

    @property
    def too_late(self) -> datetime:
        """From then on a figure would pass for one of an age that it is not of."""
        return self.receipt.at + self.age + tolerance(self.age)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What was read of a post at `age`, at the time `at`; all blank where the network has the post no more."""

    delivery_id: int
    age: timedelta
    at: datetime
    likes: int | None = None
    reposts: int | None = None
    replies: int | None = None
    quotes: int | None = None
    views: int | None = None


def tolerance(age: timedelta) -> timedelta:
    """How much older than `age` a post may be when its figures are taken for that age."""
    return max(age / _LATE, _LATE_AT_LEAST)


def windows(now: datetime, ages: Iterable[timedelta] = AGES) -> tuple[Window, ...]:
    """When the posts were sent that are measured now, age by age; what falls between two of them waits, or stays blank."""
    return tuple(Window(age=age, since=now - age - tolerance(age), until=now - age) for age in ages)


def first(due: Iterable[Due], room: int | None = None) -> list[Due]:
    """What to read in one run, what would be too late first: at most `room` posts, and the rest is for the next run."""
    most = MOST if room is None else min(MOST, room)
    return sorted(due, key=lambda one: (one.too_late, one.delivery_id))[:most]


def batches(due: Sequence[Due]) -> list[Sequence[Due]]:
    """What to ask for in one go."""
    return [due[start : start + AT_ONCE] for start in range(0, len(due), AT_ONCE)]


def taken(
    asked: Iterable[Due], figures: Mapping[str, Mapping[str, int | None]], at: datetime
) -> tuple[Taken, ...]:
    """What to keep of an answer that came at `at`: nothing of a post for which it came too late."""
    return tuple(
        Taken(delivery_id=one.delivery_id, age=one.age, at=at, **_usable(figures.get(one.receipt.id, {})))
        for one in asked
        if one.receipt.at + one.age <= at < one.too_late
    )


def _usable(figures: Mapping[str, int | None]) -> Mapping[str, int | None]:
    """With blank for what is below zero (LinkedIn's likes can be), and for the other reactions, whose sum would be short."""
    below = {name for name, figure in figures.items() if figure is not None and figure < 0}
    blank = below | _REACTIONS if below & _REACTIONS else below
    return {name: None if name in blank else figure for name, figure in figures.items()}
