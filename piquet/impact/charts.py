"""The two pictures of an impact report, to be read without colours and without the page; they know its values only."""

from piquet.impact.chart_frame import SOFT, WIDTH, Frame, drawing
from piquet.impact.chart_hours import draw_hours
from piquet.impact.chart_rows import draw_rows
from piquet.impact.values import Impact
from piquet.impact.view import compared_title, timeline_title
from piquet.impact.words import Tongue

_MARGIN = 36
_TITLE, _TITLE_TOP, _TITLE_LINE = 27, 52, 32


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
    top = _head(frame, impact, timeline_title(impact))
    draw_hours(frame, top, impact.facts, Tongue.of(impact))


def draw_compared(frame: Frame, impact: Impact) -> None:
    """The same into a frame."""
    top = _head(frame, impact, compared_title(impact))
    draw_rows(frame, top, impact, Tongue.of(impact))


def _head(frame: Frame, impact: Impact, title: str) -> float:
    """Where it ends."""
    width = WIDTH - 2 * _MARGIN
    # The day first: a long name of an outlet gives way.
    whose = f"{Tongue.of(impact).spanned()} · {impact.title}"
    frame.write(_MARGIN, 22, whose, size=18, width=width, color=SOFT)
    said = frame.write(
        _MARGIN, _TITLE_TOP, title, size=_TITLE, width=width, lines=3, weight="bold", linespacing=1.15
    )
    return _TITLE_TOP + _TITLE_LINE * (said.get_text().count("\n") + 1)
