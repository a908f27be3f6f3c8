"""Threads' read side: posts, containers, profile, figures, and the errors both sides share.

Answers have the shapes of Meta's own Postman collection, github.com/fbsamples/threads_api.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.responses import JSONResponse, Response

from piquet.wall.calls import Call, Refusal
from piquet.wall.state import Account, Wall, WallPost

QUOTA, CONTAINER_LIFE = 250, timedelta(hours=24)
POST_FIELDS = frozenset(
    {
        "id",
        "media_product_type",
        "media_type",
        "permalink",
        "owner",
        "username",
        "text",
        "timestamp",
        "shortcode",
        "is_quote_post",
        "has_replies",
        "link_attachment_url",
        "topic_tag",
        "alt_text",
        "replied_to",
        "is_reply",
    }
)
CONTAINER_FIELDS = ("id", "status", "error_message")
PROFILE_FIELDS = ("id", "username", "name", "threads_profile_picture_url", "threads_biography")
METRICS = ("views", "likes", "replies", "reposts", "quotes", "shares")


def error(
    code: int, sentence: str, *, status: int = 400, kind: str = "OAuthException", **more: Any
) -> Response:
    """An error, as Graph writes them."""
    trace = "A" + hashlib.sha256(f"{code}{sentence}".encode()).hexdigest()[:22]
    return JSONResponse(
        {"error": {"message": sentence, "type": kind, "code": code, **more, "fbtrace_id": trace}}, status
    )


def refusal(code: int, sentence: str, **more: Any) -> Refusal:
    """The same, to be raised."""
    return Refusal(error(code, sentence, **more))


def missing(verb: str, id: str) -> Refusal:
    """What is not there, or not ours to see."""
    sentence = (
        f"Unsupported {verb} request. Object with ID '{id}' does not exist, cannot be loaded due to missing "
        "permissions, or does not support this operation"
    )
    return refusal(100, sentence, kind="THApiException", error_subcode=33)


def given_in(call: Call) -> dict[str, Any]:
    """Query, form and JSON together."""
    try:
        return call.parameters()
    except ValueError:
        raise refusal(100, "The body is not a JSON object", kind="THApiException") from None


def check_user(account: Account, call: Call) -> None:
    """Only of oneself."""
    if call.path["user"] not in ("me", account.number):
        raise missing("post", call.path["user"])


def status(made: Mapping[str, Any], now: datetime) -> str:
    """Where a container stands: text is finished at once."""
    if "post" in made:
        return "PUBLISHED"
    return "EXPIRED" if now - datetime.fromisoformat(made["made"]) > CONTAINER_LIFE else "FINISHED"


def shortcode(id: str) -> str:
    """What stands for the id in an address."""
    return hashlib.sha256(id.encode()).hexdigest()[:11]


def posts_of(wall: Wall, account: Account, call: Call) -> Response:
    """GET /{user}/threads or /{user}/replies, newest first."""
    check_user(account, call)
    replies = call.url.partition("?")[0].endswith("/replies")
    asked = dict(call.query)
    fields, since = _fields(asked, POST_FIELDS), _time(asked, "since")
    found = [
        p
        for p in reversed(wall.posts("threads", account.name))
        if bool(p.wire["reply"]) is replies and (since is None or p.time >= since)
    ]
    limit = asked.get("limit", "25")
    if not limit.isdecimal() or not 1 <= int(limit) <= 100:
        raise refusal(100, "Param limit must be between 1 and 100", kind="THApiException")
    start = int(asked["after"]) if asked.get("after", "").isdecimal() else 0
    page = found[start : start + int(limit)]
    cursors = {"before": str(start), "after": str(start + len(page))}
    data = [_post(account, p, fields, call.base) for p in page]
    return JSONResponse({"data": data, **({"paging": {"cursors": cursors}} if page else {})})


def _fields(asked: Mapping[str, str], known: Collection[str]) -> list[str]:
    fields = [name for name in asked.get("fields", "id").split(",") if name]
    if foreign := [name for name in fields if name not in known]:
        raise refusal(100, f"Tried accessing nonexisting field ({foreign[0]})", kind="THApiException")
    return fields


def _time(asked: Mapping[str, str], name: str) -> datetime | None:
    given = asked.get(name, "")
    return datetime.fromtimestamp(int(given), UTC) if given.isdecimal() else None


def _post(account: Account, post: WallPost, fields: list[str], base: str) -> dict[str, Any]:
    parent = post.wire["reply"]
    whole = {
        "media_product_type": "THREADS",
        "media_type": "TEXT_POST",
        "permalink": f"{base}{post.path}",
        "owner": {"id": account.number},
        "username": account.name,
        "text": post.text,
        "timestamp": f"{post.time:%Y-%m-%dT%H:%M:%S}+0000",
        "shortcode": shortcode(post.id),
        "is_quote_post": False,
        "has_replies": False,
        "link_attachment_url": post.wire["link_attachment"],
        "is_reply": bool(parent),
        "replied_to": {"id": parent} if parent else None,
    }
    return {"id": post.id, **{k: v for k, v in whole.items() if k in fields and v is not None}}


def read_object(wall: Wall, account: Account, call: Call) -> Response:
    """GET /me, /{container} or /{post}."""
    asked, id = dict(call.query), call.path["id"]
    if id in ("me", account.number):
        profile = {"id": account.number, "username": account.name, "name": account.title}
        fields = _fields(asked, PROFILE_FIELDS)
        return JSONResponse({k: v for k, v in profile.items() if k in fields or k == "id"})
    if made := wall.containers.get(id):
        _fields(asked, CONTAINER_FIELDS)
        return JSONResponse({"id": id, "status": status(made, call.now)})
    return JSONResponse(
        _post(account, standing(wall, account, call, "get"), _fields(asked, POST_FIELDS), call.base)
    )


def standing(wall: Wall, account: Account, call: Call, verb: str) -> WallPost:
    """The post that the path names."""
    post = wall.post("threads", account.name, call.path["id"])
    if post is None:
        raise missing(verb, call.path["id"])
    return post


def insights(wall: Wall, account: Account, call: Call) -> Response:
    """GET /{post}/insights."""
    post = standing(wall, account, call, "get")
    names = dict(call.query).get("metric", "").split(",")
    if foreign := [name for name in names if name not in METRICS]:
        raise refusal(100, f"(#100) metric[0] must be one of {', '.join(METRICS)}: {foreign[0]}")
    answers = sum(p.wire["reply"] == post.id for p in wall.posts("threads"))
    read = wall.read(post)
    figures = {**asdict(read), "replies": answers + read.replies, "shares": 0}
    return JSONResponse({"data": [_figure(post, name, figures[name]) for name in names]})


def _figure(post: WallPost, name: str, value: int) -> dict[str, Any]:
    return {
        "name": name,
        "period": "lifetime",
        "values": [{"value": value}],
        "title": name.capitalize(),
        "description": f"The number of {name} of your post.",
        "id": f"{post.id}/insights/{name}/lifetime",
    }


def quota(wall: Wall, account: Account, call: Call) -> Response:
    """GET /{user}/threads_publishing_limit, of the last 24 hours."""
    check_user(account, call)
    used = [p for p in wall.everything("threads", account.name) if call.now - p.time < timedelta(days=1)]
    replies = sum(bool(p.wire["reply"]) for p in used)
    row = {
        "quota_usage": len(used) - replies,
        "config": {"quota_total": QUOTA, "quota_duration": 86400},
        "reply_quota_usage": replies,
        "reply_config": {"quota_total": 1000, "quota_duration": 86400},
    }
    fields = _fields(dict(call.query), list(row))
    return JSONResponse({"data": [{k: v for k, v in row.items() if k in fields}]})
