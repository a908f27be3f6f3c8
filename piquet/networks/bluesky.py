"""Bluesky: posting records to one account's repository and reading them back by their key.

The whole record and its key are frozen in the payload, so sending it again is a no-op for the server:
putRecord with swapRecord null means "must not exist" (createRecord on a known key is a 500, measured).
Times are the send's, not the article's: feeds sort by createdAt. Pictures are not uploaded.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import regex

from piquet import limits
from piquet.errors import NetworkError, Refused
from piquet.limits import Limit
from piquet.networks.facets import facets
from piquet.networks.history import already_there
from piquet.networks.http import Answer, Wire, epoch, moment, seconds
from piquet.networks.match import same_text
from piquet.networks.protocol import Traits
from piquet.post import Card, Payload, Post, Receipt

TRAITS = Traits(
    network="bluesky",
    title="Bluesky",
    limit=limits.BLUESKY,
    card_carries_link=True,
    settles_after=timedelta(0),  # getRecord shows a record as soon as it is written, measured on PDS 0.5
)

_COLLECTION = "app.bsky.feed.post"
_BASE32_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"  # atproto.com/specs/tid
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LANGUAGE = regex.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")

# A person must act, although several of these come under HTTP 400.
_REFUSED = {
    "AccountDeactivated",
    "AccountSuspended",
    "AccountTakedown",
    "AuthFactorTokenRequired",
    "AuthMissing",
    "AuthenticationRequired",
    "ExpiredToken",
    "InvalidToken",
    "RepoNotFound",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Session:
    did: str
    handle: str
    access: str = field(repr=False)
    refresh: str = field(repr=False)


class BlueskyClient:
    """One account; `app_password` is made under Settings, Privacy and security, App passwords."""

    traits = TRAITS

    def __init__(
        self,
        *,
        handle: str,
        app_password: str,
        service: str = "https://bsky.social",
        transport: httpx.AsyncBaseTransport | None = None,
        timeout: float = 20,
    ) -> None:
        self._wire = Wire(
            title=TRAITS.title, base=service, secrets=[app_password], transport=transport, timeout=timeout
        )
        self._login = {"identifier": handle, "password": app_password}
        self._session: _Session | None = None
        self._signing_in = asyncio.Lock()

    def __repr__(self) -> str:
        return f"BlueskyClient({self._wire!r}, {self._login['identifier']})"

    async def limit(self) -> Limit:
        return TRAITS.limit

    def prepare(self, post: Post, *, key: str, at: datetime) -> Payload:
        body = {"collection": _COLLECTION, "rkey": tid(key, at), "record": record(post, at)}
        return Payload(
            network=TRAITS.network, key=key, prepared_at=at, text=post.text, link=post.link, body=body
        )

    async def publish(self, payload: Payload) -> Receipt:
        async def put(session: _Session) -> Answer:
            body = {"repo": session.did, **payload.body, "swapRecord": None}
            return await self._wire.write(
                "/xrpc/com.atproto.repo.putRecord", headers=_bearer(session.access), json=body
            )

        answer = await self._signed_in(put)
        if answer.status == 200 and "uri" in answer.json:
            return self._receipt(answer.json["uri"], payload.body["record"], answer)
        if _name(answer) == "InvalidSwap":
            return await already_there(self._same_post(payload), self._says(answer))
        raise self._failure(answer, posts=True)

    async def find(self, payload: Payload, *, known: Collection[str] = ()) -> Receipt | None:
        answer = await self._stored(payload)
        if answer is None or answer.json["uri"] in known:
            return None
        return self._receipt(answer.json["uri"], answer.json["value"], answer)

    async def aclose(self) -> None:
        await self._wire.aclose()

    async def _same_post(self, payload: Payload) -> Receipt | None:
        """What stands under the payload's key, if readers see the payload's text there."""
        answer = await self._stored(payload)
        if answer is None or not same_text(str(answer.json["value"].get("text")), payload.text):
            return None
        return self._receipt(answer.json["uri"], answer.json["value"], answer)

    async def _stored(self, payload: Payload) -> Answer | None:
        """The record under the payload's key, or None."""

        async def get(session: _Session) -> Answer:
            query = {"repo": session.did, "collection": _COLLECTION, "rkey": payload.body["rkey"]}
            return await self._wire.read(
                "/xrpc/com.atproto.repo.getRecord", params=query, headers=_bearer(session.access)
            )

        answer = await self._signed_in(get)
        if _name(answer) == "RecordNotFound":
            return None
        if answer.status != 200 or not isinstance(answer.json.get("value"), dict) or "uri" not in answer.json:
            raise self._failure(answer, posts=False)
        return answer

    async def _signed_in(self, call: Callable[[_Session], Awaitable[Answer]]) -> Answer:
        """The answer to a call with the session, renewed once where the server says it is too old."""
        session = await self._renewed(None)
        answer = await call(session)
        if _name(answer) != "ExpiredToken":
            return answer
        return await call(await self._renewed(session))

    async def _renewed(self, old: _Session | None) -> _Session:
        """A session other than `old`; sign-ins are few a day, so calls in parallel share one."""
        async with self._signing_in:
            if self._session is None:
                self._session = await self._created()
            elif self._session is old:
                self._session = await self._refreshed(old)
            return self._session

    async def _created(self) -> _Session:
        path = "/xrpc/com.atproto.server.createSession"
        return self._opened(await self._wire.write(path, headers={}, json=self._login, posts=False))

    async def _refreshed(self, old: _Session) -> _Session:
        path = "/xrpc/com.atproto.server.refreshSession"
        answer = await self._wire.write(path, headers=_bearer(old.refresh), posts=False)
        if _name(answer) in ("ExpiredToken", "InvalidToken"):
            return await self._created()
        return self._opened(answer)

    def _opened(self, answer: Answer) -> _Session:
        given = answer.json
        if answer.status in (400, 401, 403):
            raise Refused(self._says(answer))
        if answer.status != 200 or not {"did", "accessJwt", "refreshJwt"} <= given.keys():
            raise self._failure(answer, posts=False)
        if given.get("active") is False:
            state = self._wire.words(given.get("status") or "not active")
            raise Refused(f"Bluesky says the account {self._login['identifier']} is {state}.")
        self._wire.hide(given["accessJwt"], given["refreshJwt"])
        return _Session(
            did=given["did"],
            handle=given.get("handle") or self._login["identifier"],
            access=given["accessJwt"],
            refresh=given["refreshJwt"],
        )

    def _receipt(self, uri: str, stored: Mapping[str, Any], answer: Answer) -> Receipt:
        handle = self._session.handle if self._session else self._login["identifier"]
        url = f"https://bsky.app/profile/{handle}/post/{uri.rpartition('/')[2]}"
        return Receipt(id=uri, url=url, at=moment(stored.get("createdAt")) or answer.at)

    def _failure(self, answer: Answer, *, posts: bool) -> NetworkError:
        if answer.status in (400, 401, 403) and _name(answer) in _REFUSED:
            return Refused(self._says(answer))
        return self._wire.failure(answer, _words(answer), posts=posts, retry_after=_wait(answer))

    def _says(self, answer: Answer) -> str:
        return self._wire.says(answer.status, _words(answer))


