"""The records that Bluesky keeps of a post, made and read; knows no HTTP and no account."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import regex

from piquet.networks.facets import facets
from piquet.post import Card, Post

POSTS = "app.bsky.feed.post"
_BASE32_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"  # atproto.com/specs/tid
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LANGUAGE = regex.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def tid(key: str, at: datetime) -> str:
    """A record key: `at` in milliseconds, and what is left of a TID from `key`, so that posts of one instant differ."""
    millis = (at - _EPOCH) // timedelta(milliseconds=1)
    # A TID's own 10 bits alone make two of 20 posts meet in one cycle of six; the second would be refused for ever.
    own = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % (1000 << 10)
    number = (millis * 1000 << 10) + own
    return "".join(_BASE32_SORTABLE[number >> shift & 31] for shift in range(60, -1, -5))


def record(post: Post, at: datetime) -> dict[str, Any]:
    """The whole app.bsky.feed.post: what is left out here no reader will ever see."""
    made: dict[str, Any] = {
        "$type": POSTS,
        "text": post.text,
        "createdAt": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    if language := _language(post.language):
        made["langs"] = [language]
    if found := facets(post.text, post.link):
        made["facets"] = found
    if post.link:
        made["embed"] = _external(post.link, post.card or Card(title=post.link))
    return made


def _external(link: str, card: Card) -> dict[str, Any]:
    external = {"uri": link, "title": card.title, "description": card.description}
    return {"$type": "app.bsky.embed.external", "external": external}


def _language(tag: str | None) -> str | None:
    """A tag the server will take: it refuses the whole record for a bad one."""
    first, _, rest = (tag or "").replace("_", "-").partition("-")
    language = first.lower() + (f"-{rest}" if rest else "")
    return language if _LANGUAGE.fullmatch(language) else None


def with_picture(
    made: dict[str, Any], blob: dict[str, Any], alt: str, size: tuple[int, int]
) -> dict[str, Any]:
    """The record with an uploaded picture: on its card, which has no place for `alt`, else attached."""
    if "embed" in made:
        external = {**made["embed"]["external"], "thumb": blob}
        return {**made, "embed": {**made["embed"], "external": external}}
    ratio = {"width": size[0], "height": size[1]}
    shown = {"image": blob, "alt": alt, "aspectRatio": ratio}
    return {**made, "embed": {"$type": "app.bsky.embed.images", "images": [shown]}}


def reply_under(uri: str, cid: str, parent: dict[str, Any]) -> dict[str, Any]:
    """The `reply` of a post under this one: a conversation keeps the root that it began with."""
    itself = {"uri": uri, "cid": cid}
    above = parent.get("reply")
    root = above.get("root") if isinstance(above, dict) else None
    return {"root": root or itself, "parent": itself}


def parts(uri: str) -> dict[str, str]:
    """An at:// address as the arguments of the repository's methods."""
    repo, collection, rkey = uri.removeprefix("at://").split("/")
    return {"repo": repo, "collection": collection, "rkey": rkey}
