"""The two pictures of an impact report, to be read without colours and without the page; they know its values only."""

from math import inf, log2

from piquet.chart_frame import BLUE, HEIGHT, INK, LINE, SOFT, VERMILION, WIDTH, Frame, drawing
from piquet.chart_hours import draw_hours
from piquet.impact import Comparison, Impact, Verdict
from piquet.impact_view import account_name, compared_title, measure_name, offered, short, timeline_title
from piquet.impact_words import Tongue

_MARGIN = 36
# Rows that a person still reads in a post; the table has all.
_MOST_ROWS = 16
_ROWS_TOP, _ROWS_BOTTOM = 190, 598
_TALLEST_ROW = 52
_NAMES, _MEASURES, _LEFT, _RIGHT = _MARGIN, 300, 436, 892
# Where a ratio is off the scale, an arrow says so: 1/32 to 32.
_FARTHEST = 5.0
_MARKS = {
    Verdict.MORE: {"marker": "^", "color": VERMILION},
    Verdict.LESS: {"marker": "v", "color": BLUE},
    Verdict.NO_DIFFERENCE: {"marker": "o", "color": "white"},
}


def timeline(impact: Impact) -> bytes:
    """PNG: the posts of the span hour by hour, what of the notice went out when, and replies."""
    with drawing() as frame:
        draw_timeline(frame, impact)
        return frame.png()


def compared(impact: Impact) -> bytes:
    """PNG: how many times the ordinary the strike's posts got, account by account."""
    with drawing() as frame:
        draw_compared(frame, impact)
        return frame.png()


def draw_timeline(frame: Frame, impact: Impact) -> None:
    """The same into a frame."""
    tongue = Tongue.of(impact)
    _head(frame, impact, tongue, timeline_title(impact))
    draw_hours(frame, impact.facts, tongue)


def draw_compared(frame: Frame, impact: Impact) -> None:
    """The same into a frame."""
    tongue, rows = Tongue.of(impact), _rows(offered(impact))
    _head(frame, impact, tongue, compared_title(impact))
    if not rows:
        frame.write(
            _MARGIN, HEIGHT / 2, tongue.say("nothing"), size=24, width=WIDTH - 2 * _MARGIN, color=SOFT
        )
        return
    height = min(_TALLEST_ROW, (_ROWS_BOTTOM - _ROWS_TOP) / len(rows))
    axes = _scale(frame, rows, height, tongue)
    for number, one in enumerate(rows):
        before = rows[number - 1] if number else None
        _row(frame, axes, one, before, number, height, tongue)
    if left := len(offered(impact)) - len(rows):
        more = tongue.say("more_rows", number=tongue.number(left))
        frame.write(_MARGIN, HEIGHT - 34, more, size=16, width=_LEFT - 2 * _MARGIN, color=SOFT)


def _head(frame: Frame, impact: Impact, tongue: Tongue, title: str) -> None:
    width = WIDTH - 2 * _MARGIN
    frame.write(_MARGIN, 22, f"{impact.title} · {tongue.spanned()}", size=18, width=width, color=SOFT)
    frame.write(_MARGIN, 52, title, size=27, width=width, lines=3, weight="bold", linespacing=1.15)


def _rows(found: tuple[Comparison, ...]) -> list[Comparison]:
    """As many as can be read: those that say something first, in the report's order."""
    said = sorted(found, key=lambda one: (bool(one.account), one.verdict is Verdict.TOO_LITTLE, _rank(one)))
    kept = set(map(id, said[:_MOST_ROWS]))
    return [one for one in found if id(one) in kept]


def _rank(one: Comparison) -> float:
    return inf if one.p is None else one.p


