"""Mastodon as its clients meet it (API v1, 4.5): statuses, verify_credentials, instance. https://docs.joinmastodon.org"""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import regex
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from piquet.wall.calls import Call, Desk, Dialect, Refusal
from piquet.wall.faults import Fault
from piquet.wall.formatting import content
from piquet.wall.state import Account, Wall, WallPost
from piquet.wall.text import linked, mastodon_length

VERSION = "4.5.3"
KEY_KEPT = timedelta(seconds=3600)  # PostStatusService keeps an idempotency key in Redis this long
VISIBILITIES = ("public", "unlisted", "private", "direct")
LIMIT = 300  # requests of an account in 5 minutes (rack_attack.rb, throttle_authenticated_api)


def _refusal(status: int, sentence: str) -> Refusal:
    return Refusal(JSONResponse({"error": sentence}, status))


def _owner(wall: Wall, call: Call) -> Account:
    token = call.bearer() or _parameters(call).get("access_token")
    for account in wall.of_network("mastodon"):
        if token and token == account.credentials["token"]:
            return account
    raise _refusal(401, "The access token is invalid")


def _addressed(wall: Wall, call: Call) -> Account:
    for account in wall.of_network("mastodon"):
        if account.number == call.path["account"]:
            return account
    raise _refusal(404, "Record not found")


def _author(wall: Wall, call: Call) -> Account:
    for account in wall.of_network("mastodon"):
        if wall.post("mastodon", account.name, call.path["id"]):
            return account
    raise _refusal(404, "Record not found")


def _parameters(call: Call) -> dict[str, Any]:
    try:
        return call.parameters()
    except ValueError:
        raise _refusal(400, "Error occurred while parsing request parameters") from None


def post_status(wall: Wall, account: Account, call: Call) -> Response:
    """POST /api/v1/statuses."""
    given = _parameters(call)
    key = call.headers.get("idempotency-key")
    earlier = _with_key(wall, account, key, call.now)
    if earlier:
        return JSONResponse(_status(account, _standing(wall, earlier), call.base))
    text, warning = str(given.get("status") or ""), str(given.get("spoiler_text") or "")
    _check_text(wall, text, warning)
    _check_others(wall, given)
    post = _written(wall, account, call, text, {**given, "spoiler_text": warning, "key": key})
    wall.put(post)
    return JSONResponse(_status(account, post, call.base))


def _with_key(wall: Wall, account: Account, key: str | None, now: datetime) -> WallPost | None:
    for post in wall.everything("mastodon", account.name):
        if key and post.wire["key"] == key and now - post.time < KEY_KEPT:
            return post
    return None


def _standing(wall: Wall, post: WallPost) -> WallPost:
    if post.deleted:  # Mastodon looks the status of the key up again: deleted, it is not found.
        raise _refusal(404, "Record not found")
    return post


def _check_text(wall: Wall, text: str, warning: str) -> None:
    if not text.strip():
        raise _refusal(422, "Validation failed: Text can't be blank")
    if mastodon_length(text) + mastodon_length(warning) > wall.max_characters:
        limit = wall.max_characters
        raise _refusal(422, f"Validation failed: Text character limit of {limit} exceeded")


def _check_others(wall: Wall, given: dict[str, Any]) -> None:
    if given.get("visibility", "public") not in VISIBILITIES:
        raise _refusal(422, "Validation failed: Visibility is not included in the list")
    if given.get("media_ids") or given.get("media_ids[]"):
        raise _refusal(422, "Validation failed: Media attachments cannot be kept by the wall")
    if given.get("scheduled_at") or given.get("poll"):
        raise _refusal(422, "Validation failed: The wall posts at once and without polls")
    parent = given.get("in_reply_to_id")
    if parent and not any(p.id == str(parent) for p in wall.posts("mastodon")):
        raise _refusal(404, "The post you are trying to reply to does not appear to exist.")


def _written(wall: Wall, account: Account, call: Call, text: str, given: dict[str, Any]) -> WallPost:
    id = str(wall.next_number("mastodon", int(call.now.timestamp() * 1000) << 16))
    return WallPost(
        network="mastodon",
        account=account.name,
        id=id,
        text=text,
        time=call.now,
        path=f"/mastodon/@{account.name}/{id}",
        link=next((s.target for s in linked(text) if s.kind == "link"), None),
        language=_language(given.get("language")) or account.language,
        wire={
            "key": given["key"],
            "visibility": given.get("visibility") or "public",
            "spoiler_text": given["spoiler_text"],
            "in_reply_to_id": given.get("in_reply_to_id"),
        },
        request=call.shown(),
    )


def _language(given: Any) -> str | None:
    # An unknown language is not refused: Mastodon falls back to the account's (LanguagesHelper).
    tag = str(given or "")
    return tag if regex.fullmatch(r"[a-z]{2,3}(-[A-Za-z]{2,4})?", tag) else None


