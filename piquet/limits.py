"""What fits in a post, counted as each network counts it; pure, no I/O.

Sources: ../docs of each network as quoted in docs/decisions.md; twitter-text 3, the Bluesky lexicon
app.bsky.feed.post, Mastodon's StatusLengthValidator.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How much of one bound a text uses."""

    unit: str
    used: int
    maximum: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """One maximum: `measure(text, link)` counts `text` in `unit`s, `link` being the article link in it."""

    unit: str
    maximum: int
    measure: Callable[[str, str | None], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """All the bounds of one network or account; a text fits when it is within every one."""

    bounds: tuple[Bound, ...]

    def counts(self, text: str, link: str | None = None) -> tuple[Count, ...]:
        """The text's length in every bound's own unit."""
        return tuple(
            Count(unit=b.unit, used=b.measure(text, link), maximum=b.maximum) for b in self.bounds
        )

    def fits(self, text: str, link: str | None = None) -> bool:
        """Whether the network would take a post of this length."""
        return all(c.used <= c.maximum for c in self.counts(text, link))
