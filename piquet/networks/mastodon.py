"""Mastodon: posting to one account of one server and reading its statuses back.

API: docs.joinmastodon.org/methods/statuses. Idempotency-Key is kept for an hour, and by Mastodon only
(GoToSocial and snac ignore it), so `find` is what keeps a post from appearing twice.
"""

import asyncio
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from piquet import limits
from piquet.errors import Busy, NetworkError, Refused, Rejected
from piquet.limits import Limit
from piquet.networks.history import Page, look_back
from piquet.networks.http import GONE, Answer, Wire, moment, seconds
from piquet.networks.images import UPLOAD_S, Fetch, Picture, attached, picture
from piquet.networks.mastodon_status import figures, iso_639_1, seen_of, stated_limit, url_of
from piquet.networks.match import choose, since
from piquet.networks.protocol import Ability, AccountFacts, Metrics, Traits, Unable
from piquet.post import Payload, Post, Receipt

TRAITS = Traits(
    network="mastodon",
    title="Mastodon",
    limit=limits.MASTODON,
    # A slow insert answers late and is listed later still: github.com/mastodon/mastodon/issues/21840.
    settles_after=timedelta(minutes=1),
    abilities=frozenset(Ability),
)

# Mastodon takes 16 MB, others 10 or less; it makes its own smaller copies.
_MAX_PICTURE = 5_000_000
_MAX_ALT = 1500  # docs.joinmastodon.org/methods/media, description
_AT_ONCE = 20  # statuses in one request: StatusesController, DEFAULT_STATUSES_LIMIT
_POLLS = 10

logger = logging.getLogger(__name__)