def verify_credentials(wall: Wall, account: Account, call: Call) -> Response:
    """GET /api/v1/accounts/verify_credentials."""
    source = {"privacy": "public", "sensitive": False, "language": account.language, "note": "", "fields": []}
    return JSONResponse({**_account(wall, account, call.base), "source": source})


def statuses_of(wall: Wall, account: Account, call: Call) -> Response:
    """GET /api/v1/accounts/:id/statuses, newest first; only its owner sees private ones."""
    given = dict(call.query)
    mine = call.bearer() == account.credentials["token"]
    shown = [
        p
        for p in reversed(wall.posts("mastodon", account.name))
        if (mine or p.wire["visibility"] in ("public", "unlisted")) and _between(p, given)
    ]
    limit = given.get("limit", "20")
    amount = min(int(limit), 40) if limit.isdecimal() and int(limit) else 20
    return JSONResponse([_status(account, p, call.base) for p in shown[:amount]])


def _between(post: WallPost, given: dict[str, str]) -> bool:
    above = max((int(given[k]) for k in ("since_id", "min_id") if given.get(k, "").isdecimal()), default=0)
    below = int(given["max_id"]) if given.get("max_id", "").isdecimal() else None
    unwanted = given.get("exclude_replies") in ("true", "1") and post.wire["in_reply_to_id"]
    return int(post.id) > above and (below is None or int(post.id) < below) and not unwanted


def read_status(wall: Wall, account: Account, call: Call) -> Response:
    """GET /api/v1/statuses/:id."""
    post = wall.post("mastodon", account.name, call.path["id"])
    mine = call.bearer() == account.credentials["token"]
    if post is None or not (mine or post.wire["visibility"] in ("public", "unlisted")):
        raise _refusal(404, "Record not found")
    return JSONResponse(_status(account, post, call.base))


def delete_status(wall: Wall, account: Account, call: Call) -> Response:
    """DELETE /api/v1/statuses/:id, which gives the source text back."""
    post = wall.post("mastodon", account.name, call.path["id"])
    if post is None:
        raise _refusal(404, "Record not found")
    wall.delete(post, call.now)
    return JSONResponse({**_status(account, post, call.base), "text": post.text})


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
        "configuration": {"statuses": statuses},
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


def _account(wall: Wall, account: Account, base: str) -> dict[str, Any]:
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


def _status(account: Account, post: WallPost, base: str) -> dict[str, Any]:
    url = f"{base}{post.path}"
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
        "replies_count": 0,
        "reblogs_count": 0,
        "favourites_count": 0,
        "edited_at": None,
        "content": content(post.text, base),
        "reblog": None,
        "account": _byline(account, base),
        "media_attachments": [],
        "mentions": [],
        "tags": [{"name": s.target.lower()} for s in linked(post.text) if s.kind == "tag"],
        "emojis": [],
        "card": None,  # fetched later by a real server; null in the first answers
        "poll": None,
    }


def _busy(fault: Fault, account: Account, now: datetime) -> Response:
    reset = (now + timedelta(seconds=fault.retry_after)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    headers = {"X-RateLimit-Limit": str(LIMIT), "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
    return JSONResponse({"error": "Too many requests"}, 429, headers)


def _broken(status: int) -> Response:
    if status == 503:
        sentence = "There was a temporary problem serving your request, please try again"
        return JSONResponse({"error": sentence}, 503)
    page = "<!DOCTYPE html><html><head><title>We're sorry, but something went wrong</title></head></html>"
    return HTMLResponse(page, status)  # public/500.html, and the proxy's own pages


def _suspended(account: Account) -> Response:
    return JSONResponse({"error": "Your login is currently disabled"}, 403)


def _expired(wall: Wall, call: Call) -> Response:
    return JSONResponse({"error": "The access token was revoked"}, 401)


DIALECT = Dialect(network="mastodon", busy=_busy, broken=_broken, suspended=_suspended, expired=_expired)


def routes(desk: Desk) -> list[Route]:
    """All paths, below /mastodon."""

    def instance_route(version: int) -> Route:
        async def answer(request) -> Response:
            base = f"{request.url.scheme}://{request.url.netloc}"
            return JSONResponse(instance(desk.wall, base, version=version))

        return Route(f"/api/v{version}/instance", answer)

    one = "/api/v1/statuses/{id}"
    return [
        Route("/api/v1/statuses", desk.endpoint("post", _owner, post_status), methods=["POST"]),
        Route("/api/v1/accounts/verify_credentials", desk.endpoint("session", _owner, verify_credentials)),
        Route("/api/v1/accounts/{account}/statuses", desk.endpoint("read", _addressed, statuses_of)),
        Route(one, desk.endpoint("read", _author, read_status), methods=["GET"]),
        Route(one, desk.endpoint("delete", _owner, delete_status), methods=["DELETE"]),
        instance_route(1),
        instance_route(2),
    ]
