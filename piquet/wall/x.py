"""X as its clients meet it (API v2, OAuth 1.0a user context). https://docs.x.com/x-api"""

import hashlib
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape
from typing import Any
from urllib.parse import urlsplit

import regex
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from piquet.wall.calls import Call, Desk, Dialect, Refusal
from piquet.wall.faults import Fault
from piquet.wall.oauth import signer
from piquet.wall.state import Account, Wall, WallPost
from piquet.wall.text import Span, replaced, urls, weighted_length

MAXIMUM = 280
EPOCH_MS = 1288834974657  # snowflake: milliseconds since 2010-11-04T01:42:54.657Z in the bits above 22
POST_LIMIT, WINDOW = 100, 900
# CreatePostsRequest of X's OpenAPI 2.167, without what the wall cannot show.
FIELDS = (
    "text",
    "reply",
    "reply_settings",
    "for_super_followers_only",
    "nullcast",
    "made_with_ai",
    "paid_partnership",
)
UNSHOWN = ("media", "poll", "quote_tweet_id", "card_uri", "community_id", "geo", "direct_message_deep_link")
_START_TIME = regex.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def _problem(status: int, title: str, detail: str, kind: str = "about:blank") -> Response:
    return JSONResponse({"title": title, "detail": detail, "type": kind, "status": status}, status)


def _invalid(*sentences: str) -> Refusal:
    body = {
        "errors": [{"message": sentence} for sentence in sentences],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": "https://api.twitter.com/2/problems/invalid-request",
    }
    return Refusal(JSONResponse(body, 400))


def _owner(wall: Wall, call: Call) -> Account:
    if call.bearer():
        kind = "https://api.twitter.com/2/problems/unsupported-authentication"
        detail = (
            "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.  "
            "Supported authentication types are [OAuth 1.0a User Context, OAuth 2.0 User Context]."
        )
        raise Refusal(_problem(403, "Unsupported Authentication", detail, kind))
    account = signer(wall, call)
    if account is None:
        raise Refusal(_problem(401, "Unauthorized", "Unauthorized"))
    return account


def post_tweet(wall: Wall, account: Account, call: Call) -> Response:
    """POST /2/tweets."""
    given = _body(call)
    text = given.get("text", "")
    _check_length(text)
    _check_reply(wall, given)
    if any(_same(p.text, text) for p in wall.posts("x", account.name)):
        detail = "You are not allowed to create a Tweet with duplicate content."
        raise Refusal(_problem(403, "Forbidden", detail))
    post = _written(wall, account, call, given)
    wall.put(post)
    made = {"id": post.id, "text": _shown(post), "edit_history_tweet_ids": [post.id]}
    return JSONResponse({"data": made}, 201)


def _body(call: Call) -> dict[str, Any]:
    if call.content_type != "application/json":
        raise _invalid("Requests with bodies must have content-type of application/json.")
    try:
        given = call.json()
    except ValueError:
        raise _invalid("Request body is not valid JSON.") from None
    foreign = [name for name in given if name not in FIELDS + UNSHOWN]
    if foreign:
        rest = "is not defined in the schema and the schema does not allow additional properties"
        raise _invalid(*(f"$.{name}: {rest}" for name in foreign))
    unshown = [name for name in given if name in UNSHOWN]
    if unshown:
        raise _invalid(*(f"$.{name}: the wall shows only text" for name in unshown))
    if not isinstance(given.get("text", ""), str):
        raise _invalid("$.text: string expected")
    return given


def _check_length(text: str) -> None:
    if not text.strip():
        raise _invalid("$.text: the post needs a text")
    if weighted_length(text) > MAXIMUM:
        detail = (
            "Your Tweet text is too long. For more information on how Twitter determines "
            "text length see https://github.com/twitter/twitter-text."
        )
        raise Refusal(_problem(400, "Bad Request", detail))


def _check_reply(wall: Wall, given: dict[str, Any]) -> None:
    if "reply" not in given:
        return
    reply = given["reply"]
    parent = reply.get("in_reply_to_tweet_id") if isinstance(reply, dict) else None
    if not isinstance(parent, str):
        raise _invalid("$.reply.in_reply_to_tweet_id: is missing but it is required")
    if not any(p.id == parent for p in wall.posts("x")):
        detail = "You attempted to reply to a Tweet that is deleted or not visible to you."
        raise Refusal(_problem(403, "Forbidden", detail))


