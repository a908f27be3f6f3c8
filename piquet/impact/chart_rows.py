"""The comparisons of an impact report as marks about the ordinary, a row each, on a scale of doublings; knows the values only."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import inf, log2
from typing import TYPE_CHECKING, Any

from piquet.impact.chart_frame import BLUE, HEIGHT, INK, LINE, SOFT, VERMILION, WIDTH, Frame
from piquet.impact.values import Comparison, Impact, Verdict
from piquet.impact.view import account_name, measure_name, offered, short
from piquet.impact.words import Tongue

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Rows that a person still reads in a post; the table has all.
_MOST_ROWS = 16
_BOTTOM = 598
_TALLEST, _LARGEST = 84, 21.0
_MARGIN, _MEASURES, _LEFT, _RIGHT = 36, 300, 436, 892
# Where a ratio is off the scale, an arrow says so: doublings, so 1/32 to 32.
_FARTHEST, _NEAREST = 5.0, 1.2
_MARKS = {
    Verdict.MORE: {"marker": "^", "color": VERMILION},
    Verdict.LESS: {"marker": "v", "color": BLUE},
    Verdict.NO_DIFFERENCE: {"marker": "o", "color": "white"},
}


def draw_rows(frame: Frame, top: float, impact: Impact, tongue: Tongue) -> None:
    """Account, measure, mark with its interval, and the finding in words, below `top`."""
    found = offered(impact)
    if not found:
        frame.write(
            _MARGIN, HEIGHT / 2, tongue.say("nothing"), size=24, width=WIDTH - 2 * _MARGIN, color=SOFT
        )
        return
    rows = chosen(found)
    top += 48
    height = min(_TALLEST, (_BOTTOM - top) / len(rows))
    drawn = _Rows(frame, _scale(frame, top, rows, height), tongue, top, height)
    drawn.draw(rows)
    drawn.caption(rows, len(found) - len(rows))


def _measurable(rows: Sequence[Comparison]) -> bool:
    return any(one.ratio is not None for one in rows)


def chosen(found: Sequence[Comparison]) -> list[Comparison]:
    """As many whole accounts as can be read, those that say something first, in the report's order."""
    accounts = [list(rows) for _, rows in groupby(found, lambda one: one.account)]
    kept: list[list[Comparison]] = []
    for rows in sorted(accounts, key=_rank):
        if sum(map(len, kept)) + len(rows) <= _MOST_ROWS or not kept:
            kept.append(rows)
    return [one for rows in accounts if rows in kept for one in rows][:_MOST_ROWS]


def _rank(rows: Sequence[Comparison]) -> tuple[bool, float]:
    """All accounts together, then those that differ most surely."""
    return bool(rows[0].account), min(inf if one.p is None else one.p for one in rows)


def _scale(frame: Frame, top: float, rows: Sequence[Comparison], height: float) -> "Axes":
    """Twice as many is as far to the right as half as many is to the left."""
    axes = frame.axes(_LEFT, top, _RIGHT, top + height * len(rows))
    reach = _reach(rows)
    axes.set(xlim=(-reach, reach), ylim=(len(rows), 0), yticks=[])
    if not _measurable(rows):
        axes.set_axis_off()
        return axes
    step = 1 if reach <= 3.5 else 2
    ticks = [number for number in range(-5, 6) if abs(number) <= reach and number % step == 0]
    axes.set_xticks(ticks, [_times(number) for number in ticks], fontsize=13)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.axvline(0, color=INK, linewidth=2)
    return axes


def _reach(rows: Sequence[Comparison]) -> float:
    """How far the scale goes to each side, in doublings."""
    values = [value for one in rows for value in (one.ratio, one.low, one.high) if value is not None]
    return min(max([_NEAREST, *(abs(_doublings(value)) + 0.25 for value in values)]), _FARTHEST)


def _doublings(ratio: float) -> float:
    return log2(ratio) if 0 < ratio < inf else inf if ratio else -inf


def _times(doublings: int) -> str:
    return f"× {2**doublings}" if doublings >= 0 else f"× 1/{2**-doublings}"


