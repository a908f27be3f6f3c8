"""X: posting to one account through API v2 and reading its posts back.

API: docs.x.com/x-api/posts. There is no idempotency key and a repeated text is refused without an id, so
`find` settles what is unclear. The specification and the prose disagree on names (tweet.*, post.*): both work here.
"""

import html
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx

from piquet import limits
from piquet.errors import NetworkError, Refused, Rejected
from piquet.limits import Limit
from piquet.networks.history import Page, already_there, look_back
from piquet.networks.http import GONE, Answer, Wire, epoch, moment, seconds
from piquet.networks.match import Seen, choose, since
from piquet.networks.protocol import Ability, AccountFacts, Metrics, Traits, Unable, check_reply
from piquet.networks.session import SessionStore
from piquet.networks.x_session import Grant, Keys, authority, utc_now
from piquet.post import Payload, Post, Receipt

TRAITS = Traits(
    network="x",
    title="X",
    limit=limits.X,
    refuses_repeats=True,
    settles_after=timedelta(minutes=2),  # the timeline is eventually consistent; X states no bound
    # No pins: API v2 has no such call. No replies: since 2026-02-23 a program may only answer who asked it to, and
    # whether its own posts are exempt is undocumented. No pictures: the card shows the article's.
    abilities=frozenset({Ability.DELETES, Ability.METRICS, Ability.READS_BACK}),
)

_AT_ONCE = 100  # ids of GET /2/tweets
_POST_URL = "https://x.com/i/web/status/"
_DUPLICATE = "duplicate content"

# A 403 about the account or its app rather than about the post: the last part of its `type`, or words in it.
_ACCOUNT_PROBLEMS = (
    "oauth1-permissions",
    "client-forbidden",
    "unsupported-authentication",
    "not-authorized-for-resource",
    "usage-capped",
)
_ACCOUNT_WORDS = (
    "suspended",
    "locked",
    "app permissions",
    "access level",
    "deactivated",
    "enrolled",
    "log in",
)
_LIMITS = ("x-rate-limit", "x-app-limit-24hour", "x-user-limit-24hour")


class XClient(Unable):
    """One account, by the four keys of X's developer portal, or by `client_id` and a consent's first `refresh_token`.

    The latter changes at each renewal: `session` keeps what it became, and is asked for with it (see x_session).
    """

    traits = TRAITS

    def __init__(
        self,
        *,
        consumer_key: str = "",
        consumer_secret: str = "",
        access_token: str = "",
        access_token_secret: str = "",
        client_id: str = "",
        client_secret: str = "",
        refresh_token: str = "",
        session: SessionStore | None = None,
        api: str = "https://api.x.com",
        transport: httpx.AsyncBaseTransport | None = None,
        timeout: float = 20,
        pause: float = 1.0,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        keys = Keys(
            consumer_key=consumer_key,
            consumer_secret=consumer_secret,
            access_token=access_token,
            access_token_secret=access_token_secret,
        )
        grant = Grant(client_id=client_id, client_secret=client_secret, refresh_token=refresh_token)
        secrets = [*keys.all(), client_secret, refresh_token]
        self._wire = Wire(title=TRAITS.title, base=api, secrets=secrets, transport=transport, timeout=timeout)
        self._authority = authority(self._wire, keys, grant, session, clock=clock, pause=pause)
        self._user: str | None = None

    def __repr__(self) -> str:
        return f"XClient({self._wire!r})"

    async def limit(self) -> Limit:
        return TRAITS.limit

    def prepare(self, post: Post, *, key: str, at: datetime, reply_to: Receipt | None = None) -> Payload:
        check_reply(TRAITS, reply_to)
        body = {"text": post.text}
        return Payload(
            network=TRAITS.network, key=key, prepared_at=at, text=post.text, link=post.link, body=body
        )

    async def publish(self, payload: Payload) -> Receipt:
        answer = await self._write("POST", "/2/tweets", json=dict(payload.body))
        if answer.status == 403 and _DUPLICATE in _words(answer).lower():
            return await already_there(self.find(payload), self._wire.says(answer.status, _words(answer)))
        post = _data(answer)
        if answer.status not in (200, 201) or "id" not in post:
            raise self._failure(answer, posts=True)
        return Receipt(
            id=str(post["id"]),
            url=_POST_URL + str(post["id"]),
            at=moment(post.get("created_at")) or answer.at,
        )

    async def find(self, payload: Payload, *, known: Collection[str] = ()) -> Receipt | None:
        user = await self._own_id()

        async def page(older: str | None) -> Page:
            return await self._posts(user, since(payload), older)

        return choose(await look_back(page, until=since(payload)), payload, known)

    async def delete(self, receipt: Receipt) -> None:
        path = f"/2/tweets/{quote(receipt.id, safe='')}"
        answer = await self._write("DELETE", path, posts=False)
        if answer.status not in (200, *GONE):
            raise self._act_failure(answer)

    async def metrics(self, receipts: Collection[Receipt]) -> Mapping[str, Metrics]:
        ids = [receipt.id for receipt in receipts]
        found: dict[str, Metrics] = {}
        for start in range(0, len(ids), _AT_ONCE):
            asked = {"ids": ",".join(ids[start : start + _AT_ONCE])}
            answer = await self._read("/2/tweets", asked, "public_metrics")
            found |= {
                str(post["id"]): _figures(post) for post in _list(answer.json.get("data")) if "id" in post
            }
        return found

    async def check(self) -> AccountFacts:
        answer = await self._me()
        # developer.x.com/en/docs/authentication/guides/v2-authentication-mapping: read, read-write, ...
        level = answer.headers.get("x-access-level", "write")
        writes = "write" in level
        return AccountFacts(
            name=f"@{_data(answer).get('username')}",
            limit=TRAITS.limit,
            may_post=writes,
            why_not=""
            if writes
            else f"X says the app may only {self._wire.words(level)}: give it read and write.",
            posts_left=_left(answer),
        )

    async def aclose(self) -> None:
        await self._wire.aclose()

    async def _own_id(self) -> str:
        if self._user is None:
            self._user = str(_data(await self._me())["id"])
        return self._user

    async def _me(self) -> Answer:
        answer = await self._get("/2/users/me")
        if answer.status != 200 or "id" not in _data(answer):
            raise self._failure(answer, posts=False)
        return answer

    async def _read(self, path: str, query: Mapping[str, Any], wanted: str) -> Answer:
        """An answer with these fields of posts, under whichever of its two names X knows the parameter."""
        for fields in ("tweet.fields", "post.fields"):
            asked = {**query, fields: wanted}
            answer = await self._get(path, asked)
            if answer.status != 400:
                break
        if answer.status != 200:
            raise self._failure(answer, posts=False)
        return answer

    async def _posts(self, user: str, start: datetime, older: str | None) -> Page:
        path = f"/2/users/{user}/tweets"
        answer = await self._read(path, _query(start, older), "created_at,entities")
        meta = answer.json.get("meta")
        # No posts, and no count of them either: that is no timeline, and does not mean that nothing is there.
        if not isinstance(answer.json.get("data"), list) and not isinstance(meta, dict):
            raise self._failure(answer, posts=False)
        found = [seen for post in _list(answer.json.get("data")) if (seen := _seen(post))]
        return Page(posts=found, older=meta.get("next_token") if isinstance(meta, dict) else None)

    async def _get(self, path: str, params: Mapping[str, Any] | None = None) -> Answer:
        async def ask(headers: Mapping[str, str]) -> Answer:
            return await self._wire.read(path, params=params, headers=headers)

        return await self._authority.call("GET", self._wire.url(path, params), ask)

    async def _write(self, method: str, path: str, **more: Any) -> Answer:
        async def ask(headers: Mapping[str, str]) -> Answer:
            return await self._wire.write(path, method=method, headers=headers, **more)

        return await self._authority.call(method, self._wire.url(path), ask)

    def _failure(self, answer: Answer, *, posts: bool) -> NetworkError:
        says = self._wire.says(answer.status, _words(answer))
        if answer.status == 403 and posts and not _about_the_account(answer):
            return Rejected(says)
        if answer.status == 402:
            return Refused(f"{says} Buy credits in X's developer portal.")
        return self._wire.failure(answer, _words(answer), posts=posts, retry_after=_wait(answer))

    def _act_failure(self, answer: Answer) -> NetworkError:
        if answer.status == 403 and not _about_the_account(answer):
            return Rejected(self._wire.says(answer.status, _words(answer)))
        return self._wire.act_failure(answer, _words(answer), retry_after=_wait(answer))


def _query(start: datetime, older: str | None) -> dict[str, Any]:
    start_time = start.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"max_results": 100, "start_time": start_time, "pagination_token": older}


