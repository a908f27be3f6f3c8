"""X as its clients meet it (API v2, OAuth 1.0a and 2 user context). https://docs.x.com/x-api"""

import unicodedata
from datetime import datetime
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from piquet.wall.calls import Call, Desk, Dialect, Refusal
from piquet.wall.faults import Fault
from piquet.wall.oauth import signer
from piquet.wall.state import Account, Wall, WallPost
from piquet.wall.text import urls, weighted_length
from piquet.wall.timeline import invalid, missing, problem, shown_text, tweets_by_id, tweets_of
from piquet.wall.x_tokens import Expired, bearer_of, renew, renewing

MAXIMUM = 280
EPOCH_MS = 1288834974657  # snowflake: milliseconds since 2010-11-04T01:42:54.657Z in the bits above 22
POST_LIMIT = 100  # in 15 minutes
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
UNSHOWN = (
    "media",
    "poll",
    "quote_tweet_id",
    "card_uri",
    "community_id",
    "geo",
    "direct_message_deep_link",
    "edit_options",
    "share_with_followers",
)


def _owner(wall: Wall, call: Call) -> Account:
    if call.bearer():
        return _bearer(wall, call)
    account = signer(wall, call)
    if account is None:
        raise Refusal(problem(401, "Unauthorized", "Unauthorized"))
    return account


def _bearer(wall: Wall, call: Call) -> Account:
    try:
        account = bearer_of(wall, call)
    except Expired:
        raise Refusal(_expired(wall, call)) from None
    if account is None:
        kind = "https://api.twitter.com/2/problems/unsupported-authentication"
        detail = (
            "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.  "
            "Supported authentication types are [OAuth 1.0a User Context, OAuth 2.0 User Context]."
        )
        raise Refusal(problem(403, "Unsupported Authentication", detail, kind))
    return account


def post_tweet(wall: Wall, account: Account, call: Call) -> Response:
    """POST /2/tweets."""
    given = _body(call)
    text = given.get("text", "")
    _check_length(text)
    _check_reply(wall, given)
    if any(_same(p.text, text) for p in wall.posts("x", account.name)):
        detail = "You are not allowed to create a Tweet with duplicate content."
        raise Refusal(problem(403, "Forbidden", detail))
    post = _written(wall, account, call, given)
    wall.put(post)
    made = {"id": post.id, "text": shown_text(post), "edit_history_tweet_ids": [post.id]}
    return JSONResponse({"data": made}, 201)


def _body(call: Call) -> dict[str, Any]:
    if call.content_type != "application/json":
        raise invalid("Requests with bodies must have content-type of application/json.")
    try:
        given = call.json()
    except ValueError:
        raise invalid("Request body is not valid JSON.") from None
    foreign = [name for name in given if name not in FIELDS + UNSHOWN]
    if foreign:
        rest = "is not defined in the schema and the schema does not allow additional properties"
        raise invalid(*(f"$.{name}: {rest}" for name in foreign))
    unshown = [name for name in given if name in UNSHOWN]
    if unshown:
        raise invalid(*(f"$.{name}: the wall shows only text" for name in unshown))
    if not isinstance(given.get("text", ""), str):
        raise invalid("$.text: string expected")
    return given


def _check_length(text: str) -> None:
    if not text.strip():
        raise invalid("$.text: the post needs a text")
    if weighted_length(text) > MAXIMUM:
        detail = (
            "Your Tweet text is too long. For more information on how Twitter determines "
            "text length see https://github.com/twitter/twitter-text."
        )
        raise Refusal(problem(400, "Bad Request", detail))


def _check_reply(wall: Wall, given: dict[str, Any]) -> None:
    if "reply" not in given:
        return
    reply = given["reply"]
    parent = reply.get("in_reply_to_tweet_id") if isinstance(reply, dict) else None
    if not isinstance(parent, str):
        raise invalid("$.reply.in_reply_to_tweet_id: is missing but it is required")
    if not any(p.id == parent for p in wall.posts("x")):
        detail = "You attempted to reply to a Tweet that is deleted or not visible to you."
        raise Refusal(problem(403, "Forbidden", detail))


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


def me(wall: Wall, account: Account, call: Call) -> Response:
    """GET /2/users/me."""
    return JSONResponse({"data": {"id": account.number, "name": account.title, "username": account.name}})


def delete_tweet(wall: Wall, account: Account, call: Call) -> Response:
    """DELETE /2/tweets/:id."""
    post = wall.post("x", account.name, call.path["id"])
    if post is None:
        raise missing("tweet", "id", call.path["id"])
    wall.delete(post, call.now)
    return JSONResponse({"data": {"deleted": True}})


def _busy(fault: Fault, account: Account, now: datetime) -> Response:
    answer = problem(429, "Too Many Requests", "Too Many Requests")
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
    return problem(status, titles[status], titles[status])


def _suspended(account: Account) -> Response:
    return problem(403, "Forbidden", "Your account is suspended and is not permitted to access this feature.")


def _expired(wall: Wall, call: Call) -> Response:
    return problem(401, "Unauthorized", "Unauthorized")


def _depleted(account: Account) -> Response:
    kind = "https://api.twitter.com/2/problems/credits"
    detail = f"Your enrolled account [{account.number}] does not have any credits to fulfill this request."
    return problem(402, "CreditsDepleted", detail, kind)


DIALECT = Dialect(
    network="x", busy=_busy, broken=_broken, suspended=_suspended, expired=_expired, depleted=_depleted
)


def routes(desk: Desk) -> list[Route]:
    """All paths, below /x."""
    return [
        Route("/2/oauth2/token", desk.endpoint("session", renewing, renew), methods=["POST"]),
        Route("/2/tweets", desk.endpoint("post", _owner, post_tweet), methods=["POST"]),
        Route("/2/tweets", desk.endpoint("read", _owner, tweets_by_id), methods=["GET"]),
        Route("/2/tweets/{id}", desk.endpoint("delete", _owner, delete_tweet), methods=["DELETE"]),
        Route("/2/users/me", desk.endpoint("session", _owner, me)),
        Route("/2/users/{id}/tweets", desk.endpoint("read", _owner, tweets_of)),
    ]
