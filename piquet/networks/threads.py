"""Threads: posting to one profile in two steps, a container and then its publication, and reading its posts back.

API: developers.facebook.com/docs/threads, Meta's own Postman collection (fbsamples/threads_api). The container's id is
part of what is stored before the send: a container is published once, whatever becomes of the answer.
The API takes its token as a parameter, so it stands in the form of a POST and, for reads, in the address.
"""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx

from piquet import limits
from piquet.errors import Busy, NetworkError, Refused, Rejected
from piquet.limits import Limit
from piquet.networks import meta
from piquet.networks.history import Page, already_there, look_back
from piquet.networks.http import Answer, Wire, moment, of_no_post
from piquet.networks.match import Seen, choose, since
from piquet.networks.protocol import Ability, AccountFacts, Metrics, Traits, Unable, check_reply
from piquet.networks.session import SessionStore
from piquet.networks.threads_token import KeptToken, Renewed, is_due
from piquet.post import Payload, Post, Receipt

TRAITS = Traits(
    network="threads",
    title="Threads",
    limit=limits.THREADS,
    link_in_text=False,  # link_attachment makes the card, and spares the text
    settles_after=timedelta(minutes=2),  # the profile's list is eventually consistent; Meta states no bound
    abilities=frozenset({Ability.READS_BACK, Ability.REPLIES, Ability.DELETES, Ability.METRICS}),
)

SITE = "https://www.threads.com/"
_FIELDS = "id,text,timestamp,permalink,link_attachment_url"
_METRICS = "views,likes,replies,reposts,quotes"

# "Media Not Found": the container is not there yet, github.com/trypostit/trypost/pull/280.
_NOT_THERE = 24
_NOT_THERE_YET_S = 5.0


