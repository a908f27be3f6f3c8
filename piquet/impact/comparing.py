"""Whether readers did more or less with strike posts than with comparable ordinary ones; knows no ledger and no page.

Three files: this one chooses what is compared and what may be said, `posts` makes the table of posts, `days` asks the
question of days. docs/impact.md tells it to an editor.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta, tzinfo
from functools import partial
from zlib import crc32
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from piquet.dashboard import struck_days
from piquet.impact.days import Answer, Posts, answer
from piquet.impact.posts import posts_table
from piquet.impact.typical import typical
from piquet.impact.values import Comparison, Measure, Span, Verdict
from piquet.ledger.values import Snapshot
from piquet.strike_spans import Span as StrikeSpan

# False alarms that a report allows itself, over all its comparisons together.
LEVEL = 0.05
# Far enough back for eight days of each weekday, near enough for the same audience.
WEEKS = 8
# With 5 posts even all of them above the ordinary would happen to one strike in 16 (2 x 1/2^5): more than LEVEL.
LEAST_POSTS = 6
# Of the strike's own weekdays: from fewer, one of them with big news makes half of what is called ordinary.
LEAST_DAYS = 4
# The last posts of a day reach an age last: comparing without them would compare mornings.
_MEASURED = 0.8
_SEED = 20191217
_EPOCH = date(1970, 1, 1).toordinal()
_Strikes = Callable[[str], Iterable[StrikeSpan]]


def compare(
    snapshots: Iterable[Snapshot],
    span: Span,
    zone: tzinfo | str,
    *,
    strikes: _Strikes = lambda account: (),
    ages: Iterable[timedelta] | None = None,
    level: float = LEVEL,
    seed: int = _SEED,
    redraws: int = 1_000,
) -> tuple[Comparison, ...]:
    """One line for all accounts together (""), then for each that struck, with each measure.

    Of `snapshots` only posts of entries count: strike posts sent in `span`, ordinary ones of the 8 weeks before it
    and not of a strike day of their account: one with a strike post, or touched by its `strikes`. Only `ages` (None: any) are looked at. `redraws` make the medians' intervals.
    """
    table = posts_table(snapshots, since=_ordinary_since(span), until=span.until, zone=zone)
    if ages is not None:
        table = table[table["age"].isin([age.total_seconds() for age in ages])]
    cases = list(_cases(_relevant(table, span, _struck(table, zone, strikes))))
    line = partial(_line, level=level, seed=seed, redraws=redraws)
    lines = [line(case) for case in cases]
    accounts = {one.account for one in lines}
    if len(accounts) == 1:  # one account is all accounts: asked once, told twice
        told = decided(lines, level)
        return (*(replace(one, account="") for one in told), *told)
    return decided([*map(line, _together(cases)), *lines], level)


def _ordinary_since(span: Span):
    return span.since - timedelta(weeks=WEEKS)


def _struck(table: pd.DataFrame, zone: tzinfo | str, strikes: _Strikes) -> pd.Series:
    """Whether a strike of its account touches the civil day of each post, carried by a post or not."""
    zone = ZoneInfo(zone) if isinstance(zone, str) else zone
    found = pd.Series(False, index=table.index)
    for account, days in table.groupby("account", observed=True)["day"]:
        known = (date.fromordinal(_EPOCH + int(day)) for day in days.unique())
        struck = struck_days(known, zone, strikes(str(account)))
        found.loc[days.index] = days.isin([day.toordinal() - _EPOCH for day in struck])
    return found


def _relevant(table: pd.DataFrame, span: Span, struck: pd.Series) -> pd.DataFrame:
    """Strike posts of the span, and posts before it on days that were no strike day of their account."""
    began = span.since.timestamp()
    days = table["account"].cat.codes.astype("int64") * 1_000_000 + table["day"]
    struck |= days.isin(days[table["on_strike"]].unique())
    ordinary = ~struck & (table["sent_at"] < began)
    return table[ordinary | (table["on_strike"] & (table["sent_at"] >= began))]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """Posts of one line: `table` has a row a post and age, both sides are looked at `age` (in seconds)."""

    account: str
    measure: Measure
    table: pd.DataFrame
    age: float


def _cases(table: pd.DataFrame) -> Iterator[_Case]:
    for account in sorted(table.loc[table["on_strike"], "account"].unique()):
        own = table[table["account"] == account]
        for measure in Measure:
            told = _told(own, measure)
            yield _Case(account=account, measure=measure, table=told, age=_age(told) or _age(own))


def _together(cases: Sequence[_Case]) -> Iterator[_Case]:
    for measure in Measure:
        of_measure = [case for case in cases if case.measure is measure]
        if of_measure:
            told = pd.concat(case.table for case in of_measure)
            age = _age(told) or max(case.age for case in of_measure)
            yield _Case(account="", measure=measure, table=told, age=age)


def _told(table: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """The posts of which the network tells this figure, as `figure`."""
    columns = ["account", "delivery", "on_strike", "day", "weekday", "stratum", "age"]
    told = table[table[measure].notna()]
    return told[columns].assign(figure=told[measure])


def _line(case: _Case, *, level: float, seed: int, redraws: int) -> Comparison:
    """The comparison before its verdict: too little where there is no answer."""
    at_age = case.table[case.table["age"] == case.age]
    strike, ordinary = at_age[at_age["on_strike"]], at_age[~at_age["on_strike"]]
    comparable = ordinary[ordinary["stratum"].isin(strike["stratum"].unique())]
    if len(comparable):
        strike = strike[strike["stratum"].isin(comparable["stratum"].unique())]
    found = _answer(strike, ordinary, comparable, level)
    # Of the accounts, not of their order or number: the same posts are redrawn alike wherever they stand.
    name = crc32("".join([case.measure, *sorted(at_age["account"].unique())]).encode())
    redraw = partial(typical, level=level, redraws=redraws)
    line = Comparison(
        account=case.account,
        measure=case.measure,
        age=timedelta(seconds=case.age),
        strike=redraw(strike, np.random.default_rng([seed, name, 1])),
        ordinary=redraw(comparable, np.random.default_rng([seed, name, 0])),
        verdict=Verdict.TOO_LITTLE,
    )
    return replace(line, ratio=found.ratio, low=found.low, high=found.high, p=found.p) if found else line


def _age(table: pd.DataFrame) -> float:
    """The largest age, in seconds, at which nearly all strike posts are measured, and ordinary ones too; 0 for none."""
    on_strike, at, days = (table[name].to_numpy() for name in ("on_strike", "age", "day"))
    ages, counts = np.unique(at[on_strike], return_counts=True)
    if not len(ages):
        return 0.0
    posts = table.loc[on_strike, "delivery"].nunique()
    enough = [age for age, count in zip(ages, counts, strict=True) if count >= _MEASURED * posts]
    both = [age for age in enough if len(np.unique(days[~on_strike & (at == age)])) >= LEAST_DAYS]
    return float((both or enough or [ages[counts.argmax()]])[-1])


def _answer(
    strike: pd.DataFrame, ordinary: pd.DataFrame, comparable: pd.DataFrame, level: float
) -> Answer | None:
    if len(strike) < LEAST_POSTS or comparable["day"].nunique() < LEAST_DAYS:
        return None
    return answer(_posts(strike), _posts(ordinary), level)


def _posts(table: pd.DataFrame) -> Posts:
    return Posts(
        figures=table["figure"].to_numpy(dtype=float),
        strata=table["stratum"].to_numpy(),
        days=table["day"].to_numpy(),
        weekdays=int(table["weekday"].nunique()),
    )


def decided(lines: Sequence[Comparison], level: float) -> tuple[Comparison, ...]:
    """The lines with their verdicts, so that all together raise a false alarm in at most `level` of reports.

    S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6 (1979),
    with weights: half of `level` is kept for the lines of all accounts together, which answer the question asked.
    """
    groups = Counter(bool(line.account) for line in lines if line.p is not None)
    asked = [
        (line.p * groups[bool(line.account)], 1 / groups[bool(line.account)], number)
        for number, line in enumerate(lines)
        if line.p is not None
    ]
    told, left = set(), sum(weight for _, weight, _ in asked)
    for weighted, weight, number in sorted(asked):
        if weighted > level / left:
            break
        told.add(number)
        left -= weight
    return tuple(replace(line, verdict=_verdict(line, n in told)) for n, line in enumerate(lines))


def _verdict(line: Comparison, told: bool) -> Verdict:
    if line.p is None or line.ratio is None:
        return Verdict.TOO_LITTLE
    if not told:
        return Verdict.NO_DIFFERENCE
    return Verdict.MORE if line.ratio > 1 else Verdict.LESS
