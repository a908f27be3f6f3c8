"""The wall as the Graph API: every error is a 400 with a code, and only the code says what it is."""

import pytest

LINK = "https://journal.example/2026/11/22/la-greve?a=1&b=2"


def graph(wall, http, path, method="GET", token=None, **query):
    headers = {"Authorization": f"Bearer {token or wall.credentials('facebook')['token']}"}
    return http.request(method, f"{wall.base('facebook')}/{path}", params=query, headers=headers)


def code(answer):
    error = answer.json()["error"]
    assert {"message", "type", "code", "fbtrace_id"} <= set(error)
    return answer.status_code, error["code"]


def page(wall):
    return wall.credentials("facebook")["page_id"]


def test_a_post_is_shown_with_its_link_and_read_back_without_the_shim(wall, http, post):
    made = post.facebook("L’été & la grève", LINK).json()
    assert made["id"].startswith(f"{page(wall)}_")
    fields = "id,message,created_time,permalink_url,attachments{unshimmed_url}"
    (found,) = graph(wall, http, f"{page(wall)}/published_posts", fields=fields, since="1").json()["data"]
    assert found["attachments"] == {"data": [{"unshimmed_url": LINK}]}
    assert (found["id"], found["message"]) == (made["id"], "L’été & la grève")
    assert found["created_time"].endswith("+0000")
    assert wall.posts("facebook")[0]["link"] == LINK


@pytest.mark.parametrize("place", ["form", "query", "bearer", "oauth"])
def test_the_token_is_taken_wherever_graph_takes_it(wall, http, place):
    token = wall.credentials("facebook")["token"]
    sent = {
        "form": {"data": {"message": "a", "access_token": token}},
        "query": {"params": {"message": "a", "access_token": token}},
        "bearer": {"data": {"message": "a"}, "headers": {"Authorization": f"Bearer {token}"}},
        "oauth": {"json": {"message": "a"}, "headers": {"Authorization": f"OAuth {token}"}},
    }[place]
    assert http.post(f"{wall.base('facebook')}/me/feed", **sent).status_code == 200
    assert token not in str(wall.posts())


def test_a_wrong_or_missing_token_posts_nothing(wall, http, post):
    assert code(post.facebook("a", access_token="wrong")) == (400, 190)
    assert code(http.post(f"{wall.base('facebook')}/me/feed", data={"message": "a"})) == (400, 104)
    assert wall.posts() == []


@pytest.mark.parametrize(
    ("message", "link", "more"),
    [
        (None, None, {}),
        ("a" * 63_207, None, {}),
        ("a", "journal.example/sans-schema", {}),
        ("a", "https://sans-point", {}),
        ("a", None, {"published": "false"}),
    ],
)
def test_a_bad_parameter_is_code_100_and_posts_nothing(wall, post, message, link, more):
    assert code(post.facebook(message, link, **more)) == (400, 100)
    assert wall.posts() == []


def test_63206_characters_or_a_link_alone_are_taken(post):
    assert post.facebook("é" * 63_206).status_code == 200
    assert post.facebook(None, LINK).status_code == 200


def test_the_same_post_as_the_last_one_is_code_506(wall, post):
    post.facebook("Rappel", LINK)
    assert code(post.facebook("Rappel", LINK)) == (400, 506)
    assert len(wall.posts()) == 1
    assert post.facebook("autre").status_code == 200
    assert post.facebook("Rappel", LINK).status_code == 200


def test_another_page_and_a_post_that_is_not_there_are_code_100(wall, http, post):
    assert code(graph(wall, http, "999/feed", "POST", message="a")) == (400, 100)
    assert code(graph(wall, http, f"{page(wall)}_1")) == (400, 100)
    assert code(graph(wall, http, f"{page(wall)}_1", "DELETE")) == (400, 100)
    assert wall.posts() == []


def test_a_post_is_read_alone_and_deleted(wall, http, post):
    id = post.facebook("à retirer").json()["id"]
    assert graph(wall, http, id).json()["message"] == "à retirer"
    assert graph(wall, http, id, "DELETE").json() == {"success": True}
    assert wall.posts() == []


def test_posts_come_newest_first_since_a_time_and_unknown_fields_are_refused(wall, http, post):
    for text in ("un", "deux", "trois"):
        post.facebook(text)
    path = f"{page(wall)}/published_posts"
    first = graph(wall, http, path, limit="2").json()
    assert [p["message"] for p in first["data"]] == ["trois", "deux"]
    rest = graph(wall, http, path, limit="2", after=first["paging"]["cursors"]["after"]).json()
    assert [p["message"] for p in rest["data"]] == ["un"]
    assert graph(wall, http, path, since="2099-01-01").json()["data"] == []
    assert code(graph(wall, http, path, fields="id,likes_total")) == (400, 100)
    assert code(graph(wall, http, path, since="hier")) == (400, 100)


def test_the_page_says_who_it_is(wall, http):
    for name in ("me", page(wall)):
        assert graph(wall, http, name).json() == {"name": "Le Journal", "id": page(wall)}


@pytest.mark.parametrize("number", [32, 613])
def test_the_rate_limit_is_a_400_that_names_minutes(wall, post, number):
    wall.fault("facebook", "429", retry_after=90, code=number)
    busy = post.facebook("a")
    assert code(busy) == (400, number)
    assert '"estimated_time_to_regain_access": 2' in busy.headers["x-business-use-case-usage"]
    assert wall.posts() == []