def _same(some: str, other: str) -> bool:
    return _plain(some) == _plain(other)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _written(wall: Wall, account: Account, call: Call, given: dict[str, Any]) -> WallPost:
    floor = (int(call.now.timestamp() * 1000) - EPOCH_MS) << 22
    id = str(wall.next_number("x", floor))
    text = unicodedata.normalize("NFC", given["text"])
    return WallPost(
        network="x",
        account=account.name,
        id=id,
        text=text,
        time=call.now,
        path=f"/x/{account.name}/status/{id}",
        link=next((s.target for s in urls(text, bare=True)), None),
        wire={"reply": given.get("reply")},
        request=call.shown(),
    )


def _short(post: WallPost, number: int) -> str:
    digest = hashlib.sha256(f"{post.id}/{number}".encode()).hexdigest()
    return f"https://t.co/{digest[:10]}"


def _shown(post: WallPost) -> str:
    """The text as the API gives it: every URL a t.co link, the rest with HTML entities."""
    return replaced(_escaped(post.text), _shortened(post))


def _escaped(text: str) -> str:
    return escape(text, quote=False)


def _shortened(post: WallPost) -> dict[Span, str]:
    text = _escaped(post.text)
    return {span: _short(post, number) for number, span in enumerate(urls(text, bare=True))}


def me(wall: Wall, account: Account, call: Call) -> Response:
    """GET /2/users/me."""
    return JSONResponse({"data": {"id": account.number, "name": account.title, "username": account.name}})


def tweets_of(wall: Wall, account: Account, call: Call) -> Response:
    """GET /2/users/:id/tweets, newest first; without any there is no `data`."""
    asked = dict(call.query)
    if call.path["id"] != account.number:
        raise _missing("user", "id", call.path["id"])
    fields = _fields(asked)
    found = [p for p in reversed(wall.posts("x", account.name)) if _within(p, asked)]
    amount = _amount(asked)
    start = int(asked.get("pagination_token", "0") or 0)
    page = found[start : start + amount]
    meta: dict[str, Any] = {"result_count": len(page)}
    if page:
        meta |= {"newest_id": page[0].id, "oldest_id": page[-1].id}
    if found[start + amount :]:
        meta["next_token"] = str(start + amount)
    data = {"data": [_tweet(account, p, fields) for p in page]} if page else {}
    return JSONResponse({**data, "meta": meta})


def _amount(asked: dict[str, str]) -> int:
    given = asked.get("max_results", "10")
    if not given.isdecimal() or not 5 <= int(given) <= 100:
        raise _invalid(f"The `max_results` query parameter value [{given}] is not between 5 and 100")
    return int(given)


def _fields(asked: dict[str, str]) -> set[str]:
    named = (
        asked.get("tweet.fields") or asked.get("post.fields") or ""
    )  # both names are live: OpenAPI 2.164, 2.167
    fields = {name for name in named.split(",") if name}
    known = {
        "id",
        "text",
        "created_at",
        "entities",
        "public_metrics",
        "author_id",
        "edit_history_tweet_ids",
        "lang",
    }
    foreign = fields - known
    if foreign:
        raise _invalid(
            f"The `tweet.fields` query parameter value [{sorted(foreign)[0]}] is not one of {sorted(known)}"
        )
    return fields


def _within(post: WallPost, asked: dict[str, str]) -> bool:
    since, until = _time(asked, "start_time"), _time(asked, "end_time")
    for name in ("since_id", "until_id"):
        if not asked.get(name, "0").isdecimal():
            raise _invalid(
                f"The `{name}` query parameter value [{asked[name]}] does not match ^[0-9]{{1,19}}$"
            )
    after = int(post.id) > int(asked.get("since_id", "0"))
    before = "until_id" not in asked or int(post.id) < int(asked["until_id"])
    return after and before and (since is None or post.time >= since) and (until is None or post.time < until)


