"""What Mastodon says of a status and of its own limits, read; knows no HTTP and no account."""

from collections.abc import Mapping
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from piquet import limits
from piquet.limits import Limit
from piquet.networks.http import moment
from piquet.networks.match import Seen
from piquet.networks.protocol import Metrics


def iso_639_1(tag: str | None) -> str | None:
    """The two-letter language of a BCP 47 tag; None where there is none, and the account's own applies."""
    primary = (tag or "").replace("_", "-").split("-")[0].lower()
    return primary if len(primary) == 2 and primary.isalpha() and primary.isascii() else None


def plain_text(html: str) -> str:
    """The text a reader sees in a status: paragraphs and line breaks become line ends."""
    tree = LexborHTMLParser(html)
    for end in tree.css("br, p"):
        end.insert_after("\n")
    return tree.text().strip()


def _links(html: str) -> list[str]:
    return [a.attributes.get("href") or "" for a in LexborHTMLParser(html).css("a[href]")]


def seen_of(status: Mapping[str, Any]) -> Seen | None:
    """A status of the API as a post seen; None for what has no time, which no Mastodon sends."""
    at, content = moment(status.get("created_at")), str(status.get("content") or "")
    if at is None or "id" not in status:
        return None
    parent = status.get("in_reply_to_id")
    return Seen(
        id=str(status["id"]),
        url=url_of(status),
        at=at,
        text=plain_text(content),
        links=_links(content),
        parent=str(parent) if parent else None,
    )


def url_of(status: Mapping[str, Any]) -> str:
    """Where readers see it."""
    return str(status.get("url") or status.get("uri") or "")


def stated_limit(instance: Mapping[str, Any]) -> Limit | None:
    """The limit in an /instance answer, if there is one to believe."""
    configuration = instance.get("configuration")
    stated = configuration.get("statuses") if isinstance(configuration, dict) else None
    if not isinstance(stated, dict):
        return None
    characters, per_url = stated.get("max_characters"), stated.get("characters_reserved_per_url", 23)
    if not all(isinstance(number, int) and number > 0 for number in (characters, per_url)):
        return None
    return limits.mastodon(characters, per_url, strict=not _is_mastodon(instance.get("version")))


def _is_mastodon(version: object) -> bool:
    """Others state a version of their own below 3, or "2.7.2 (compatible; Pleroma 2.6.0)"."""
    text = str(version)
    major = text.partition(".")[0]
    return major.isdecimal() and int(major) >= 3 and "(" not in text


def figures(status: Mapping[str, Any]) -> Metrics:
    """What readers did with a status; `quotes_count` exists since 4.5."""

    def count(name: str) -> int | None:
        value = status.get(name)
        return value if isinstance(value, int) else None

    return Metrics(
        likes=count("favourites_count"),
        reposts=count("reblogs_count"),
        replies=count("replies_count"),
        quotes=count("quotes_count"),
    )
