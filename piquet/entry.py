"""An article as its feed gave it, and which articles of a fetch are new; knows neither networks nor SQL."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An article's picture: an absolute URL and its text alternative (may be empty)."""

    url: str
    alt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One article. `title` and `summary` are plain text; times are aware, in UTC, or None."""

    feed: str
    id: str
    link: str
    title: str
    summary: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    image: Image | None = None
    language: str | None = None
    tags: tuple[str, ...] = field(default=())


__all__ = ["Entry", "Image", "Iterable"]
