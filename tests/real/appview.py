"""The one question of a Bluesky AppView that Piquet asks, answered from the records of a real server (PDS).

A PDS keeps records and counts nothing. Bluesky's own AppView needs PostgreSQL and Redis; this one lists every account's
likes, reposts and posts and counts those that name the post, as app.bsky.feed.defs#postView says.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

_GET_POSTS = "/xrpc/app.bsky.feed.getPosts"


class AppView:
    """`url` is known before the PDS starts, which asks it; `pds` once that is there."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.pds = ""
        self.asked: list[list[str]] = []

    def posts(self, uris: list[str]) -> list[dict[str, Any]]:
        """A view of each post that exists."""
        self.asked.append(uris)
        dids = [repo["did"] for repo in self._get("com.atproto.sync.listRepos", limit=100)["repos"]]
        kinds = ("like", "repost", "post")
        found = {kind: [one for did in dids for one in self._records(did, kind)] for kind in kinds}
        return [_view(one, found) for one in found["post"] if one["uri"] in uris]

    def _records(self, did: str, kind: str) -> list[dict[str, Any]]:
        asked = {"repo": did, "collection": f"app.bsky.feed.{kind}", "limit": 100}
        return self._get("com.atproto.repo.listRecords", **asked)["records"]

    def _get(self, method: str, **asked: Any) -> Any:
        answer = httpx.get(f"{self.pds}/xrpc/{method}", params=asked, timeout=20, trust_env=False)
        return answer.raise_for_status().json()


@contextmanager
def running_appview() -> Iterator[AppView]:
    """On loopback, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            known = asked.path == _GET_POSTS
            body = {"posts": view.posts(parse_qs(asked.query)["uris"])} if known else {"error": "NotFound"}
            data = json.dumps(body).encode()
            self.send_response(200 if known else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    view = AppView(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield view
    finally:
        server.shutdown()
        server.server_close()


def _view(one: dict[str, Any], found: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    uri, did = one["uri"], one["uri"].split("/")[2]
    posts = [other["value"] for other in found["post"]]
    return {
        "uri": uri,
        "cid": one["cid"],
        "author": {"did": did, "handle": "journal.test"},
        "record": one["value"],
        "indexedAt": one["value"]["createdAt"],
        "likeCount": _naming(uri, found["like"]),
        "repostCount": _naming(uri, found["repost"]),
        "replyCount": sum(post.get("reply", {}).get("parent", {}).get("uri") == uri for post in posts),
        "quoteCount": sum(post.get("embed", {}).get("record", {}).get("uri") == uri for post in posts),
    }


def _naming(uri: str, records: list[dict[str, Any]]) -> int:
    return sum(other["value"]["subject"]["uri"] == uri for other in records)
