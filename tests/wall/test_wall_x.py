"""The wall as X: the signature is verified for real, and tweepy, which knows nothing of Piquet, gets through."""

import pytest
import tweepy

LINK = "https://journal.example/2026/11/22/la-greve?a=1&b=2"
TOO_LONG = "Your Tweet text is too long."


def own_id(post):
    return post.signed("GET", "/2/users/me").json()["data"]["id"]


def timeline(post, query=""):
    return post.signed("GET", f"/2/users/{own_id(post)}/tweets{query}")


def through_tweepy(wall):
    client = tweepy.Client(**wall.credentials("x"))
    send = client.session.request

    def request(method, url, **more):
        return send(method, url.replace("https://api.twitter.com", wall.base("x")), **more)

    client.session.request = request
    client.session.trust_env = False
    return client


def test_a_post_is_shown_and_its_text_comes_back_with_t_co_links_and_entities(wall, post):
    made = post.x(f"L’été & la grève {LINK} #retraites")
    assert made.status_code == 201
    text = made.json()["data"]["text"]
    assert text.startswith("L’été &amp; la grève https://t.co/") and LINK not in text
    assert wall.posts("x")[0]["text"] == f"L’été & la grève {LINK} #retraites"
    (entity,) = timeline(post, "?tweet.fields=created_at,entities").json()["data"][0]["entities"]["urls"]
    assert (entity["expanded_url"], text[entity["start"] : entity["end"]]) == (LINK, entity["url"])


def test_tweepy_posts_reads_and_deletes(wall):
    client = through_tweepy(wall)
    made = client.create_tweet(text=f"Bonjour {LINK}").data
    me = client.get_me(user_auth=True).data
    fields = ["created_at", "entities"]
    found = client.get_users_tweets(me.id, max_results=5, tweet_fields=fields, user_auth=True).data
    assert [str(tweet.id) for tweet in found] == [made["id"]]
    assert found[0].entities["urls"][0]["expanded_url"] == LINK
    with pytest.raises(tweepy.Forbidden, match="duplicate content"):
        client.create_tweet(text=f"Bonjour {LINK}")
    assert client.delete_tweet(made["id"]).data == {"deleted": True}
    assert wall.posts() == []


@pytest.mark.parametrize("part", ["consumer_key", "consumer_secret", "access_token", "access_token_secret"])
def test_a_wrong_key_or_secret_is_401_and_posts_nothing(wall, post, part):
    refused = post.signed("POST", "/2/tweets", {"text": "a"}, **{part: "wrong"})
    assert (refused.status_code, refused.json()["title"]) == (401, "Unauthorized")
    assert wall.posts() == []


def test_a_signature_of_another_address_or_used_twice_is_401(wall, http, post):
    first = post.signed("GET", "/2/users/me")
    header = {"Authorization": first.request.headers["authorization"]}
    assert http.get(f"{wall.base('x')}/2/users/me", headers=header).status_code == 401
    unused = post.signed("GET", "/2/users/you")
    header = {"Authorization": unused.request.headers["authorization"]}
    assert http.get(f"{wall.base('x')}/2/users/me", headers=header).status_code == 401


def test_the_query_is_part_of_the_signature(wall, http, post):
    path = f"/2/users/{own_id(post)}/tweets"
    signed = post.signed("GET", f"{path}?max_results=5&since_id=1")
    assert signed.status_code == 200
    header = {"Authorization": signed.request.headers["authorization"]}
    assert http.get(f"{wall.base('x')}{path}?max_results=6", headers=header).status_code == 401


def test_an_app_only_bearer_cannot_post(wall, http):
    answer = http.post(
        f"{wall.base('x')}/2/tweets", json={"text": "a"}, headers={"Authorization": "Bearer abc"}
    )
    assert (answer.status_code, answer.json()["title"]) == (403, "Unsupported Authentication")
    assert wall.posts() == []


def test_duplicate_text_is_403_without_an_id_also_after_another_post(wall, post):
    post.x("Rappel")
    post.x("autre chose")
    refused = post.x("Rappel ")
    assert refused.status_code == 403
    assert refused.json() == {
        "detail": "You are not allowed to create a Tweet with duplicate content.",
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
    }
    assert len(wall.posts()) == 2


def test_280_weighted_characters_are_taken_and_281_refused(wall, post):
    taken = "é" * 256 + " " + LINK
    assert post.x("é" + taken).json()["detail"].startswith(TOO_LONG)
    assert post.x("日" * 141).status_code == 400
    assert wall.posts() == []
    assert post.x(taken).status_code == 201
    assert post.x("日" * 140).status_code == 201


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"text": "a", "visibility": "public"}, "$.visibility: is not defined in the schema"),
        ({"text": " "}, "$.text"),
        ({"text": 1}, "$.text"),
        ({"text": "a", "media": {"media_ids": ["1"]}}, "$.media"),
        ({"text": "a", "reply": {}}, "$.reply.in_reply_to_tweet_id"),
    ],
)
def test_a_body_against_the_schema_is_400_and_posts_nothing(wall, post, body, told):
    refused = post.signed("POST", "/2/tweets", body)
    assert (refused.status_code, refused.json()["title"]) == (400, "Invalid Request")
    assert told in refused.json()["errors"][0]["message"]
    assert wall.posts() == []


def test_posts_come_newest_first_in_pages_and_within_the_asked_times(post):
    ids = [post.x(f"n° {n}").json()["data"]["id"] for n in range(7)]
    assert sorted(ids, key=int) == ids
    first = timeline(post, "?max_results=5").json()
    assert [tweet["id"] for tweet in first["data"]] == ids[:1:-1]
    rest = timeline(post, f"?max_results=5&pagination_token={first['meta']['next_token']}").json()
    assert [tweet["id"] for tweet in rest["data"]] == ids[1::-1]
    assert "next_token" not in rest["meta"]
    assert timeline(post, "?start_time=2099-01-01T00:00:00Z").json() == {"meta": {"result_count": 0}}


@pytest.mark.parametrize(
    "query",
    [
        "max_results=4",
        "max_results=101",
        "start_time=2026-11-22",
        "start_time=2026-13-22T09:30:00Z",
        "pagination_token=b",
        "tweet.fields=likes",
    ],
)
def test_a_bad_query_is_400(post, query):
    assert timeline(post, f"?{query}").status_code == 400


def test_used_up_credits_are_402_and_post_nothing(wall, post):
    wall.fault("x", "402")
    refused = post.x("a")
    assert (refused.status_code, refused.json()["title"]) == (402, "CreditsDepleted")
    assert wall.posts() == []


def test_a_429_names_the_reset_without_retry_after(wall, post):
    wall.fault("x", "429", retry_after=90)
    busy = post.x("a")
    assert (busy.status_code, busy.headers["x-rate-limit-remaining"]) == (429, "0")
    assert "x-rate-limit-reset" in busy.headers and "retry-after" not in busy.headers
    assert wall.posts() == []


def test_a_post_that_is_not_there_cannot_be_deleted(post):
    assert post.signed("DELETE", "/2/tweets/1").status_code == 404
