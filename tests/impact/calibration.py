"""What must hold of the comparison on simulated strikes: tables whose every row holds or does not."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from piquet.impact.comparing import LEAST_POSTS, LEVEL
from piquet.impact.values import Comparison, Measure, Verdict
from tests.impact.trials import NEWSROOM, SMALL, Kind, Trial, least, most, trials

NOTHING = (
    Kind(name="one day"),
    Kind(name="three days", days=3),
    Kind(name="four hours", hours=4),
    Kind(name="one day, few followers", readers=SMALL),
)
EFFECTS = tuple(
    Kind(name=name, effect=effect)
    for name, effect in (
        ("x 1/4", 0.25),
        ("x 1/3", 1 / 3),
        ("x 0.5", 0.5),
        ("x 0.7", 0.7),
        ("x 1.5", 1.5),
        ("x 2", 2.0),
        ("x 3", 3.0),
    )
)
# What is asked of a trial in medicine, for an effect that nobody would call small.
_LARGE, _FOUND = (0.25, 3.0), 0.8
FIVE = Kind(
    name="five posts a day",
    readers=tuple(replace(one, posts=LEAST_POSTS - 1) for one in NEWSROOM),
    exactly=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a table, and whether it holds."""

    cells: tuple[str, ...]
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under their heads; `title` says what is counted and what must hold."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]


def calibration(strikes: int, others: int, effects: int) -> Iterator[Table]:
    """`strikes` of a day without an effect, `others` of each other kind, `effects` of each effect, strikes of five posts."""
    nothing = [*trials(NOTHING[:1], range(strikes)), *trials(NOTHING[1:], range(strikes, strikes + others))]
    yield false_alarms(nothing)
    yield single_alarms(nothing[0])
    yield toy(nothing[0])
    found = list(trials(EFFECTS, range(1_000, 1_000 + effects)))
    yield power(found)
    yield coverage([nothing[0], *found])
    yield five_posts(next(trials((FIVE,), range(2_000, 2_000 + effects))))


def false_alarms(kinds: Iterable[Sequence[Trial]]) -> Table:
    """Reports that see an effect where there is none."""
    rows = []
    for answers in kinds:
        alarms, bound = sum(bool(one.alarms) for one in answers), most(len(answers))
        little = sum(line.verdict is Verdict.TOO_LITTLE for one in answers for line in one.lines)
        asked = sum(len(one.lines) for one in answers)
        cells = (
            answers[0].kind.name,
            str(len(answers)),
            str(alarms),
            f"at most {bound}",
            f"{little / asked:.0%}",
        )
        rows.append(Row(cells=cells, holds=alarms <= bound))
    return Table(
        title=f"No effect: reports with a false alarm, at a stated level of {LEVEL:.0%} a report",
        heads=("strike", "strikes", "false alarms", "allowed", "too little to tell"),
        rows=tuple(rows),
    )


def single_alarms(answers: Sequence[Trial]) -> Table:
    """Comparisons that stray past the level where there is no effect, each for itself."""
    rows = []
    for (account, measure), lines in _by_comparison(answers):
        alarms, bound = sum(line.p <= LEVEL for line in lines), most(len(lines))
        cells = (account or "all together", measure, str(len(lines)), str(alarms), f"at most {bound}")
        rows.append(Row(cells=cells, holds=alarms <= bound))
    return Table(
        title=f"No effect, {answers[0].kind.name}: each comparison for itself, before the correction for several",
        heads=("account", "measure", "compared", f"p up to {LEVEL:.0%}", "allowed"),
        rows=tuple(rows),
    )


def toy(answers: Sequence[Trial]) -> Table:
    """Whether these readers would catch out a test that takes the posts of one day for independent."""
    alarms, bound = sum(one.posts_alarm for one in answers), most(len(answers))
    cells = (
        answers[0].kind.name,
        str(len(answers)),
        str(alarms),
        f"more than {bound}, or these readers are a toy",
    )
    return Table(
        title=f"The same strikes put to a test of posts in place of days (Mann and Whitney), at {LEVEL:.0%} a report",
        heads=("strike", "strikes", "false alarms", "expected"),
        rows=(Row(cells=cells, holds=alarms > bound),),
    )


def power(effects: Iterable[Sequence[Trial]]) -> Table:
    """Reports that find an effect that is there, and those that tell it the wrong way round."""
    rows = []
    for answers in effects:
        effect, strikes = answers[0].kind.effect, len(answers)
        right, wrong = (Verdict.MORE, Verdict.LESS) if effect > 1 else (Verdict.LESS, Verdict.MORE)
        found, misled = (sum(one.says(verdict) for one in answers) for verdict in (right, wrong))
        enough = found >= _FOUND * strikes if effect in _LARGE else True
        asked = f"at least {_FOUND:.0%}" if effect in _LARGE else "printed only"
        cells = (answers[0].kind.name, str(strikes), f"{found / strikes:.0%}", asked, str(misled))
        rows.append(Row(cells=cells, holds=enough and misled <= most(strikes, LEVEL / 2)))
    return Table(
        title="An effect on one day's posts, four accounts: reports that find it",
        heads=("effect", "strikes", "found", "asked", "wrong way"),
        rows=tuple(rows),
    )


def coverage(kinds: Iterable[Sequence[Trial]]) -> Table:
    """Intervals of the ratio, all accounts together, that hold the effect."""
    rows = []
    for answers in kinds:
        effect = answers[0].kind.effect
        for (account, measure), lines in _by_comparison(answers):
            if account:
                continue
            held, bound = sum(line.low <= effect <= line.high for line in lines), least(len(lines))
            ratios = sorted(line.ratio for line in lines)
            cells = (
                f"x {effect:.2g}",
                measure,
                f"{ratios[len(ratios) // 2]:.2f}",
                f"{held / len(lines):.0%}",
                f"at least {bound / len(lines):.0%}",
            )
            rows.append(Row(cells=cells, holds=held >= bound))
    return Table(
        title=f"The ratio, all accounts together: intervals of {1 - LEVEL:.0%} that hold the effect",
        heads=("effect", "measure", "middle ratio", "held", "asked"),
        rows=tuple(rows),
    )


def five_posts(answers: Sequence[Trial]) -> Table:
    """Accounts with five posts on their strike day are told that this is too little."""
    lines = [line for one in answers for line in one.lines if line.account]
    little = sum(line.verdict is Verdict.TOO_LITTLE for line in lines)
    cells = (str(len(answers)), str(len(lines)), str(little))
    return Table(
        title=f"An account with {LEAST_POSTS - 1} posts on its strike day: too little to tell, always",
        heads=("strikes", "comparisons", "too little to tell"),
        rows=(Row(cells=cells, holds=little == len(lines)),),
    )


def _by_comparison(answers: Iterable[Trial]) -> list[tuple[tuple[str, Measure], list[Comparison]]]:
    """The lines that could be compared, together first."""
    found = defaultdict(list)
    for answer in answers:
        for line in answer.lines:
            if line.p is not None:
                found[line.account, line.measure].append(line)
    return sorted(found.items())
