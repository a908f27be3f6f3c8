"""Telegram: what is sent, what each refusal means, and that nothing in doubt is ever sent again by itself."""

import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks import TelegramChannel
from piquet import limits
from piquet.config import _FIELDS
from piquet.errors import Busy, NetworkError, Refused, Rejected, Unsettled
from piquet.networks.protocol import Ability
from piquet.networks.telegram import TRAITS, TelegramClient
from piquet.post import Post, Receipt

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
LINK = "https://journal.example/2026/11/22/la-greve?at_medium=flux&id=7"
CHAT = {"id": -1001234567890, "title": "Le Journal", "type": "channel", "username": "lejournal"}


def error(code, description, **parameters):
    body = {"ok": False, "error_code": code, "description": description}
    return {**body, **({"parameters": parameters} if parameters else {})}


# As recorded: MarSeventh/CloudFlare-ImgBed/issues/562, tucnak/telebot/issues/633, teloxide/teloxide/issues/450,
# TelegramBotAPI/errors/issues/5, j-hc/revanced-magisk-module/issues/262.
FLOOD = error(429, "Too Many Requests: retry after 41", retry_after=41)
NOT_A_MEMBER = error(403, "Forbidden: bot is not a member of the channel chat")
NO_ADMINISTRATOR = error(400, "Bad Request: need administrator rights in the channel chat")
NO_RIGHTS = error(400, "Bad Request: not enough rights to send text messages to the chat")
TOO_LONG = error(400, "Bad Request: message is too long")


def client(transport: httpx.AsyncBaseTransport, **changed: str) -> TelegramClient:
    return TelegramClient(**{"token": TOKEN, "channel": "@lejournal", **changed}, transport=transport)


def sent(id=7, **more):
    message = {"message_id": id, "date": 1795339860, "chat": CHAT, "text": "…", **more}
    return {"ok": True, "result": message}


@pytest.fixture
def payload(script, post, at):
    return client(script()).prepare(post, key="k", at=at)


async def test_a_post_is_its_text_its_link_as_an_entity_and_a_large_preview(script, answer, payload, post):
    network = script(answer(200, sent()))
    receipt = await client(network).publish(payload)
    assert network.calls == [f"POST /bot{TOKEN}/sendMessage"]
    body = network.sent()
    assert (body["chat_id"], body["text"]) == ("@lejournal", post.text)
    assert body["link_preview_options"] == {"url": LINK, "prefer_large_media": True}
    assert "parse_mode" not in body
    assert (receipt.id, receipt.url) == ("7", "https://t.me/lejournal/7")
    assert receipt.at.isoformat() == "2026-11-22T09:31:00+00:00"


async def test_a_reminder_has_no_preview_and_no_entity(script, answer, notice, at):
    network = script(answer(200, sent()))
    telegram = client(network)
    await telegram.publish(telegram.prepare(notice, key="k", at=at))
    assert network.sent() == {
        "chat_id": "@lejournal",
        "text": notice.text,
        "link_preview_options": {"is_disabled": True},
    }


@given(st.text(st.characters(codec="utf-8"), max_size=40), st.text(st.characters(codec="utf-8"), max_size=40))
def test_the_links_entity_cuts_it_out_of_the_text_in_utf_16(before, after):
    text = f"{before} {LINK} {after}"
    prepared = client(httpx.MockTransport(lambda _: httpx.Response(500)))
    entity = prepared.prepare(Post(text=text, link=LINK), key="k", at=None).body["entities"][0]
    units = text.encode("utf-16-le")
    start, end = 2 * entity["offset"], 2 * (entity["offset"] + entity["length"])
    assert (units[start:end].decode("utf-16-le"), entity["url"]) == (LINK, LINK)


async def test_a_reply_names_the_message_it_answers(script, answer, notice, at):
    network = script(answer(200, sent(8)))
    telegram = client(network)
    parent = Receipt(id="7", url="https://t.me/lejournal/7", at=at)
    await telegram.publish(telegram.prepare(notice, key="k", at=at, reply_to=parent))
    assert network.sent()["reply_parameters"] == {"message_id": 7}


@pytest.mark.parametrize(
    ("code", "body", "kind"),
    [
        (429, FLOOD, Busy),
        (403, NOT_A_MEMBER, Refused),
        (400, NO_ADMINISTRATOR, Refused),
        (400, NO_RIGHTS, Refused),
        (400, error(400, "Bad Request: chat not found"), Refused),
        (401, error(401, "Unauthorized"), Refused),
        (404, error(404, "Not Found"), Refused),
        (400, TOO_LONG, Rejected),
        (400, error(400, "Bad Request: message text is empty"), Rejected),
        (500, error(500, "Internal Server Error"), Unsettled),
        (502, "<html></html>", Unsettled),
        (200, "", Unsettled),
    ],
)
async def test_each_answer_to_a_post_is_its_error_and_nothing_is_sent_again(
    script, answer, payload, code, body, kind
):
    network = script(answer(code, body))
    with pytest.raises(NetworkError) as raised:
        await client(network).publish(payload)
    assert type(raised.value) is kind
    assert len(network.requests) == 1


