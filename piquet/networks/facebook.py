"""Facebook: posting to one Page through the Graph API and reading its published posts back.

API: developers.facebook.com/docs/pages-api/posts. There is no idempotency key, and an "unexpected error" may well have posted:
github.com/arsduo/koala/issues/699.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx

from piquet import limits
from piquet.errors import NetworkError, Refused, Rejected
from piquet.limits import Limit
from piquet.networks import meta
from piquet.networks.history import Page, already_there, look_back
from piquet.networks.http import Answer, Wire, moment, of_no_post
from piquet.networks.match import Seen, choose, since
from piquet.networks.protocol import Ability, AccountFacts, Metrics, Traits, Unable
from piquet.post import Payload, Post, Receipt

TRAITS = Traits(
    network="facebook",
    title="Facebook",
    limit=limits.FACEBOOK,
    link_in_text=False,
    refuses_repeats=True,
    settles_after=timedelta(minutes=2),  # the Page's list is eventually consistent; Meta states no bound
    # A pin is set blindly: no field of a Page's post says that it is pinned. The card shows the article's picture.
    abilities=frozenset(
        {Ability.REPLIES, Ability.DELETES, Ability.PINS, Ability.METRICS, Ability.READS_BACK}
    ),
)

_DUPLICATE = 506
_SPAM = 368
_FIELDS = "id,message,created_time,permalink_url,attachments{unshimmed_url}"
_FIGURES = "reactions.limit(0).summary(total_count),comments.limit(0).summary(total_count),shares"
_AT_ONCE = 50  # ids of one request


class FacebookClient(Unable):
    """One Page; `token` is a Page token with pages_manage_posts, pages_read_engagement and pages_manage_engagement."""

    traits = TRAITS

    def __init__(
        self,
        *,
        page_id: str,
        token: str,
        graph: str = "https://graph.facebook.com/v26.0",
        transport: httpx.AsyncBaseTransport | None = None,
        timeout: float = 20,
    ) -> None:
        self._wire = Wire(
            title=TRAITS.title, base=graph, secrets=[token], transport=transport, timeout=timeout
        )
        self._auth = {"Authorization": f"Bearer {token}"}
        self._page = quote(page_id, safe="")

    def __repr__(self) -> str:
        return f"FacebookClient({self._wire!r}, {self._page})"

    async def limit(self) -> Limit:
        return TRAITS.limit

    def prepare(self, post: Post, *, key: str, at: datetime, reply_to: Receipt | None = None) -> Payload:
        """A reply is a comment, and a comment has no link field: its link stands in the text."""
        text = post.text
        if reply_to and post.link and post.link not in text:
            text = f"{text}\n{post.link}"
        link = None if reply_to else post.link
        fields = {"message": text, "link": link, "reply_to": reply_to and reply_to.id}
        body = {name: value for name, value in fields.items() if value}
        return Payload(network=TRAITS.network, key=key, prepared_at=at, text=text, link=post.link, body=body)

    async def publish(self, payload: Payload) -> Receipt:
        fields = {name: value for name, value in payload.body.items() if name != "reply_to"}
        parent = payload.body.get("reply_to")
        path = f"{_path(parent)}/comments" if parent else f"/{self._page}/feed"
        answer = await self._wire.write(path, headers=self._auth, form=fields)
        if _is_repeat(answer):
            return await already_there(self.find(payload), self._wire.says(answer.status, _words(answer)))
        if parent and meta.is_missing(meta.error_of(answer)):
            raise Rejected(self._wire.says(answer.status, _words(answer)))  # the post that it answers is gone
        if answer.status != 200 or "id" not in answer.json:
            raise self._failure(answer, posts=True)
        made = str(answer.json["id"])
        return Receipt(id=made, url=f"https://www.facebook.com/{made}", at=answer.at)

    async def find(self, payload: Payload, *, known: Collection[str] = ()) -> Receipt | None:
        parent = payload.body.get("reply_to")

        async def page(older: str | None) -> Page:
            return await (self._comments(parent, older) if parent else self._posts(since(payload), older))

        return choose(await look_back(page, until=since(payload)), payload, known, parent=parent)

    async def delete(self, receipt: Receipt) -> None:
        answer = await self._wire.write(_path(receipt.id), method="DELETE", headers=self._auth, posts=False)
        if answer.status != 200 and not meta.is_missing(meta.error_of(answer)):
            raise self._act_failure(answer)

    async def pin(self, receipt: Receipt) -> None:
        await self._set_pin(receipt, "true")

    async def unpin(self, receipt: Receipt) -> None:
        await self._set_pin(receipt, "false")

    async def metrics(self, receipts: Collection[Receipt]) -> Mapping[str, Metrics]:
        ids = [receipt.id for receipt in receipts]
        found: dict[str, Metrics] = {}
        for start in range(0, len(ids), _AT_ONCE):
            found |= await self._figures(ids[start : start + _AT_ONCE])
        return found

    async def check(self) -> AccountFacts:
        path, asked = f"/{self._page}", {"fields": "name,can_post"}
        answer = await self._wire.read(path, params=asked, headers=self._auth)
        if answer.status != 200 or "id" not in answer.json:
            raise self._failure(answer, posts=False)
        may = answer.json.get("can_post") is not False
        return AccountFacts(
            name=str(answer.json.get("name") or self._page),
            limit=TRAITS.limit,
            may_post=may,
            why_not="" if may else "Facebook says that this token may not post to the Page: make a new one.",
        )

    async def aclose(self) -> None:
        await self._wire.aclose()

    async def _posts(self, start: datetime, older: str | None) -> Page:
        answer = await self._wire.read(
            f"/{self._page}/published_posts",
            params={"fields": _FIELDS, "since": int(start.timestamp()), "limit": 100, "after": older},
            headers=self._auth,
        )
        if answer.status != 200 or not isinstance(answer.json.get("data"), list):
            raise self._failure(answer, posts=False)
        found = [seen for post in answer.json["data"] if (seen := _seen(post))]
        return Page(posts=found, older=_older(answer.json))

    async def _comments(self, parent: str, older: str | None) -> Page:
        answer = await self._wire.read(
            f"{_path(parent)}/comments",
            params={
                "fields": "id,message,created_time,permalink_url",
                "filter": "stream",
                "order": "reverse_chronological",
                "limit": 100,
                "after": older,
            },
            headers=self._auth,
        )
        if meta.is_missing(meta.error_of(answer)):
            return Page(posts=[], older=None)  # its comments went with it
        if answer.status != 200 or not isinstance(answer.json.get("data"), list):
            raise self._failure(answer, posts=False)
        found = [seen for one in answer.json["data"] if (seen := _seen(one, parent))]
        return Page(posts=found, older=_older(answer.json))

    async def _set_pin(self, receipt: Receipt, value: str) -> None:
        answer = await self._wire.write(
            _path(receipt.id), headers=self._auth, form={"is_pinned": value}, posts=False
        )
        if answer.status != 200:
            raise self._act_failure(answer)

    async def _figures(self, ids: Sequence[str]) -> Mapping[str, Metrics]:
        """Several posts in one request, or one by one: Graph refuses them all where one is gone."""
        asked = {"ids": ",".join(ids), "fields": _FIGURES}
        answer = await self._wire.read("/", params=asked, headers=self._auth)
        if answer.status == 200:
            posts = {id: answer.json[id] for id in ids if isinstance(answer.json.get(id), dict)}
            return {id: _figures(post) for id, post in posts.items()}
        if not meta.is_missing(meta.error_of(answer)):
            raise self._failure(answer, posts=False)
        if len(ids) == 1:
            return {}
        one_by_one = [await self._figures([id]) for id in ids]
        return {id: figures for one in one_by_one for id, figures in one.items()}

    def _act_failure(self, answer: Answer) -> NetworkError:
        """A missing post is this post's fault, not the account's; everything else is as for a post."""
        if meta.is_missing(meta.error_of(answer)):
            return Rejected(self._wire.says(answer.status, _words(answer)))
        return of_no_post(self._failure(answer, posts=True))

    def _failure(self, answer: Answer, *, posts: bool) -> NetworkError:
        error, says = meta.error_of(answer), self._wire.says(answer.status, _words(answer))
        if not isinstance(error.get("code"), int):
            return self._wire.failure(answer, _words(answer), posts=posts)
        if passing := meta.passing(answer, says, posts=posts):
            return passing
        if meta.is_refused(error) or error["code"] == _SPAM or _hides_the_page(error):
            return Refused(says)
        return self._wire.failure(answer, _words(answer), posts=posts)


def _is_repeat(answer: Answer) -> bool:
    """506, or the spam code with the words of a repeat (github.com/arsduo/koala/issues/422)."""
    code = meta.error_of(answer).get("code")
    return code == _DUPLICATE or (code == _SPAM and "already posted" in _words(answer).lower())


def _hides_the_page(error: Mapping[str, Any]) -> bool:
    """The Page's id is wrong, or the token may not see it (github.com/facebookarchive/php-graph-sdk/issues/1233)."""
    missing = "missing permission" in str(error.get("message")).lower()
    return error.get("code") == 100 and (meta.is_missing(error) or missing)


