"""The hours of an impact report, one panel below the other; knows the facts only, and the frame that it draws into."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, count
from typing import TYPE_CHECKING, Any

from piquet.impact.chart_frame import HEIGHT, INK, LINE, SKY, SOFT, VERMILION, WIDTH, Frame
from piquet.impact.values import Facts, Hour
from piquet.impact.words import Tongue
from piquet.strike_spans import Span

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LEFT, _RIGHT, _BOTTOM = 336, 1136, 612
_NAMES, _NAMES_WIDTH = 36, 250
# Of a lane the mark takes the lower part, its number the upper.
_LANE, _MARK = 42, 0.66
_GAP = 30
# How much of what the lanes leave is for the posts.
_SHARE = 0.58
_SIZE = 16.5
# Bars that can still be told apart; more hours than that are drawn several to a bar.
_MOST_BARS = 62
_STEPS = (1, 2, 3, 6, 12, 24, 48, 96, 168, 336, 672)
_MOST_TICKS = 9
_WEEK = 168
# A bar must be so wide that a number stands beside a mark.
_WIDE = 30
_WITH = {"facecolor": VERMILION, "hatch": "///", "edgecolor": INK, "linewidth": 1.0}
_WITHOUT = {"facecolor": SKY, "edgecolor": INK, "linewidth": 1.0}


# From where to where, in pixels from above.
_Place = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Hours that are drawn together, from `left` hours after the first on."""

    left: int
    width: int
    posts: int
    noticed: int
    notices: int
    reminders: int
    replies: int | None

    @property
    def middle(self) -> float:
        return self.left + self.width / 2


def draw_hours(frame: Frame, top: float, facts: Facts, tongue: Tongue) -> None:
    """The strike, reminders and notices as lanes, posts as bars, replies as a line, below `top`."""
    if not facts.hours:
        frame.write(_NAMES, HEIGHT / 2, tongue.say("no_hours"), size=24, width=WIDTH - 2 * _NAMES, color=SOFT)
        return
    bars = bars_of(facts.hours)
    lanes = top + 3 * _LANE
    posts = lanes + _GAP + (_BOTTOM - lanes - 2 * _GAP) * _SHARE
    _lanes(frame, (top, lanes), facts, bars, tongue)
    _posts(frame, (lanes + _GAP, posts), facts, bars, tongue)
    _replies(frame, (posts + _GAP, _BOTTOM), facts, bars, tongue)


def bars_of(hours: Sequence[Hour]) -> list[Bar]:
    """One bar an hour, or several hours to a bar where there are too many."""
    step = next(step for step in _steps() if len(hours) <= step * _MOST_BARS)
    return [_bar(left, hours[left : left + step]) for left in range(0, len(hours), step)]


def _steps() -> Iterator[int]:
    """Hours between two ticks or in one bar, ever more of them: beyond those that people count in, whole weeks."""
    return chain(_STEPS, count(2 * _STEPS[-1], _STEPS[-1]))


def _bar(left: int, hours: Sequence[Hour]) -> Bar:
    sums = {
        name: sum(getattr(hour, name) for hour in hours)
        for name in ("posts", "noticed", "notices", "reminders")
    }
    replies = [hour.replies for hour in hours if hour.replies is not None]
    return Bar(left=left, width=len(hours), replies=sum(replies) if replies else None, **sums)


def _axes(frame: Frame, place: _Place, hours: Sequence[Hour]) -> "Axes":
    axes = frame.axes(_LEFT, place[0], _RIGHT, place[1])
    axes.set_xlim(0, len(hours))
    axes.set_xticks([])
    axes.spines["left"].set_visible(False)
    return axes


def _lanes(frame: Frame, place: _Place, facts: Facts, bars: Sequence[Bar], tongue: Tongue) -> None:
    axes = _axes(frame, place, facts.hours)
    axes.set(ylim=(3, 0), yticks=[])
    axes.spines["bottom"].set_visible(False)
    for number, name in enumerate(_lane_names(bars, tongue)):
        _name(frame, place[0] + _LANE * (number + _MARK), name)
        axes.axhline(number + _MARK, color=LINE, linewidth=0.8, zorder=0)
    for strike in facts.strikes:
        _strike(axes, strike, facts)
    wide = (_RIGHT - _LEFT) / len(bars) >= _WIDE
    for bar in bars:
        _symbol(axes, bar.middle, 1 + _MARK, bar.reminders, "^", wide)
        _symbol(axes, bar.middle, 2 + _MARK, bar.notices, "D", wide)


def _lane_names(bars: Sequence[Bar], tongue: Tongue) -> tuple[str, ...]:
    reminders, notices = (sum(getattr(bar, name) for bar in bars) for name in ("reminders", "notices"))
    return (
        tongue.say("lane_strike"),
        tongue.say("lane_reminders", number=tongue.number(reminders)),
        tongue.say("lane_notices", number=tongue.number(notices)),
    )


def _strike(axes: "Axes", strike: Span, facts: Facts) -> None:
    """From its beginning to its end as far as the picture goes; an open end is an arrow."""
    end = len(facts.hours)
    began = max(_hours_after(strike.start, facts), 0)
    ended = end if strike.end is None else min(_hours_after(strike.end, facts), end)
    if began >= end or ended <= 0:
        return
    axes.plot([began, ended], [_MARK, _MARK], color=INK, linewidth=9, solid_capstyle="butt", clip_on=False)
    if strike.end is None:
        axes.plot([ended], [_MARK], color=INK, marker=">", markersize=15, clip_on=False)


def _hours_after(moment: datetime, facts: Facts) -> float:
    return (moment - facts.hours[0].at) / timedelta(hours=1)


