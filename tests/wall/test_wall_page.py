"""The page: what a reader would see, whatever a post holds."""

import asyncio
import re
from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from piquet.wall.app import wall_app
from piquet.wall.look import look, notice_end
from piquet.wall.page import chosen_language, shown_time
from piquet.wall.state import NETWORKS, Wall, WallPost
from piquet.wall.testing import DEFAULT_ACCOUNTS, utc_now

NOW = datetime(2019, 12, 17, 8, 30, tzinfo=UTC)
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1) {{ 7*7 }} {% raw %}",
    "</p></article><h1>pris</h1>",
    "‮renversé‬",
)


def written(text, network="mastodon", link=None, **wire):
    kept = {"bluesky": {"record": {"text": text, **wire}}, "mastodon": {"spoiler_text": "", **wire}}.get(
        network, wire
    )
    return WallPost(
        network=network, account="lejournal", id="1", text=text, time=NOW, path="/p", link=link, wire=kept
    )


def page_of(*posts, path="/", notices=(), **headers):
    wall = Wall()
    for account in DEFAULT_ACCOUNTS:
        wall.add_account(account)
    wall.change("notices", list(notices))
    for post in posts:
        wall.put(post)
    return asyncio.run(_got(wall, path, headers))


async def _got(wall, path, headers):
    transport = httpx.ASGITransport(wall_app(wall, clock=utc_now))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return await client.get(path, headers=headers)


def facet(start, end, kind="link", **feature):
    kinds = {"$type": f"app.bsky.richtext.facet#{kind}", **feature}
    return {"index": {"byteStart": start, "byteEnd": end}, "features": [kinds]}


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(network, text):
    tree = LexborHTMLParser(page_of(written(text, network), notices=[text]).text)
    (shown,) = tree.css(".text")
    assert shown.text() == text
    assert not tree.css("main script, main img, main h1, main [onerror]")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60))
def test_facebook_shows_every_character_of_any_text(text):
    pieces = look(written(text, "facebook"), [], {}).pieces
    assert "".join(piece.text for piece in pieces) == text


@given(st.binary(min_size=1, max_size=40), st.integers(0, 60), st.integers(1, 60))
def test_no_bluesky_facet_whatever_its_range_loses_or_repeats_text(data, start, length):
    text = data.decode("utf-8", "replace")
    post = written(text, "bluesky", facets=[facet(start, start + length, uri="https://a.fr/1")])
    assert "".join(piece.text for piece in look(post, [], {}).pieces) == text


def test_bluesky_marks_only_what_facets_say_and_follows_only_web_addresses():
    text = "#grève https://a.fr/1 ici là"
    start = len("#grève https://a.fr/1 ".encode())
    facets = [
        facet(start, start + 3, uri="https://a.fr/2"),
        facet(start + 4, start + 7, uri="javascript:alert(1)"),
    ]
    tree = LexborHTMLParser(page_of(written(text, "bluesky", facets=facets)).text)
    assert [(a.text(), a.attributes["href"]) for a in tree.css(".text a")] == [("ici", "https://a.fr/2")]
    assert [span.text() for span in tree.css(".text span")] == ["là"]


@pytest.mark.parametrize(("network", "marked"), [("mastodon", 1), ("x", 2), ("facebook", 2)])
def test_the_others_mark_links_by_themselves_and_only_some_mark_bare_domains(network, marked):
    tree = LexborHTMLParser(page_of(written("lemonde.fr https://a.fr/1 #grève #42", network)).text)
    assert len(tree.css(".text a")) == marked
    assert [tag.text() for tag in tree.css(".text .tag")] == ["#grève"]


def test_a_post_that_carries_the_notice_first_is_banded_and_the_notice_is_bold():
    tree = LexborHTMLParser(
        page_of(written("Nous sommes en grève.\n\nArticle"), notices=["Nous sommes en grève."]).text
    )
    assert tree.css_first("article.notice .band") is not None
    assert tree.css_first(".text .first").text() == "Nous sommes en grève."


@pytest.mark.parametrize("text", ["Article. Nous sommes en grève.", "Nous sommes en congé."])
def test_a_post_without_the_notice_first_is_not_banded(text):
    tree = LexborHTMLParser(page_of(written(text), notices=["Nous sommes en grève."]).text)
    assert not tree.css("article.notice, .band, .first")


@given(st.text(min_size=1).filter(str.strip), st.text())
def test_a_registered_notice_is_found_exactly_where_it_stands_first(notice, rest):
    text = f"{notice.strip()}{rest}"
    assert text[: notice_end(text, [notice])] == notice.strip()


