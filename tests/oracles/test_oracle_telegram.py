"""python-telegram-bot posts on the wall; what it reads are the answers to what it sends, as a bot can read no more."""

import pytest

telegram = pytest.importorskip("telegram", reason="python-telegram-bot (group oracles) is not installed")

pytestmark = pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")


@pytest.fixture
async def bot(wall):
    base = wall.base("telegram")
    async with telegram.Bot(wall.credentials("telegram")["token"], base_url=f"{base}/bot") as made:
        yield made


async def test_it_posts_and_reads_its_answers(wall, bot, text, link):
    channel = wall.credentials("telegram")["channel"]
    options = telegram.LinkPreviewOptions(url=link, prefer_large_media=True)
    sent = await bot.send_message(channel, text, link_preview_options=options)
    (shown,) = wall.posts("telegram")
    assert (shown["text"], shown["link"], shown["id"]) == (text, link, str(sent.message_id))
    assert sent.parse_entities(["url"]) == {sent.entities[-1]: link}
    assert (sent.link, sent.chat.type) == (f"https://t.me/lejournal/{sent.message_id}", "channel")
    reply = await bot.send_message(channel, "b", reply_parameters=telegram.ReplyParameters(sent.message_id))
    assert reply.reply_to_message.message_id == sent.message_id


async def test_it_pins_and_sees_the_pin_and_deletes(wall, bot):
    channel = wall.credentials("telegram")["channel"]
    sent = await bot.send_message(channel, "avis")
    assert await bot.pin_chat_message(channel, sent.message_id)
    assert (await bot.get_chat(channel)).pinned_message.text == "avis"
    assert await bot.unpin_chat_message(channel, sent.message_id)
    member = await bot.get_chat_member(channel, bot.id)
    assert (member.status, member.can_post_messages) == ("administrator", True)
    assert await bot.delete_message(channel, sent.message_id)
    assert wall.posts() == []


async def test_it_understands_the_refusals(wall, bot):
    channel = wall.credentials("telegram")["channel"]
    for kind, error in (("429", telegram.error.RetryAfter), ("refuse", telegram.error.Forbidden)):
        wall.fault("telegram", kind, retry_after=41)
        with pytest.raises(error):
            await bot.send_message(channel, "a")
    with pytest.raises(telegram.error.BadRequest, match="too long"):
        await bot.send_message(channel, "é" * 4097)
    assert wall.posts() == []