class ThreadsClient(Unable):
    """One profile; `token` is a long-lived one (60 days) with threads_basic and threads_content_publish.

    Replies also ask for threads_manage_replies, deletions threads_delete, figures threads_manage_insights.
    `session` keeps what the token becomes.
    `pause` is in seconds, between two looks at a container that is not finished.
    """

    traits = TRAITS

    def __init__(
        self,
        *,
        token: str,
        session: SessionStore | None = None,
        api: str = "https://graph.threads.net/v1.0",
        transport: httpx.AsyncBaseTransport | None = None,
        timeout: float = 20,
        pause: float = 1.0,
        looks: int = 8,
    ) -> None:
        self._wire = Wire(title=TRAITS.title, base=api, secrets=[token], transport=transport, timeout=timeout)
        self._token = KeptToken(wire=self._wire, token=token, store=session)
        self._pause = pause
        self._looks = looks

    def __repr__(self) -> str:
        return f"ThreadsClient({self._wire!r})"

    async def limit(self) -> Limit:
        return TRAITS.limit

    def prepare(self, post: Post, *, key: str, at: datetime, reply_to: Receipt | None = None) -> Payload:
        check_reply(TRAITS, reply_to)
        fields = {
            "media_type": "TEXT",
            "text": post.text,
            "link_attachment": post.link,
            "reply_to_id": reply_to and reply_to.id,
        }
        body = {"container": {name: value for name, value in fields.items() if value}}
        return Payload(
            network=TRAITS.network, key=key, prepared_at=at, text=post.text, link=post.link, body=body
        )

    async def ready(self, payload: Payload) -> Payload:
        """The payload with its container's id; a new one where the former surely can no longer be published."""
        made = payload.body.get("creation_id")
        if made and _status(await self._container(made)) in ("IN_PROGRESS", "FINISHED", "PUBLISHED"):
            return payload
        form = {**await self._auth(), **payload.body["container"]}
        answer = await self._wire.write("/me/threads", headers={}, form=form, posts=False)
        if answer.status != 200 or "id" not in answer.json:
            raise self._act_failure(answer)
        return replace(payload, body={**payload.body, "creation_id": str(answer.json["id"])})

    async def publish(self, payload: Payload) -> Receipt:
        # Never another container than the one that is stored: `find` would not know of it.
        payload = payload if "creation_id" in payload.body else await self.ready(payload)
        made = payload.body["creation_id"]
        if await self._finished(made) == "PUBLISHED":
            sentence = f"Threads has already published the container {made}."
            return await already_there(self.find(payload), sentence)
        form = {**await self._auth(), "creation_id": made}
        answer = await self._wire.write("/me/threads_publish", headers={}, form=form)
        if answer.status != 200 or "id" not in answer.json:
            raise self._failure(answer, posts=True)
        return await self._receipt(str(answer.json["id"]), answer.at)

    async def find(self, payload: Payload, *, known: Collection[str] = ()) -> Receipt | None:
        made = payload.body.get("creation_id")
        status = (await self._container(made)).get("status") if made else None
        if status in ("IN_PROGRESS", "FINISHED", "ERROR"):
            return None
        parent = payload.body["container"].get("reply_to_id")
        history = await self._history(payload, parent)
        found = choose(history, payload, known, parent=parent)
        if status == "PUBLISHED" and choose(history, payload, (), parent=parent) is None:
            raise Busy(f"Threads has published the container {made} and does not list the post yet.")
        return found

    async def delete(self, receipt: Receipt) -> None:
        path = await self._addressed(f"/{quote(receipt.id, safe='')}")
        answer = await self._wire.write(path, headers={}, method="DELETE", posts=False)
        if answer.status != 200 and not _is_gone(answer):
            raise self._act_failure(answer)

    async def metrics(self, receipts: Collection[Receipt]) -> Mapping[str, Metrics]:
        asked = {receipt.id: await self._insights(receipt.id) for receipt in receipts}
        return {id: figures for id, figures in asked.items() if figures is not None}

    async def check(self) -> AccountFacts:
        profile = (await self._read("/me", fields="id,username")).json
        quota = (await self._read("/me/threads_publishing_limit", fields="quota_usage,config")).json
        return AccountFacts(
            name=f"@{profile.get('username') or profile.get('id')}",
            limit=TRAITS.limit,
            posts_left=_posts_left(quota),
            token_ends=await self._token_ends(),
        )

    async def renewed(self) -> Renewed:
        """A token for 60 more days; Threads gives one where this one is over 24 hours old and has not ended."""
        answer = await self._read("/refresh_access_token", grant_type="th_refresh_token")
        token, seconds = answer.json.get("access_token"), answer.json.get("expires_in")
        if not isinstance(token, str) or not isinstance(seconds, int):
            raise Refused("Threads gave no new token: make one by hand before this one ends.")
        self._wire.hide(token)
        return Renewed(token=token, ends=answer.at + timedelta(seconds=seconds))

    async def renew(self, ends: datetime | None, now: datetime) -> datetime | None:
        if not self._token.is_kept or not is_due(ends, now):
            return ends
        renewed = await self.renewed()
        await self._token.keep(renewed)
        return renewed.ends

    async def aclose(self) -> None:
        await self._wire.aclose()

    async def _finished(self, made: str) -> str:
        """FINISHED or PUBLISHED, waited for; text takes a moment, and nothing is published meanwhile."""
        for _ in range(self._looks):
            status = _status(await self._container(made))
            if status in ("FINISHED", "PUBLISHED"):
                return status
            await asyncio.sleep(self._pause)
        raise Busy(f"Threads has not finished the container {made} yet.", retry_after=_NOT_THERE_YET_S)

    async def _container(self, made: str) -> Mapping[str, Any]:
        """Its `status`, and its `error_message` where it failed; empty where there is no such container."""
        asked = {**await self._auth(), "fields": "id,status,error_message"}
        answer = await self._wire.read(f"/{quote(made, safe='')}", params=asked, headers={})
        if _is_gone(answer):
            return {}
        if answer.status != 200 or "status" not in answer.json:
            raise self._failure(answer, posts=False)
        return {**answer.json, "error_message": self._wire.words(answer.json.get("error_message") or "")}

    async def _receipt(self, id: str, at: datetime) -> Receipt:
        """The post's address must be asked for; it is there all the same when it cannot be."""
        try:
            shown = (await self._read(f"/{quote(id, safe='')}", fields="permalink,timestamp")).json
        except NetworkError:
            shown = {}
        return Receipt(
            id=id, url=str(shown.get("permalink") or SITE), at=moment(shown.get("timestamp")) or at
        )

    async def _history(self, payload: Payload, parent: str | None) -> list[Seen]:
        path = "/me/replies" if parent else "/me/threads"
        fields = f"{_FIELDS},replied_to" if parent else _FIELDS
        start = int(since(payload).timestamp())

        async def page(older: str | None) -> Page:
            answer = await self._read(path, fields=fields, since=start, limit=100, after=older)
            posts = answer.json.get("data")
            if not isinstance(posts, list):
                raise self._failure(answer, posts=False)
            found = [seen for post in posts if (seen := _seen(post))]
            return Page(posts=found, older=meta.cursor(answer.json) if found else None)

        return await look_back(page, until=since(payload))

    async def _insights(self, id: str) -> Metrics | None:
        answer = await self._wire.read(
            f"/{quote(id, safe='')}/insights", params={**await self._auth(), "metric": _METRICS}, headers={}
        )
        if _is_gone(answer):
            return None
        if answer.status != 200:
            raise self._failure(answer, posts=False)
        return Metrics(**_values(answer.json.get("data")))

    async def _token_ends(self) -> datetime | None:
        """When the token ends; None where Threads does not say."""
        try:
            answer = await self._read("/debug_token", input_token=await self._token.now())
        except Refused:
            return None
        told = answer.json.get("data")
        ends = told.get("expires_at") if isinstance(told, dict) else None
        return datetime.fromtimestamp(ends, UTC) if isinstance(ends, int) and ends > 0 else None

    async def _read(self, path: str, **asked: Any) -> Answer:
        answer = await self._wire.read(path, params={**await self._auth(), **asked}, headers={})
        if answer.status != 200 or "error" in answer.json:
            raise self._failure(answer, posts=False)
        return answer

    async def _auth(self) -> Mapping[str, str]:
        return {"access_token": await self._token.now()}

    async def _addressed(self, path: str) -> str:
        return f"{path}?access_token={quote(await self._token.now(), safe='')}"

    def _act_failure(self, answer: Answer) -> NetworkError:
        """A refused container is a refused post, a refused deletion is that post's: neither posts anything by itself."""
        return of_no_post(self._failure(answer, posts=True))

    def _failure(self, answer: Answer, *, posts: bool) -> NetworkError:
        error, says = meta.error_of(answer), self._wire.says(answer.status, _words(answer))
        if not isinstance(error.get("code"), int):
            return self._wire.failure(answer, _words(answer), posts=posts)
        if error["code"] == _NOT_THERE and posts:
            return Busy(says, retry_after=_NOT_THERE_YET_S)
        if passing := meta.passing(answer, says, posts=posts):
            return passing
        if meta.is_refused(error):
            return Refused(says)
        return self._wire.failure(answer, _words(answer), posts=posts)