def _words(answer: Answer) -> str:
    return str(meta.error_of(answer).get("message") or "")


def _seen(post: object, parent: str | None = None) -> Seen | None:
    at = moment(post.get("created_time")) if isinstance(post, dict) else None
    if at is None or "id" not in post:
        return None
    made = str(post["id"])
    url = str(post.get("permalink_url") or f"https://www.facebook.com/{made}")
    text = str(post.get("message") or "")
    return Seen(id=made, url=url, at=at, text=text, links=_links(post), parent=parent)


def _figures(post: Mapping[str, Any]) -> Metrics:
    """Views are left out: post_impressions is gone since 2025-11, and what follows it needs read_insights."""
    shares = post.get("shares")
    return Metrics(
        likes=_total(post.get("reactions")),
        reposts=shares.get("count") if isinstance(shares, dict) else 0,  # left out where there are none
        replies=_total(post.get("comments")),
    )


def _total(edge: object) -> int | None:
    summary = edge.get("summary") if isinstance(edge, dict) else None
    return summary.get("total_count") if isinstance(summary, dict) else None


def _path(id: str) -> str:
    return f"/{quote(id, safe='')}"


def _links(post: Mapping[str, Any]) -> list[str]:
    attachments = post.get("attachments")
    data = attachments.get("data") if isinstance(attachments, dict) else None
    return [str(one["unshimmed_url"]) for one in data or () if one.get("unshimmed_url")]


def _older(listing: Mapping[str, Any]) -> str | None:
    """The cursor of the next page; the last page has cursors too, but no `next`."""
    paging = listing.get("paging")
    return meta.cursor(listing) if isinstance(paging, dict) and "next" in paging else None
