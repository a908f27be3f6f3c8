"""facebook-business, Meta's own client, posts on the wall and reads back."""

import pytest

pytest.importorskip("facebook_business", reason="facebook-business (group oracles) is not installed")

from facebook_business.adobjects.page import Page
from facebook_business.adobjects.pagepost import PagePost
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

# The wall answers fields that Meta's list of them leaves out.
pytestmark = pytest.mark.filterwarnings("ignore:published_posts does not allow field")


def api(wall, monkeypatch, token):
    monkeypatch.setattr(FacebookSession, "GRAPH", f"{wall.url}/facebook")
    return FacebookAdsApi(FacebookSession(access_token=token, timeout=10), api_version="v26.0")


@pytest.fixture
def page(wall, monkeypatch):
    known = wall.credentials("facebook")
    return Page(known["page_id"], api=api(wall, monkeypatch, known["token"]))


def test_it_posts_and_reads_back(wall, page, text, link):
    made = page.create_feed(params={"message": text, "link": link})
    (shown,) = wall.posts("facebook")
    assert (shown["id"], shown["text"], shown["link"]) == (made["id"], text, link)
    asked = ["id", "message", "created_time", "permalink_url", "attachments"]
    (found,) = page.get_published_posts(fields=asked, params={"limit": 10})
    assert (found["id"], found["message"]) == (made["id"], text)
    alone = PagePost(made["id"], api=page.get_api_assured())
    assert alone.api_get(fields=["message"])["message"] == text


def test_it_deletes(wall, page):
    made = page.create_feed(params={"message": "à retirer"})
    PagePost(made["id"], api=page.get_api_assured()).api_delete()
    assert wall.posts() == []


def test_it_understands_the_refusals(wall, page, monkeypatch):
    page.create_feed(params={"message": "Rappel"})
    codes = []
    for kind in ("repeat", "429", "token"):
        if kind == "429":
            wall.fault("facebook", "429", retry_after=120)
        if kind == "token":
            page = Page(wall.credentials("facebook")["page_id"], api=api(wall, monkeypatch, "wrong"))
        with pytest.raises(FacebookRequestError) as refused:
            page.create_feed(params={"message": "Rappel"})
        codes.append(refused.value.api_error_code())
    assert codes == [506, 32, 190]
    assert len(wall.posts()) == 1
