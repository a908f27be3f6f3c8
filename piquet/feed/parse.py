"""The body of a feed to its entries: decode, repair, read, choose; it never looks outside the body it is given."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from piquet.entry import Entry
from piquet.errors import NotAFeed
from piquet.feed import kind, repair
from piquet.feed.choose import choose
from piquet.feed.decode import decode
from piquet.feed.json_feed import read_json
from piquet.feed.raw import RawFeed

_LONGEST_SOUP = 64_000  # characters; feedparser's tag soup parser can cost their square


class NeedsPatience(Exception):
    """The body may take long: parse it where a runaway can be ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A feed's entries in document order; `warnings` are sentences on what was lost; `cut`: its end is missing."""

    entries: tuple[Entry, ...]
    title: str
    language: str | None
    warnings: tuple[str, ...]
    cut: bool = False


def parse(
    body: bytes,
    headers: Mapping[str, str],
    url: str,
    *,
    feed: str | None = None,
    now: datetime | None = None,
    patient: bool = True,
) -> ParsedFeed:
    """The feed in a body that came from `url`; `NotAFeed` says what it is instead.

    `feed`: what the entries call their feed, where that is not `url` (redirects). Dates later than `now` (None:
    this machine's clock) become None. An entry without id takes its link for one. Not `patient`: `NeedsPatience`
    is raised where parsing could take long.
    """
    text, encoding = decode(body, headers)
    first = repair.first_element(text)
    raw = None if kind.is_page(text, first) else _read(text, patient)
    if raw is None:
        raise NotAFeed(kind.not_a_feed(body, text, first, url))
    chosen = choose(raw, feed=feed or url, url=url, now=now or datetime.now(UTC))
    return ParsedFeed(
        entries=chosen.entries,
        title=chosen.title,
        language=chosen.language,
        warnings=tuple(_warnings(raw, chosen.without_link, text.count("\ufffd"), encoding)),
        cut=raw.cut,
    )


def _read(text: str, patient: bool) -> RawFeed | None:
    if text.lstrip(" \t\r\n\ufeff\x00")[:1] in ("{", "["):
        return read_json(text)
    found = repair.document(text)
    return found and replace(_elements(found, patient), cut=found.cut)


def _elements(found: repair.Document, patient: bool) -> RawFeed:
    """As it stands, else repaired, else as tag soup: each costs more and keeps less than the one before."""
    # feedparser takes 70 ms to import, which JSON and unchanged feeds need not pay.
    from piquet.feed import reader

    typed = found.root.lower().endswith("feed")
    if not found.entities and (raw := reader.read_strictly(found.text, typed=typed)):
        return raw
    repaired = repair.escaped(found)
    if raw := reader.read_strictly(repaired, typed=typed):
        return raw
    if not patient and len(repaired) > _LONGEST_SOUP:
        raise NeedsPatience
    return reader.read_loosely(repaired, typed=typed)


def _warnings(raw: RawFeed, without_link: Sequence[str], lost: int, encoding: str) -> Iterator[str]:
    if lost:
        yield f"{lost} characters could not be read as {encoding}."
    if raw.cut:
        yield "The document ends before its end; its last, half entry is left out."
    if raw.more:
        yield f"The feed has more than {len(raw.entries)} entries; those after are left out."
    if without_link:
        example = without_link[0][:80]
        yield f"Left out, for want of a link a reader could follow: {len(without_link)}, such as {example!r}."
