"""Telegram as a bot that is administrator of a channel meets it (Bot API 10.1). https://core.telegram.org/bots/api"""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from piquet.wall.calls import Call, Desk, Dialect, Refusal, Rule
from piquet.wall.faults import Fault
from piquet.wall.state import Account, Wall, WallPost
from piquet.wall.text import Span, linked

MAXIMUM = 4096  # in UTF-16 units, once the entities are parsed
GRANTED = {"can_manage_chat", "can_post_messages", "can_edit_messages", "can_delete_messages"}
RIGHTS = GRANTED | {
    *(
        "can_be_edited",
        "is_anonymous",
        "can_manage_video_chats",
        "can_restrict_members",
        "can_promote_members",
    ),
    *("can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories", "can_delete_stories"),
}


def _error(status: int, description: str, **parameters: Any) -> Response:
    body = {"ok": False, "error_code": status, "description": description}
    return JSONResponse({**body, **({"parameters": parameters} if parameters else {})}, status)


def _bad(description: str) -> Refusal:
    return Refusal(_error(400, f"Bad Request: {description}"))


def _told(result: Any) -> Response:
    return JSONResponse({"ok": True, "result": result})


def _owner(wall: Wall, call: Call) -> Account:
    for account in wall.of_network("telegram"):
        if call.path["token"] == account.credentials["token"]:
            return account
    raise Refusal(_error(401, "Unauthorized"))


def _given(call: Call) -> dict[str, Any]:
    """The parameters; in a query or a form an object is a text of JSON."""
    try:
        found = call.parameters()
        return {name: _parsed(name, value) for name, value in found.items()}
    except ValueError:
        raise _bad("can't parse the request") from None


def _parsed(name: str, value: Any) -> Any:
    nested = name in ("entities", "link_preview_options", "reply_parameters")
    return json.loads(value) if nested and isinstance(value, str) else value


def _check_chat(account: Account, given: dict[str, Any]) -> None:
    if str(given.get("chat_id") or "") not in (account.credentials["channel"], str(_chat_id(account))):
        raise _bad("chat not found" if given.get("chat_id") else "chat_id is empty")


def _chat_id(account: Account) -> int:
    return -1_000_000_000_000 - int(account.number) % 10**10


def send_message(wall: Wall, account: Account, call: Call) -> Response:
    """sendMessage."""
    given = _given(call)
    _check_chat(account, given)
    text = given.get("text")
    if not isinstance(text, str) or not text.strip():
        raise _bad("message text is empty")
    if given.get("parse_mode"):
        raise _bad("the wall takes entities, not parse_mode")
    if _units(text.strip()) > MAXIMUM:
        raise _bad("message is too long")
    post = _written(wall, account, call, given, text.strip())
    wall.put(post)
    return _told(_message(wall, account, post))


def _units(text: str) -> int:
    return sum(2 if ord(c) > 0xFFFF else 1 for c in text)


def _written(wall: Wall, account: Account, call: Call, given: dict[str, Any], text: str) -> WallPost:
    entities = _entities(given, text)
    preview = _preview(given)
    parent = _parent(wall, account, given)
    id = str(wall.next_number("telegram", 2))  # a channel's message 1 is its own creation
    return WallPost(
        network="telegram",
        account=account.name,
        id=id,
        text=text,
        time=call.now.replace(microsecond=0),
        path=f"/telegram/c/{account.credentials['channel'].removeprefix('@')}/{id}",
        link=None if preview.get("is_disabled") else preview.get("url") or _first_url(text, entities),
        wire={"entities": entities, "preview": preview, "reply": parent},
        request={**call.shown(), "path": "/telegram/bot…/sendMessage"},  # the real path holds the token
    )


def _preview(given: dict[str, Any]) -> dict[str, Any]:
    preview = given.get("link_preview_options") or {}
    known = {"is_disabled", "url", "prefer_small_media", "prefer_large_media", "show_above_text"}
    if not isinstance(preview, dict) or set(preview) - known:
        raise _bad("can't parse LinkPreviewOptions")
    return preview


def _parent(wall: Wall, account: Account, given: dict[str, Any]) -> int | None:
    asked = given.get("reply_parameters")
    if not asked:
        return None
    id = asked.get("message_id") if isinstance(asked, dict) else None
    if wall.post("telegram", account.name, str(id)) is None:
        raise _bad("message to be replied not found")
    return id


def _entities(given: dict[str, Any], text: str) -> list[dict[str, Any]]:
    """Those that were sent, then what Telegram finds in the rest by itself."""
    sent = given.get("entities") or []
    if not isinstance(sent, list):
        raise _bad("can't parse entities")
    kept = [_checked(entity, text) for entity in sent]
    found = [_found(span, text) for span in linked(text, bare=True)]
    free = [f for f in found if not any(_overlap(f, k) for k in kept)]
    return sorted([*kept, *free], key=lambda entity: entity["offset"])


def _checked(entity: Any, text: str) -> dict[str, Any]:
    if not isinstance(entity, dict) or not {"type", "offset", "length"} <= set(entity):
        raise _bad("can't parse MessageEntity: field is missing")
    start, length = entity["offset"], entity["length"]
    if (
        not isinstance(start, int)
        or not isinstance(length, int)
        or start < 0
        or start + length > _units(text)
    ):
        raise _bad("entity is out of the text's bounds")
    if entity["type"] == "text_link" and not str(entity.get("url", "")).startswith(("http://", "https://")):
        raise _bad("entity text_link has no web address")
    return entity


def _found(span: Span, text: str) -> dict[str, Any]:
    kind = "url" if span.kind == "link" else "hashtag"
    return {"type": kind, "offset": _units(text[: span.start]), "length": _units(text[span.start : span.end])}


