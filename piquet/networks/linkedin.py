"""LinkedIn: posting to one organization's page through the versioned Posts API and reading its posts back.

API: learn.microsoft.com/linkedin/marketing/community-management/shares/posts-api. LinkedIn reads no web page: the card
is all ours. A repeat is refused with the URN of what it repeats, which may be a ghost
(github.com/ComposioHQ/composio/issues/2710), so the URN is looked at before it is believed.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import regex

from piquet import limits
from piquet.errors import Busy, NetworkError, Refused, UserError
from piquet.limits import Limit, little_text
from piquet.networks.history import Page, already_there, look_back
from piquet.networks.http import GONE, Answer, Wire, of_no_post, seconds
from piquet.networks.match import Seen, choose, since
from piquet.networks.protocol import Ability, AccountFacts, Metrics, Traits, Unable, check_reply
from piquet.post import Card, Payload, Post, Receipt

TRAITS = Traits(
    network="linkedin",
    title="LinkedIn",
    limit=limits.LINKEDIN,
    link_in_text=False,  # the article card carries it
    refuses_repeats=True,
    settles_after=timedelta(minutes=2),  # the finder is eventually consistent; LinkedIn states no bound
    abilities=frozenset({Ability.READS_BACK, Ability.DELETES, Ability.METRICS}),
)

# The newest that somebody is known to have used (September 2026); each lives about a year.
DEFAULT_VERSION = "202608"
_VERSION = regex.compile(r"20[0-9]{2}(0[1-9]|1[0-2])")

# Posts in one request for figures: the finder's own page is ten rows, and its parameters name shares and ugcPosts apart
# (learn.microsoft.com/linkedin/marketing/community-management/organizations/share-statistics).
_AT_ONCE = 10
_KINDS = (("shares", "share"), ("ugcPosts", "ugcPost"))
_POST_URL = "https://www.linkedin.com/feed/update/"
_ESCAPED = regex.compile(r"\\(.)", regex.DOTALL)
_HASHTAG = regex.compile(r"\{hashtag\|\\?([#＃])\|((?:[^}\\]|\\.)*)\}")
_DUPLICATE = regex.compile(r"duplicate of (urn:li:[a-zA-Z]+:[0-9]+)")


class LinkedInClient(Unable):
    """One organization's page; `token` has w_organization_social, and r_organization_social to read back.

    `version` is the Linkedin-Version of every request, YYYYMM. `token_ends` is a date, YYYY-MM-DD, or empty:
    LinkedIn tells it only to the program that made the token.
    """

    traits = TRAITS

    def __init__(
        self,
        *,
        organization: str,
        token: str,
        api: str = "https://api.linkedin.com",
        version: str = DEFAULT_VERSION,
        token_ends: str = "",
        transport: httpx.AsyncBaseTransport | None = None,
        timeout: float = 20,
    ) -> None:
        self._ends = [end for end in (version_ends(version), token_end(token_ends)) if end]
        self._wire = Wire(title=TRAITS.title, base=api, secrets=[token], transport=transport, timeout=timeout)
        self._author = author_of(organization)
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Linkedin-Version": version,
            "X-Restli-Protocol-Version": "2.0.0",
        }

    def __repr__(self) -> str:
        return f"LinkedInClient({self._wire!r}, {self._author})"

    async def limit(self) -> Limit:
        return TRAITS.limit

    def prepare(self, post: Post, *, key: str, at: datetime, reply_to: Receipt | None = None) -> Payload:
        check_reply(TRAITS, reply_to)
        body = {
            "author": self._author,
            "commentary": little_text(post.text),
            "visibility": "PUBLIC",
            "distribution": {
                "feedDistribution": "MAIN_FEED",
                "targetEntities": [],
                "thirdPartyDistributionChannels": [],
            },
            "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": False,
        }
        if post.link:
            body["content"] = {"article": _article(post.link, post.card or Card(title=post.link))}
        return Payload(
            network=TRAITS.network, key=key, prepared_at=at, text=post.text, link=post.link, body=body
        )

    async def publish(self, payload: Payload) -> Receipt:
        answer = await self._wire.write("/rest/posts", headers=self._headers, json=dict(payload.body))
        urn = answer.headers.get("x-restli-id") or answer.headers.get("x-linkedin-id")
        if answer.status == 201 and urn:
            return Receipt(id=urn, url=_POST_URL + urn, at=answer.at)
        if _is_repeat(answer):
            says = self._wire.says(answer.status, _words(answer))
            return await already_there(self._repeated(answer, payload), says)
        raise self._failure(answer, posts=True)

    async def find(self, payload: Payload, *, known: Collection[str] = ()) -> Receipt | None:
        return choose(await look_back(self._posts, until=since(payload)), payload, known)

    async def delete(self, receipt: Receipt) -> None:
        path = f"/rest/posts/{quote(receipt.id, safe='')}"
        headers = {**self._headers, "X-RestLi-Method": "DELETE"}
        answer = await self._wire.write(path, headers=headers, method="DELETE", posts=False)
        if answer.status not in (200, 204, *GONE):
            raise of_no_post(self._failure(answer, posts=True))

    async def metrics(self, receipts: Collection[Receipt]) -> Mapping[str, Metrics]:
        found: dict[str, Metrics] = {}
        for name, kind in _KINDS:
            urns = [receipt.id for receipt in receipts if (":ugcPost:" in receipt.id) is (kind == "ugcPost")]
            for start in range(0, len(urns), _AT_ONCE):
                found |= await self._statistics(name, kind, urns[start : start + _AT_ONCE])
        return found

    async def check(self) -> AccountFacts:
        """`token_ends` is what ends first: the token, as the account says, or the API version it is used with."""
        await self._read("/rest/posts", q="author", author=self._author, count=1, sortBy="CREATED")
        return AccountFacts(name=self._author, limit=TRAITS.limit, token_ends=min(self._ends))

    async def aclose(self) -> None:
        await self._wire.aclose()

    async def _repeated(self, answer: Answer, payload: Payload) -> Receipt | None:
        """The post that LinkedIn names as the one repeated, if it is the payload's; else the payload's own, if any."""
        named = _DUPLICATE.search(_words(answer))
        seen = await self._post(named[1]) if named else None
        found = choose([seen], payload, ()) if seen else None
        return found or await self.find(payload)

    async def _post(self, urn: str) -> Seen | None:
        answer = await self._wire.read(f"/rest/posts/{quote(urn, safe='')}", headers=self._headers)
        if answer.status != 200 and answer.status not in GONE:
            raise self._failure(answer, posts=False)
        return _seen(answer.json) if answer.status == 200 else None

    async def _posts(self, older: str | None) -> Page:
        start = int(older or 0)
        asked = {"q": "author", "author": self._author, "count": 100, "start": start, "sortBy": "CREATED"}
        answer = await self._read("/rest/posts", **asked)
        elements = answer.json.get("elements")
        if not isinstance(elements, list):
            raise self._failure(answer, posts=False)
        found = [seen for post in elements if (seen := _seen(post))]
        return Page(posts=found, older=str(start + len(elements)) if elements else None)

    async def _statistics(self, name: str, kind: str, urns: Sequence[str]) -> Mapping[str, Metrics]:
        """Of several posts of one kind in one request; one that is gone is in no row."""
        # Rest.li 2.0.0 lists: the brackets and commas plain, what is in them escaped.
        listed, owner = ",".join(quote(urn, safe="") for urn in urns), quote(self._author, safe="")
        query = f"q=organizationalEntity&organizationalEntity={owner}&{name}=List({listed})"
        answer = await self._read(f"/rest/organizationalEntityShareStatistics?{query}")
        rows = answer.json.get("elements")
        told = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        return {
            str(row.get(kind)): _figures(row["totalShareStatistics"])
            for row in told
            if row.get(kind) in urns and isinstance(row.get("totalShareStatistics"), dict)
        }

    async def _read(self, path: str, **asked: Any) -> Answer:
        headers = {
            **self._headers,
            **({"X-RestLi-Method": "FINDER"} if "q" in asked or "?q=" in path else {}),
        }
        answer = await self._wire.read(path, params=asked, headers=headers)
        if answer.status != 200:
            raise self._failure(answer, posts=False)
        return answer

    def _failure(self, answer: Answer, *, posts: bool) -> NetworkError:
        words = _words(answer)
        if answer.status == 426 or answer.json.get("code") == "NONEXISTENT_VERSION":
            return Refused(
                f"{self._wire.says(answer.status, words)} Set a newer version in the account's block."
            )
        if answer.status == 429:
            return Busy(self._wire.says(429, words), retry_after=_wait(answer))
        return self._wire.failure(answer, words, posts=posts)


def author_of(organization: str) -> str:
    """The URN of a page given by its number or its URN."""
    number = organization.strip().removeprefix("urn:li:organization:")
    if not number.isdecimal() or not number.isascii():
        raise UserError(
            f"LinkedIn Page, field 'organization': {organization!r} is not a page's number: "
            "copy it from the address of the page's admin view."
        )
    return f"urn:li:organization:{number}"


def version_ends(version: str) -> datetime:
    """About when LinkedIn stops serving a version: a year on (202505 was gone in May 2026)."""
    if not _VERSION.fullmatch(version):
        raise UserError(
            f"LinkedIn Page, field 'version': {version!r} is not a version: write year and month, "
            f"as in {DEFAULT_VERSION}."
        )
    return datetime(int(version[:4]) + 1, int(version[4:]), 1, tzinfo=UTC)


def token_end(day: str) -> datetime | None:
    """The start of that day, UTC; None for an empty one."""
    try:
        return datetime.combine(date.fromisoformat(day), time(), UTC) if day else None
    except ValueError:
        raise UserError(
            f"LinkedIn Page, field 'token_ends': {day!r} is not a date: write it as in 2027-01-31."
        ) from None


def plain_text(little: str) -> str:
    """The text a reader sees in a `commentary`."""
    return _ESCAPED.sub(r"\1", _HASHTAG.sub(r"\1\2", little))


def _article(link: str, card: Card) -> dict[str, str]:
    """Plain strings, not little text (learn.microsoft.com, article schema)."""
    given = {"source": link, "title": card.title, "description": card.description}
    return {name: value for name, value in given.items() if value}


def _is_repeat(answer: Answer) -> bool:
    return answer.status in (400, 409, 422) and "DUPLICATE_POST" in answer.body.decode("utf-8", "replace")


def _words(answer: Answer) -> str:
    return str(answer.json.get("message") or "")


def _seen(post: object) -> Seen | None:
    created = (post.get("createdAt") or post.get("publishedAt")) if isinstance(post, dict) else None
    if not isinstance(created, int) or "id" not in post:
        return None
    urn, content = str(post["id"]), post.get("content")
    article = content.get("article") if isinstance(content, dict) else None
    source = article.get("source") if isinstance(article, dict) else None
    return Seen(
        id=urn,
        url=_POST_URL + urn,
        at=datetime.fromtimestamp(created / 1000, UTC),
        text=plain_text(str(post.get("commentary") or "")),
        links=[str(source)] if source else [],
    )


def _figures(told: Mapping[str, Any]) -> Metrics:
    def number(name: str) -> int | None:
        value = told.get(name)
        return value if isinstance(value, int) else None

    return Metrics(
        likes=number("likeCount"),
        reposts=number("shareCount"),
        replies=number("commentCount"),
        views=number("impressionCount"),
    )


def _wait(answer: Answer) -> float | None:
    """Its limits are of a UTC day: learn.microsoft.com/linkedin/shared/api-guide/concepts/rate-limits."""
    stated = seconds(answer.headers.get("retry-after"))
    if stated is not None:
        return stated
    tomorrow = datetime.combine(answer.at.date() + timedelta(days=1), time(), UTC)
    return answer.seconds_until(tomorrow) if "DAY" in _words(answer) else None
