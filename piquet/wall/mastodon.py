"""Mastodon as its clients meet it (API v1, 4.5): statuses, verify_credentials, instance. https://docs.joinmastodon.org"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import regex
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from piquet.wall.calls import Call, Desk, Dialect, Refusal
from piquet.wall.faults import Fault
from piquet.wall.mastodon_entities import MAX_PINS, account_of, attachment, instance, status_of
from piquet.wall.multipart import fields_of
from piquet.wall.state import Account, Wall, WallPost
from piquet.wall.text import linked, mastodon_length

KEY_KEPT = timedelta(seconds=3600)  # PostStatusService keeps an idempotency key in Redis this long
MAX_DESCRIPTION = 1500
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
        return JSONResponse(status_of(wall, account, _standing(wall, earlier), call.base))
    text, warning = str(given.get("status") or ""), str(given.get("spoiler_text") or "")
    _check_text(wall, text, warning, with_media=bool(given.get("media_ids")))
    _check_others(wall, given)
    post = _written(wall, account, call, text, {**given, "spoiler_text": warning, "key": key})
    wall.put(post)
    return JSONResponse(status_of(wall, account, post, call.base))


def _with_key(wall: Wall, account: Account, key: str | None, now: datetime) -> WallPost | None:
    for post in wall.everything("mastodon", account.name):
        if key and post.wire["key"] == key and now - post.time < KEY_KEPT:
            return post
    return None


def _standing(wall: Wall, post: WallPost) -> WallPost:
    if post.deleted:  # Mastodon looks the status of the key up again: deleted, it is not found.
        raise _refusal(404, "Record not found")
    return post


def _check_text(wall: Wall, text: str, warning: str, *, with_media: bool) -> None:
    if not text.strip() and not with_media:
        raise _refusal(422, "Validation failed: Text can't be blank")
    if mastodon_length(text) + mastodon_length(warning) > wall.max_characters:
        limit = wall.max_characters
        raise _refusal(422, f"Validation failed: Text character limit of {limit} exceeded")


def _check_others(wall: Wall, given: dict[str, Any]) -> None:
    if given.get("visibility", "public") not in VISIBILITIES:
        raise _refusal(422, "Validation failed: Visibility is not included in the list")
    _check_media(wall, given.get("media_ids") or [])
    if given.get("scheduled_at") or given.get("poll"):
        raise _refusal(422, "Validation failed: The wall posts at once and without polls")
    parent = given.get("in_reply_to_id")
    if parent and not any(p.id == str(parent) for p in wall.posts("mastodon")):
        raise _refusal(404, "The post you are trying to reply to does not appear to exist.")


def _check_media(wall: Wall, ids: Any) -> None:
    """PostStatusService, validate_media!"""
    if not isinstance(ids, list) or len(ids) > 4:
        raise _refusal(422, "Validation failed: Cannot attach more than 4 files")
    used = {id for p in wall.posts("mastodon") for id in p.wire.get("media", ())}
    missing = [str(id) for id in ids if str(id) not in wall.blobs or str(id) in used]
    if missing:
        listed = ", ".join(missing)
        raise _refusal(
            422, f"Validation failed: Media {listed} not found or already attached to another post"
        )


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
            "media": [str(id) for id in given.get("media_ids") or ()],
            "alts": [wall.blobs[str(id)]["description"] for id in given.get("media_ids") or ()],
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
    return JSONResponse({**account_of(wall, account, call.base), "source": source})


def statuses_of(wall: Wall, account: Account, call: Call) -> Response:
    """GET /api/v1/accounts/:id/statuses, newest first; only its owner sees private ones."""
    given = dict(call.query)
    mine = call.bearer() == account.credentials["token"]
    shown = [
        p
        for p in reversed(wall.posts("mastodon", account.name))
        if (mine or p.wire["visibility"] in ("public", "unlisted")) and _between(p, given)
        if p.wire.get("pinned") or given.get("pinned") not in ("true", "1")
    ]
    limit = given.get("limit", "20")
    amount = min(int(limit), 40) if limit.isdecimal() and int(limit) else 20
    return JSONResponse([status_of(wall, account, p, call.base) for p in shown[:amount]])


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
    return JSONResponse(status_of(wall, account, post, call.base))


def delete_status(wall: Wall, account: Account, call: Call) -> Response:
    """DELETE /api/v1/statuses/:id, which gives the source text back."""
    post = wall.post("mastodon", account.name, call.path["id"])
    if post is None:
        raise _refusal(404, "Record not found")
    wall.delete(post, call.now)
    return JSONResponse({**status_of(wall, account, post, call.base), "text": post.text})


def read_statuses(wall: Wall, account: Account, call: Call) -> Response:
    """GET /api/v1/statuses?id[]=: those that are there (since 4.3)."""
    posts = (wall.post("mastodon", account.name, id) for name, id in call.query if name == "id[]")
    return JSONResponse([status_of(wall, account, post, call.base) for post in posts if post])


def pin_status(wall: Wall, account: Account, call: Call) -> Response:
    """POST /api/v1/statuses/:id/pin."""
    post = _own(wall, account, call)
    pinned = [p for p in wall.posts("mastodon", account.name) if p.wire.get("pinned")]
    if post not in pinned and len(pinned) >= MAX_PINS:
        raise _refusal(422, "Validation failed: You have already pinned the maximum number of posts")
    return _marked(wall, account, call, post, pinned=True)


def unpin_status(wall: Wall, account: Account, call: Call) -> Response:
    """POST /api/v1/statuses/:id/unpin."""
    return _marked(wall, account, call, _own(wall, account, call), pinned=False)


def _own(wall: Wall, account: Account, call: Call) -> WallPost:
    post = wall.post("mastodon", account.name, call.path["id"])
    if post is None:
        raise _refusal(404, "Record not found")
    return post


def _marked(wall: Wall, account: Account, call: Call, post: WallPost, *, pinned: bool) -> Response:
    marked = replace(post, wire={**post.wire, "pinned": pinned})
    wall.put(marked)
    return JSONResponse(status_of(wall, account, marked, call.base))


def upload_media(wall: Wall, account: Account, call: Call) -> Response:
    """POST /api/v2/media: pictures are ready at once (200), as on a real server."""
    fields = fields_of(call)
    data, kind = fields.get("file", (b"", ""))
    if not data:
        raise _refusal(422, "Validation failed: File can't be blank")
    if not kind.startswith("image/"):
        raise _refusal(422, "Validation failed: File content type is invalid")
    description = fields.get("description", (b"", ""))[0].decode("utf-8", "replace")
    if len(description) > MAX_DESCRIPTION:
        raise _refusal(
            422, f"Validation failed: Description is too long (maximum is {MAX_DESCRIPTION} characters)"
        )
    id = str((int(call.now.timestamp() * 1000) << 16) + len(wall.blobs))
    blob = {"ref": {"$link": id}, "description": description, "size": len(data), "mimeType": kind}
    wall.change("blob", blob)
    return JSONResponse(attachment(blob))


def read_media(wall: Wall, account: Account, call: Call) -> Response:
    """GET /api/v1/media/:id."""
    blob = wall.blobs.get(call.path["id"])
    if blob is None:
        raise _refusal(404, "Record not found")
    return JSONResponse(attachment(blob))


def verify_app(wall: Wall, account: Account, call: Call) -> Response:
    """GET /api/v1/apps/verify_credentials: what the token may do (`scopes` since 4.3)."""
    return JSONResponse({"name": "Piquet", "website": None, "scopes": ["read", "write"]})


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
        Route("/api/v1/statuses", desk.endpoint("read", _owner, read_statuses), methods=["GET"]),
        Route(f"{one}/pin", desk.endpoint("pin", _owner, pin_status), methods=["POST"]),
        Route(f"{one}/unpin", desk.endpoint("pin", _owner, unpin_status), methods=["POST"]),
        Route("/api/v2/media", desk.endpoint("upload", _owner, upload_media), methods=["POST"]),
        Route("/api/v1/media/{id}", desk.endpoint("read", _owner, read_media), methods=["GET"]),
        Route("/api/v1/apps/verify_credentials", desk.endpoint("session", _owner, verify_app)),
        Route(one, desk.endpoint("read", _author, read_status), methods=["GET"]),
        Route(one, desk.endpoint("delete", _owner, delete_status), methods=["DELETE"]),
        instance_route(1),
        instance_route(2),
    ]