def _overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return (
        one["offset"] < other["offset"] + other["length"] and other["offset"] < one["offset"] + one["length"]
    )


def _first_url(text: str, entities: list[dict[str, Any]]) -> str | None:
    units = text.encode("utf-16-le")
    for entity in entities:
        if entity["type"] in ("url", "text_link"):
            start, end = 2 * entity["offset"], 2 * (entity["offset"] + entity["length"])
            return entity.get("url") or units[start:end].decode("utf-16-le", "replace")
    return None


def _message(wall: Wall, account: Account, post: WallPost) -> dict[str, Any]:
    chat = _chat(account)
    message = {
        "message_id": int(post.id),
        "sender_chat": chat,
        "chat": chat,
        "date": int(post.time.timestamp()),
        "text": post.text,
    }
    if post.wire["entities"]:
        message["entities"] = post.wire["entities"]
    if post.wire["preview"]:
        message["link_preview_options"] = post.wire["preview"]
    parent = post.wire["reply"] and wall.post("telegram", account.name, str(post.wire["reply"]))
    return {**message, **({"reply_to_message": _message(wall, account, parent)} if parent else {})}


def _chat(account: Account) -> dict[str, Any]:
    name = account.credentials["channel"]
    public = {"username": name.removeprefix("@")} if name.startswith("@") else {}
    return {"id": _chat_id(account), "title": account.title, "type": "channel", **public}


def _named(wall: Wall, account: Account, given: dict[str, Any], what: str) -> WallPost:
    _check_chat(account, given)
    post = wall.post("telegram", account.name, str(given.get("message_id") or ""))
    if post is None:
        raise _bad(f"message to {what} not found")
    return post


def delete_message(wall: Wall, account: Account, call: Call) -> Response:
    """deleteMessage."""
    wall.delete(_named(wall, account, _given(call), "delete"), call.now)
    return _told(True)


def pin_message(wall: Wall, account: Account, call: Call) -> Response:
    """pinChatMessage; a channel may have several pins, the last one shows first."""
    post = _named(wall, account, _given(call), "pin")
    wall.put(replace(post, wire={**post.wire, "pinned": call.now.isoformat()}))
    return _told(True)


def unpin_message(wall: Wall, account: Account, call: Call) -> Response:
    """unpinChatMessage; without a message, the one pinned last."""
    given = _given(call)
    last = _last_pinned(wall, account)
    post = _named(wall, account, given, "unpin") if given.get("message_id") or last is None else last
    wall.put(replace(post, wire={k: v for k, v in post.wire.items() if k != "pinned"}))
    return _told(True)


def _last_pinned(wall: Wall, account: Account) -> WallPost | None:
    pinned = [p for p in wall.posts("telegram", account.name) if p.wire.get("pinned")]
    return max(pinned, key=lambda p: p.wire["pinned"], default=None)


def get_me(wall: Wall, account: Account, call: Call) -> Response:
    """getMe."""
    bot = _bot(account)
    able = ("can_join_groups", "can_read_all_group_messages", "supports_inline_queries")
    return _told({**bot, **dict.fromkeys(able, False)})


def _bot(account: Account) -> dict[str, Any]:
    number = int(account.credentials["token"].partition(":")[0])
    return {"id": number, "is_bot": True, "first_name": account.title, "username": f"{account.name}_bot"}


def get_chat(wall: Wall, account: Account, call: Call) -> Response:
    """getChat."""
    _check_chat(account, _given(call))
    pinned = _last_pinned(wall, account)
    gifts = (
        "unlimited_gifts",
        "limited_gifts",
        "unique_gifts",
        "premium_subscription",
        "gifts_from_channels",
    )
    required = {
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(gifts, False),
    }
    shown = {"pinned_message": _message(wall, account, pinned)} if pinned else {}
    return _told({**_chat(account), **required, **shown})


def get_chat_member(wall: Wall, account: Account, call: Call) -> Response:
    """getChatMember, of the bot itself."""
    given = _given(call)
    _check_chat(account, given)
    bot = _bot(account)
    if str(given.get("user_id")) != str(bot["id"]):
        raise _bad("user not found")
    rights = {right: right in GRANTED for right in RIGHTS}
    return _told({"status": "administrator", "user": bot, **rights})


def _busy(fault: Fault, account: Account, now: datetime) -> Response:
    sentence = f"Too Many Requests: retry after {fault.retry_after}"
    return _error(429, sentence, retry_after=fault.retry_after)


def _broken(status: int) -> Response:
    titles = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable"}
    return _error(status, titles.get(status, "Gateway Timeout"))


def _suspended(account: Account) -> Response:
    return _error(403, "Forbidden: bot is not a member of the channel chat")


def _expired(wall: Wall, call: Call) -> Response:
    return _error(401, "Unauthorized")


DIALECT = Dialect(network="telegram", busy=_busy, broken=_broken, suspended=_suspended, expired=_expired)

METHODS: dict[str, tuple[str, Callable[[Wall, Account, Call], Response]]] = {
    "sendMessage": ("post", send_message),
    "deleteMessage": ("delete", delete_message),
    "pinChatMessage": ("read", pin_message),
    "unpinChatMessage": ("read", unpin_message),
    "getMe": ("session", get_me),
    "getChat": ("read", get_chat),
    "getChatMember": ("read", get_chat_member),
}


def routes(desk: Desk) -> list[Route]:
    """Every method takes GET and POST, below /telegram/bot<token>."""

    def route(name: str, on: str, rule: Rule) -> Route:
        return Route(f"/bot{{token}}/{name}", desk.endpoint(on, _owner, rule), methods=["GET", "POST"])

    return [route(name, on, rule) for name, (on, rule) in METHODS.items()]
