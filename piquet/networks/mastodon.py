"""Mastodon: posting to one account of one server and reading its statuses back.

API: docs.joinmastodon.org/methods/statuses. Idempotency-Key is kept for an hour, and by Mastodon only
(GoToSocial and snac ignore it), so `find` is what keeps a post from appearing twice.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx
from selectolax.lexbor import LexborHTMLParser

from piquet import limits
from piquet.errors import NetworkError
from piquet.limits import Limit
from piquet.networks.history import Page, look_back
from piquet.networks.http import Answer, Wire, moment
from piquet.networks.match import Seen, choose, since
from piquet.networks.protocol import Traits
from piquet.post import Payload, Post, Receipt

TRAITS = Traits(
    network="mastodon",
    title="Mastodon",
    limit=limits.MASTODON,
    # A slow insert answers late and is listed later still: github.com/mastodon/mastodon/issues/21840.
    settles_after=timedelta(minutes=1),
)


class MastodonClient:
    """One account on one Mastodon server; `token` has write:statuses and read."""

    traits = TRAITS

    def __init__(
        self,
        *,
        server: str,
        token: str,
        transport: httpx.AsyncBaseTransport | None = None,
        timeout: float = 20,
    ) -> None:
        self._wire = Wire(
            title=TRAITS.title, base=server, secrets=[token], transport=transport, timeout=timeout
        )
        self._auth = {"Authorization": f"Bearer {token}"}
        self._account: str | None = None

    def __repr__(self) -> str:
        return f"MastodonClient({self._wire!r})"

    async def limit(self) -> Limit:
        """The server's own numbers; those of an unchanged Mastodon where it states none."""
        for version in ("v2", "v1"):
            answer = await self._wire.read(f"/api/{version}/instance", headers=self._auth)
            stated = _stated_limit(answer.json) if answer.status == 200 else None
            if stated:
                return stated
        return TRAITS.limit

    def prepare(self, post: Post, *, key: str, at: datetime) -> Payload:
        body = {"status": post.text, "visibility": "public"}
        if language := iso_639_1(post.language):
            body["language"] = language
        return Payload(
            network=TRAITS.network, key=key, prepared_at=at, text=post.text, link=post.link, body=body
        )

    async def publish(self, payload: Payload) -> Receipt:
        headers = {**self._auth, "Idempotency-Key": payload.key}
        answer = await self._wire.write("/api/v1/statuses", headers=headers, json=dict(payload.body))
        if answer.status != 200:
            raise self._failure(answer, posts=True)
        return _receipt(answer, self._wire)

    async def find(self, payload: Payload, *, known: Collection[str] = ()) -> Receipt | None:
        account = await self._own_id()

        async def page(older: str | None) -> Page:
            return await self._statuses(account, older)

        return choose(await look_back(page, until=since(payload)), payload, known)

    async def aclose(self) -> None:
        await self._wire.aclose()

    async def _own_id(self) -> str:
        if self._account is None:
            answer = await self._wire.read("/api/v1/accounts/verify_credentials", headers=self._auth)
            if answer.status != 200 or "id" not in answer.json:
                raise self._failure(answer, posts=False)
            self._account = str(answer.json["id"])
        return self._account

    async def _statuses(self, account: str, older: str | None) -> Page:
        answer = await self._wire.read(
            f"/api/v1/accounts/{account}/statuses",
            params={"limit": 40, "exclude_reblogs": "true", "max_id": older},
            headers=self._auth,
        )
        if answer.status != 200 or not isinstance(answer.parsed, list):
            raise self._failure(answer, posts=False)
        posts = [seen for status in answer.parsed if (seen := _seen(status))]
        return Page(posts=posts, older=posts[-1].id if posts else None)

    def _failure(self, answer: Answer, *, posts: bool) -> NetworkError:
        wait = answer.seconds_until(moment(answer.headers.get("x-ratelimit-reset")))
        return self._wire.failure(answer, answer.json.get("error", ""), posts=posts, retry_after=wait)


def iso_639_1(tag: str | None) -> str | None:
    """The two-letter language of a BCP 47 tag; None where there is none, and the account's own applies."""
    primary = (tag or "").replace("_", "-").split("-")[0].lower()
    return primary if len(primary) == 2 and primary.isalpha() and primary.isascii() else None


def plain_text(html: str) -> str:
    """The text a reader sees in a status: paragraphs and line breaks become line ends."""
    tree = LexborHTMLParser(html)
    for end in tree.css("br, p"):
        end.insert_after("\n")
    return tree.text().strip()


def _links(html: str) -> list[str]:
    return [a.attributes.get("href") or "" for a in LexborHTMLParser(html).css("a[href]")]


def _seen(status: Mapping[str, Any]) -> Seen | None:
    """A status of the API as a post seen; None for what has no time, which no Mastodon sends."""
    at, content = moment(status.get("created_at")), str(status.get("content") or "")
    if at is None or "id" not in status:
        return None
    return Seen(
        id=str(status["id"]), url=_url(status), at=at, text=plain_text(content), links=_links(content)
    )


def _receipt(answer: Answer, wire: Wire) -> Receipt:
    status = answer.json
    if "id" not in status:
        raise wire.failure(answer, "no status in the answer", posts=True)
    return Receipt(id=str(status["id"]), url=_url(status), at=moment(status.get("created_at")) or answer.at)


def _url(status: Mapping[str, Any]) -> str:
    return str(status.get("url") or status.get("uri") or "")


def _stated_limit(instance: Mapping[str, Any]) -> Limit | None:
    """The limit in an /instance answer, if there is one to believe."""
    configuration = instance.get("configuration")
    stated = configuration.get("statuses") if isinstance(configuration, dict) else None
    if not isinstance(stated, dict):
        return None
    characters, per_url = stated.get("max_characters"), stated.get("characters_reserved_per_url", 23)
    if not all(isinstance(number, int) and number > 0 for number in (characters, per_url)):
        return None
    return limits.mastodon(characters, per_url)