def _symbol(axes: "Axes", x: float, y: float, count: int, marker: str, wide: bool) -> None:
    if not count:
        return
    axes.plot([x], [y], marker=marker, markersize=10 if marker == "^" else 8, color=INK, clip_on=False)
    if wide and count > 1:
        axes.annotate(str(count), (x, y), (0, 8.5), textcoords="offset points", ha="center", fontsize=11)


def _posts(frame: Frame, place: _Place, facts: Facts, bars: Sequence[Bar], tongue: Tongue) -> None:
    axes = _axes(frame, place, facts.hours)
    for bar in bars:
        _stack(axes, bar)
    _amounts(axes, max(bar.posts for bar in bars))
    top = place[0] + 16
    _name(frame, top, _per(tongue, bars), weight="bold")
    _swatch(frame, top + 34, _WITH, tongue.say("with_notice", number=tongue.number(facts.noticed)))
    without = tongue.number(facts.posts - facts.noticed)
    _swatch(frame, top + 66, _WITHOUT, tongue.say("without_notice", number=without))


def _stack(axes: "Axes", bar: Bar) -> None:
    """Posts with the notice below those without; what is nothing has no edge either."""
    others = bar.posts - bar.noticed
    for height, bottom, look in ((bar.noticed, 0, _WITH), (others, bar.noticed, _WITHOUT)):
        if height:
            axes.bar([bar.middle], [height], bar.width * 0.86, bottom=bottom, **look)


def _per(tongue: Tongue, bars: Sequence[Bar]) -> str:
    if bars[0].width == 1:
        return tongue.say("posts_per_hour")
    return tongue.say("posts_per_hours", hours=tongue.number(bars[0].width))


def _replies(frame: Frame, place: _Place, facts: Facts, bars: Sequence[Bar], tongue: Tongue) -> None:
    axes = _axes(frame, place, facts.hours)
    _ticks(axes, facts.hours, tongue)
    told = [bar for bar in bars if bar.replies is not None]
    _name(frame, place[0] + 12, tongue.say("replies_lane"), weight="bold")
    if not told:
        axes.set(ylim=(0, 1), yticks=[])
        _name(frame, place[0] + 46, tongue.say("no_replies"), lines=2, color=SOFT)
        return
    sent = tongue.say("replies_sent", number=tongue.number(sum(bar.replies or 0 for bar in told)))
    _name(frame, place[0] + 46, sent, lines=2, color=SOFT)
    values = [float("nan") if bar.replies is None else bar.replies for bar in bars]
    axes.plot(
        [bar.middle for bar in bars], values, color=INK, linewidth=2, marker="o", markersize=5, clip_on=False
    )
    _amounts(axes, max(bar.replies or 0 for bar in told))
    _highest(axes, max(told, key=lambda bar: bar.replies or 0), tongue)


def _highest(axes: "Axes", bar: Bar, tongue: Tongue) -> None:
    if not bar.replies:
        return
    text = tongue.number(bar.replies)
    axes.annotate(
        text,
        (bar.middle, bar.replies),
        (0, 7),
        textcoords="offset points",
        ha="center",
        fontsize=12,
        weight="bold",
    )


def _amounts(axes: "Axes", most: int) -> None:
    from matplotlib.ticker import MaxNLocator  # heavy: see piquet/impact/chart_frame.py

    top = max(most, 1) * 1.12
    axes.set_ylim(0, top)
    axes.set_yticks(
        [
            tick
            for tick in MaxNLocator(nbins=3, integer=True, steps=[1, 2, 4, 5, 10]).tick_values(0, top)
            if tick <= top
        ]
    )
    axes.tick_params(axis="y", length=0, labelsize=12, labelcolor=SOFT)
    axes.grid(axis="y", color=LINE, linewidth=0.8)
    axes.set_axisbelow(True)


def _ticks(axes: "Axes", hours: Sequence[Hour], tongue: Tongue) -> None:
    """Hours of the outlet's zone: one that comes twice stands twice."""
    local = [hour.at.astimezone(tongue.zone) for hour in hours]
    every = next(step for step in _steps() if len(local) / step <= _MOST_TICKS)
    places = [number for number, at in enumerate(local) if _is_tick(at, local[0], every)]
    axes.set_xticks(places, [_tick(local, number, every, tongue) for number in places], fontsize=13)


def _is_tick(at: datetime, first: datetime, every: int) -> bool:
    if every <= 24:
        return at.hour % every == 0
    return at.hour == 0 and (at.date() - first.date()).days % (every // 24) == 0


def _tick(local: Sequence[datetime], number: int, every: int, tongue: Tongue) -> str:
    at = local[number]
    if every >= _WEEK:  # always the same weekday
        return tongue.short_date(at)
    if every >= 24:
        return tongue.short_day(at)
    return f"{at:%H:%M}" if at.hour or len(local) <= 25 else f"{at:%H:%M}\n{tongue.short_day(at)}"


def _name(frame: Frame, y: float, text: str, **look: Any) -> None:
    frame.write(_NAMES, y, text, **{"size": _SIZE, "width": _NAMES_WIDTH, "va": "center", **look})


def _swatch(frame: Frame, y: float, look: Mapping[str, Any], text: str) -> None:
    from matplotlib.patches import Rectangle  # heavy too

    place = (_NAMES / WIDTH, 1 - (y + 11) / HEIGHT)
    frame.figure.add_artist(
        Rectangle(place, 30 / WIDTH, 22 / HEIGHT, transform=frame.figure.transFigure, **look)
    )
    frame.write(_NAMES + 40, y, text, size=_SIZE, width=_NAMES_WIDTH - 40, va="center")
