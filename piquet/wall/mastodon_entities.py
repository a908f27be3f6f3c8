"""What Mastodon's API says of a status, an account, an attachment and the instance; knows no request. https://docs.joinmastodon.org/entities"""

from typing import Any
from urllib.parse import urlsplit

from piquet.wall.formatting import content
from piquet.wall.state import Account, Wall, WallPost
from piquet.wall.text import linked

VERSION = "4.5.3"
MAX_PINS = 5


def instance(wall: Wall, base: str, *, version: int) -> dict[str, Any]:
    """GET /api/v1/instance and /api/v2/instance: the limits this wall keeps."""
    statuses = {
        "max_characters": wall.max_characters,
        "max_media_attachments": 4,
        "characters_reserved_per_url": 23,
    }
    domain = urlsplit(base).netloc
    shared = {
        "title": "The wall",
        "version": VERSION,
        "languages": ["fr"],
        "configuration": {"statuses": statuses, "accounts": {"max_pinned_statuses": MAX_PINS}},
    }
    if version == 1:
        return {
            **shared,
            "uri": domain,
            "short_description": "",
            "email": "",
            "max_toot_chars": wall.max_characters,
        }
    return {
        **shared,
        "domain": domain,
        "source_url": "https://github.com/mastodon/mastodon",
        "description": "",
    }


def account_of(wall: Wall, account: Account, base: str) -> dict[str, Any]:
    """The entity Account."""
    return {**_byline(account, base), "statuses_count": len(wall.posts("mastodon", account.name))}


def _byline(account: Account, base: str) -> dict[str, Any]:
    url = f"{base}/mastodon/@{account.name}"
    return {
        "id": account.number,
        "username": account.name,
        "acct": account.name,
        "display_name": account.title,
        "locked": False,
        "bot": False,
        "url": url,
        "uri": url,
        "fields": [],
        "emojis": [],
    }


def status_of(wall: Wall, account: Account, post: WallPost, base: str) -> dict[str, Any]:
    """The entity Status."""
    url, read = f"{base}{post.path}", wall.read(post)
    answers = sum(p.wire["in_reply_to_id"] == post.id for p in wall.posts("mastodon"))
    return {
        "id": post.id,
        "created_at": f"{post.time:%Y-%m-%dT%H:%M:%S}.{post.time.microsecond // 1000:03}Z",
        "in_reply_to_id": post.wire["in_reply_to_id"],
        "sensitive": bool(post.wire["spoiler_text"]),
        "spoiler_text": post.wire["spoiler_text"],
        "visibility": post.wire["visibility"],
        "language": post.language,
        "uri": url,
        "url": url,
        "replies_count": answers + read.replies,
        "reblogs_count": read.reposts,
        "favourites_count": read.likes,
        "quotes_count": read.quotes,
        "pinned": bool(post.wire.get("pinned")),
        "edited_at": None,
        "content": content(post.text, base),
        "reblog": None,
        "account": _byline(account, base),
        "media_attachments": [attachment(wall.blobs[id]) for id in post.wire.get("media", ())],
        "mentions": [],
        "tags": [{"name": s.target.lower()} for s in linked(post.text) if s.kind == "tag"],
        "emojis": [],
        "card": None,  # fetched later by a real server; null in the first answers
        "poll": None,
    }


def attachment(blob: dict[str, Any]) -> dict[str, Any]:
    """The entity MediaAttachment; the wall keeps the description, not the picture."""
    return {
        "id": blob["ref"]["$link"],
        "type": "image",
        "url": None,
        "preview_url": None,
        "description": blob["description"],
        "meta": {},
    }
