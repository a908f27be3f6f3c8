"""X's read side: a user's posts with t.co links and entities, and the errors both sides share. https://docs.x.com"""

import hashlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from html import escape
from typing import Any
from urllib.parse import urlsplit

import regex
from starlette.responses import JSONResponse, Response

from piquet.wall.calls import Call, Refusal
from piquet.wall.readers import Read
from piquet.wall.state import Account, Wall, WallPost
from piquet.wall.text import Span, urls

FIELDS = {
    "id",
    "text",
    "created_at",
    "entities",
    "public_metrics",
    "author_id",
    "edit_history_tweet_ids",
    "lang",
}
_START_TIME = regex.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def problem(status: int, title: str, detail: str, kind: str = "about:blank") -> Response:
    """One problem, as X writes them."""
    return JSONResponse({"title": title, "detail": detail, "type": kind, "status": status}, status)


def invalid(*sentences: str) -> Refusal:
    """A request that breaks the schema."""
    body = {
        "errors": [{"message": sentence} for sentence in sentences],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": "https://api.twitter.com/2/problems/invalid-request",
    }
    return Refusal(JSONResponse(body, 400))


def missing(kind: str, parameter: str, value: str) -> Refusal:
    """A user (200, an error inside) or tweet (404) that is not there."""
    error = _not_found(kind, parameter, value)
    return Refusal(JSONResponse({"errors": [error]}, 404 if kind == "tweet" else 200))


def _not_found(kind: str, parameter: str, value: str) -> dict[str, Any]:
    return {
        "value": value,
        "detail": f"Could not find {kind} with {parameter}: [{value}].",
        "title": "Not Found Error",
        "resource_type": kind,
        "parameter": parameter,
        "resource_id": value,
        "type": "https://api.twitter.com/2/problems/resource-not-found",
    }


def tweets_of(wall: Wall, account: Account, call: Call) -> Response:
    """GET /2/users/:id/tweets, newest first; without any there is no `data`."""
    asked = dict(call.query)
    if call.path["id"] != account.number:
        raise missing("user", "id", call.path["id"])
    fields = _fields(asked)
    wanted = _wanted(asked)
    found = [p for p in reversed(wall.posts("x", account.name)) if wanted(p)]
    amount = _amount(asked)
    start = _id(asked, "pagination_token") or 0
    page = found[start : start + amount]
    meta: dict[str, Any] = {"result_count": len(page)}
    if page:
        meta |= {"newest_id": page[0].id, "oldest_id": page[-1].id}
    if found[start + amount :]:
        meta["next_token"] = str(start + amount)
    data = {"data": [_tweet(wall, account, p, fields) for p in page]} if page else {}
    return JSONResponse({**data, "meta": meta})


def tweets_by_id(wall: Wall, account: Account, call: Call) -> Response:
    """GET /2/tweets?ids=: those that are there, and an error for each that is not."""
    asked = dict(call.query)
    ids = [id for id in asked.get("ids", "").split(",") if id]
    if not 1 <= len(ids) <= 100:
        raise invalid(
            f"The number of values in the `ids` query parameter list [{len(ids)}] is not between 1 and 100"
        )
    fields = _fields(asked)
    standing = {post.id: post for post in wall.posts("x", account.name)}
    found = [_tweet(wall, account, standing[id], fields) for id in ids if id in standing]
    errors = [_not_found("tweet", "ids", id) for id in ids if id not in standing]
    return JSONResponse({**({"data": found} if found else {}), **({"errors": errors} if errors else {})})


def _amount(asked: dict[str, str]) -> int:
    given = asked.get("max_results", "10")
    if not given.isdecimal() or not 5 <= int(given) <= 100:
        raise invalid(f"The `max_results` query parameter value [{given}] is not between 5 and 100")
    return int(given)


def _fields(asked: dict[str, str]) -> set[str]:
    # Both names are live: OpenAPI 2.164 and 2.167.
    named = asked.get("tweet.fields") or asked.get("post.fields") or ""
    fields = {name for name in named.split(",") if name}
    for name in sorted(fields - FIELDS):
        raise invalid(f"The `tweet.fields` query parameter value [{name}] is not one of {sorted(FIELDS)}")
    return fields


def _wanted(asked: dict[str, str]) -> Callable[[WallPost], bool]:
    since, until = _time(asked, "start_time"), _time(asked, "end_time")
    above, below = _id(asked, "since_id"), _id(asked, "until_id")

    def wanted(post: WallPost) -> bool:
        in_time = (since is None or post.time >= since) and (until is None or post.time < until)
        return in_time and (above is None or int(post.id) > above) and (below is None or int(post.id) < below)

    return wanted


def _id(asked: dict[str, str], name: str) -> int | None:
    given = asked.get(name)
    if given is not None and not given.isdecimal():
        raise invalid(f"The `{name}` query parameter value [{given}] does not match ^[0-9]{{1,19}}$")
    return None if given is None else int(given)


def _time(asked: dict[str, str], name: str) -> datetime | None:
    if name not in asked:
        return None
    try:
        if _START_TIME.fullmatch(asked[name]):
            return datetime.fromisoformat(asked[name]).astimezone(UTC)
    except ValueError:  # a day that does not exist
        pass
    raise invalid(f"The `{name}` query parameter value [{asked[name]}] is not a valid RFC3339 date-time")


def _tweet(wall: Wall, account: Account, post: WallPost, fields: Iterable[str]) -> dict[str, Any]:
    base = {"id": post.id, "text": shown_text(post), "edit_history_tweet_ids": [post.id]}
    more = {
        "created_at": f"{post.time:%Y-%m-%dT%H:%M:%S}.{post.time.microsecond // 1000:03}Z",
        "author_id": account.number,
        "lang": account.language,
        "public_metrics": _counts(wall.read(post)),
    }
    entities = _entities(post) if "entities" in fields else None
    chosen = {name: value for name, value in more.items() if name in fields}
    return {**base, **chosen, **({"entities": entities} if entities else {})}


def _counts(read: Read) -> dict[str, int]:
    return {
        "retweet_count": read.reposts,
        "reply_count": read.replies,
        "like_count": read.likes,
        "quote_count": read.quotes,
        "bookmark_count": 0,
        "impression_count": read.views,
    }


def shown_text(post: WallPost) -> str:
    """The text as the API gives it: every URL a t.co link, the rest with HTML entities."""
    return _told(post)[0]


def _entities(post: WallPost) -> dict[str, Any] | None:
    links = _told(post)[1]
    return {"urls": links} if links else None


def _told(post: WallPost) -> tuple[str, list[dict[str, Any]]]:
    """The API's text, and where in it the t.co links stand for what."""
    text, at, links = "", 0, []
    for number, span in enumerate(urls(post.text, bare=True)):
        text += escape(post.text[at : span.start], quote=False)
        links.append(_entity(span, _short(post, number), len(text)))
        text += links[-1]["url"]
        at = span.end
    return text + escape(post.text[at:], quote=False), links


def _entity(span: Span, short: str, start: int) -> dict[str, Any]:
    parts = urlsplit(span.target)
    return {
        "start": start,
        "end": start + len(short),
        "url": short,
        "expanded_url": span.target,
        "display_url": (parts.netloc + parts.path).rstrip("/")[:30],
    }


def _short(post: WallPost, number: int) -> str:
    digest = hashlib.sha256(f"{post.id}/{number}".encode()).hexdigest()
    return f"https://t.co/{digest[:10]}"