def _time(asked: dict[str, str], name: str) -> datetime | None:
    if name not in asked:
        return None
    if not _START_TIME.fullmatch(asked[name]):
        raise _invalid(f"The `{name}` query parameter value [{asked[name]}] is not a valid RFC3339 date-time")
    return datetime.fromisoformat(asked[name].rstrip("Z")).replace(tzinfo=UTC)


def _tweet(account: Account, post: WallPost, fields: Iterable[str]) -> dict[str, Any]:
    base = {"id": post.id, "text": _shown(post), "edit_history_tweet_ids": [post.id]}
    more = {
        "created_at": f"{post.time:%Y-%m-%dT%H:%M:%S}.{post.time.microsecond // 1000:03}Z",
        "author_id": account.number,
        "lang": account.language,
        "public_metrics": dict.fromkeys(("retweet_count", "reply_count", "like_count", "quote_count"), 0),
    }
    entities = _entities(post) if "entities" in fields else None
    chosen = {name: value for name, value in more.items() if name in fields}
    return {**base, **chosen, **({"entities": entities} if entities else {})}


def _entities(post: WallPost) -> dict[str, Any] | None:
    links, moved = [], 0
    for span, short in _shortened(post).items():
        start = span.start + moved
        moved += len(short) - (span.end - span.start)
        host = urlsplit(span.target)
        links.append(
            {
                "start": start,
                "end": start + len(short),
                "url": short,
                "expanded_url": span.target.replace("&amp;", "&"),
                "display_url": (host.netloc + host.path).rstrip("/")[:30],
            }
        )
    return {"urls": links} if links else None


def delete_tweet(wall: Wall, account: Account, call: Call) -> Response:
    """DELETE /2/tweets/:id."""
    post = wall.post("x", account.name, call.path["id"])
    if post is None:
        raise _missing("tweet", "id", call.path["id"])
    wall.delete(post, call.now)
    return JSONResponse({"data": {"deleted": True}})


def _missing(kind: str, parameter: str, value: str) -> Refusal:
    error = {
        "value": value,
        "detail": f"Could not find {kind} with {parameter}: [{value}].",
        "title": "Not Found Error",
        "resource_type": kind,
        "parameter": parameter,
        "resource_id": value,
        "type": "https://api.twitter.com/2/problems/resource-not-found",
    }
    return Refusal(JSONResponse({"errors": [error]}, 404 if kind == "tweet" else 200))


def _busy(fault: Fault, account: Account, now: datetime) -> Response:
    answer = _problem(429, "Too Many Requests", "Too Many Requests")
    answer.headers["x-rate-limit-limit"] = str(POST_LIMIT)
    answer.headers["x-rate-limit-remaining"] = "0"
    answer.headers["x-rate-limit-reset"] = str(int(now.timestamp()) + fault.retry_after)
    return answer  # no Retry-After: X does not send one


def _broken(status: int) -> Response:
    titles = {
        500: "Internal Server Error",
        502: "Bad Gateway",
        503: "Service Unavailable",
        504: "Gateway Timeout",
    }
    return _problem(status, titles[status], titles[status])


def _suspended(account: Account) -> Response:
    return _problem(
        403, "Forbidden", "Your account is suspended and is not permitted to access this feature."
    )


def _expired(wall: Wall, call: Call) -> Response:
    return _problem(401, "Unauthorized", "Unauthorized")


def _depleted(account: Account) -> Response:
    kind = "https://api.twitter.com/2/problems/credits"
    detail = f"Your enrolled account [{account.number}] does not have any credits to fulfill this request."
    return _problem(402, "CreditsDepleted", detail, kind)


DIALECT = Dialect(
    network="x", busy=_busy, broken=_broken, suspended=_suspended, expired=_expired, depleted=_depleted
)


def routes(desk: Desk) -> list[Route]:
    """All paths, below /x."""
    return [
        Route("/2/tweets", desk.endpoint("post", _owner, post_tweet), methods=["POST"]),
        Route("/2/tweets/{id}", desk.endpoint("delete", _owner, delete_tweet), methods=["DELETE"]),
        Route("/2/users/me", desk.endpoint("session", _owner, me)),
        Route("/2/users/{id}/tweets", desk.endpoint("read", _owner, tweets_of)),
    ]