def _scale(frame: Frame, rows: list[Comparison], height: float, tongue: Tongue):
    """Twice as many is as far to the right as half as many is to the left."""
    axes = frame.axes(_LEFT, _ROWS_TOP, _RIGHT, _ROWS_TOP + height * len(rows))
    reach = _reach(rows)
    axes.set(xlim=(-reach, reach), ylim=(len(rows), 0), yticks=[])
    step = 1 if reach <= 3.5 else 2
    ticks = [number for number in range(-5, 6) if abs(number) <= reach and number % step == 0]
    axes.set_xticks(ticks, [_times(number) for number in ticks], fontsize=13)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.axvline(0, color=INK, linewidth=2)
    as_usual = tongue.say("as_usual", ordinary=tongue.ordinary())
    middle, width = (_LEFT + _RIGHT) / 2, _RIGHT - _LEFT
    frame.write(middle, _ROWS_TOP - 28, as_usual, size=17, width=width, ha="center", color=INK)
    bottom = _ROWS_TOP + height * len(rows) + 36
    frame.write(middle, bottom, tongue.say("scale"), size=16, width=width + 260, ha="center", color=SOFT)
    return axes


def _reach(rows: list[Comparison]) -> float:
    """How far the scale goes to each side, in doublings."""
    ends = [
        abs(_place(value)) for one in rows for value in (one.ratio, one.low, one.high) if value is not None
    ]
    return min(max([1.2, *(end + 0.25 for end in ends)]), _FARTHEST)


def _place(ratio: float) -> float:
    return log2(ratio) if 0 < ratio < inf else inf if ratio else -inf


def _times(doublings: int) -> str:
    return f"× {2**doublings}" if doublings >= 0 else f"× 1/{2**-doublings}"


def _row(
    frame: Frame, axes, one: Comparison, before: Comparison | None, number: int, height: float, tongue: Tongue
) -> None:
    size = min(19.0, height * 0.68)
    top = _ROWS_TOP + height * (number + 0.5)
    if before is None or before.account != one.account:
        weight = "normal" if one.account else "bold"
        name = account_name(one, tongue)
        frame.write(_NAMES, top, name, size=size, width=_MEASURES - _NAMES - 12, va="center", weight=weight)
        _rule(frame, number, height)
    frame.write(
        _MEASURES, top, measure_name(one.measure, tongue), size=size, width=_LEFT - _MEASURES - 8, va="center"
    )
    clear = one.verdict in (Verdict.MORE, Verdict.LESS)
    look = {"weight": "bold"} if clear else {"color": SOFT}
    frame.write(
        _RIGHT + 16, top, short(one, tongue), size=size, width=WIDTH - _RIGHT - 26, va="center", **look
    )
    if one.ratio is not None:
        _mark(axes, one, number + 0.5)


def _rule(frame: Frame, number: int, height: float) -> None:
    """A line above an account's first row."""
    from matplotlib.lines import Line2D

    y = 1 - (_ROWS_TOP + height * number) / HEIGHT
    ends = (_MARGIN / WIDTH, 1 - _MARGIN / WIDTH)
    frame.figure.add_artist(Line2D(ends, (y, y), color=LINE, linewidth=1))


def _mark(axes, one: Comparison, y: float) -> None:
    edge = axes.get_xlim()[1]
    low, ratio, high = (
        _place(value if value is not None else one.ratio) for value in (one.low, one.ratio, one.high)
    )
    axes.plot(
        [max(low, -edge), min(high, edge)], [y, y], color=INK, linewidth=3, solid_capstyle="butt", zorder=3
    )
    for end, marker in ((low, "<"), (high, ">")):
        off = abs(end) > edge
        look = (
            {"marker": marker, "markersize": 8}
            if off
            else {"marker": "|", "markersize": 11, "markeredgewidth": 3}
        )
        axes.plot([max(-edge, min(end, edge))], [y], color=INK, clip_on=False, zorder=3, **look)
    at = max(-edge, min(ratio, edge))
    axes.plot(
        [at],
        [y],
        markersize=13,
        markeredgecolor=INK,
        markeredgewidth=1.8,
        clip_on=False,
        zorder=4,
        **_MARKS[one.verdict],
    )
