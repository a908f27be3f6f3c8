"""A strike day on the wall: weeks in the ledger, the last two days really posted, measured, and reported on.

Everything but the readers is Piquet's own: rules, ledger, clients over HTTP, measuring, the report.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import create_engine, insert

from piquet.budget import UNBOUNDED
from piquet.entry import Entry
from piquet.impact.comparing import WEEKS
from piquet.impact.report import read_comparisons, read_facts, report
from piquet.impact.values import Impact, Span
from piquet.ledger import Ledger, upgrade
from piquet.ledger.engine import parse_url
from piquet.ledger.tables import deliveries, snapshots
from piquet.ledger.values import Snapshot
from piquet.measure import AGES, Due
from piquet.measuring import Measuring, due_now
from piquet.rehearsal.play import Play, _Player
from piquet.rehearsal.stage import Stage, on_a_wall, same_post, wall_name
from piquet.rehearsal.times import Clock, moments
from piquet.strike import Strike
from piquet.strike_spans import spans
from piquet.wall.state import WallPost
from tests.day.plays import CLOSING, FEED, NOTICE, STATEMENT, outlet
from tests.impact.readership import Sent, figures
from tests.impact.trials import NEWSROOM, ZONE

DAY = date(2026, 12, 5)
ACCOUNTS = tuple(reader.account for reader in NEWSROOM)
ARTICLES = 18
FIGURES = ("likes", "reposts", "replies", "quotes", "views")


def midnight(days: int = 0) -> datetime:
    """When the strike day begins, or the one so many days after it, in UTC."""
    return datetime.combine(DAY + timedelta(days=days), time(), tzinfo=ZONE).astimezone(UTC)


SPAN = Span(since=midnight(), until=midnight(1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often something is looked at in the strike, and measured (as `prefect.yaml` has it), until posts reach `age`."""

    looks: timedelta = timedelta(minutes=5)
    runs: timedelta = timedelta(minutes=15)
    age: timedelta = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """The report and the snapshots behind it; `truth` is what the readers did with each post that went over the wall.

    `truth` is by delivery and age; `answered` are the deliveries under which Piquet itself put a notice; `asked` are
    the replies that readers gave to notices and reminders, by delivery. All strike posts have reached `age`.
    """

    impact: Impact
    snapshots: tuple[Snapshot, ...]
    truth: Mapping[tuple[int, timedelta], Snapshot]
    answered: frozenset[int]
    asked: Mapping[int, int]
    age: timedelta


async def played(effect: float, seed: int, folder: Path, pace: Pace) -> Played:
    """One strike day whose posts get `effect` times what they would have got; the ledger is made in `folder`."""
    posts = _posts(seed)
    told = _by_post(figures(posts, ZONE, AGES, effect=effect, seed=seed), posts)
    clock, url = Clock(midnight(-1)), f"sqlite:///{folder / 'ledger.db'}"
    upgrade(url)
    _fill(url, [post for post in posts if post.at < midnight(-1)], told)
    play = _play(posts)
    async with AsyncExitStack() as stack:
        stage = stack.enter_context(on_a_wall(play.outlet, clock))
        ledger = stack.enter_context(Ledger.open(url))
        for client in stage.clients.values():
            stack.push_async_callback(client.aclose)
        day = _Day(play=play, clock=clock, stage=stage, ledger=ledger, told=told, pace=pace)
        await day.go_by()
        return day.end()


def _posts(seed: int) -> tuple[Sent, ...]:
    """Each article as a post on each account, on every day of the weeks before and the strike day."""
    rng, found = np.random.default_rng([seed, 3]), []
    for days in range(-7 * WEEKS, 1):
        hours = sorted(rng.triangular(5.5, 12, 23.5, size=ARTICLES))
        found += [midnight(days) + timedelta(minutes=int(hour * 60)) for hour in hours]
    return tuple(
        Sent(id=len(NEWSROOM) * number + place, reader=reader, at=at, on_strike=at >= SPAN.since)
        for number, at in enumerate(found, start=1)
        for place, reader in enumerate(NEWSROOM)
    )


_Told = Mapping[tuple[str, str], Mapping[timedelta, Snapshot]]


def _by_post(snapshots: Iterable[Snapshot], posts: Iterable[Sent]) -> _Told:
    """What readers do, by account and link."""
    links, found = {post.id: _link(post) for post in posts}, {}
    for one in snapshots:
        found.setdefault((one.account, links[one.delivery_id]), {})[one.age] = one
    return found


def _link(post: Sent) -> str:
    return f"https://journal.example/articles/{post.id // len(NEWSROOM)}"


def _play(posts: Iterable[Sent]) -> Play:
    """The eve and the strike day: everybody strikes, as was set the evening before."""
    strike = Strike(
        days=(DAY,),
        notices=(NOTICE,),
        movement="Retraites",
        statement_url=STATEMENT,
        closing=CLOSING,
        tail_days=1,
    )
    articles = {_link(post): post.at for post in posts if post.at >= midnight(-1)}
    entries = tuple(
        Entry(feed=FEED, id=link, link=link, title=f"Article n° {link.rpartition('/')[2]}", published=at)
        for link, at in articles.items()
    )
    return Play(
        outlet=outlet(ZONE, ACCOUNTS), states=((midnight() - timedelta(hours=6), strike),), entries=entries
    )


