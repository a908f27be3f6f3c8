"""Bluesky as a PDS answers (0.4 and 0.5, measured): the posts of a repository. https://docs.bsky.app/docs/api"""

from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from piquet.wall import lexicon, profiles, sessions
from piquet.wall.calls import Call, Desk, Dialect
from piquet.wall.faults import Fault
from piquet.wall.state import Account, Wall, WallPost
from piquet.wall.xrpc import check_swap, did, error, input_of, invalid, refusal

UPLOAD_BYTES = 5_000_000
_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"


def _uri(account: Account, rkey: str) -> str:
    return f"at://{did(account)}/{lexicon.POST}/{rkey}"


def _asked_repo(wall: Wall, call: Call) -> Account:
    repo = dict(call.query).get("repo")
    if repo is None:
        raise invalid('Params must have the property "repo"')
    return _repo(wall, repo)


def _repo(wall: Wall, repo: Any) -> Account:
    for account in wall.of_network("bluesky"):
        if repo in (did(account), account.credentials["handle"]):
            return account
    raise invalid(f"Could not find repo: {repo}")


def put_record(wall: Wall, account: Account, call: Call) -> Response:
    """com.atproto.repo.putRecord: same record, no commit; `swapRecord` null means it must not exist yet."""
    given = _written(account, call, ("repo", "collection", "rkey", "record"))
    if given["collection"] == profiles.PROFILE:
        return JSONResponse(profiles.put(wall, account, given))
    current = wall.post("bluesky", account.name, given["rkey"])
    record, new = _checked(wall, given)
    if current and current.wire["cid"] == new:
        return JSONResponse(_done(account, given["rkey"], new, commit=False))
    check_swap(given, current and current.wire["cid"])
    wall.put(_post(account, given["rkey"], record, new, call))
    return JSONResponse(_done(account, given["rkey"], new, commit=True))


def create_record(wall: Wall, account: Account, call: Call) -> Response:
    """com.atproto.repo.createRecord: on an rkey that exists it answers 500, as both PDS versions do."""
    given = _written(account, call, ("repo", "collection", "record"))
    rkey = given["rkey"] = given.get("rkey") or _tid(wall, call.now)
    record, new = _checked(wall, given)
    if wall.post("bluesky", account.name, rkey):
        return error(500, "InternalServerError", "Internal Server Error")
    wall.put(_post(account, rkey, record, new, call))
    return JSONResponse(_done(account, rkey, new, commit=True))


def _written(account: Account, call: Call, required: tuple[str, ...]) -> dict[str, Any]:
    given = input_of(call)
    for name in required:
        if name not in given:
            raise invalid(f'Input must have the property "{name}"')
    if given["repo"] not in (did(account), account.credentials["handle"]):
        raise refusal(401, "AuthenticationRequired", "Authentication Required")
    if given["collection"] not in (lexicon.POST, profiles.PROFILE):
        raise invalid(f"The wall keeps only {lexicon.POST} and {profiles.PROFILE} records")
    return given


def _checked(wall: Wall, given: dict[str, Any]) -> tuple[dict[str, Any], str]:
    if not isinstance(given["record"], dict):
        raise invalid("Input/record must be an object")
    record = {"$type": lexicon.POST, **given["record"]}  # a PDS sets a $type that is missing
    try:
        lexicon.check_rkey(given["rkey"])
        lexicon.check_post(record, wall.blobs)
    except lexicon.Invalid as breach:
        told = str(breach)
        raise invalid(told if "TID" in told else f"Invalid {lexicon.POST} record: {told}") from None
    return record, lexicon.cid(record)


def _tid(wall: Wall, now: datetime) -> str:
    taken = [p.wire["tid"] for p in wall.posts("bluesky")]
    number = max(int(now.timestamp() * 1_000_000) << 10, *(n + 1 for n in taken), 0)
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(60, -1, -5))


def _number(rkey: str) -> int:
    return sum(_ALPHABET.index(c) << (5 * place) for place, c in enumerate(reversed(rkey)))


