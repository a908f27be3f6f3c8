"""Bluesky: posting records to one account's repository and reading them back by their key.

The whole record and its key are frozen in the payload, so sending it again is a no-op for the server:
putRecord with swapRecord null means "must not exist" (createRecord on a known key is a 500, measured).
Times are the send's, not the article's: feeds sort by createdAt.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx

from piquet import limits
from piquet.errors import Busy, NetworkError, Rejected
from piquet.limits import Limit
from piquet.networks.bluesky_record import POSTS, parts, record, reply_under, tid, with_picture
from piquet.networks.bluesky_session import (
    Session,
    Sessions,
    act_failure,
    bearer,
    failure,
    inactive,
    name,
    says,
)
from piquet.networks.history import already_there
from piquet.networks.http import Answer, Wire, moment
from piquet.networks.images import UPLOAD_S, Fetch, Picture, picture
from piquet.networks.match import same_text
from piquet.networks.protocol import Ability, AccountFacts, Metrics, Traits, Unable
from piquet.networks.session import SessionStore
from piquet.post import Payload, Post, Receipt

TRAITS = Traits(
    network="bluesky",
    title="Bluesky",
    limit=limits.BLUESKY,
    card_carries_link=True,
    settles_after=timedelta(0),  # getRecord shows a record as soon as it is written, measured on PDS 0.5
    abilities=frozenset(Ability),
)

_PROFILE = "app.bsky.actor.profile"
_MAX_PICTURE = 1_000_000  # app.bsky.embed.external, thumb
_AT_ONCE = 25  # app.bsky.feed.getPosts, uris
_TRIES = 3

logger = logging.getLogger(__name__)


class BlueskyClient(Unable):
    """One account; `app_password` is made under Settings, Privacy and security, App passwords.

    `session` keeps the sign-in between processes. `fetch` brings the pictures of cards; without it there are none.
    """

    traits = TRAITS

    def __init__(
        self,
        *,
        handle: str,
        app_password: str,
        service: str = "https://bsky.social",
        session: SessionStore | None = None,
        fetch: Fetch | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        timeout: float = 20,
    ) -> None:
        self._wire = Wire(
            title=TRAITS.title, base=service, secrets=[app_password], transport=transport, timeout=timeout
        )
        self._fetch = fetch
        self._sessions = Sessions(wire=self._wire, handle=handle, app_password=app_password, store=session)

    def __repr__(self) -> str:
        return f"BlueskyClient({self._wire!r}, {self._sessions.handle})"

    async def limit(self) -> Limit:
        return TRAITS.limit

    def prepare(self, post: Post, *, key: str, at: datetime, reply_to: Receipt | None = None) -> Payload:
        body: dict[str, Any] = {"collection": POSTS, "rkey": tid(key, at), "record": record(post, at)}
        if reply_to:
            body["reply_to"] = reply_to.id
        if post.card and post.card.image:
            body["image"] = {"url": post.card.image.url, "alt": post.card.image.alt}
        return Payload(
            network=TRAITS.network, key=key, prepared_at=at, text=post.text, link=post.link, body=body
        )

    async def ready(self, payload: Payload) -> Payload:
        body = dict(payload.body)
        if "reply_to" in body:
            body["record"] = {**body["record"], "reply": await self._reply(body.pop("reply_to"))}
        if image := body.pop("image", None):
            body["record"] = await self._with_picture(body["record"], image["url"], image["alt"])
        return replace(payload, body=body)

    async def publish(self, payload: Payload) -> Receipt:
        if "reply_to" in payload.body:
            raise Rejected("The post that this one answers was not looked up: make the payload ready first.")
        answer = await self._put(payload.body, expected=None, posts=True)
        if answer.status == 200 and "uri" in answer.json:
            return self._receipt(answer.json, payload.body["record"], answer)
        if name(answer) == "InvalidSwap":
            return await already_there(self._same_post(payload), says(self._wire, answer))
        raise failure(self._wire, answer, posts=True)

    async def find(self, payload: Payload, *, known: Collection[str] = ()) -> Receipt | None:
        found = await self._stored(payload)
        return None if found is None or found.id in known else found

    async def delete(self, receipt: Receipt) -> None:
        await self._act("com.atproto.repo.deleteRecord", parts(receipt.id))

    async def pin(self, receipt: Receipt) -> None:
        version = receipt.version or (await self._parent(receipt.id)).json["cid"]
        subject = {"uri": receipt.id, "cid": version}
        await self._change_profile(lambda profile: {**profile, "pinnedPost": subject})

    async def unpin(self, receipt: Receipt) -> None:
        def without(profile: dict[str, Any]) -> dict[str, Any]:
            if _pinned(profile) != receipt.id:
                return profile
            return {key: value for key, value in profile.items() if key != "pinnedPost"}

        await self._change_profile(without)

    async def pinned(self) -> Sequence[Receipt]:
        profile, _ = await self._profile()
        uri = _pinned(profile)
        answer = await self._record(parts(uri)) if uri else None
        return [self._receipt(answer.json, answer.json["value"], answer)] if answer else []

    async def metrics(self, receipts: Collection[Receipt]) -> Mapping[str, Metrics]:
        uris = [receipt.id for receipt in receipts]
        found: dict[str, Metrics] = {}
        for start in range(0, len(uris), _AT_ONCE):
            answer = await self._read("app.bsky.feed.getPosts", {"uris": uris[start : start + _AT_ONCE]})
            posts = answer.json.get("posts")
            if answer.status != 200 or not isinstance(posts, list):
                raise failure(self._wire, answer, posts=False)
            found |= {str(post["uri"]): _figures(post) for post in posts if "uri" in post}
        return found

    async def check(self) -> AccountFacts:
        answer = await self._read("com.atproto.server.getSession", {})
        if answer.status != 200 or "handle" not in answer.json:
            raise failure(self._wire, answer, posts=False)
        state = inactive(answer.json)
        why_not = f"Bluesky says the account is {self._wire.words(state)}." if state else ""
        return AccountFacts(
            name=f"@{answer.json['handle']}", limit=TRAITS.limit, may_post=not state, why_not=why_not
        )

    async def aclose(self) -> None:
        await self._wire.aclose()

    async def _reply(self, uri: str) -> dict[str, Any]:
        answer = await self._parent(uri)
        return reply_under(uri, answer.json["cid"], answer.json["value"])

    async def _parent(self, uri: str) -> Answer:
        """The record of a post that must be there."""
        answer = await self._record(parts(uri))
        if answer is None:
            raise Rejected(f"Bluesky has no post {uri}: it was deleted.")
        return answer

    async def _with_picture(self, made: dict[str, Any], url: str, alt: str) -> dict[str, Any]:
        """The record with its picture uploaded, or as it is: a picture never costs the post."""
        ready = await picture(url, self._fetch, max_bytes=_MAX_PICTURE)
        if ready is None:
            return made
        try:
            async with asyncio.timeout(UPLOAD_S):
                blob = await self._uploaded(ready)
        except (NetworkError, TimeoutError) as error:
            logger.warning(
                "The post goes without its picture: %s", str(error) or f"over {UPLOAD_S:.0f} s of upload"
            )
            return made
        return with_picture(made, blob, alt, (ready.width, ready.height))

    async def _uploaded(self, ready: Picture) -> dict[str, Any]:
        async def upload(session: Session) -> Answer:
            headers = {**bearer(session.access), "Content-Type": ready.media_type}
            path = "/xrpc/com.atproto.repo.uploadBlob"
            return await self._wire.write(path, headers=headers, content=ready.data, posts=False)

        answer = await self._sessions.call(upload)
        if answer.status != 200 or not isinstance(answer.json.get("blob"), dict):
            raise act_failure(self._wire, answer)
        return answer.json["blob"]

    async def _same_post(self, payload: Payload) -> Receipt | None:
        """What stands under the payload's key, if readers see the payload's text there."""
        answer = await self._record(_place(payload))
        if answer is None or not same_text(str(answer.json["value"].get("text")), payload.text):
            return None
        return self._receipt(answer.json, answer.json["value"], answer)

    async def _stored(self, payload: Payload) -> Receipt | None:
        answer = await self._record(_place(payload))
        return answer and self._receipt(answer.json, answer.json["value"], answer)

    async def _record(self, place: Mapping[str, str]) -> Answer | None:
        """The record under that key, by default of this account; None where there is none."""
        answer = await self._read("com.atproto.repo.getRecord", place)
        if name(answer) == "RecordNotFound":
            return None
        if answer.status != 200 or not isinstance(answer.json.get("value"), dict) or "uri" not in answer.json:
            raise failure(self._wire, answer, posts=False)
        return answer

    async def _profile(self) -> tuple[dict[str, Any], str | None]:
        """The account's profile and its version; an account may have none yet."""
        answer = await self._record({"collection": _PROFILE, "rkey": "self"})
        return (answer.json["value"], answer.json.get("cid")) if answer else ({"$type": _PROFILE}, None)

    async def _change_profile(self, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        """Read, change, write the whole: what a write leaves out is erased (picture, description)."""
        for _ in range(_TRIES):
            profile, version = await self._profile()
            changed = change(profile)
            if changed == profile:
                return
            body = {"collection": _PROFILE, "rkey": "self", "record": changed}
            answer = await self._put(body, expected=version, posts=False)
            if answer.status == 200:
                return
            if name(answer) != "InvalidSwap":
                raise act_failure(self._wire, answer)
        raise Busy(
            "The Bluesky profile was changed by somebody else each time that it was to be changed here."
        )

    async def _put(self, body: Mapping[str, Any], *, expected: str | None, posts: bool) -> Answer:
        """putRecord where the record has the `expected` version; None: where there is none."""
        place = {key: body[key] for key in ("collection", "rkey", "record")}

        async def put(session: Session) -> Answer:
            whole = {"repo": session.did, **place, "swapRecord": expected}
            return await self._wire.write(
                "/xrpc/com.atproto.repo.putRecord", headers=bearer(session.access), json=whole, posts=posts
            )

        return await self._sessions.call(put)

    async def _act(self, method: str, body: Mapping[str, Any]) -> Answer:
        async def act(session: Session) -> Answer:
            path = f"/xrpc/{method}"
            return await self._wire.write(path, headers=bearer(session.access), json=dict(body), posts=False)

        answer = await self._sessions.call(act)
        if answer.status != 200:
            raise act_failure(self._wire, answer)
        return answer

    async def _read(self, method: str, query: Mapping[str, Any]) -> Answer:
        async def get(session: Session) -> Answer:
            ours = {"repo": session.did} if method.endswith(".getRecord") else {}
            return await self._wire.read(
                f"/xrpc/{method}", params={**ours, **query}, headers=bearer(session.access)
            )

        return await self._sessions.call(get)

    def _receipt(self, made: Mapping[str, Any], stored: Mapping[str, Any], answer: Answer) -> Receipt:
        uri = str(made["uri"])
        return Receipt(
            id=uri,
            url=f"https://bsky.app/profile/{self._sessions.handle}/post/{uri.rpartition('/')[2]}",
            at=moment(stored.get("createdAt")) or answer.at,
            version=str(made.get("cid") or ""),
        )


def _place(payload: Payload) -> dict[str, str]:
    return {"collection": POSTS, "rkey": payload.body["rkey"]}


def _pinned(profile: Mapping[str, Any]) -> str | None:
    subject = profile.get("pinnedPost")
    return subject.get("uri") if isinstance(subject, dict) else None


def _figures(post: Mapping[str, Any]) -> Metrics:
    return Metrics(
        likes=post.get("likeCount"),
        reposts=post.get("repostCount"),
        replies=post.get("replyCount"),
        quotes=post.get("quoteCount"),
    )