def _fill(url: str, posts: Iterable[Sent], told: _Told) -> None:
    """The ordinary weeks, as their cycles and measurements would have left them."""
    engine, posts = create_engine(parse_url(url)), list(posts)
    with engine.begin() as connection:
        connection.execute(insert(deliveries), [_delivery(post) for post in posts])
        connection.execute(insert(snapshots), [row for post in posts for row in _measured(post, told)])
    engine.dispose()


def _delivery(post: Sent) -> dict[str, Any]:
    return {
        "id": post.id,
        "outlet": "journal",
        "account": post.reader.account,
        "kind": "entry",
        "rank": 2,
        "sort_at": post.at,
        "key": f"filled {post.id}",
        "state": "sent",
        "frozen": True,
        "decision": {"on_strike": False},
        "reason": "no strike",
        "attempts": 1,
        "sent_at": post.at,
        "receipt_id": f"filled {post.id}",
        "receipt_url": "",
        "created_at": post.at,
        "updated_at": post.at,
    }


def _measured(post: Sent, told: _Told) -> Iterator[dict[str, Any]]:
    """At every age, also those that its posts of the last week reach later: they are on no wall to be read from."""
    for age, one in told[post.reader.account, _link(post)].items():
        row = {name: getattr(one, name) for name in FIGURES}
        seconds = int(age.total_seconds())
        yield {"delivery_id": post.id, "age": seconds, "outlet": "journal", "taken_at": post.at + age, **row}


@dataclass(slots=True, kw_only=True)
class _Day:
    """The days as they go by."""

    play: Play
    clock: Clock
    stage: Stage
    ledger: Ledger
    told: _Told
    pace: Pace
    truth: dict[tuple[int, timedelta], Snapshot] = field(default_factory=dict)
    asked: dict[int, int] = field(default_factory=dict)

    async def go_by(self) -> None:
        """Cycles, reminders and measurements until the last strike post is old enough."""
        player = _Player(self.play, self.clock, self.stage, self.ledger)
        await player.begin()
        until = SPAN.until + self.pace.age + timedelta(hours=1)
        looks = set(self._looks(SPAN.until + timedelta(hours=2)))
        runs = {
            midnight(-1) + self.pace.runs * n for n in range((until - midnight(-1)) // self.pace.runs + 1)
        }
        for moment in sorted(looks | runs):
            self.clock.now = max(moment, self.clock.now)
            if moment in looks:
                await player.play_moment()
            if moment in runs:
                await self._measure()

    def end(self) -> Played:
        """The report, as the flow `impact` makes it."""
        now, told = self.clock.now, self.play.outlet
        facts = read_facts(self.ledger, told, SPAN, now)
        compared = read_comparisons(self.ledger, told, SPAN, now)
        answers = self.ledger.answers(told.name, Span(since=midnight(-1), until=now))
        return Played(
            impact=report(told, SPAN, now, facts, compared),
            snapshots=tuple(self.ledger.measured(told.name, SPAN.since - timedelta(weeks=WEEKS), SPAN.until)),
            truth=self.truth,
            answered=frozenset(one.parent for one in answers),
            asked=self.asked,
            age=self.pace.age,
        )

    def _looks(self, until: datetime) -> Iterator[datetime]:
        news = [*(at for at, _ in self.play.states), *(entry.published for entry in self.play.entries)]
        strikes = spans(self.play.states, "", ZONE)
        return moments(strikes, news, start=midnight(-1), until=until, step=self.pace.looks)

    async def _measure(self) -> None:
        """One run of the flow `measure`, readers having done by then what is told of them."""
        for account in ACCOUNTS:
            due = due_now(self.ledger, "journal", account, self.clock.now)
            for one in due:
                self._read(account, one)
            measuring = Measuring(
                ledger=self.ledger,
                client=self.stage.clients[account],
                outlet="journal",
                account=account,
                allowance=UNBOUNDED,
                clock=self.clock,
                say=_unheard,
            )
            done = await measuring.measure(due)
            if done.trouble or done.gone or done.left:
                raise AssertionError(f"A measurement on the wall failed: {done}.")

    def _read(self, account: str, due: Due) -> None:
        network, name = account.partition("/")[0], wall_name(account)
        standing = {post.id: post for post in self.stage.wall.posts(network, name)}
        post = standing[same_post(standing, due.receipt.id)]
        place = {"network": network, "account": name, "id": post.id}
        self.stage.wall.change("read", {**place, **self._done(account, post, due)})

    def _done(self, account: str, post: WallPost, due: Due) -> dict[str, int]:
        """What readers have done by now: with an article as they are told, with a notice or a reminder a few replies."""
        links = (link for link in self._links() if link == post.link or f"{link}\n" in f"{post.text}\n")
        if link := next(links, None):
            one = self.truth[due.delivery_id, due.age] = self.told[account, link][due.age]
            return {figure: getattr(one, figure) or 0 for figure in FIGURES}
        self.asked[due.delivery_id] = due.delivery_id % 4
        return {"replies": due.delivery_id % 4}

    def _links(self) -> list[str]:
        return [entry.link for entry in self.play.entries]


def _unheard(words: str) -> None:
    """Nobody listens: a trouble ends the day."""
