"""What an account may spend in a month and post in a day, and whether the next post still may; pure, and knows no SQL.

A month is the calendar's, in UTC; a day is the last 24 hours.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from piquet.post import Payload

# US dollars a post with a link, and without, since 2026-04-20: docs.x.com/x-api/getting-started/pricing, read 2026-08.
_PRICES: Mapping[str, tuple[Decimal, Decimal]] = {"x": (Decimal("0.200"), Decimal("0.015"))}
# US dollars for reading one post back, from the same page: less for one's own, where X takes the reading for such.
_READS: Mapping[str, Decimal] = {"x": Decimal("0.005")}
_NEAR = Decimal("0.8")
_DAY = timedelta(days=1)
# How far ahead notices and reminders are looked for, for which an entry leaves something.
KEPT_FOR = _DAY

# X makes a link of a bare domain too ("fini.Il"): whatever may be one is priced as one.
_MAYBE_LINK = re.compile(r"://|\w\.[^\W\d_]{2,}")


class Room(StrEnum):
    """Whether the next post may go out: yes; yes, but the end is near; no."""

    GO = "go"
    NEAR = "near"
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What an account may use; 0 means no bound. `monthly_budget` is in US dollars."""

    monthly_budget: Decimal = Decimal(0)
    posts_per_day: int = 0

    def since(self, now: datetime) -> datetime | None:
        """From when on posts count; None where nothing is bounded."""
        begins = [month_start(now)] if self.monthly_budget else []
        begins += [now - _DAY] if self.posts_per_day else []
        return min(begins, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """US dollars of a month and posts of a day."""

    dollars: Decimal = Decimal(0)
    posts: int = 0

    def plus(self, payload: Payload) -> "Used":
        """With one post more."""
        return Used(dollars=self.dollars + price(payload), posts=self.posts + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """`room` for the next post, and the `sentence` for people where it is not simply go."""

    room: Room = Room.GO
    sentence: str = ""


UNBOUNDED = Allowance()


@dataclass(slots=True, kw_only=True)
class Purse:
    """What one account may still use while it sends, as of `count`; `ruling`: on the last post asked about."""

    account: str
    allowance: Allowance
    spent: Used = field(default_factory=Used, init=False)
    waits: Sequence[Payload] = field(default=(), init=False)
    now: datetime = field(init=False)
    ruling: Ruling | None = field(default=None, init=False)

    def count(
        self,
        sent: Iterable[tuple[datetime, Payload]],
        waits: Sequence[Payload],
        now: datetime,
        reads: int = 0,
    ) -> None:
        """Begin with what went out before and was read this month, and the notices and reminders that are to come."""
        self.spent, self.waits, self.now = used(sent, now), waits, now
        self.spent = replace(self.spent, dollars=self.spent.dollars + read_price(self.account) * reads)

    def may_go(self, kind: str, payload: Payload) -> bool:
        """Whether there is room for this delivery; notices and reminders may use all that is left."""
        if self.allowance == UNBOUNDED:
            return True
        waits = self.waits if kind == "entry" else ()
        self.ruling = rule(self.account, self.allowance, self.spent, payload, waits, self.now)
        return self.ruling.room is not Room.STOP

    def spend(self, payload: Payload) -> None:
        """It went out."""
        self.spent = self.spent.plus(payload)


def room(spent: Decimal, cost: Decimal, budget: Decimal, waits: Decimal = Decimal(0)) -> Room:
    """Whether what costs `cost` may go out when `spent` of `budget` is gone and `waits` is kept for what goes first.

    A budget of 0 bounds nothing. Works for posts as for dollars.
    """
    if not budget:
        return Room.GO
    if spent + cost + waits > budget:
        return Room.STOP
    return Room.NEAR if spent + cost >= _NEAR * budget else Room.GO


def price(payload: Payload) -> Decimal:
    """What this post costs on its network, in US dollars."""
    with_link, without = _PRICES.get(payload.network, (Decimal(0), Decimal(0)))
    return with_link if payload.link or _MAYBE_LINK.search(payload.text) else without


def charges(account: str) -> bool:
    """Whether the network of this account takes money."""
    return account.partition("/")[0] in _PRICES


def read_price(account: str) -> Decimal:
    """What reading the figures of one post costs on the network of this account, in US dollars."""
    return _READS.get(account.partition("/")[0], Decimal(0))


def readable(
    account: str, allowance: Allowance, spent: Used, waits: Iterable[Payload], reads: int
) -> int | None:
    """How many more posts may be read after `reads` this month, what waits going first; None for any number."""
    cost = read_price(account)
    if not (cost and allowance.monthly_budget):
        return None
    kept = sum(map(price, waits), Decimal(0))
    return max(0, int((allowance.monthly_budget - spent.dollars - kept) // cost) - reads)


def used(sent: Iterable[tuple[datetime, Payload]], now: datetime) -> Used:
    """What these posts, each with its time, have used of the month and of the day that `now` is in."""
    sent = list(sent)
    month = [payload for at, payload in sent if at >= month_start(now)]
    return Used(dollars=sum(map(price, month), Decimal(0)), posts=sum(at > now - _DAY for at, _ in sent))


def rule(
    account: str, allowance: Allowance, spent: Used, payload: Payload, waits: Iterable[Payload], now: datetime
) -> Ruling:
    """Whether `payload` may go out, `waits` being the notices and reminders that must still be able to after it."""
    kept = used(((now, waiting) for waiting in waits), now)
    money = room(spent.dollars, price(payload), allowance.monthly_budget, kept.dollars)
    posts = room(Decimal(spent.posts), Decimal(1), Decimal(allowance.posts_per_day), Decimal(kept.posts))
    if Room.STOP in (money, posts):
        return Ruling(
            room=Room.STOP, sentence=_stopped(account, allowance, spent, now, by_money=money is Room.STOP)
        )
    if Room.NEAR in (money, posts):
        after = spent.plus(payload)
        return Ruling(room=Room.NEAR, sentence=_near(account, allowance, after, by_money=money is Room.NEAR))
    return Ruling()


def news(before: Mapping[str, str], rulings: Mapping[str, Ruling]) -> dict[str, Ruling]:
    """The rulings that people have not heard of: not go, and another room than in the cycle `before`."""
    return {
        account: ruling
        for account, ruling in rulings.items()
        if ruling.room is not Room.GO and before.get(account) != ruling.room
    }


def marks(before: Mapping[str, str], rulings: Mapping[str, Ruling]) -> list[str]:
    """What a run is marked with: what is new, and every account that is stopped for as long as it is."""
    new = news(before, rulings)
    return [r.sentence for account, r in rulings.items() if account in new or r.room is Room.STOP]


def month_start(now: datetime) -> datetime:
    """The first instant of the month."""
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _stopped(account: str, allowance: Allowance, spent: Used, now: datetime, *, by_money: bool) -> str:
    if by_money:
        return (
            f"{account}: ${spent.dollars:.2f} of this month's ${allowance.monthly_budget} is spent, so the "
            f"next post waits until {_next_month(now):%Y-%m-%d}: raise 'Monthly budget' in its block to send it now."
        )
    return (
        f"{account}: {spent.posts} of {allowance.posts_per_day} posts of the last 24 hours are used, so the next one "
        "waits: raise 'Posts per day' in its block to send it now."
    )


def _near(account: str, allowance: Allowance, spent: Used, *, by_money: bool) -> str:
    if by_money:
        return (
            f"{account}: ${spent.dollars:.2f} of this month's ${allowance.monthly_budget} is spent: "
            "raise 'Monthly budget' in its block before posts have to wait."
        )
    return (
        f"{account}: {spent.posts} of {allowance.posts_per_day} posts of the last 24 hours are used: "
        "raise 'Posts per day' in its block before posts have to wait."
    )


def _next_month(now: datetime) -> datetime:
    return month_start(month_start(now) + timedelta(days=31))
