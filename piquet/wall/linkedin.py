"""LinkedIn as an organization's page meets it (versioned Posts API). https://learn.microsoft.com/linkedin/marketing

No specification is published: shapes are those of its documentation, errors those that people have recorded.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import regex
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from piquet.wall.calls import Call, Desk, Dialect, Refusal
from piquet.wall.faults import Fault
from piquet.wall.readers import Read
from piquet.wall.state import Account, Wall, WallPost

MAXIMUM = 3000
VERSION_LIFE = timedelta(days=366)  # 202505 was gone in May 2026
FIELDS = {
    "author",
    "commentary",
    "visibility",
    "distribution",
    "lifecycleState",
    "isReshareDisabledByAuthor",
    "content",
}
# What may stand for itself, https://learn.microsoft.com/linkedin/.../little-text-format: an escape, a template, a tag.
_LITTLE = regex.compile(
    r"""\\(?<escaped>.)
    | \{hashtag\|\\?[#＃]\|(?<tag>(?:[^\\{}|]|\\.)+)\}
    | @\[(?<name>(?:[^\\\[\]]|\\.)*)\]\(urn:li:(?:person|organization):\w+\)
    | (?<hash>[#＃][\p{L}\p{M}\p{N}]+)
    | (?<plain>[^\\|{}@\[\]()<>\#*_~])""",
    regex.VERBOSE | regex.DOTALL,
)
_VERSION = regex.compile(r"20\d\d(0[1-9]|1[0-2])")


def _error(status: int, code: str, message: str, **more: Any) -> Response:
    return JSONResponse({"status": status, "code": code, "message": message, **more}, status)


def _invalid(message: str) -> Refusal:
    return Refusal(_error(400, "ILLEGAL_ARGUMENT", message))


def _owner(wall: Wall, call: Call) -> Account:
    for account in wall.of_network("linkedin"):
        if call.bearer() == account.credentials["token"]:
            _check_headers(call)
            return account
    raise Refusal(_error(401, "INVALID_ACCESS_TOKEN", "Invalid access token", serviceErrorCode=65600))


def _check_headers(call: Call) -> None:
    version = call.headers.get("linkedin-version", "")
    if not version:
        sentence = (
            "A version must be present. Please specify a version by adding the LinkedIn-Version header."
        )
        raise Refusal(_error(400, "VERSION_MISSING", sentence))
    if not _is_active(version, call.now):
        # github.com/gitroomhq/postiz-app/issues/2005
        raise Refusal(_error(426, "NONEXISTENT_VERSION", f"Requested version {version} is not active"))
    if call.headers.get("x-restli-protocol-version") != "2.0.0":
        raise _invalid("X-Restli-Protocol-Version is not 2.0.0")


def _is_active(version: str, now: datetime) -> bool:
    if not _VERSION.fullmatch(version):
        return False
    begun = datetime(int(version[:4]), int(version[4:]), 1, tzinfo=UTC)
    return begun <= now < begun + VERSION_LIFE


def post_share(wall: Wall, account: Account, call: Call) -> Response:
    """POST /rest/posts."""
    given = _body(call)
    _check(account, given)
    text = shown(given["commentary"])
    article = (given.get("content") or {}).get("article")
    _check_repeat(wall, account, text, article)
    post = _written(wall, account, call, given, text, article)
    wall.put(post)
    return Response(status_code=201, headers={"x-restli-id": post.id, "x-linkedin-id": post.id})


def _body(call: Call) -> dict[str, Any]:
    try:
        given = call.json()
    except ValueError:
        raise _invalid("The body is not a JSON object") from None
    if foreign := [name for name in given if name not in FIELDS]:
        raise _invalid(f"/{foreign[0]} :: unrecognized field found but not allowed")
    for name in ("author", "commentary", "visibility", "distribution", "lifecycleState"):
        if name not in given:
            raise _invalid(f"/{name} :: field is required but not found and has no default value")
    return given


def _check(account: Account, given: Mapping[str, Any]) -> None:
    if given["author"] != _urn(account):
        sentence = "Not enough permissions to access: posts.CREATE"
        raise Refusal(_error(403, "ACCESS_DENIED", sentence, serviceErrorCode=100))
    if given["visibility"] != "PUBLIC" or given["lifecycleState"] != "PUBLISHED":
        raise _invalid("The wall publishes at once and for all: visibility PUBLIC, lifecycleState PUBLISHED")
    if given["distribution"].get("feedDistribution") not in ("MAIN_FEED", "NONE"):
        raise _invalid("/distribution/feedDistribution :: is not an enum symbol")
    length = len(given["commentary"].encode("utf-16-le")) // 2
    if length > MAXIMUM:
        raise Refusal(_too_long(length))
    _check_article(given.get("content"))


def _too_long(length: int) -> Response:
    """As recorded in github.com/n8n-io/n8n/issues/22899."""
    sentence = (
        "com.linkedin.content.common.exception.BadRequestResponseException: ShareCommentary text length "
        f"({length} characters) exceeded the maximum allowed ({MAXIMUM} characters)"
    )
    wrong = {"description": "Size of array cannot be higher than the maxLength", "maxLength": MAXIMUM}
    body = {
        "errorDetailType": "com.linkedin.common.error.BadRequest",
        "message": sentence,
        "errorDetails": {"inputErrors": [{**wrong, "code": "FIELD_ARRAY_SIZE_TOO_HIGH"}]},
        "status": 400,
    }
    return JSONResponse(body, 400)


def _check_article(content: Any) -> None:
    if content is None:
        return
    article = content.get("article") if isinstance(content, dict) else None
    if not isinstance(article, dict) or set(content) != {"article"}:
        raise _invalid("/content :: the wall shows articles only")
    if not str(article.get("source", "")).startswith(("http://", "https://")) or not article.get("title"):
        raise _invalid("/content/article :: source and title are required")
    if foreign := set(article) - {"source", "title", "description", "thumbnail"}:
        raise _invalid(f"/content/article/{min(foreign)} :: unrecognized field found but not allowed")


def shown(commentary: str) -> str:
    """What readers see of little text: it ends, without a word, before the first reserved character left bare."""
    parts, at = [], 0
    while match := _LITTLE.match(commentary, at):
        name = match.lastgroup
        parts.append(
            f"#{_bare(match['tag'])}"
            if name == "tag"
            else _bare(match["name"])
            if name == "name"
            else match[name]
        )
        at = match.end()
    return "".join(parts)


def _bare(text: str) -> str:
    return regex.sub(r"\\(.)", r"\1", text)


def _check_repeat(wall: Wall, account: Account, text: str, article: Mapping[str, Any] | None) -> None:
    """As recorded in github.com/Arisamiga/Linkedin-RSS/issues/5."""
    source = article and article["source"]
    same = [p for p in wall.posts("linkedin", account.name) if (p.text, p.link) == (text, source)]
    if same:
        sentence = (
            "com.linkedin.content.common.exception.BadRequestResponseException: Content is a duplicate of "
            f"{same[-1].id}"
        )
        found = {"description": "Duplicate post is detected", "input": {}, "code": "DUPLICATE_POST"}
        body = {
            "errorDetailType": "com.linkedin.common.error.BadRequest",
            "message": sentence,
            "errorDetails": {"inputErrors": [found]},
            "status": 422,
        }
        raise Refusal(JSONResponse(body, 422))


def _urn(account: Account) -> str:
    return f"urn:li:organization:{account.credentials['organization']}"


def _written(
    wall: Wall,
    account: Account,
    call: Call,
    given: Mapping[str, Any],
    text: str,
    article: Mapping[str, Any] | None,
) -> WallPost:
    number = max([int(p.id.rpartition(":")[2]) for p in _all(wall)], default=7_000_000_000_000_000_000) + 1
    id = f"urn:li:share:{number}"
    return WallPost(
        network="linkedin",
        account=account.name,
        id=id,
        text=text,
        time=call.now,
        path=f"/linkedin/feed/update/{id}",
        link=article["source"] if article else None,
        card={**article, "image": "thumbnail" in article} if article else None,
        wire={"given": dict(given)},
        request=call.shown(),
    )


def _all(wall: Wall) -> list[WallPost]:
    return [p for a in wall.of_network("linkedin") for p in wall.everything("linkedin", a.name)]


def posts_of(wall: Wall, account: Account, call: Call) -> Response:
    """GET /rest/posts?q=author, newest first."""
    asked = dict(call.query)
    if asked.get("q") != "author" or call.headers.get("x-restli-method", "FINDER") != "FINDER":
        raise _invalid("The wall finds posts by author: q=author, X-RestLi-Method: FINDER")
    if asked.get("author") != _urn(account):
        raise Refusal(
            _error(
                403,
                "ACCESS_DENIED",
                "Not enough permissions to access: posts.FINDER-author",
                serviceErrorCode=100,
            )
        )
    count, start = asked.get("count", "10"), asked.get("start", "0")
    if not count.isdecimal() or not 1 <= int(count) <= 100 or not start.isdecimal():
        raise _invalid("count must be between 1 and 100")
    found = list(reversed(wall.posts("linkedin", account.name)))[int(start) :][: int(count)]
    paging = {"start": int(start), "count": int(count), "links": []}
    return JSONResponse({"paging": paging, "elements": [_element(p) for p in found]})


def _element(post: WallPost) -> dict[str, Any]:
    when = int(post.time.timestamp() * 1000)
    times = {"createdAt": when, "publishedAt": when, "lastModifiedAt": when}
    return {"id": post.id, **post.wire["given"], **times}


def read_share(wall: Wall, account: Account, call: Call) -> Response:
    """GET /rest/posts/{urn}."""
    return JSONResponse(_element(_standing(wall, account, call)))


def _standing(wall: Wall, account: Account, call: Call) -> WallPost:
    post = wall.post("linkedin", account.name, call.path["urn"])
    if post is None:
        raise Refusal(_error(404, "NOT_FOUND", f"Could not find entity {call.path['urn']}"))
    return post


def delete_share(wall: Wall, account: Account, call: Call) -> Response:
    """DELETE /rest/posts/{urn}."""
    wall.delete(_standing(wall, account, call), call.now)
    return Response(status_code=204)


def statistics(wall: Wall, account: Account, call: Call) -> Response:
    """GET /rest/organizationalEntityShareStatistics of some shares; the finder's page is ten rows."""
    asked = dict(call.query)
    if asked.get("q") != "organizationalEntity" or asked.get("organizationalEntity") != _urn(account):
        raise _invalid("q=organizationalEntity and the page's organizationalEntity are required")
    urns = regex.fullmatch(r"List\(((urn:li:share:\d+)(,urn:li:share:\d+)*)\)", asked.get("shares", ""))
    if not urns:
        raise _invalid("shares is not a list of share URNs")
    posts = [(urn, wall.post("linkedin", account.name, urn)) for urn in urns[1].split(",")[:10]]
    told = [_row(account, urn, wall.read(post)) for urn, post in posts if post]
    return JSONResponse({"paging": {"start": 0, "count": 10, "links": []}, "elements": told})


def _row(account: Account, urn: str, read: Read) -> dict[str, Any]:
    figures = {
        "likeCount": read.likes,
        "shareCount": read.reposts,
        "commentCount": read.replies,
        "clickCount": 0,
        "impressionCount": read.views,
        "uniqueImpressionsCount": read.views,
    }
    return {"totalShareStatistics": figures, "share": urn, "organizationalEntity": _urn(account)}


def _busy(fault: Fault, account: Account, now: datetime) -> Response:
    """The body as recorded in github.com/Automattic/wp-calypso/issues/32007; LinkedIn promises no Retry-After."""
    sentence = "Resource level throttle limit for calls to this resource is reached."
    answer = JSONResponse({"serviceErrorCode": 101, "message": sentence, "status": 429}, 429)
    answer.headers["Retry-After"] = str(fault.retry_after)
    return answer


def _broken(status: int) -> Response:
    return _error(status, "INTERNAL_SERVER_ERROR", "Internal Server Error")


def _suspended(account: Account) -> Response:
    return _error(
        403, "ACCESS_DENIED", "Not enough permissions to access: posts.CREATE", serviceErrorCode=100
    )


def _expired(wall: Wall, call: Call) -> Response:
    sentence = "The token used in the request has expired"
    return _error(401, "EXPIRED_ACCESS_TOKEN", sentence, serviceErrorCode=65602)


DIALECT = Dialect(network="linkedin", busy=_busy, broken=_broken, suspended=_suspended, expired=_expired)


def routes(desk: Desk) -> list[Route]:
    """All paths, below /linkedin."""
    one, stats = "/rest/posts/{urn}", "/rest/organizationalEntityShareStatistics"
    return [
        Route("/rest/posts", desk.endpoint("post", _owner, post_share), methods=["POST"]),
        Route("/rest/posts", desk.endpoint("read", _owner, posts_of), methods=["GET"]),
        Route(one, desk.endpoint("read", _owner, read_share), methods=["GET"]),
        Route(one, desk.endpoint("delete", _owner, delete_share), methods=["DELETE"]),
        Route(stats, desk.endpoint("read", _owner, statistics), methods=["GET"]),
    ]
