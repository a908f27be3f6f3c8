"""How Facebook's Graph API writes its errors and its objects; knows no request. https://developers.facebook.com/docs/graph-api"""

import hashlib
from typing import Any
from urllib.parse import quote, urlsplit

import regex
from starlette.responses import JSONResponse, Response

from piquet.wall import comments
from piquet.wall.calls import Refusal
from piquet.wall.state import Account, Wall, WallPost

DEFAULT_FIELDS = "id,created_time,message"
FIELDS = (
    "id",
    "message",
    "created_time",
    "updated_time",
    "permalink_url",
    "attachments",
    "from",
    "is_published",
    "status_type",
    "shares",
    "reactions",
    "comments",
)


def error(
    code: int, sentence: str, *, kind: str = "OAuthException", status: int = 400, **more: Any
) -> Response:
    """An answer that is no success."""
    trace = "A" + hashlib.sha256(f"{code}{sentence}".encode()).hexdigest()[:22]
    body = {"message": sentence, "type": kind, "code": code, **more, "fbtrace_id": trace}
    return JSONResponse({"error": body}, status)


def refusal(code: int, sentence: str, **more: Any) -> Refusal:
    """The same, to raise."""
    return Refusal(error(code, sentence, **more))


def unknown(id: str, verb: str) -> Refusal:
    """What Graph says of an object that is not there or not to be seen."""
    sentence = (
        f"Unsupported {verb} request. Object with ID '{id}' does not exist, cannot be loaded due to missing "
        "permissions, or does not support this operation. Please read the Graph API documentation at "
        "https://developers.facebook.com/docs/graph-api"
    )
    return refusal(100, sentence, kind="GraphMethodException", error_subcode=33)


def fields_of(text: str) -> dict[str, list[str]]:
    """`id,attachments{title,url}` as names with their own fields; unknown ones are refused."""
    fields = {
        m["name"]: (m["inner"] or "").split(",") if m["inner"] else []
        for m in regex.finditer(r"(?<name>[^,{}\s]+)\s*(?:\{(?<inner>[^{}]*)\})?", text)
    }
    # Modifiers stay out: comments.limit(0).summary(total_count) is the edge `comments`.
    fields = {name.partition(".")[0]: inner for name, inner in fields.items()}
    for name in fields:
        if name not in FIELDS:
            raise refusal(100, f"(#100) Tried accessing nonexisting field ({name}) on node type (PagePost)")
    return fields


def shown(
    wall: Wall, account: Account, post: WallPost, fields: dict[str, list[str]], base: str
) -> dict[str, Any]:
    """A post or comment with the fields that were asked for."""
    when = f"{post.time:%Y-%m-%dT%H:%M:%S}+0000"
    read = wall.read(post)
    whole = {
        "message": post.text or None,
        "created_time": when,
        "updated_time": when,
        "permalink_url": f"{base}{post.path}",
        "attachments": _attachments(post, fields.get("attachments", [])),
        "from": {"name": account.title, "id": account.credentials["page_id"]},
        "is_published": True,
        "status_type": "shared_story" if post.link else "mobile_status_update",
        "reactions": _edge(read.likes),
        "comments": _edge(len(comments.under(wall, account, post.id)) + read.replies),
        "shares": {"count": read.reposts} if read.reposts else None,  # left out where there are none
    }
    return {**{k: v for k, v in whole.items() if k in fields and v is not None}, "id": post.id}


def _edge(total: int) -> dict[str, Any]:
    return {"data": [], "summary": {"total_count": total}}


def _attachments(post: WallPost, inner: list[str]) -> dict[str, Any] | None:
    if not post.link:
        return None
    whole = {
        "media_type": "link",
        "title": urlsplit(post.link).hostname,
        "type": "share",
        "unshimmed_url": post.link,
        "url": f"https://l.facebook.com/l.php?u={quote(post.link, safe='')}",
    }
    chosen = inner or ["media_type", "title", "type", "url"]
    return {"data": [{name: whole[name] for name in chosen if name in whole}]}
