"""Facebook Pages as their clients meet them (Graph v26.0). https://developers.facebook.com/docs/graph-api"""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import regex
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from piquet.wall import comments
from piquet.wall.calls import Call, Desk, Dialect
from piquet.wall.faults import Fault
from piquet.wall.graph import DEFAULT_FIELDS, error, fields_of, refusal, shown, unknown
from piquet.wall.state import Account, Wall, WallPost

MAXIMUM = 63_206


def _owner(wall: Wall, call: Call) -> Account:
    given = call.bearer() or _oauth(call) or _parameters(call).get("access_token")
    if not given:
        raise refusal(104, "An access token is required to request this resource.")
    for account in wall.of_network("facebook"):
        if given == account.credentials["token"]:
            return account
    raise refusal(190, "Invalid OAuth access token - Cannot parse access token")


def _oauth(call: Call) -> str | None:
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "oauth" else None


def _parameters(call: Call) -> dict[str, Any]:
    try:
        return call.parameters()
    except ValueError:
        raise refusal(100, "(#100) The body is not a JSON object") from None


def post_feed(wall: Wall, account: Account, call: Call) -> Response:
    """POST /{page}/feed."""
    _check_page(account, call, "post")
    given = _parameters(call)
    message, link = str(given.get("message") or ""), given.get("link") or None
    _check(message, link, given)
    _check_repeat(wall, account, message, link)
    post = _written(wall, account, call, message, link)
    wall.put(post)
    return JSONResponse({"id": post.id})


def _check(message: str, link: Any, given: dict[str, Any]) -> None:
    if not message.strip() and not link:
        raise refusal(100, "(#100) Missing message or attachment")
    if len(message) > MAXIMUM:
        raise refusal(100, f"(#100) Param message must be at most {MAXIMUM} characters long")
    if link and not _is_url(link):
        raise refusal(100, "(#100) link URL is not properly formatted")
    if str(given.get("published", "true")).lower() in ("false", "0") or given.get("scheduled_publish_time"):
        raise refusal(100, "(#100) The wall publishes at once: published is true, without a time")


def _is_url(link: Any) -> bool:
    if not isinstance(link, str) or regex.search(r"\s", link):
        return False
    try:
        parts = urlsplit(link)
        return parts.scheme in ("http", "https") and "." in (parts.hostname or "")
    except ValueError:
        return False


def _check_repeat(wall: Wall, account: Account, message: str, link: str | None) -> None:
    # Only "the last one you posted": a wall that remembered more would hide a second post that Facebook shows.
    last = next(reversed(comments.posts_of(wall, account)), None)
    if last and (last.text, last.link) == (message, link):
        told = {
            "error_subcode": 1455006,
            "is_transient": False,
            "error_user_title": "Duplicate Status Update",
            "error_user_msg": "This status update is identical to the last one you posted. "
            "Try posting something different, or delete your previous update.",
        }
        raise refusal(506, "(#506) Duplicate status message", **told)


def _written(wall: Wall, account: Account, call: Call, message: str, link: str | None) -> WallPost:
    page = account.credentials["page_id"]
    number = wall.next_number("facebook", int(call.now.timestamp() * 1000) * 100)
    return WallPost(
        network="facebook",
        account=account.name,
        id=f"{page}_{number}",
        text=message,
        time=call.now.replace(microsecond=0),
        path=f"/facebook/{page}/posts/{number}",
        link=link,
        request=call.shown(),
    )


def _check_page(account: Account, call: Call, verb: str) -> None:
    if call.path["id"] not in ("me", account.credentials["page_id"]):
        raise unknown(call.path["id"], verb)


def published_posts(wall: Wall, account: Account, call: Call) -> Response:
    """GET /{page}/published_posts, newest first."""
    _check_page(account, call, "get")
    asked = dict(call.query)
    fields = fields_of(asked.get("fields") or DEFAULT_FIELDS)
    since, until = _time(asked, "since"), _time(asked, "until")
    found = [
        p
        for p in reversed(comments.posts_of(wall, account))
        if (since is None or p.time >= since) and (until is None or p.time <= until)
    ]
    limit = asked.get("limit", "25")
    if not limit.isdecimal() or not 1 <= int(limit) <= 100:
        raise refusal(100, "(#100) Param limit must be between 1 and 100")
    start = int(asked.get("after", "0")) if asked.get("after", "0").isdecimal() else 0
    end = start + int(limit)
    paging = {"cursors": {"before": str(start), "after": str(min(end, len(found)))}}
    page = [shown(wall, account, p, fields, call.base) for p in found[start:end]]
    return JSONResponse({"data": page, **({"paging": paging} if page else {})})


def _time(asked: dict[str, str], name: str) -> datetime | None:
    given = asked.get(name)
    if not given:
        return None
    try:
        if given.isdecimal():
            return datetime.fromtimestamp(int(given), UTC)
        time = datetime.fromisoformat(given.replace(" ", "+"))
    except (ValueError, OverflowError):
        raise refusal(100, f"(#100) {name} must be a unix timestamp or a date") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def read_object(wall: Wall, account: Account, call: Call) -> Response:
    """GET /{page}, /me or /{post}."""
    asked = dict(call.query).get("fields")
    if call.path["id"] in ("me", account.credentials["page_id"]):
        page = {
            "name": account.title,
            "link": f"{call.base}/a/facebook/{account.name}",
            "username": account.name,
            "can_post": True,
        }
        names = (asked or "name").split(",")
        return JSONResponse(
            {**{n: page[n] for n in names if n in page}, "id": account.credentials["page_id"]}
        )
    post = wall.post("facebook", account.name, call.path["id"])
    if post is None:
        raise unknown(call.path["id"], "get")
    return JSONResponse(shown(wall, account, post, fields_of(asked or DEFAULT_FIELDS), call.base))