def test_a_card_shows_title_description_and_domain():
    card = {
        "uri": "https://www.journal.example/1",
        "title": "Œuvre & été",
        "description": "Récit",
        "image": False,
    }
    post = WallPost(
        network="bluesky", account="lejournal", id="1", text="a", time=NOW, path="/p",
        link=card["uri"], card=card, wire={"record": {"text": "a"}},
    )  # fmt: skip
    tree = LexborHTMLParser(page_of(post).text)
    shown = tree.css_first(".card")
    assert shown.css_first("b").text() == "Œuvre & été"
    assert [shown.css_first(c).text() for c in (".domain", ".description")] == ["journal.example", "Récit"]
    assert not shown.css(".image")


def test_bluesky_makes_no_card_without_an_embed_and_a_hostile_card_is_not_followed():
    assert not LexborHTMLParser(
        page_of(written("https://a.fr/1", "bluesky", link="https://a.fr/1")).text
    ).css(".card")
    tree = LexborHTMLParser(page_of(written("a", "facebook", link="javascript:alert(1)")).text)
    assert "href" not in tree.css_first(".card").attributes


def test_every_account_has_its_column_and_one_can_stand_alone():
    everything = LexborHTMLParser(page_of().text)
    assert [c.attributes["class"].split()[1] for c in everything.css(".column")] == list(NETWORKS)
    alone = page_of(path="/a/x/lejournal")
    assert len(LexborHTMLParser(alone.text).css(".column")) == 1
    assert page_of(path="/a/x/nobody").status_code == 404


def test_posts_are_newest_first_and_filtered_by_text_and_notice():
    posts = [
        WallPost(network="x", account="lejournal", id=str(n), text=t, time=NOW, path=f"/p{n}")
        for n, t in enumerate(("En grève. Un", "DEUX été", "trois"))
    ]

    def shown(path):
        return [
            n.text()
            for n in LexborHTMLParser(page_of(*posts, path=path, notices=["En grève."]).text).css(".text")
        ]

    assert shown("/") == ["trois", "DEUX été", "En grève. Un"]
    assert shown("/?q=%C3%89T%C3%89") == ["DEUX été"]
    assert shown("/?notices=1") == ["En grève. Un"]


def test_public_addresses_lead_to_the_post_on_the_page(wall, http, post):
    post.mastodon("a")
    post.facebook("b")
    post.bluesky("c")
    post.x("d")
    for shown in wall.posts():
        led = http.get(shown["url"])
        assert led.status_code == 302
        where, _, anchor = led.headers["location"].partition("#")
        assert LexborHTMLParser(http.get(wall.url + where).text).css_first(f'[id="{anchor}"]') is not None
    assert http.get(f"{wall.url}/x/lejournal/status/1").status_code == 404


def test_nothing_comes_from_elsewhere_and_only_the_page_s_own_script_may_run():
    answer = page_of(written("https://a.fr/1", link="https://a.fr/1"))
    nonce = re.search(r"script-src 'nonce-([\w-]+)'", answer.headers["content-security-policy"])[1]
    tree = LexborHTMLParser(answer.text)
    assert [s.attributes["nonce"] for s in tree.css("script, style")] == [nonce, nonce]
    assert nonce not in page_of().text
    assert not [
        n for n in tree.css("*") if any(name.startswith("on") or name == "style" for name in n.attributes)
    ]
    assert not tree.css("img, iframe, script[src], link[rel=stylesheet]")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_language_is_the_one_asked_for_else_the_browser_s_else_english():
    assert chosen_language("fr", "en") == "fr"
    assert chosen_language("de", "de;q=1, fr-CA;q=0.8, en;q=0.5") == "fr"
    assert chosen_language(None, "en-GB, fr;q=0.9") == "en"
    assert chosen_language(None, "fr;q=0, ;q=x") == "en"
    assert "Ce que voient les lecteurs" in page_of(**{"Accept-Language": "fr"}).text
    assert "What readers see" in page_of(path="/?lang=en", **{"Accept-Language": "fr"}).text


def test_times_say_that_they_are_utc_where_no_script_runs():
    assert shown_time(NOW, "fr") == "17 déc. 2019, 08:30 UTC"
    assert shown_time(NOW, "en") == "17 Dec 2019, 08:30 UTC"


def test_text_runs_in_its_own_direction_and_language():
    post = WallPost(
        network="x", account="lejournal", id="1", text="إضراب", time=NOW, path="/p", language="ar"
    )
    shown = LexborHTMLParser(page_of(post).text).css_first(".text")
    assert (shown.attributes["dir"], shown.attributes["lang"]) == ("auto", "ar")
