"""What an impact report says, as values; it knows neither how they are found nor how they are shown."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from piquet.strike_spans import Span as StrikeSpan


class Measure(StrEnum):
    """What is compared: `reach` is views; `reactions` are likes, reposts and quotes together."""

    REACH = "reach"
    REACTIONS = "reactions"
    REPLIES = "replies"


class Verdict(StrEnum):
    """What a comparison allows to say."""

    MORE = "more"
    LESS = "less"
    NO_DIFFERENCE = "no_difference"
    TOO_LITTLE = "too_little"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From `since` (included) until `until` (excluded), aware UTC."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Typical:
    """`posts` posts of `days` civil days: their median, and the ends of its bootstrap interval."""

    posts: int
    days: int
    median: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Strike posts beside comparable ordinary ones, measured at the same `age`; `account` "" is all together.

    `strike` and `ordinary` are None where there is nothing to take a median of. `ratio` is how many times the
    ordinary a strike post got, with the ends of its interval; it and `p` (two-sided, before the correction for
    several comparisons) are None where the verdict is `too_little`.
    """

    account: str
    measure: Measure
    age: timedelta
    strike: Typical | None
    ordinary: Typical | None
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """One hour of the span: posts that stand, those of them that carry the notice, and what else was sent.

    `replies` are those that readers had given, at the newest measurement, to what was sent in this hour; None
    where no network tells.
    """

    at: datetime
    posts: int = 0
    noticed: int = 0
    notices: int = 0
    reminders: int = 0
    replies: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What Piquet did in the span, counted in the ledger; nothing here is estimated.

    `links` are the articles that the feed brought in the span, `published` those of them that stand on at least
    one account, `missing` the links of the others. `posts` stand on a network, `noticed` of them carry the notice.
    `strike_began` and `strike_ended`: when the first strike began, before the span even, and the last one ended.
    `strikes` are what lies of each in the span; the end is None where it has not come yet.
    `first_notice` and `last_notice`: when the first and the last post that carries the notice went out. `asked`:
    replies of readers to notices and reminders, None where no network tells. `hours` are in order, without a gap.
    """

    links: int
    published: int
    missing: tuple[str, ...]
    posts: int
    noticed: int
    reminders: int
    strike_began: datetime | None
    strike_ended: datetime | None
    strikes: tuple[StrikeSpan, ...]
    first_notice: datetime | None
    last_notice: datetime | None
    asked: int | None
    hours: tuple[Hour, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """The report on one span of one outlet, taken at `at`; `level` is the false alarms it allows itself (0.05)."""

    outlet: str
    title: str
    language: str
    zone: str
    span: Span
    at: datetime
    level: float
    facts: Facts
    comparisons: tuple[Comparison, ...]
