"""A feed as read and not yet judged: its elements under feedparser's names, whatever the format was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# The elements that say when, the most telling first; each is kept as `date_` and its name.
PUBLISHED = ("pubdate", "published", "issued", "dcterms_issued")
DATED = ("dc_date", "dcterms_date", "date")
CREATED = ("created", "dcterms_created")
UPDATED = ("updated", "modified", "dcterms_modified", "lastbuilddate")
MAX_ENTRIES = 5_000  # the longest real feed at hand has 500; reading 5,000 takes 3 s of CPU


@dataclass(frozen=True, slots=True, kw_only=True)
class RawFeed:
    """`typed`: the format says which texts are markup (Atom, JSON Feed); `cut`: the end was missing."""

    head: Mapping[str, Any]
    entries: Sequence[Mapping[str, Any]]
    typed: bool
    cut: bool = False
    more: bool = False


def words(raw: Mapping[str, Any], key: str) -> str:
    """The text of an element; empty where there is none or it is no text."""
    value = raw.get(key)
    return value if isinstance(value, str) else ""
