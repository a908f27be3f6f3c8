"""Threads as its clients meet it (v1.0): containers and their publication. https://developers.facebook.com/docs/threads"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import regex
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from piquet.wall.calls import Call, Desk, Dialect
from piquet.wall.faults import Fault
from piquet.wall.state import Account, Wall, WallPost
from piquet.wall.text import urls
from piquet.wall.threads_reading import (
    check_user,
    error,
    given_in,
    insights,
    missing,
    posts_of,
    quota,
    read_object,
    refusal,
    shortcode,
    standing,
    status,
)

MAXIMUM, LINKS = 500, 5
TOKEN_LIFE = timedelta(days=60)
PARAMETERS = {"media_type", "text", "link_attachment", "reply_to_id", "reply_control", "topic_tag"}
_EMOJI = regex.compile(r"\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3")


def _owner(wall: Wall, call: Call) -> Account:
    given = call.bearer() or given_in(call).get("access_token")
    for account in wall.of_network("threads"):
        if given and given == account.credentials["token"]:
            return account
    raise refusal(190, "Invalid OAuth access token - Cannot parse access token")


def make_container(wall: Wall, account: Account, call: Call) -> Response:
    """POST /{user}/threads: nothing is shown yet."""
    check_user(account, call)
    given = {name: value for name, value in given_in(call).items() if name != "access_token" and value}
    _check(wall, account, given)
    id = str(int(call.now.timestamp() * 1000) * 1000 + len(wall.containers) % 1000)
    made = {"id": id, "account": account.name, "made": call.now.isoformat(), "given": given}
    wall.change("container", made)
    return JSONResponse({"id": id})


def _check(wall: Wall, account: Account, given: Mapping[str, Any]) -> None:
    foreign = [name for name in given if name not in PARAMETERS]
    if foreign or given.get("media_type") != "TEXT":
        wrong = foreign[0] if foreign else "media_type"
        raise refusal(100, f"Param {wrong}: the wall takes posts of text only", kind="THApiException")
    text, link = str(given.get("text") or ""), given.get("link_attachment")
    if not text.strip() and not link:
        raise refusal(100, "The parameter text is required", kind="THApiException")
    if _length(text) > MAXIMUM:
        sentence = f"Param text must be at most {MAXIMUM} characters long."
        raise refusal(100, sentence, kind="THApiException")
    _check_links(text, link)
    parent = given.get("reply_to_id")
    if parent and wall.post("threads", account.name, parent) is None:
        raise missing("post", parent)


def _length(text: str) -> int:
    """An emoji as many as its bytes, https://developers.facebook.com/docs/threads/overview."""
    return sum(
        len(cluster.encode()) if _EMOJI.search(cluster) else len(cluster)
        for cluster in regex.findall(r"\X", text)
    )


def _check_links(text: str, link: Any) -> None:
    if link and (not isinstance(link, str) or urlsplit(link).scheme not in ("http", "https")):
        raise refusal(100, "Param link_attachment must be a valid URL", kind="THApiException")
    different = {span.target for span in urls(text, bare=True)} | ({link} if link else set())
    if len(different) > LINKS:
        raise refusal(100, "THREADS_API__LINK_LIMIT_EXCEEDED", kind="THApiException")


def publish(wall: Wall, account: Account, call: Call) -> Response:
    """POST /{user}/threads_publish: once for a container."""
    check_user(account, call)
    id = str(given_in(call).get("creation_id") or "")
    made = wall.containers.get(id)
    if made is None or made["account"] != account.name or status(made, call.now) != "FINISHED":
        told = {
            "error_subcode": 4279009,
            "is_transient": False,
            "error_user_title": "Media Not Found",
            "error_user_msg": f"The media with id {id} cannot be found.",
        }
        raise refusal(24, "The requested resource does not exist", **told)
    post = _written(wall, account, call, made["given"])
    wall.put(post)
    wall.change("container", {**made, "post": post.id})
    return JSONResponse({"id": post.id})