def _done(account: Account, rkey: str, cid: str, *, commit: bool) -> dict[str, Any]:
    made = {"uri": _uri(account, rkey), "cid": cid, "validationStatus": "valid"}
    return {**made, "commit": {"cid": lexicon.cid([rkey, cid]), "rev": rkey}} if commit else made


def _post(account: Account, rkey: str, record: dict[str, Any], cid: str, call: Call) -> WallPost:
    external = record.get("embed", {}).get("external")
    card = external and {key: external[key] for key in ("uri", "title", "description")}
    return WallPost(
        network="bluesky",
        account=account.name,
        id=rkey,
        text=record["text"],
        time=lexicon.check_datetime(record["createdAt"]),
        path=f"/bluesky/profile/{account.credentials['handle']}/post/{rkey}",
        link=external["uri"] if external else _first_link(record),
        card=card and {**card, "image": "thumb" in external},
        language=next(iter(record.get("langs", [])), None),
        wire={"record": record, "cid": cid, "tid": _number(rkey), "uri": _uri(account, rkey)},
        request=call.shown(),
    )


def _first_link(record: dict[str, Any]) -> str | None:
    features = (feature for facet in record.get("facets", []) for feature in facet["features"])
    return next((f["uri"] for f in features if f["$type"].endswith("#link")), None)


def get_record(wall: Wall, account: Account, call: Call) -> Response:
    """com.atproto.repo.getRecord: 400, not 404, where there is none."""
    asked = dict(call.query)
    if asked.get("collection") == profiles.PROFILE and account.name in wall.profiles:
        return JSONResponse(profiles.entry(wall, account))
    post = wall.post("bluesky", account.name, asked.get("rkey", ""))
    if (
        post is None
        or asked.get("collection") != lexicon.POST
        or asked.get("cid") not in (None, post.wire["cid"])
    ):
        place = f"at://{asked.get('repo')}/{asked.get('collection')}/{asked.get('rkey')}"
        raise refusal(400, "RecordNotFound", f"Could not locate record: {place}")
    return JSONResponse(_entry(post))


def list_records(wall: Wall, account: Account, call: Call) -> Response:
    """com.atproto.repo.listRecords: by rkey, highest first."""
    asked = dict(call.query)
    limit = asked.get("limit", "50")
    if not limit.isdecimal() or not 1 <= int(limit) <= 100:
        raise invalid(f"limit must be between 1 and 100 (got {limit})")
    posts = wall.posts("bluesky", account.name) if asked.get("collection") == lexicon.POST else []
    backwards = asked.get("reverse") == "true"
    cursor = asked.get("cursor")
    ordered = sorted(posts, key=lambda p: p.id, reverse=not backwards)
    left = [p for p in ordered if cursor is None or (p.id > cursor if backwards else p.id < cursor)]
    page = left[: int(limit)]
    more = {"cursor": page[-1].id} if page else {}
    return JSONResponse({"records": [_entry(p) for p in page], **more})


def _entry(post: WallPost) -> dict[str, Any]:
    return {"uri": post.wire["uri"], "cid": post.wire["cid"], "value": post.wire["record"]}


def delete_record(wall: Wall, account: Account, call: Call) -> Response:
    """com.atproto.repo.deleteRecord: 200 also where there is none."""
    given = _written(account, call, ("repo", "collection", "rkey"))
    post = wall.post("bluesky", account.name, str(given["rkey"]))
    if post is None:
        return JSONResponse({})
    check_swap(given, post.wire["cid"])
    wall.delete(post, call.now)
    return JSONResponse({"commit": {"cid": lexicon.cid([post.id, None]), "rev": post.id}})


def get_posts(wall: Wall, account: Account, call: Call) -> Response:
    """app.bsky.feed.getPosts, of which a PDS asks the network; those that are gone are left out."""
    uris = [value for key, value in call.query if key == "uris"]
    if not 1 <= len(uris) <= 25:
        raise invalid(f'Params must have the property "uris" with 1 to 25 of them (got {len(uris)})')
    standing = {p.wire["uri"]: p for p in wall.posts("bluesky")}
    return JSONResponse({"posts": [_view(wall, standing[uri]) for uri in uris if uri in standing]})