@dataclass(frozen=True, slots=True)
class _Rows:
    frame: Frame
    axes: "Axes"
    tongue: Tongue
    top: float
    height: float

    def draw(self, rows: Sequence[Comparison]) -> None:
        for number, one in enumerate(rows):
            if not number or rows[number - 1].account != one.account:
                self._account(number, one)
            self._write(number, _MEASURES, _LEFT - 8, measure_name(one.measure, self.tongue))
            clear = one.verdict in (Verdict.MORE, Verdict.LESS)
            look = {"weight": "bold"} if clear else {"color": SOFT}
            self._write(number, _RIGHT + 16, WIDTH - 18, short(one, self.tongue), **look)
            if one.ratio is None:
                self._why(number, one)
            else:
                self._mark(one, one.ratio, number + 0.5)

    def caption(self, rows: Sequence[Comparison], left: int) -> None:
        middle, say = (_LEFT + _RIGHT) / 2, self.tongue.say
        bottom = self.top + self.height * len(rows) + 36
        if _measurable(rows):
            as_usual = say("as_usual", ordinary=self.tongue.ordinary())
            self.frame.write(middle, self.top - 28, as_usual, size=17, width=_RIGHT - _LEFT, ha="center")
            self.frame.write(middle, bottom, say("scale"), size=16, width=660, ha="center", color=SOFT)
        if left:
            more = say("more_rows", number=self.tongue.number(left))
            self.frame.write(_MARGIN, bottom - 26, more, size=16, width=_LEFT - 20 - _MARGIN, color=SOFT)

    def _why(self, number: int, one: Comparison) -> None:
        """How few posts there are, where a mark would stand."""
        counts = {
            name: self.tongue.number(side.posts if side else 0)
            for name, side in (("strike", one.strike), ("ordinary", one.ordinary))
        }
        middle, width = (_LEFT + _RIGHT) / 2, _RIGHT - _LEFT - 8
        look = {"va": "center", "ha": "center", "color": SOFT, "backgroundcolor": "white", "zorder": 5}
        y = self.top + self.height * (number + 0.5)
        size = min(16.0, self.height * 0.5)
        self.frame.write(middle, y, self.tongue.say("too_few", **counts), size=size, width=width, **look)

    def _account(self, number: int, one: Comparison) -> None:
        """Its name, and a line above its first row."""
        from matplotlib.lines import Line2D  # heavy: see piquet/impact/chart_frame.py

        y = 1 - (self.top + self.height * number) / HEIGHT
        ends = (_MARGIN / WIDTH, 1 - _MARGIN / WIDTH)
        self.frame.figure.add_artist(Line2D(ends, (y, y), color=LINE, linewidth=1))
        weight = "normal" if one.account else "bold"
        self._write(number, _MARGIN, _MEASURES - 12, account_name(one, self.tongue), weight=weight)

    def _write(self, number: int, left: float, right: float, text: str, **look: Any) -> None:
        middle, size = self.top + self.height * (number + 0.5), min(_LARGEST, self.height * 0.66)
        self.frame.write(left, middle, text, size=size, width=right - left, va="center", **look)

    def _mark(self, one: Comparison, ratio: float, y: float) -> None:
        low, at, high = (
            _doublings(ratio if value is None else value) for value in (one.low, ratio, one.high)
        )
        edge = self.axes.get_xlim()[1]
        ends = [max(-edge, min(end, edge)) for end in (low, high)]
        self.axes.plot(ends, [y, y], color=INK, linewidth=3, solid_capstyle="butt", zorder=3)
        for end, there, arrow in zip((low, high), ends, "<>", strict=True):
            look = {"marker": arrow} if end != there else {"marker": "|", "markeredgewidth": 3}
            self.axes.plot([there], [y], color=INK, markersize=10, clip_on=False, zorder=3, **look)
        look = {"markersize": 13, "markeredgecolor": INK, "markeredgewidth": 1.8, **_MARKS[one.verdict]}
        # Beside the arrow that stands at the edge, not on it.
        inside = edge * 0.94
        self.axes.plot([max(-inside, min(at, inside))], [y], clip_on=False, zorder=4, **look)
