"""The wall as the Bot API: requests and answers checked against the API's own description."""

import json

import pytest

from piquet.networks.telegram import TelegramClient
from piquet.post import Post, Receipt
from tests.wall.vendor import Telegram

LINK = "https://journal.example/2026/11/22/la-greve?a=1&b=2"


@pytest.fixture(scope="module")
def api():
    return Telegram()


def told(answer):
    body = answer.json()
    assert body["ok"] is (answer.status_code == 200)
    assert body["ok"] or body["error_code"] == answer.status_code
    return answer.status_code, body.get("description")


def test_every_answer_has_the_type_the_api_gives_it(api, post):
    text = f"Les CM sont en grève 👨‍👩‍👧 #Santé\n{LINK}"
    sent = post.telegram(text, link_preview_options={"url": LINK, "prefer_large_media": True})
    id = sent.json()["result"]["message_id"]
    reply = post.telegram("réponse", reply_parameters={"message_id": id})
    bot = post.bot("getMe")
    number = bot.json()["result"]["id"]
    answers = {
        "sendMessage": (sent, reply),
        "pinChatMessage": (post.bot("pinChatMessage", message_id=id),),
        "getChat": (post.bot("getChat"),),
        "getMe": (bot,),
        "getChatMember": (post.bot("getChatMember", user_id=number),),
        "unpinChatMessage": (post.bot("unpinChatMessage", message_id=id),),
        "deleteMessage": (post.bot("deleteMessage", message_id=id),),
    }
    for method, given in answers.items():
        for answer in given:
            assert api.returns(method, answer.json()["result"]), (method, answer.json())


def test_the_description_finds_a_wrong_answer(api):
    assert not api.returns("sendMessage", {"message_id": 1})
    assert not api.returns("getMe", {"id": "1", "is_bot": True, "first_name": "J"})
    assert api.wrong_parameters("sendMessage", {"chat_id": 1, "txt": "a"}) == ["text", "txt"]


async def test_what_the_client_sends_is_what_the_api_takes(api, wall):
    client = TelegramClient(**wall.credentials("telegram"), api=wall.base("telegram"))
    channel = wall.credentials("telegram")["channel"]
    for reply_to in (None, Receipt(id="2", url="u", at=None)):
        payload = client.prepare(Post(text=f"a\n{LINK}", link=LINK), key="k", at=None, reply_to=reply_to)
        assert api.wrong_parameters("sendMessage", {"chat_id": channel, **payload.body}) == []
        await client.publish(payload)
    await client.aclose()
    assert len(wall.posts("telegram")) == 2


def test_links_and_hashtags_are_found_in_utf_16(post):
    text = f"👨 #Santé {LINK}"
    entities = post.telegram(text).json()["result"]["entities"]
    units = text.encode("utf-16-le")
    cut = [units[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le") for e in entities]
    assert cut == ["#Santé", LINK]
    assert [e["type"] for e in entities] == ["hashtag", "url"]


def test_the_preview_is_that_of_the_options_else_of_the_first_link(wall, post):
    other = "https://journal.example/autre"
    post.telegram(f"a {other}", link_preview_options={"url": LINK})
    post.telegram(f"b {other}")
    post.telegram(f"c {other}", link_preview_options={"is_disabled": True})
    assert [shown["link"] for shown in wall.posts("telegram")] == [LINK, other, None]


@pytest.mark.parametrize(
    ("given", "description"),
    [
        ({"text": "é" * 4097}, "Bad Request: message is too long"),
        ({"text": "👨" * 2049}, "Bad Request: message is too long"),
        ({"text": " "}, "Bad Request: message text is empty"),
        ({"text": "a", "chat_id": "@nobody"}, "Bad Request: chat not found"),
        (
            {"text": "a", "reply_parameters": {"message_id": 9}},
            "Bad Request: message to be replied not found",
        ),
        (
            {"text": "a", "entities": [{"type": "bold", "offset": 0, "length": 2}]},
            "Bad Request: entity is out of the text's bounds",
        ),
    ],
)
def test_a_bad_message_is_refused_with_telegrams_words_and_not_shown(wall, post, given, description):
    assert told(post.bot("sendMessage", **given)) == (400, description)
    assert wall.posts() == []


def test_4096_units_are_taken_and_white_space_around_is_trimmed(wall, post):
    assert post.telegram("é" * 4096).is_success and post.telegram("  a\n").is_success
    assert wall.posts("telegram")[-1]["text"] == "a"


def test_a_wrong_token_is_401_and_stands_nowhere(wall, http, post):
    url = f"{wall.base('telegram')}/bot1:wrong/sendMessage"
    assert told(http.post(url, json={"chat_id": "@lejournal", "text": "a"})) == (401, "Unauthorized")
    post.telegram("a")
    assert wall.credentials("telegram")["token"] not in json.dumps(wall.posts())
    assert len(wall.posts()) == 1


def test_a_form_with_json_in_it_is_taken_as_json_is(wall, http):
    known = wall.credentials("telegram")
    form = {
        "chat_id": known["channel"],
        "text": "a b",
        "link_preview_options": json.dumps({"is_disabled": True}),
    }
    url = f"{wall.base('telegram')}/bot{known['token']}/sendMessage"
    assert http.post(url, data=form).json()["result"]["link_preview_options"] == {"is_disabled": True}


def test_the_last_pin_shows_until_it_is_taken_away(post):
    ids = [post.telegram(text).json()["result"]["message_id"] for text in ("un", "deux")]
    for id in ids:
        assert post.bot("pinChatMessage", message_id=id).json()["result"] is True
    assert post.bot("getChat").json()["result"]["pinned_message"]["text"] == "deux"
    post.bot("unpinChatMessage", message_id=ids[1])
    assert post.bot("getChat").json()["result"]["pinned_message"]["text"] == "un"
    post.bot("unpinChatMessage")
    assert "pinned_message" not in post.bot("getChat").json()["result"]


def test_a_message_is_deleted_once(wall, post):
    id = post.telegram("à retirer").json()["result"]["message_id"]
    assert post.bot("deleteMessage", message_id=id).json()["result"] is True
    assert wall.posts() == []
    assert told(post.bot("deleteMessage", message_id=id)) == (400, "Bad Request: message to delete not found")


def test_too_many_messages_say_when_to_come_back(wall, post):
    wall.fault("telegram", "429", retry_after=41)
    busy = post.telegram("a").json()
    assert (busy["error_code"], busy["parameters"]) == (429, {"retry_after": 41})
    assert wall.posts() == []


def test_an_address_leads_to_the_post_on_the_page(wall, http, post):
    post.telegram("a")
    shown = http.get(wall.posts("telegram")[0]["url"], follow_redirects=False)
    assert (shown.status_code, "telegram-lejournal-2" in shown.headers["location"]) == (302, True)
