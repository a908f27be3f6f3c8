"""Were we noticed? What the comparisons of a report answer, and on which of them the answer rests; pure, without words."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from piquet.impact.values import Comparison, Impact, Verdict


class Answer(StrEnum):
    """`fewer`: readers did less than on ordinary days, and nothing more."""

    YES = "yes"
    FEWER = "fewer"
    NO = "no"
    UNKNOWN = "unknown"


class Why(StrEnum):
    """Why there is no answer."""

    NO_STRIKE = "no_strike"
    NO_NOTICE = "no_notice"
    TOO_LITTLE = "too_little"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The answer; `why` where it is unknown; the comparisons that carry it, and those that say the opposite."""

    answer: Answer
    why: Why | None = None
    carried_by: tuple[Comparison, ...] = ()
    against: tuple[Comparison, ...] = ()


def find(impact: Impact) -> Finding:
    """More than ordinary, anywhere, is noticed; a report that can compare nothing does not guess."""
    if why := _why_unknown(impact):
        return Finding(answer=Answer.UNKNOWN, why=why)
    more, less = (_told(impact.comparisons, verdict) for verdict in (Verdict.MORE, Verdict.LESS))
    if more:
        return Finding(answer=Answer.YES, carried_by=more, against=less)
    if less:
        return Finding(answer=Answer.FEWER, carried_by=less)
    return Finding(answer=Answer.NO, carried_by=_told(impact.comparisons, Verdict.NO_DIFFERENCE))


def _why_unknown(impact: Impact) -> Why | None:
    if impact.facts.strike_began is None:
        return Why.NO_STRIKE
    if impact.facts.first_notice is None:
        return Why.NO_NOTICE
    if all(one.verdict is Verdict.TOO_LITTLE for one in impact.comparisons):
        return Why.TOO_LITTLE
    return None


def _told(comparisons: Iterable[Comparison], verdict: Verdict) -> tuple[Comparison, ...]:
    """Those of all accounts together, else those of single ones."""
    found = [one for one in comparisons if one.verdict is verdict]
    return tuple(one for one in found if not one.account) or tuple(found)
