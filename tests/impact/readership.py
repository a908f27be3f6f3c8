"""Simulated readers of an outlet's posts, seeded, with a known effect of the strike; it knows no statistics.

What a post gets is a rate times chance: the account's followers, the hour, the weekday, the news of the day (shared
by all accounts, carried over to the next day in part, sometimes large), the account's own day, the post itself
(a few get most) and its age. Nothing of it is told to the comparison.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

import numpy as np

from piquet.ledger.values import Snapshot

# What piquet/networks reads of each; views are offered by three of them.
TOLD = {
    "mastodon": ("likes", "reposts", "replies", "quotes"),
    "bluesky": ("likes", "reposts", "replies", "quotes"),
    "x": ("likes", "reposts", "replies", "quotes", "views"),
    "facebook": ("likes", "reposts", "replies"),
    "threads": ("likes", "reposts", "replies", "quotes", "views"),
    "linkedin": ("likes", "reposts", "replies", "views"),
}
# Of those who see a post, in the order of a few per thousand that newsrooms see.
_RATES = {"likes": 0.012, "reposts": 0.005, "replies": 0.004, "quotes": 0.001}
_SEEN = 0.05
_HOURS = np.interp(np.arange(24), (0, 4, 8, 10, 13, 17, 20, 23), (0.5, 0.3, 1.1, 0.9, 1.2, 1.0, 1.4, 0.8))
_WEEKDAYS = np.array((1.0, 1.0, 1.05, 1.05, 0.95, 0.75, 0.8))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """The public of one account; `posts` a day go out there on working days, half of them at weekends."""

    account: str
    network: str
    followers: int
    posts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """Standard deviations of the logarithm of what posts get, and how much of a day's news is left the next day."""

    of_days: float = 0.25
    of_accounts: float = 0.15
    of_posts: float = 1.0
    of_figures: float = 0.4
    carried: float = 0.3


# How many posts an account sends on a day.
Pace = Callable[[Reader, date, np.random.Generator], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A post that stands."""

    id: int
    reader: Reader
    at: datetime
    on_strike: bool


def sendings(
    readers: Sequence[Reader],
    days: Iterable[date],
    on_strike: Callable[[datetime], bool],
    zone: tzinfo,
    seed: int,
    *,
    pace: Pace | None = None,
) -> tuple[Sent, ...]:
    """The posts of these civil days, at the hours at which newsrooms post; `on_strike` tells of each instant."""
    rng, pace = np.random.default_rng([seed, 1]), pace or by_chance
    found = [
        (reader, at)
        for day in days
        for reader in readers
        for at in _hours(pace(reader, day, rng), day, zone, rng)
    ]
    return tuple(
        Sent(id=number, reader=reader, at=at, on_strike=on_strike(at))
        for number, (reader, at) in enumerate(found, start=1)
    )


def by_chance(reader: Reader, day: date, rng: np.random.Generator) -> int:
    """About as many posts as usual."""
    return int(rng.poisson(reader.posts * (0.5 if day.weekday() > 4 else 1.0)))


def exactly(reader: Reader, day: date, rng: np.random.Generator) -> int:
    """As many as the account says, every day."""
    return reader.posts


def _hours(posts: int, day: date, zone: tzinfo, rng: np.random.Generator) -> Iterator[datetime]:
    for hour in sorted(rng.triangular(5.5, 12, 23.9, size=posts)):
        minute = int(hour * 60)
        local = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=zone)
        yield datetime.fromtimestamp(local.timestamp(), tz=UTC)


def figures(
    sent: Sequence[Sent],
    zone: tzinfo,
    ages: Sequence[timedelta],
    *,
    effect: float = 1.0,
    chance: Chance = Chance(),
    seed: int,
) -> Iterator[Snapshot]:
    """What readers had done with each post at each age: strike posts get `effect` times what they would have got."""
    rng = np.random.default_rng([seed, 2])
    rates = _rates(sent, zone, chance, rng) * np.where([post.on_strike for post in sent], effect, 1.0)
    told = {"views": _counts(rates, ages, chance, rng)}
    for name, share in _RATES.items():
        told[name] = _counts(rates * share, ages, chance, rng)
    for row, post in enumerate(sent):
        for column, age in enumerate(ages):
            offered = {name: int(told[name][row, column]) for name in TOLD[post.reader.network]}
            yield Snapshot(
                delivery_id=post.id,
                account=post.reader.account,
                kind="entry",
                on_strike=post.on_strike,
                sent_at=post.at,
                age=age,
                **offered,
            )


def _rates(sent: Sequence[Sent], zone: tzinfo, chance: Chance, rng: np.random.Generator) -> np.ndarray:
    """Expected views of each post in the end."""
    local = [post.at.astimezone(zone) for post in sent]
    first = min(at.date() for at in local)
    days = np.array([(at.date() - first).days for at in local])
    names = sorted({post.reader.account for post in sent})
    accounts = np.array([names.index(post.reader.account) for post in sent])
    news = _news(days.max() + 1, chance, rng)
    own = rng.normal(0, chance.of_accounts, size=(len(names), days.max() + 1))
    luck = rng.normal(0, chance.of_posts, size=len(sent))
    base = np.array([post.reader.followers for post in sent]) * _SEEN
    when = _HOURS[[at.hour for at in local]] * _WEEKDAYS[[at.weekday() for at in local]]
    return base * when * np.exp(news[days] + own[accounts, days] + luck)


def _news(days: int, chance: Chance, rng: np.random.Generator) -> np.ndarray:
    """Day by day; Student's t with 5 degrees of freedom, for some days are larger than any bell curve has them."""
    fresh = rng.standard_t(5, size=days) * np.sqrt(3 / 5) * chance.of_days
    news = np.empty(days)
    for day in range(days):
        before = news[day - 1] if day else rng.normal(0, chance.of_days)
        news[day] = chance.carried * before + np.sqrt(1 - chance.carried**2) * fresh[day]
    return news


def _counts(
    rates: np.ndarray, ages: Sequence[timedelta], chance: Chance, rng: np.random.Generator
) -> np.ndarray:
    """Whole numbers that only grow, one column an age."""
    known = rates * np.exp(rng.normal(0, chance.of_figures, size=len(rates)))
    hours = np.array([age / timedelta(hours=1) for age in ages])
    share = np.diff(1 - np.exp(-hours / 8), prepend=0)
    return np.cumsum(rng.poisson(known[:, None] * share[None, :]), axis=1)