def tid(key: str, at: datetime) -> str:
    """A record key: `at` in microseconds, then 10 bits of `key` so that two posts of one instant differ."""
    micros = (at - _EPOCH) // timedelta(microseconds=1)
    clock_id = int.from_bytes(hashlib.sha256(key.encode()).digest()[:2], "big") & 0x3FF
    number = micros << 10 | clock_id
    return "".join(_BASE32_SORTABLE[number >> shift & 31] for shift in range(60, -1, -5))


def record(post: Post, at: datetime) -> dict[str, Any]:
    """The whole app.bsky.feed.post: what is left out here no reader will ever see."""
    made: dict[str, Any] = {
        "$type": _COLLECTION,
        "text": post.text,
        "createdAt": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    if language := _language(post.language):
        made["langs"] = [language]
    if found := facets(post.text, post.link):
        made["facets"] = found
    if post.link:
        made["embed"] = _external(post.link, post.card or Card(title=post.link))
    return made


def _external(link: str, card: Card) -> dict[str, Any]:
    external = {"uri": link, "title": card.title, "description": card.description}
    return {"$type": "app.bsky.embed.external", "external": external}


def _language(tag: str | None) -> str | None:
    """A tag the server will take: it refuses the whole record for a bad one."""
    first, _, rest = (tag or "").replace("_", "-").partition("-")
    language = first.lower() + (f"-{rest}" if rest else "")
    return language if _LANGUAGE.fullmatch(language) else None


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _name(answer: Answer) -> str:
    return str(answer.json.get("error", "")) if answer.status >= 400 else ""


def _words(answer: Answer) -> str:
    return f"{answer.json.get('error', '')} {answer.json.get('message', '')}".strip()


def _wait(answer: Answer) -> float | None:
    """retry-after in seconds, else the moment in ratelimit-reset."""
    stated = seconds(answer.headers.get("retry-after"))
    if stated is not None:
        return stated
    return answer.seconds_until(epoch(answer.headers.get("ratelimit-reset")))
