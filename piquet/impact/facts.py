"""What Piquet did in a span, counted from what the ledger holds; pure, it estimates and compares nothing."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from piquet import strike_spans
from piquet.entry import Disposition
from piquet.impact.values import Facts, Hour, Span
from piquet.ledger.values import Snapshot
from piquet.strike import Mode

_HOUR = timedelta(hours=1)
# What the outlet's own rules, or a person, leave out on purpose: what a feed held when it was first read, what was too
# old to be news, what was retracted. A repeat of an article is no entry of its own.
_LEFT_OUT = (Disposition.BASELINE, Disposition.OLD, Disposition.RETRACTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An entry that the feed brought; `stands`: its link stands on at least one account."""

    link: str
    disposition: Disposition
    wait_until: datetime | None
    stands: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A delivery whose post stands on its network; `carries`: readers see the notice in it."""

    id: int
    account: str
    kind: str
    sent_at: datetime
    carries: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A reply that Piquet itself put under an earlier post, `parent` being that one's delivery."""

    parent: int
    sent_at: datetime


def carries_notice(kind: str, decision: Mapping[str, Any]) -> bool:
    """Whether a post made under this stored decision shows the notice; a closing post only says that it is over."""
    if kind != "entry":
        return kind in ("notice", "reminder")
    words = decision.get("notices") or decision.get("short_notices")
    return bool(decision.get("on_strike") and words and decision.get("mode") != Mode.HOLD)


def carries_link(decision: Mapping[str, Any]) -> bool:
    """Whether an article's post made under this stored decision gives the link."""
    return not (decision.get("on_strike") and decision.get("mode") == Mode.MESSAGE_ONLY)


def facts(
    articles: Iterable[Article],
    standing: Iterable[Standing],
    snapshots: Iterable[Snapshot],
    strikes: Iterable[strike_spans.Span],
    *,
    span: Span,
    zone: tzinfo,
    at: datetime,
) -> Facts:
    """The facts of `span` as they are known at `at`; `articles` and `standing` are those of the span.

    An article counts unless it is left out on purpose, or under an embargo beyond the span. One that waits for a
    person, was dropped, or stands without its link, is missing.
    """
    expected = [one for one in articles if _is_expected(one, span, at)]
    stood = sorted(standing, key=lambda one: (one.sent_at, one.id))
    posts = [one for one in stood if one.kind == "entry"]
    carrying = [one.sent_at for one in stood if one.carries]
    replies = _newest_replies(snapshots)
    within = overlapping(strikes, span, at)
    return Facts(
        links=len(expected),
        published=sum(one.stands for one in expected),
        missing=tuple(one.link for one in expected if not one.stands),
        posts=len(posts),
        noticed=sum(one.carries for one in posts),
        reminders=sum(one.kind == "reminder" for one in stood),
        strike_began=within[0].start if within else None,
        strike_ended=_end_by(at, within[-1]) if within else None,
        strikes=tuple(_clipped(one, span, at) for one in within),
        first_notice=min(carrying, default=None),
        last_notice=max(carrying, default=None),
        asked=_told((one for one in stood if one.kind in ("notice", "reminder")), replies),
        hours=tuple(_hours(stood, replies, span, zone)),
    )


def without_own(snapshots: Iterable[Snapshot], answers: Iterable[Answer]) -> Iterator[Snapshot]:
    """The same, without the replies that are Piquet's own: networks count them among the readers'.

    An answer counts in every figure that its parent's network gave after it.
    """
    own: dict[int, list[datetime]] = {}
    for answer in answers:
        own.setdefault(answer.parent, []).append(answer.sent_at)
    for one in snapshots:
        if one.replies and one.delivery_id in own:
            # Up to an eighth of the age later than at the age itself.
            measured = one.taken_at or one.sent_at + one.age
            ours = sum(sent <= measured for sent in own[one.delivery_id])
            one = replace(one, replies=max(0, one.replies - ours))
        yield one


def hours_of(span: Span, zone: tzinfo) -> list[datetime]:
    """When each hour of `zone` that the span touches begins, in UTC: 23 or 25 on the days when the clocks change."""
    moment, begins = _hour_begun(span.since, zone), []
    while moment < span.until:
        begins.append(moment)
        # Where the clocks change by half an hour, one hour is half as long.
        moment = max(_hour_begun(moment + _HOUR, zone), moment + _HOUR / 2)
    return begins


def _hour_begun(moment: datetime, zone: tzinfo) -> datetime:
    local = moment.astimezone(zone)
    past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return moment.astimezone(UTC) - past


def _is_expected(article: Article, span: Span, at: datetime) -> bool:
    if article.disposition in _LEFT_OUT:
        return False
    embargoed = article.disposition == Disposition.WAITING and article.wait_until is not None
    return not embargoed or article.wait_until < min(span.until, at)


def _end_by(at: datetime, strike: strike_spans.Span) -> datetime | None:
    """When it ended, if it has."""
    return strike.end if strike.end is not None and strike.end <= at else None


def _clipped(strike: strike_spans.Span, span: Span, at: datetime) -> strike_spans.Span:
    """What of it lies in the span; an open end stays open."""
    end = _end_by(at, strike)
    return strike_spans.Span(start=max(strike.start, span.since), end=end and min(end, span.until))


def overlapping(strikes: Iterable[strike_spans.Span], span: Span, at: datetime) -> list[strike_spans.Span]:
    """The strikes that had begun at `at` and lie in the span, wholly or in part, oldest first."""
    end = min(span.until, at)
    found = (one for one in strikes if one.start < end and (one.end is None or one.end > span.since))
    return sorted(found, key=lambda one: one.start)


def _newest_replies(snapshots: Iterable[Snapshot]) -> dict[int, int]:
    """Of each delivery, the replies at the greatest age at which its network told them."""
    newest: dict[int, tuple[timedelta, int]] = {}
    for one in snapshots:
        if one.replies is not None and one.age >= newest.get(one.delivery_id, (timedelta(0), 0))[0]:
            newest[one.delivery_id] = (one.age, one.replies)
    return {id_: replies for id_, (_, replies) in newest.items()}


def _told(posts: Iterable[Standing], replies: Mapping[int, int]) -> int | None:
    """The replies to these posts; None where no network tells of any."""
    known = [replies[one.id] for one in posts if one.id in replies]
    return sum(known) if known else None


def _hours(stood: Sequence[Standing], replies: Mapping[int, int], span: Span, zone: tzinfo) -> Iterator[Hour]:
    begins = hours_of(span, zone)
    sent: list[list[Standing]] = [[] for _ in begins]
    for one in stood:
        sent[bisect_right(begins, one.sent_at) - 1].append(one)
    for begin, own in zip(begins, sent, strict=True):
        kinds = Counter(one.kind for one in own)
        yield Hour(
            at=begin,
            posts=kinds["entry"],
            noticed=sum(one.carries for one in own if one.kind == "entry"),
            notices=kinds["notice"],
            reminders=kinds["reminder"],
            replies=_told(own, replies),
        )
