"""Simulated strikes put to the comparison, and what is counted of its answers; it posts nothing."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from piquet.impact.comparing import LEVEL, WEEKS, compare
from piquet.impact.values import Comparison, Span, Verdict
from piquet.ledger.values import Snapshot
from tests.impact.readership import Reader, Sent, by_chance, exactly, figures, sendings

ZONE = ZoneInfo("Europe/Paris")
AGES = (timedelta(hours=6), timedelta(hours=24))
# The weeks before cross the change of the clocks.
FIRST = date(2026, 5, 4)
NEWSROOM = (
    Reader(account="bluesky/lejournal", network="bluesky", followers=4_000, posts=12),
    Reader(account="facebook/lejournal", network="facebook", followers=90_000, posts=10),
    Reader(account="mastodon/lejournal", network="mastodon", followers=20_000, posts=20),
    Reader(account="x/lejournal", network="x", followers=60_000, posts=20),
)
# So few followers that most posts get nothing.
SMALL = (
    Reader(account="mastodon/gazette", network="mastodon", followers=900, posts=14),
    Reader(account="threads/gazette", network="threads", followers=1_500, posts=14),
)
# A check that fails by chance one time in a thousand; its seeds are fixed, so it fails always or never.
_DOUBT = 0.001
# The medians' intervals are not what is counted here.
_REDRAWS = 20
_TOLD = (Verdict.MORE, Verdict.LESS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A strike of so many `days`, or of the `hours` from 11:00 of one; readers do `effect` times the ordinary.

    `exactly`: no more and no fewer posts a day than the readers' accounts say.
    """

    name: str
    readers: tuple[Reader, ...] = NEWSROOM
    days: int = 1
    hours: int | None = None
    effect: float = 1.0
    exactly: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The answer to one simulated strike; `posts_alarm`: what a test of posts, blind to days, says of it."""

    kind: Kind
    lines: tuple[Comparison, ...]
    posts_alarm: bool = False

    @property
    def alarms(self) -> int:
        """Comparisons that say more or less."""
        return sum(line.verdict in _TOLD for line in self.lines)

    def says(self, verdict: Verdict) -> bool:
        """Whether any comparison does."""
        return any(line.verdict is verdict for line in self.lines)


def span_of(kind: Kind, seed: int) -> Span:
    """The strike's span; each seed has a date, and a weekday, of its own."""
    day = FIRST + timedelta(weeks=WEEKS, days=seed % 7)
    if kind.hours is None:
        ends = (datetime.combine(day + timedelta(days=n), time(), ZONE) for n in (0, kind.days))
    else:
        ends = (datetime.combine(day, time(11 + n), ZONE) for n in (0, kind.hours))
    since, until = (end.astimezone(UTC) for end in ends)
    return Span(since=since, until=until)


def posts_of(kind: Kind, seed: int) -> tuple[Sent, ...]:
    """Eight weeks of posts and the strike's."""
    span = span_of(kind, seed)
    first, last = (end.astimezone(ZONE).date() for end in (span.since, span.until - timedelta(seconds=1)))
    before = first - timedelta(weeks=WEEKS)
    days = [before + timedelta(days=n) for n in range((last - before).days + 1)]
    pace = exactly if kind.exactly else by_chance
    return sendings(kind.readers, days, lambda at: span.since <= at < span.until, ZONE, seed, pace=pace)


def trial(kind: Kind, seed: int) -> Trial:
    """One simulated strike."""
    snapshots = list(figures(posts_of(kind, seed), ZONE, AGES, effect=kind.effect, seed=seed))
    lines = compare(snapshots, span_of(kind, seed), ZONE, redraws=_REDRAWS)
    return Trial(kind=kind, lines=lines, posts_alarm=_posts_alarm(snapshots))


def _posts_alarm(snapshots: Sequence[Snapshot]) -> bool:
    """Whether the likes of any account's strike posts differ from those of the same weekdays by Mann and Whitney's test.

    It takes each post for a witness of its own, as most tools do, with Bonferroni's correction for several accounts.
    """
    from scipy.stats import mannwhitneyu  # half a second to import

    sides: dict[str, tuple[list[int], list[int]]] = {}
    struck = {_weekday(one) for one in snapshots if one.on_strike}
    for one in snapshots:
        if one.age == AGES[-1] and _weekday(one) in struck:
            sides.setdefault(one.account, ([], []))[one.on_strike].append(one.likes)
    found = [mannwhitneyu(*both).pvalue for both in sides.values() if all(both)]
    return any(p < LEVEL / len(found) for p in found)


def _weekday(one: Snapshot) -> int:
    return one.sent_at.astimezone(ZONE).weekday()


def trials(kinds: Iterable[Kind], seeds: Sequence[int], *, processes: int = 2) -> Iterator[list[Trial]]:
    """Every seed of each kind, kind by kind."""
    with ProcessPoolExecutor(processes) as pool:
        asked = [pool.map(trial, [kind] * len(seeds), seeds, chunksize=5) for kind in kinds]
        for answers in asked:
            yield list(answers)


def most(times: int, share: float = LEVEL) -> int:
    """Of `times`, each with a chance of `share`: more than this happens in 1 of 1,000 series (exact binomial)."""
    from scipy.stats import binom  # half a second to import

    return int(binom.isf(_DOUBT, times, share))


def least(times: int, share: float = 1 - LEVEL) -> int:
    """Of `times`, each with a chance of `share`: fewer than this happens in 1 of 1,000 series (exact binomial)."""
    return times - most(times, 1 - share)