def _status(container: Mapping[str, Any]) -> str | None:
    """Where the container stands; `Rejected` where Threads could not make it, which it never will."""
    status = container.get("status")
    if status == "ERROR":
        raise Rejected(
            f"Threads could not make the post: {container['error_message'] or 'it gives no reason'}."
        )
    return status


def _is_gone(answer: Answer) -> bool:
    """No post or container of that id, or it is no longer ours to see."""
    error = meta.error_of(answer)
    return answer.status >= 400 and (meta.is_missing(error) or error.get("code") == _NOT_THERE)


def _words(answer: Answer) -> str:
    error = meta.error_of(answer)
    parts = (error.get("message"), error.get("error_user_msg"))
    return " ".join(str(part) for part in parts if part)


def _seen(post: object) -> Seen | None:
    at = moment(post.get("timestamp")) if isinstance(post, dict) else None
    if at is None or "id" not in post:
        return None
    link, parent = post.get("link_attachment_url"), post.get("replied_to")
    return Seen(
        id=str(post["id"]),
        url=str(post.get("permalink") or SITE),
        at=at,
        text=str(post.get("text") or ""),
        links=[str(link)] if link else [],
        parent=str(parent["id"]) if isinstance(parent, dict) and "id" in parent else None,
    )


def _values(told: object) -> dict[str, int]:
    """The figures of an insights answer, by the names that Metrics shares with Threads."""
    rows = [row for row in told if isinstance(row, dict)] if isinstance(told, list) else []
    named = {row.get("name"): row.get("values") for row in rows}
    return {
        name: values[0]["value"]
        for name, values in named.items()
        if name in _METRICS.split(",") and isinstance(values, list) and values
    }


def _posts_left(quota: Mapping[str, Any]) -> int | None:
    """Of the last 24 hours' quota, which rolls."""
    row = next(iter(quota.get("data") or ()), None)
    try:
        return max(0, row["config"]["quota_total"] - row["quota_usage"])
    except (KeyError, TypeError):
        return None