def _written(wall: Wall, account: Account, call: Call, given: Mapping[str, Any]) -> WallPost:
    id = str(wall.next_number("threads", int(call.now.timestamp() * 1000) * 100))
    text = str(given.get("text") or "")
    link = given.get("link_attachment") or next((span.target for span in urls(text, bare=True)), None)
    return WallPost(
        network="threads",
        account=account.name,
        id=id,
        text=text,
        time=call.now.replace(microsecond=0),
        path=f"/threads/@{account.name}/post/{shortcode(id)}",
        link=link,
        wire={"reply": given.get("reply_to_id"), "link_attachment": given.get("link_attachment")},
        request=call.shown(),
    )


def delete_post(wall: Wall, account: Account, call: Call) -> Response:
    """DELETE /{post}."""
    post = standing(wall, account, call, "delete")
    wall.delete(post, call.now)
    return JSONResponse({"success": True, "deleted_id": post.id})


def refresh(wall: Wall, account: Account, call: Call) -> Response:
    """GET /refresh_access_token; the wall gives the same token, as its accounts are fixed."""
    if dict(call.query).get("grant_type") != "th_refresh_token":
        raise refusal(100, "Param grant_type must be th_refresh_token", kind="THApiException")
    life = int(TOKEN_LIFE.total_seconds())
    told = {"access_token": account.credentials["token"], "token_type": "bearer", "expires_in": life}
    return JSONResponse(told)


def debug_token(wall: Wall, account: Account, call: Call) -> Response:
    """GET /debug_token."""
    if dict(call.query).get("input_token") != account.credentials["token"]:
        raise refusal(100, "The parameter input_token is required", kind="THApiException")
    ends = int((call.now + TOKEN_LIFE).timestamp())
    return JSONResponse({"data": {"is_valid": True, "user_id": account.number, "expires_at": ends}})


def _busy(fault: Fault, account: Account, now: datetime) -> Response:
    usage = {
        "type": "threads",
        "call_count": 100,
        "estimated_time_to_regain_access": -(-fault.retry_after // 60),
    }
    answer = error(4, "Application request limit reached", status=403, is_transient=True)
    answer.headers["X-Business-Use-Case-Usage"] = json.dumps({account.number: [usage]})
    return answer


def _broken(status: int) -> Response:
    sentence = "An unexpected error has occurred. Please retry your request later."
    return error(2, sentence, status=status, is_transient=True)


def _suspended(account: Account) -> Response:
    return error(
        10, "Application does not have permission for this action", status=403, kind="THApiException"
    )


def _expired(wall: Wall, call: Call) -> Response:
    return error(190, "Error validating access token: Session has expired", status=401, error_subcode=463)


DIALECT = Dialect(network="threads", busy=_busy, broken=_broken, suspended=_suspended, expired=_expired)

PATHS: tuple[tuple[str, str, str, Callable[[Wall, Account, Call], Response]], ...] = (
    ("POST", "/{user}/threads", "upload", make_container),
    ("POST", "/{user}/threads_publish", "post", publish),
    ("GET", "/{user}/threads", "read", posts_of),
    ("GET", "/{user}/replies", "read", posts_of),
    ("GET", "/{user}/threads_publishing_limit", "read", quota),
    ("GET", "/refresh_access_token", "session", refresh),
    ("GET", "/debug_token", "session", debug_token),
    ("GET", "/{id}/insights", "read", insights),
    ("GET", "/{id}", "read", read_object),
    ("DELETE", "/{id}", "delete", delete_post),
)


def routes(desk: Desk) -> list[Route]:
    """All paths, below /threads, with the version or without as on graph.threads.net."""
    return [
        Route(start + path, desk.endpoint(on, _owner, rule), methods=[method])
        for start in ("/v1.0", "")
        for method, path, on, rule in PATHS
    ]