def _seen(post: Mapping[str, Any]) -> Seen | None:
    """A post of the API as a post seen: its t.co links put back to what they stand for."""
    at = moment(post.get("created_at"))
    if at is None or "id" not in post:
        return None
    entities = post.get("entities")
    urls = _list(entities.get("urls")) if isinstance(entities, dict) else []
    text = html.unescape(str(post.get("text") or ""))
    for url in urls:
        text = text.replace(str(url.get("url")), str(url.get("expanded_url") or url.get("url")))
    links = [str(url[name]) for url in urls for name in ("expanded_url", "unwound_url") if url.get(name)]
    return Seen(id=str(post["id"]), url=_POST_URL + str(post["id"]), at=at, text=text, links=links)


def _about_the_account(answer: Answer) -> bool:
    """An HTML 403 (a gateway's) tells nothing of the post either."""
    problem = str(answer.json.get("type", "")).rpartition("/")[2]
    words = _words(answer).lower()
    return not words or problem in _ACCOUNT_PROBLEMS or any(word in words for word in _ACCOUNT_WORDS)


def _words(answer: Answer) -> str:
    """`title: detail`, or the first of the older `errors`; hosts in `type` vary, so they are not shown."""
    problem = answer.json
    old = next(iter(_list(problem.get("errors"))), {})
    parts = (problem.get("title"), problem.get("detail") or old.get("message"))
    return ": ".join(str(part) for part in parts if part)


def _wait(answer: Answer) -> float | None:
    """Until the last of the used-up limits starts anew; X sends no Retry-After."""
    resets = [
        epoch(answer.headers.get(f"{name}-reset"))
        for name in _LIMITS
        if answer.headers.get(f"{name}-remaining") in (None, "0")
    ]
    return answer.seconds_until(max((reset for reset in resets if reset), default=None))


def _left(answer: Answer) -> int | None:
    """Posts left today, of the account or of its app, whichever are fewer; X states them on some answers only."""
    stated = [seconds(answer.headers.get(f"{name}-remaining")) for name in _LIMITS if "24hour" in name]
    return min((int(number) for number in stated if number is not None), default=None)


def _figures(post: Mapping[str, Any]) -> Metrics:
    """`retweet_count` is `repost_count` since OpenAPI 2.167."""
    counts = post.get("public_metrics")
    counts = counts if isinstance(counts, dict) else {}
    return Metrics(
        likes=counts.get("like_count"),
        reposts=counts.get("repost_count", counts.get("retweet_count")),
        replies=counts.get("reply_count"),
        quotes=counts.get("quote_count"),
        views=counts.get("impression_count"),
    )


def _data(answer: Answer) -> Mapping[str, Any]:
    data = answer.json.get("data")
    return data if isinstance(data, dict) else {}


def _list(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