def _view(wall: Wall, post: WallPost) -> dict[str, Any]:
    answers = [p for p in wall.posts("bluesky") if _parent(p) == post.wire["uri"]]
    read = wall.read(post)
    counts = {
        "replyCount": len(answers) + read.replies,
        "repostCount": read.reposts,
        "likeCount": read.likes,
        "quoteCount": read.quotes,
    }
    entry = _entry(post)
    return {"uri": entry["uri"], "cid": entry["cid"], "record": entry["value"], **counts}


def _parent(post: WallPost) -> str | None:
    return post.wire["record"].get("reply", {}).get("parent", {}).get("uri")


def upload_blob(wall: Wall, account: Account, call: Call) -> Response:
    """com.atproto.repo.uploadBlob."""
    if len(call.body) > UPLOAD_BYTES:
        raise refusal(413, "PayloadTooLarge", "request entity too large")
    if not call.content_type:
        raise invalid("Request encoding (Content-Type) required but not provided")
    link = lexicon.cid_of_bytes(call.body)
    blob = {"$type": "blob", "ref": {"$link": link}, "mimeType": call.content_type, "size": len(call.body)}
    wall.change("blob", blob)
    return JSONResponse({"blob": blob})


def _busy(fault: Fault, account: Account, now: datetime) -> Response:
    headers = {
        "ratelimit-limit": "5000",
        "ratelimit-remaining": "0",
        "ratelimit-reset": str(int(now.timestamp()) + fault.retry_after),
        "ratelimit-policy": "5000;w=3600",
        "retry-after": str(fault.retry_after),
    }
    return JSONResponse({"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}, 429, headers)


def _broken(status: int) -> Response:
    names = {
        500: ("InternalServerError", "Internal Server Error"),
        502: ("UpstreamFailure", "Upstream service unreachable"),
        503: ("NotEnoughResources", "Service Unavailable"),
        504: ("UpstreamTimeout", "Upstream timed out"),
    }
    return error(status, *names[status])


def _suspended(account: Account) -> Response:
    return error(401, "AccountTakedown", "Account has been taken down")


def _expired(wall: Wall, call: Call) -> Response:
    if call.bearer():
        wall.revoked.add(sessions.claims_of(wall, call)[1]["jti"])
    return error(400, "ExpiredToken", "Token has expired")


DIALECT = Dialect(network="bluesky", busy=_busy, broken=_broken, suspended=_suspended, expired=_expired)

_CALLS = (
    ("server.createSession", "POST", "session", sessions.logging_in, sessions.create_session),
    ("server.refreshSession", "POST", "session", sessions.refreshing, sessions.refresh_session),
    ("server.getSession", "GET", "session", sessions.owner, sessions.get_session),
    ("repo.putRecord", "POST", "post", sessions.owner, put_record),
    ("repo.createRecord", "POST", "post", sessions.owner, create_record),
    ("repo.uploadBlob", "POST", "upload", sessions.owner, upload_blob),
    ("repo.deleteRecord", "POST", "delete", sessions.owner, delete_record),
    ("repo.getRecord", "GET", "read", _asked_repo, get_record),
    ("repo.listRecords", "GET", "read", _asked_repo, list_records),
)


# Answered by the network's AppView behind a PDS.
_VIEWS = (("feed.getPosts", "GET", "read", sessions.owner, get_posts),)


async def _unknown(request: Request) -> Response:
    if request.path_params["name"].startswith("app.bsky."):  # a PDS alone has no AppView to ask
        return error(502, "UpstreamFailure", "Upstream service unreachable")
    return error(501, "MethodNotImplemented", "Method Not Implemented")


def routes(desk: Desk) -> list[Route]:
    """All paths, below /bluesky."""
    known = [
        Route(f"/xrpc/com.atproto.{name}", desk.endpoint(on, who, rule), methods=[method])
        for name, method, on, who, rule in _CALLS
    ]
    known += [
        Route(f"/xrpc/app.bsky.{name}", desk.endpoint(on, who, rule), methods=[method])
        for name, method, on, who, rule in _VIEWS
    ]
    return [*known, Route("/xrpc/{name}", _unknown, methods=["GET", "POST"])]
