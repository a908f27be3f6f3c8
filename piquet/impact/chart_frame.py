"""An empty picture sized for a post, and text that fits where it is put; knows no report."""

import io
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from piquet.text import graphemes, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

# Pixels: what every network shows whole in a post, 16 by 9.
WIDTH, HEIGHT = 1200, 675
# The palette that colour-blind people tell apart: Okabe and Ito, https://jfly.uni-koeln.de/color/
VERMILION, BLUE, SKY, INK, SOFT, LINE = "#D55E00", "#0072B2", "#C7E6F7", "#000000", "#4D4D4D", "#C8C8C8"
_DPI = 100
# The pictures are flat: more colours weigh more and show nothing more.
_COLOURS = 64
_ELLIPSIS = "…"
_RULES = {
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same letters on every machine
    "text.parse_math": False,  # a dollar sign in a name is a dollar sign
    "hatch.linewidth": 1.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


class Frame:
    """The picture; places are pixels from its upper left corner."""

    def __init__(self) -> None:
        # 0.5 s to import, for those who draw. The object interface: pyplot keeps every figure for ever, and is no
        # thing for several threads. https://matplotlib.org/stable/users/explain/figure/api_interfaces.html
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self.figure = Figure(figsize=(WIDTH / _DPI, HEIGHT / _DPI), dpi=_DPI, facecolor="white")
        self.canvas = FigureCanvasAgg(self.figure)

    def axes(self, left: float, top: float, right: float, bottom: float) -> "Axes":
        """A place to draw in."""
        place = (left / WIDTH, 1 - bottom / HEIGHT, (right - left) / WIDTH, (bottom - top) / HEIGHT)
        return self.figure.add_axes(place)

    def write(
        self, x: float, y: float, text: str, *, size: float, width: float, lines: int = 1, **look: Any
    ) -> "Text":
        """Text whose upper left corner is there, in `lines` of `width` at most; what does not fit ends in an ellipsis."""
        look = {"va": "top", "ha": "left", "color": INK, **look, "fontsize": size * 72 / _DPI}
        written = self.figure.text(x / WIDTH, 1 - y / HEIGHT, "", **look)
        written.set_text("\n".join(self._lines(written, plain(text).split(" "), width, lines)))
        return written

    def png(self) -> bytes:
        """The same bytes for the same picture."""
        from PIL import Image  # where there is a picture

        self.canvas.draw()
        drawn = Image.frombuffer("RGBA", (WIDTH, HEIGHT), self.canvas.buffer_rgba()).convert("RGB")
        out = io.BytesIO()
        drawn.quantize(_COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
            out, "PNG", optimize=True
        )
        return out.getvalue()

    def measured(self, written: "Text", text: str) -> float:
        """How wide this would be."""
        written.set_text(text)
        return written.get_window_extent(self.canvas.get_renderer()).width

    def _lines(self, written: "Text", parts: list[str], width: float, lines: int) -> Iterator[str]:
        while parts and lines:
            count = self._fitting(written, parts, width) if lines > 1 else len(parts)
            yield self._cut(written, " ".join(parts[:count]), width)
            parts, lines = parts[count:], lines - 1

    def _fitting(self, written: "Text", parts: list[str], width: float) -> int:
        """How many of the words go into a line; one always does."""
        count = 1
        while count < len(parts) and self.measured(written, " ".join(parts[: count + 1])) <= width:
            count += 1
        return count

    def _cut(self, written: "Text", line: str, width: float) -> str:
        if self.measured(written, line) <= width:
            return line
        units = graphemes(line)

        def is_too_wide(count: int) -> bool:
            return self.measured(written, _ended(units[:count])) > width

        count = bisect_left(range(len(units)), True, key=is_too_wide) - 1
        return _ended(units[: max(count, 0)])


def _ended(units: Sequence[str]) -> str:
    return "".join(units).rstrip() + _ELLIPSIS


@contextmanager
def drawing() -> Iterator[Frame]:
    """A picture that looks alike whatever matplotlib was told on this machine; draw and save it within."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_RULES)
        yield Frame()
