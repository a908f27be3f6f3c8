"""Which of the posts seen on a network is the one a payload became; decides only, and asks no network."""

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote, unquote, urlsplit

from piquet.post import Payload, Receipt

# How far a network's clock may be behind ours: ours may be an hour wrong (a zone set as UTC), and its post must be found.
SKEW = timedelta(minutes=65)
# X gives a bare domain back with one.
_SCHEME = re.compile("https?://")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A post as a network shows it: whole text, the whole addresses it links to, time in aware UTC.

    `parent` is the id of the post that it answers, where it is a reply.
    """

    id: str
    url: str
    at: datetime
    text: str
    links: Collection[str] = field(default=())
    parent: str | None = None


def since(payload: Payload) -> datetime:
    """The earliest time this payload's post can bear."""
    return payload.prepared_at - SKEW


def choose(
    seen: Iterable[Seen], payload: Payload, known: Collection[str], *, parent: str | None = None
) -> Receipt | None:
    """The payload's post: of those in its time and of no other delivery, the one with its text, else its link.

    A notice stands with one text under several posts: only what answers `parent` is looked at.
    """
    theirs = (s for s in seen if s.id not in known and s.parent == parent)
    possible = sorted((s for s in theirs if s.at >= since(payload)), key=_time)
    by_text = (s for s in possible if same_text(s.text, payload.text))
    by_link = (s for s in possible if payload.link and _links_to(payload.link, s))
    found = next(by_text, None) or next(by_link, None)
    return found and Receipt(id=found.id, url=found.url, at=found.at)


def same_text(one: str, other: str) -> bool:
    """Equal to a reader: networks trim, wrap and compose accents in their own ways."""
    return _folded(one) == _folded(other)


def same_address(one: str, other: str) -> bool:
    """Equal once escapes, the host's case and a bare root are written in one way."""
    return _canonical(one) == _canonical(other)


def _links_to(link: str, seen: Seen) -> bool:
    return any(same_address(link, other) for other in seen.links)


def _time(seen: Seen) -> datetime:
    return seen.at


def _folded(text: str) -> str:
    return " ".join(_SCHEME.sub("", unicodedata.normalize("NFC", text)).split())


def _canonical(address: str) -> str:
    try:
        parts = urlsplit(address.strip())
        host = _ascii(parts.netloc.lower())
    except ValueError:
        return address
    path = quote(unquote(parts.path or "/"), safe="/%")
    query = quote(unquote(parts.query), safe="=&/%+")
    return parts._replace(scheme=parts.scheme.lower(), netloc=host, path=path, query=query).geturl()


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host