async def test_a_flood_says_when_to_come_back(script, answer, payload):
    with pytest.raises(Busy) as busy:
        await client(script(answer(429, FLOOD))).publish(payload)
    assert busy.value.retry_after == 41


async def test_what_is_in_doubt_cannot_be_looked_for_and_nothing_is_asked(script, payload):
    network = script(httpx.RemoteProtocolError("Server disconnected"))
    telegram = client(network)
    with pytest.raises(Unsettled):
        await telegram.publish(payload)
    with pytest.raises(Rejected, match="read posts back"):
        await telegram.find(payload)
    assert len(network.requests) == 1
    assert Ability.READS_BACK not in TRAITS.abilities


async def test_a_message_is_pinned_silently_unpinned_and_deleted_and_gone_ones_are_no_error(
    script, answer, at
):
    yes, gone = {"ok": True, "result": True}, error(400, "Bad Request: message to delete not found")
    network = script(answer(200, yes), answer(200, yes), answer(200, yes), answer(400, gone))
    telegram, receipt = client(network), Receipt(id="7", url="u", at=at)
    await telegram.pin(receipt)
    await telegram.unpin(receipt)
    await telegram.delete(receipt)
    await telegram.delete(receipt)
    methods = [call.rpartition("/")[2] for call in network.calls]
    assert methods == ["pinChatMessage", "unpinChatMessage", "deleteMessage", "deleteMessage"]
    assert json.loads(network.requests[0].content)["disable_notification"] is True


async def test_a_missing_message_cannot_be_pinned(script, answer, at):
    network = script(answer(400, error(400, "Bad Request: message to pin not found")))
    with pytest.raises(Rejected):
        await client(network).pin(Receipt(id="7", url="u", at=at))


async def test_the_pin_that_stands_there_is_told(script, answer):
    network = script(answer(200, {"ok": True, "result": {**CHAT, "pinned_message": sent(3)["result"]}}))
    assert [r.id for r in await client(network).pinned()] == ["3"]
    assert await client(script(answer(200, {"ok": True, "result": CHAT}))).pinned() == []


@pytest.mark.parametrize(
    ("member", "may"),
    [
        ({"status": "creator"}, True),
        ({"status": "administrator", "can_post_messages": True}, True),
        ({"status": "administrator", "can_post_messages": False}, False),
        ({"status": "left"}, False),
    ],
)
async def test_the_check_says_as_whom_and_whether_it_may_post(script, answer, member, may):
    bot = {"id": 110201543, "is_bot": True, "first_name": "J", "username": "journal_bot"}
    results = (bot, CHAT, {**member, "user": bot})
    facts = await client(script(*(answer(200, {"ok": True, "result": r}) for r in results))).check()
    assert (facts.name, facts.may_post, bool(facts.why_not)) == ("Le Journal (@journal_bot)", may, not may)
    assert facts.token_ends is None


async def test_a_private_channels_posts_have_its_number_in_their_address(script, answer, payload):
    private = {"id": -1001234567890, "title": "J", "type": "channel"}
    network = script(answer(200, sent(5, chat=private)))
    receipt = await client(network, channel="-1001234567890").publish(payload)
    assert receipt.url == "https://t.me/c/1234567890/5"
    assert network.sent()["chat_id"] == -1001234567890


@pytest.mark.parametrize("token", ["", "nothing", "1:a/../getMe", "1:é"])
async def test_a_token_that_is_none_is_refused_before_anything_is_sent(script, payload, token):
    network = script()
    with pytest.raises(Refused, match="BotFather"):
        await client(network, token=token).publish(payload)
    assert network.requests == []


async def test_the_token_stands_in_no_repr_and_no_error(script, answer, payload):
    telegram = client(script(answer(401, error(401, f"Unauthorized {TOKEN}")), httpx.ConnectError(TOKEN)))
    for kind in (Refused, Busy):
        with pytest.raises(kind) as raised:
            await telegram.publish(payload)
        assert TOKEN not in f"{telegram!r} {raised.value}"


def test_a_text_is_counted_in_utf_16():
    assert limits.TELEGRAM.fits("é" * 4096) and not limits.TELEGRAM.fits("é" * 4097)
    assert limits.TELEGRAM.fits("✊" * 4096) and not limits.TELEGRAM.fits("👨" * 2049)


def test_the_block_takes_what_an_outlets_file_may_say_and_reads_its_token_from_the_environment(monkeypatch):
    monkeypatch.setenv("JOURNAL_TELEGRAM_TOKEN", TOKEN)
    form = TelegramChannel(token="env:JOURNAL_TELEGRAM_TOKEN", channel="@lejournal")
    assert repr(form.get_client()) == "TelegramClient(Telegram at https://api.telegram.org, @lejournal)"
    assert _FIELDS["telegram"] <= set(TelegramChannel.model_fields)
