"""Telegram: posting to one channel as a bot that is its administrator; a bot reads nothing back.

API: core.telegram.org/bots/api (10.1). There is no idempotency key and no history: a send without an answer stays in
doubt until a person looks, and is never repeated by itself. The token stands in every address, so no address is shown.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
import regex

from piquet import limits
from piquet.errors import NetworkError, Refused
from piquet.limits import Limit, utf16_units
from piquet.networks.http import Answer, Wire
from piquet.networks.protocol import Ability, AccountFacts, Traits, Unable, Unanswered, check_reply, unable
from piquet.post import Payload, Post, Receipt

TRAITS = Traits(
    network="telegram",
    title="Telegram",
    limit=limits.TELEGRAM,
    unanswered=Unanswered.ASK_A_PERSON,
    abilities=frozenset({Ability.REPLIES, Ability.DELETES, Ability.PINS, Ability.READS_PINS}),
)

# Under HTTP 400, and about the bot or its channel rather than about the post.
_ACCOUNT_WORDS = (
    "chat not found",
    "chat_write_forbidden",
    "need administrator rights",
    "not enough rights",
    "have no rights",
    "group chat was upgraded",
    "user not found",
)
_GONE_WORDS = ("message to delete not found", "message to unpin not found")
_TOKEN = regex.compile(r"[0-9]+:[A-Za-z0-9_-]+")


class TelegramClient(Unable):
    """One channel; `token` is the bot's, from BotFather, `channel` its @name or its number (-100…)."""

    traits = TRAITS

    def __init__(
        self,
        *,
        token: str,
        channel: str,
        api: str = "https://api.telegram.org",
        transport: httpx.AsyncBaseTransport | None = None,
        timeout: float = 20,
    ) -> None:
        self._wire = Wire(title=TRAITS.title, base=api, secrets=[token], transport=transport, timeout=timeout)
        self._token = token
        self._channel: str | int = int(channel) if channel.removeprefix("-").isdecimal() else channel

    def __repr__(self) -> str:
        return f"TelegramClient({self._wire!r}, {self._channel})"

    async def limit(self) -> Limit:
        return TRAITS.limit

    def prepare(self, post: Post, *, key: str, at: datetime, reply_to: Receipt | None = None) -> Payload:
        check_reply(TRAITS, reply_to)
        body: dict[str, Any] = {"text": post.text}
        if entities := _entities(post.text, post.link):
            body["entities"] = entities
        preview = {"url": post.link, "prefer_large_media": True} if post.link else {"is_disabled": True}
        body["link_preview_options"] = preview
        if reply_to is not None:
            body["reply_parameters"] = {"message_id": int(reply_to.id)}
        return Payload(
            network=TRAITS.network, key=key, prepared_at=at, text=post.text, link=post.link, body=body
        )

    async def publish(self, payload: Payload) -> Receipt:
        answer = await self._ask("sendMessage", posts=True, **payload.body)
        message = answer.json.get("result")
        if answer.status != 200 or not isinstance(message, dict) or "message_id" not in message:
            raise self._failure(answer, posts=True)
        return _receipt(message, answer.at)

    async def find(self, payload: Payload, *, known: Collection[str] = ()) -> Receipt | None:
        raise unable(TRAITS, Ability.READS_BACK)

    async def delete(self, receipt: Receipt) -> None:
        await self._act("deleteMessage", message_id=int(receipt.id))

    async def pin(self, receipt: Receipt) -> None:
        await self._act("pinChatMessage", message_id=int(receipt.id), disable_notification=True)

    async def unpin(self, receipt: Receipt) -> None:
        await self._act("unpinChatMessage", message_id=int(receipt.id))

    async def pinned(self) -> Sequence[Receipt]:
        """The message pinned last; a bot is told of no other."""
        answer = await self._told("getChat", chat_id=self._channel)
        message = answer.json["result"].get("pinned_message")
        return [_receipt(message, answer.at)] if isinstance(message, dict) else []

    async def check(self) -> AccountFacts:
        bot = (await self._told("getMe")).json["result"]
        chat = (await self._told("getChat", chat_id=self._channel)).json["result"]
        member = await self._told("getChatMember", chat_id=self._channel, user_id=bot.get("id"))
        why_not = _why_not(member.json["result"])
        return AccountFacts(
            name=f"{chat.get('title') or self._channel} (@{bot.get('username')})",
            limit=TRAITS.limit,
            may_post=not why_not,
            why_not=why_not,
        )

    async def aclose(self) -> None:
        await self._wire.aclose()

    async def _act(self, method: str, **given: Any) -> None:
        """A change to a message; taking away what is not there is no error."""
        answer = await self._ask(method, posts=False, **given)
        gone = answer.status == 400 and any(word in _words(answer).lower() for word in _GONE_WORDS)
        if answer.json.get("ok") is not True and not gone:
            raise self._failure(answer, posts=False, acts=True)

    async def _told(self, method: str, **given: Any) -> Answer:
        """An answer whose `result` is an object."""
        answer = await self._wire.write(self._path(method), headers={}, json=given, posts=False)
        if answer.status != 200 or not isinstance(answer.json.get("result"), dict):
            raise self._failure(answer, posts=False)
        return answer

    async def _ask(self, method: str, *, posts: bool, **given: Any) -> Answer:
        body = {"chat_id": self._channel, **given}
        return await self._wire.write(self._path(method), headers={}, json=body, posts=posts)

    def _path(self, method: str) -> str:
        if not _TOKEN.fullmatch(self._token):
            raise Refused("Telegram: the account's token is none that BotFather gives: enter it again.")
        return f"/bot{self._token}/{method}"

    def _failure(self, answer: Answer, *, posts: bool, acts: bool = False) -> NetworkError:
        words = _words(answer)
        if answer.status == 400 and any(word in words.lower() for word in _ACCOUNT_WORDS):
            return Refused(self._wire.says(answer.status, words))
        if acts:
            return self._wire.act_failure(answer, words, retry_after=_wait(answer))
        return self._wire.failure(answer, words, posts=posts, retry_after=_wait(answer))


def _entities(text: str, link: str | None) -> list[dict[str, Any]]:
    """The link where it stands, whole whatever its last character; offsets are in UTF-16 units."""
    if not link or link not in text:
        return []
    before = text[: text.rindex(link)]
    span = {"offset": utf16_units(before), "length": utf16_units(link)}
    return [{"type": "text_link", **span, "url": link}]


def _receipt(message: Mapping[str, Any], at: datetime) -> Receipt:
    date, id = message.get("date"), str(message["message_id"])
    return Receipt(
        id=id, url=_url(message, id), at=datetime.fromtimestamp(date, UTC) if isinstance(date, int) else at
    )


def _url(message: Mapping[str, Any], id: str) -> str:
    """A public channel's by its name, a private one's by its number: core.telegram.org/api/links#message-links."""
    chat = message.get("chat")
    if not isinstance(chat, dict):
        return "https://t.me/"
    name = chat.get("username") or f"c/{str(chat.get('id')).removeprefix('-100')}"
    return f"https://t.me/{name}/{id}"


def _why_not(member: Mapping[str, Any]) -> str:
    if member.get("status") == "creator":
        return ""
    if member.get("status") != "administrator":
        return "The bot is no administrator of the channel: make it one."
    return (
        "" if member.get("can_post_messages") else "The bot may not post in the channel: give it that right."
    )


def _words(answer: Answer) -> str:
    return str(answer.json.get("description") or "")


def _wait(answer: Answer) -> float | None:
    parameters = answer.json.get("parameters")
    wait = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return float(wait) if isinstance(wait, int | float) else None
