"""An outlet's last days at one glance, account by account: what went out, how late, at what cost; pure, knows no SQL."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from math import ceil

from piquet.strike_spans import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A post that went out; `seen`: when the feed first gave its entry, None for one that has none."""

    account: str
    at: datetime
    seen: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A delivery that its network refused, and that nobody has sent again."""

    account: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What an account has used, and may; 0 means no bound. `dollars` and `budget` are of this month, in US dollars.

    `charged`: whether its network takes money. `posts`: of the last 24 hours, for whichever outlet, as the budget counts
    them. `waiting`: what is to go out, with what is `held` back. `trouble`: what holds the account back.
    """

    posts: int = 0
    posts_per_day: int = 0
    charged: bool = False
    dollars: Decimal = Decimal(0)
    budget: Decimal = Decimal(0)
    waiting: int = 0
    held: int = 0
    unsettled: int = 0
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One civil day of an account in the outlet's zone; `strike`: it was on strike at some time of it."""

    day: date
    posts: int
    failures: int
    strike: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One account; `median` and `p95` are the delays from feed to network, None where no article went out."""

    account: str
    days: tuple[Day, ...]
    posts: int
    failures: int
    median: timedelta | None
    p95: timedelta | None
    usage: Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """All accounts of one outlet, over the same days, as it was `at`."""

    title: str
    language: str
    zone: tzinfo
    at: datetime
    rows: tuple[Row, ...] = field(default=())

    @property
    def most(self) -> int:
        """Posts and failures of the fullest day of any account: bars are drawn to one scale."""
        return max((day.posts + day.failures for row in self.rows for day in row.days), default=0)


def civil_days(now: datetime, zone: tzinfo, count: int) -> list[date]:
    """The last `count` days there, today included, oldest first."""
    today = now.astimezone(zone).date()
    return [today - timedelta(days=back) for back in reversed(range(count))]


def beginning(day: date, zone: tzinfo) -> datetime:
    """The first instant of a day in the zone, in UTC."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def row(
    account: str,
    days: Sequence[date],
    zone: tzinfo,
    sent: Iterable[Sent],
    failed: Iterable[Failed],
    strikes: Iterable[Span],
    usage: Usage,
) -> Row:
    """What these posts and failures of one account come to; those of other days are left out."""
    wanted, struck = set(days), struck_days(days, zone, strikes)
    posts = [one for one in sent if one.at.astimezone(zone).date() in wanted]
    by_day = Counter(one.at.astimezone(zone).date() for one in posts)
    refused = Counter(one.at.astimezone(zone).date() for one in failed)
    delays = sorted(one.at - one.seen for one in posts if one.seen is not None)
    return Row(
        account=account,
        days=tuple(
            Day(day=day, posts=by_day[day], failures=refused[day], strike=day in struck) for day in days
        ),
        posts=len(posts),
        failures=sum(refused[day] for day in days),
        median=percentile(delays, 50),
        p95=percentile(delays, 95),
        usage=usage,
    )


def struck_days(days: Iterable[date], zone: tzinfo, strikes: Iterable[Span]) -> set[date]:
    """The days that a strike touches."""
    spans = list(strikes)
    return {
        day
        for day in days
        if any(
            span.start < beginning(day + timedelta(days=1), zone)
            and (span.end is None or span.end > beginning(day, zone))
            for span in spans
        )
    }


def percentile(ordered: Sequence[timedelta], percent: int) -> timedelta | None:
    """The value that so many per cent do not exceed (nearest rank), of values in order; None of none."""
    return ordered[ceil(len(ordered) * percent / 100) - 1] if ordered else None


def by_account(found: Iterable[Sent]) -> Mapping[str, list[Sent]]:
    """Posts, account by account."""
    grouped: dict[str, list[Sent]] = {}
    for one in found:
        grouped.setdefault(one.account, []).append(one)
    return grouped
