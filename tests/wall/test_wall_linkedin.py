"""The wall as LinkedIn's Posts API: little text, versions, cards and repeats. No specification is published."""

from urllib.parse import quote

import pytest

LINK = "https://journal.example/2026/11/22/la-greve?a=1&b=2"
CARD = {"content": {"article": {"source": LINK, "title": "L’hôpital", "description": "…"}}}
FINDER = {"X_RestLi_Method": "FINDER"}


def author(wall):
    return f"urn:li:organization:{wall.credentials('linkedin')['organization']}"


def listed(wall, post, **asked):
    query = "&".join(
        f"{name}={quote(str(value), safe='')}" for name, value in {"author": author(wall), **asked}.items()
    )
    return post.rest("GET", f"posts?q=author&{query}", **FINDER)


def test_a_post_is_shown_with_its_card_and_its_urn_stands_in_a_header_only(wall, post):
    made = post.linkedin("L’été \\#Grève", **CARD)
    assert (made.status_code, made.content) == (201, b"")
    (shown,) = wall.posts("linkedin")
    assert (shown["text"], shown["link"], shown["card"]["title"]) == ("L’été #Grève", LINK, "L’hôpital")
    assert shown["id"] == made.headers["x-restli-id"]


@pytest.mark.parametrize(
    ("commentary", "shown"),
    [
        ("Va al repo (durable) demain", "Va al repo"),
        ("un _deux_ trois", "un"),
        ("prix < 3 €", "prix"),
        (r"prix \< 3 € \(ou plus\) \\", "prix < 3 € (ou plus) \\"),
        (r"{hashtag|\#|Grève} ici", "#Grève ici"),
        ("#Grève ici", "#Grève ici"),
        ("# ici", ""),
        ("@[Le Journal](urn:li:organization:1) dit", "Le Journal dit"),
    ],
)
def test_readers_see_nothing_past_the_first_reserved_character_left_bare(wall, post, commentary, shown):
    assert post.linkedin(commentary).status_code == 201
    assert wall.posts("linkedin")[0]["text"].strip() == shown


def test_a_repeat_is_422_and_names_the_post(wall, post):
    urn = post.linkedin("Rappel", **CARD).headers["x-restli-id"]
    again = post.linkedin("Rappel", **CARD)
    assert again.status_code == 422
    assert again.json()["errorDetails"]["inputErrors"][0]["code"] == "DUPLICATE_POST"
    assert again.json()["message"].endswith(f"Content is a duplicate of {urn}")
    assert len(wall.posts()) == 1
    assert post.linkedin("Rappel").status_code == 201


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Linkedin_Version": ""}, 400),
        ({"Linkedin_Version": "202501"}, 426),
        ({"Linkedin_Version": "209901"}, 426),
        ({"Linkedin_Version": "demain"}, 426),
        ({"X_Restli_Protocol_Version": "1.0.0"}, 400),
        ({"Authorization": "Bearer wrong"}, 401),
    ],
)
def test_a_request_without_the_right_headers_is_refused(wall, post, headers, status):
    assert (
        post.rest("GET", f"posts?q=author&author={quote(author(wall), safe='')}", **headers).status_code
        == status
    )


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"author": "urn:li:organization:1"}, 403),
        ({"visibility": "CONNECTIONS"}, 400),
        ({"lifecycleState": "DRAFT"}, 400),
        ({"colour": "red"}, 400),
        ({"content": {"media": {}}}, 400),
        ({"content": {"article": {"source": LINK}}}, 400),
        ({"content": {"article": {"source": "journal", "title": "t"}}}, 400),
        ({"content": {"article": {"source": LINK, "title": "t", "link": LINK}}}, 400),
        ({"commentary": "é" * 3001}, 400),
    ],
)
def test_a_bad_post_is_refused_and_not_shown(wall, post, more, status):
    assert post.linkedin(**{"commentary": "a", **more}).status_code == status
    assert wall.posts() == []


def test_3000_characters_are_taken(post):
    assert post.linkedin("é" * 3000).status_code == 201


def test_posts_come_newest_first_with_their_little_text_page_by_page(wall, post):
    for text in ("un", "deux", r"trois \#"):
        post.linkedin(text)
    first = listed(wall, post, count=2).json()
    assert [p["commentary"] for p in first["elements"]] == [r"trois \#", "deux"]
    assert first["paging"] == {"start": 0, "count": 2, "links": []}
    assert [p["commentary"] for p in listed(wall, post, count=2, start=2).json()["elements"]] == ["un"]
    assert listed(wall, post, author="urn:li:organization:1").status_code == 403
    assert listed(wall, post, count=101).status_code == 400


def test_a_post_is_read_alone_counted_and_deleted(wall, post):
    urn = post.linkedin("à retirer").headers["x-restli-id"]
    path = f"posts/{quote(urn, safe='')}"
    assert post.rest("GET", path).json()["commentary"] == "à retirer"
    owner, share = quote(author(wall), safe=""), quote(urn, safe="")
    query = f"q=organizationalEntity&organizationalEntity={owner}&shares=List({share})"
    (row,) = post.rest("GET", f"organizationalEntityShareStatistics?{query}", **FINDER).json()["elements"]
    assert (row["share"], row["totalShareStatistics"]["likeCount"]) == (urn, 0)
    assert post.rest("DELETE", path).status_code == 204
    assert wall.posts() == []
    assert [post.rest(method, path).status_code for method in ("GET", "DELETE")] == [404, 404]


def test_an_address_leads_to_the_post_on_the_page(wall, http, post):
    post.linkedin("a")
    shown = http.get(wall.posts("linkedin")[0]["url"], follow_redirects=False)
    assert shown.status_code == 302