def read_objects(wall: Wall, account: Account, call: Call) -> Response:
    """GET /?ids=: all of them by id, or none where one is gone."""
    asked = dict(call.query)
    fields = fields_of(asked.get("fields") or DEFAULT_FIELDS)
    found = {}
    for id in asked.get("ids", "").split(","):
        post = wall.post("facebook", account.name, id)
        if post is None:
            raise unknown(id, "get")
        found[id] = shown(wall, account, post, fields, call.base)
    return JSONResponse(found)


def change_object(wall: Wall, account: Account, call: Call) -> Response:
    """POST /{post}: only `is_pinned`; a Page has one pinned post."""
    post, given = _standing(wall, account, call, "post"), _parameters(call)
    if set(given) - {"access_token"} != {"is_pinned"}:
        raise refusal(100, "(#100) The wall changes only is_pinned of a post")
    pinned = str(given["is_pinned"]).lower() in ("true", "1")
    for other in comments.posts_of(wall, account):
        if other.id == post.id or (pinned and other.wire.get("pinned")):
            wall.put(replace(other, wire={**other.wire, "pinned": pinned and other.id == post.id}))
    return JSONResponse({"success": True})


def post_comment(wall: Wall, account: Account, call: Call) -> Response:
    """POST /{post}/comments."""
    post, message = _standing(wall, account, call, "post"), str(_parameters(call).get("message") or "")
    if not message.strip():
        raise refusal(100, "(#100) Missing message or attachment")
    made = comments.add(wall, account, call, post, message)
    return JSONResponse({"id": made.id})


def read_comments(wall: Wall, account: Account, call: Call) -> Response:
    """GET /{post}/comments: oldest first unless `order` says otherwise."""
    post, asked = _standing(wall, account, call, "get"), dict(call.query)
    fields = fields_of(asked.get("fields") or DEFAULT_FIELDS)
    found = comments.under(wall, account, post.id)
    if asked.get("order") == "reverse_chronological":
        found.reverse()
    return JSONResponse({"data": [shown(wall, account, one, fields, call.base) for one in found]})


def _standing(wall: Wall, account: Account, call: Call, verb: str) -> WallPost:
    post = wall.post("facebook", account.name, call.path["id"])
    if post is None:
        raise unknown(call.path["id"], verb)
    return post


def delete_object(wall: Wall, account: Account, call: Call) -> Response:
    """DELETE /{post}."""
    post = wall.post("facebook", account.name, call.path["id"])
    if post is None:
        raise unknown(call.path["id"], "delete")
    wall.delete(post, call.now)
    return JSONResponse({"success": True})


def _busy(fault: Fault, account: Account, now: datetime) -> Response:
    minutes = -(-fault.retry_after // 60)
    page = account.credentials["page_id"]
    usage = {"type": "pages", "call_count": 100, "total_cputime": 25, "total_time": 25}
    usage["estimated_time_to_regain_access"] = minutes
    sentences = {
        32: "(#32) Page request limit reached",
        613: "(#613) Calls to this api have exceeded the rate limit.",
    }
    answer = error(fault.code, sentences.get(fault.code, f"(#{fault.code}) Request limit reached"))
    answer.headers["X-Business-Use-Case-Usage"] = json.dumps({page: [usage]})
    return answer


def _broken(status: int) -> Response:
    sentence = "An unexpected error has occurred. Please retry your request later."
    return error(2, sentence, status=status, is_transient=True)


def _suspended(account: Account) -> Response:
    return error(
        368, "The action attempted has been deemed abusive or is otherwise disallowed", error_subcode=1390008
    )


def _expired(wall: Wall, call: Call) -> Response:
    sentence = "Error validating access token: The session has been invalidated because the user changed their password"
    return error(190, sentence, error_subcode=460)


DIALECT = Dialect(network="facebook", busy=_busy, broken=_broken, suspended=_suspended, expired=_expired)


def routes(desk: Desk) -> list[Route]:
    """All paths, below /facebook, with the version or without as on graph.facebook.com."""
    return [
        route
        for start in ("/v26.0", "")
        for route in (
            Route(f"{start}/{{id}}/feed", desk.endpoint("post", _owner, post_feed), methods=["POST"]),
            Route(
                f"{start}/{{id}}/published_posts",
                desk.endpoint("read", _owner, published_posts),
                methods=["GET"],
            ),
            Route(f"{start}/{{id}}/comments", desk.endpoint("post", _owner, post_comment), methods=["POST"]),
            Route(f"{start}/{{id}}/comments", desk.endpoint("read", _owner, read_comments), methods=["GET"]),
            Route(f"{start}/", desk.endpoint("read", _owner, read_objects), methods=["GET"]),
            Route(f"{start}/{{id}}", desk.endpoint("read", _owner, read_object), methods=["GET"]),
            Route(f"{start}/{{id}}", desk.endpoint("pin", _owner, change_object), methods=["POST"]),
            Route(f"{start}/{{id}}", desk.endpoint("delete", _owner, delete_object), methods=["DELETE"]),
        )
    ]