class MastodonClient(Unable):
    """One account on one Mastodon server; `token` has read, write:statuses, write:media and write:accounts.

    `fetch` brings the pictures of posts without a link; without it they are left out.
    """

    traits = TRAITS

    def __init__(
        self,
        *,
        server: str,
        token: str,
        fetch: Fetch | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        timeout: float = 20,
    ) -> None:
        self._wire = Wire(
            title=TRAITS.title, base=server, secrets=[token], transport=transport, timeout=timeout
        )
        self._auth = {"Authorization": f"Bearer {token}"}
        self._fetch = fetch
        self._account: str | None = None

    def __repr__(self) -> str:
        return f"MastodonClient({self._wire!r})"

    async def limit(self) -> Limit:
        """The server's own numbers; those of an unchanged Mastodon where it states none."""
        for version in ("v2", "v1"):
            answer = await self._wire.read(f"/api/{version}/instance", headers=self._auth)
            stated = stated_limit(answer.json) if answer.status == 200 else None
            if stated:
                return stated
        return TRAITS.limit

    def prepare(self, post: Post, *, key: str, at: datetime, reply_to: Receipt | None = None) -> Payload:
        body: dict[str, Any] = {"status": post.text, "visibility": "public"}
        if language := iso_639_1(post.language):
            body["language"] = language
        if reply_to:
            body["in_reply_to_id"] = reply_to.id
        if image := attached(post):
            body["image"] = {"url": image.url, "alt": image.alt}
        return Payload(
            network=TRAITS.network, key=key, prepared_at=at, text=post.text, link=post.link, body=body
        )

    async def ready(self, payload: Payload) -> Payload:
        image = payload.body.get("image")
        if image is None:
            return payload
        body = _on_the_wire(payload)
        if media := await self._attachment(image["url"], image["alt"]):
            body["media_ids"] = [media]
        return replace(payload, body=body)

    async def publish(self, payload: Payload) -> Receipt:
        headers = {**self._auth, "Idempotency-Key": payload.key}
        answer = await self._wire.write("/api/v1/statuses", headers=headers, json=_on_the_wire(payload))
        if answer.status in GONE and "in_reply_to_id" in payload.body and answer.json.get("error"):
            raise Rejected(
                self._wire.says(answer.status, answer.json["error"])
            )  # the post that it answers is gone
        if answer.status != 200:
            raise self._failure(answer, posts=True)
        if "id" not in answer.json:
            raise self._wire.failure(answer, "no status in the answer", posts=True)
        return _receipt(answer.json, answer.at)

    async def find(self, payload: Payload, *, known: Collection[str] = ()) -> Receipt | None:
        account = await self._own_id()

        async def page(older: str | None) -> Page:
            return await self._statuses(account, older)

        seen = await look_back(page, until=since(payload))
        return choose(seen, payload, known, parent=payload.body.get("in_reply_to_id"))

    async def delete(self, receipt: Receipt) -> None:
        answer = await self._wire.write(_path(receipt.id), method="DELETE", headers=self._auth, posts=False)
        if answer.status not in (200, *GONE):
            raise self._act_failure(answer)
        # snac answers 404 to every DELETE, and the post stands.
        if answer.status in GONE and await self._status(receipt.id):
            raise Rejected(
                f"Mastodon answered {answer.status} to the deletion of a post that is still there."
            )

    async def pin(self, receipt: Receipt) -> None:
        answer = await self._wire.write(f"{_path(receipt.id)}/pin", headers=self._auth, posts=False)
        if answer.status != 200:
            raise self._act_failure(answer)

    async def unpin(self, receipt: Receipt) -> None:
        answer = await self._wire.write(f"{_path(receipt.id)}/unpin", headers=self._auth, posts=False)
        if answer.status not in (200, *GONE):
            raise self._act_failure(answer)

    async def pinned(self) -> Sequence[Receipt]:
        path = f"/api/v1/accounts/{await self._own_id()}/statuses"
        answer = await self._wire.read(path, params={"pinned": "true", "limit": 40}, headers=self._auth)
        # snac ignores `pinned` and lists every status.
        return [_receipt(status, answer.at) for status in self._list(answer) if status.get("pinned") is True]

    async def metrics(self, receipts: Collection[Receipt]) -> Mapping[str, Metrics]:
        ids = [receipt.id for receipt in receipts]
        found: dict[str, Metrics] = {}
        for start in range(0, len(ids), _AT_ONCE):
            statuses = await self._statuses_by_id(ids[start : start + _AT_ONCE])
            found |= {str(status["id"]): figures(status) for status in statuses}
        return found

    async def check(self) -> AccountFacts:
        answer = await self._credentials()
        name, server = answer.json.get("username"), urlsplit(str(answer.json.get("url") or self._wire.base))
        scopes = await self._scopes()
        writes = scopes is None or not {"write", "write:statuses"}.isdisjoint(scopes)
        return AccountFacts(
            name=f"@{name}@{server.netloc}",
            limit=await self.limit(),
            may_post=writes,
            why_not="" if writes else "The access token lacks the permission write:statuses: make a new one.",
        )

    async def aclose(self) -> None:
        await self._wire.aclose()

    async def _attachment(self, url: str, alt: str) -> str | None:
        """The id of an uploaded picture, or None: it never costs the post."""
        ready = await picture(url, self._fetch, max_bytes=_MAX_PICTURE)
        try:
            async with asyncio.timeout(UPLOAD_S):
                return ready and await self._uploaded(ready, alt)
        except (NetworkError, TimeoutError) as error:
            logger.warning(
                "The post goes without its picture: %s", str(error) or f"over {UPLOAD_S:.0f} s of upload"
            )
            return None

    async def _uploaded(self, ready: Picture, alt: str) -> str:
        file = {"file": ("picture", ready.data, ready.media_type)}
        answer = await self._wire.write(
            "/api/v2/media", headers=self._auth, files=file, form={"description": alt[:_MAX_ALT]}, posts=False
        )
        if answer.status not in (200, 202) or "id" not in answer.json:
            raise self._act_failure(answer)
        media = str(answer.json["id"])
        if answer.status == 202:
            await self._processed(media)
        return media

    async def _processed(self, media: str) -> None:
        """Wait until a picture can be posted: 206 means that the server is still at it."""
        for _ in range(_POLLS):
            answer = await self._wire.read(f"/api/v1/media/{quote(media, safe='')}", headers=self._auth)
            if answer.status == 200:
                return
            if answer.status != 206:
                raise self._act_failure(answer)
            await asyncio.sleep(1)
        raise Busy(f"Mastodon has not processed a picture after {_POLLS} s.")

    async def _own_id(self) -> str:
        if self._account is None:
            self._account = str((await self._credentials()).json["id"])
        return self._account

    async def _credentials(self) -> Answer:
        answer = await self._wire.read("/api/v1/accounts/verify_credentials", headers=self._auth)
        if answer.status == 422:  # "This method requires an authenticated user"; snac says only the number
            raise Refused(self._wire.says(422, answer.json.get("error") or "the access token is of no user."))
        if answer.status != 200 or "id" not in answer.json:
            raise self._failure(answer, posts=False)
        return answer

    async def _scopes(self) -> list[str] | None:
        """What the token may do; None where the server does not say (Mastodon does since 4.3)."""
        answer = await self._wire.read("/api/v1/apps/verify_credentials", headers=self._auth)
        scopes = answer.json.get("scopes")
        return scopes if answer.status == 200 and isinstance(scopes, list) else None

    async def _statuses(self, account: str, older: str | None) -> Page:
        answer = await self._wire.read(
            f"/api/v1/accounts/{account}/statuses",
            params={"limit": 40, "exclude_reblogs": "true", "max_id": older},
            headers=self._auth,
        )
        posts = [seen for status in self._list(answer) if (seen := seen_of(status))]
        return Page(posts=posts, older=posts[-1].id if posts else None)

    async def _statuses_by_id(self, ids: Sequence[str]) -> Iterable[Mapping[str, Any]]:
        """In one request, or one by one where the server cannot (before Mastodon 4.3, and others)."""
        answer = await self._wire.read("/api/v1/statuses", params={"id[]": ids}, headers=self._auth)
        if answer.status == 200 and isinstance(answer.parsed, list):
            return self._list(answer)
        if answer.status in (401, 403, 429) or answer.status in range(500, 600):
            raise self._failure(answer, posts=False)
        return [status for id in ids if (status := await self._status(id))]

    async def _status(self, id: str) -> Mapping[str, Any] | None:
        answer = await self._wire.read(_path(id), headers=self._auth)
        if answer.status in GONE:
            return None
        if answer.status != 200 or "id" not in answer.json:
            raise self._failure(answer, posts=False)
        return answer.json

    def _list(self, answer: Answer) -> list[Mapping[str, Any]]:
        """The statuses in an answer."""
        if answer.status != 200 or not isinstance(answer.parsed, list):
            raise self._failure(answer, posts=False)
        return [one for one in answer.parsed if isinstance(one, dict) and "id" in one]

    def _failure(self, answer: Answer, *, posts: bool) -> NetworkError:
        words = answer.json.get("error", "")
        if answer.status == 422 and posts and "finished processing" in str(words):
            return Busy(self._wire.says(422, words))  # the picture is not ready yet
        return self._wire.failure(answer, words, posts=posts, retry_after=_wait(answer))

    def _act_failure(self, answer: Answer) -> NetworkError:
        return self._wire.act_failure(answer, answer.json.get("error", ""), retry_after=_wait(answer))


def _on_the_wire(payload: Payload) -> dict[str, Any]:
    return {name: value for name, value in payload.body.items() if name != "image"}


def _path(id: str) -> str:
    return f"/api/v1/statuses/{quote(id, safe='')}"


def _receipt(status: Mapping[str, Any], otherwise: datetime) -> Receipt:
    at = moment(status.get("created_at")) or otherwise
    return Receipt(id=str(status["id"]), url=url_of(status), at=at)


def _wait(answer: Answer) -> float | None:
    """Mastodon's own header names a moment; a proxy before it may say Retry-After."""
    until = answer.seconds_until(moment(answer.headers.get("x-ratelimit-reset")))
    return seconds(answer.headers.get("retry-after")) if until is None else until
