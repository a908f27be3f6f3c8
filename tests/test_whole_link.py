"""A link is spelt so that X takes the whole of it for one link, counts it as we do, and leads to the same page."""

import unicodedata
import warnings
from datetime import UTC, datetime
from urllib.parse import unquote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from piquet.canonical import canonical_link
from piquet.compose import Message, Style, compose, compose_message
from piquet.entry import Entry
from piquet.feed.links import usable_link
from piquet.limits import X, weighted
from piquet.networks import TRAITS
from piquet.networks.match import same_address
from piquet.strike import Cause, Decision, Mode
from piquet.whole_link import whole_link

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import twitter_text

STYLE = Style(
    account="x/a",
    outlet="Le Journal",
    language="fr",
    traits=TRAITS["x"],
    limit=X,
    local_now=datetime(2026, 12, 5, 12, tzinfo=UTC),
)
ON_STRIKE = Decision(
    account="x/a",
    on_strike=True,
    cause=Cause.BY_HAND,
    mode=Mode.ACCOMPANY,
    day_number=1,
    notices=("En grève.",),
)
HOSTS = ["lejournal.fr", "www.journal.jp", "jörnal.de", "пример.рф", "例え.jp", "a_b.lejournal.fr:8443"]

tails = st.text(
    st.sampled_from("aZé0%?#/!.,:;'()[]{}*+=&$~|@-_–« \"<>^`\\йعج記🙂\u0301"), max_size=30
) | st.text(max_size=20)
raws = st.builds("https://{}{}".format, st.sampled_from(HOSTS), tails.map(lambda tail: tail and f"/{tail}"))


@settings(max_examples=500, deadline=None)  # the first count imports twitter_text
@given(raws)
@example("https://lejournal.example.com/مقال-حول-إضراب")
@example("https://lejournal.fr#a")
@example("https://lejournal.fr?q=grève")
@example("https://lejournal.fr/non!?q=a+")
@example("https://lejournal.fr/e\u0301te\u0301")
def test_x_takes_any_usable_link_whole_for_one_link_and_counts_it_as_we_do(raw):
    if (link := usable_link(raw)) is None:
        return
    whole = whole_link(link)
    text = f"Un titre\n\n{whole}\n\n#CMdeter"
    assert twitter_text.extract_urls(text) == [whole]
    assert twitter_text.parse_tweet(text).weightedLength == weighted(text, whole)
    assert unicodedata.normalize("NFC", whole) == whole
    assert whole_link(whole) == whole


@settings(max_examples=300, deadline=None)
@given(raws)
def test_the_link_leads_to_the_same_page_and_a_network_that_shows_it_is_believed(raw):
    if (link := usable_link(raw)) is None:
        return
    whole = whole_link(link)
    before, after = (unquote(one.partition("#")[0]) for one in (link, whole))
    assert after.removesuffix("/") == before.removesuffix("/")
    assert same_address(whole.partition("#")[0], link.partition("#")[0])


@pytest.mark.parametrize(
    ("link", "whole"),
    [
        ("https://lejournal.fr/2026/12/un-article_1.html?page=2#suite", None),
        ("https://lejournal.fr/été/à-lire", None),
        ("https://lejournal.fr/a(1)", None),
        ("https://jörnal.de/a", None),
        ("https://lejournal.fr/100%25", None),
        ("https://lejournal.fr/recherche?q=grève", "https://lejournal.fr/recherche?q=gr%C3%A8ve"),
        ("https://www.journal.jp/記事", "https://www.journal.jp/%E8%A8%98%E4%BA%8B"),
        ("https://lejournal.fr/qui-a-dit-non!", "https://lejournal.fr/qui-a-dit-non!#"),
        ("https://lejournal.fr/?q=c++", "https://lejournal.fr/?q=c++#"),
        ("https://lejournal.fr/a(1", "https://lejournal.fr/a%281"),
        ("https://lejournal.fr/non!?page=2", "https://lejournal.fr/non%21?page=2"),
        ("https://lejournal.fr/a#non!", "https://lejournal.fr/a#non%21"),
        ("gemini://journal.fr/été!", None),
        ("https://[", None),
    ],
)
def test_only_what_would_end_a_link_early_is_spelt_in_another_way(link, whole):
    assert whole_link(link) == (whole or link)


@pytest.mark.parametrize("link", ["https://lejournal.fr/non!", "https://www.journal.jp/記事?q=è."])
def test_the_article_of_a_link_spelt_in_another_way_stays_the_same_one(link):
    assert canonical_link(whole_link(link)) == canonical_link(link)


@pytest.mark.parametrize(
    "link",
    [
        "https://lejournal.example.com/مقال-حول-إضراب-مديري-المجتمعات-في-الصحيفة",
        "https://www.journal.jp/記事/編集局の委員会がストライキに入る",
        "https://lejournal.fr/recherche?q=grève",
        "https://lejournal.fr/qui-a-dit-non!",
    ],
)
def test_on_x_the_post_links_to_the_whole_article_and_fits_by_its_own_count(link):
    entry = Entry(feed="f", id="1", link=link, title="Un titre assez long pour remplir ce que X prend, " * 6)
    post = compose(entry, ON_STRIKE, STYLE)
    assert twitter_text.extract_urls(post.text) == [post.link]
    assert twitter_text.parse_tweet(post.text).valid
    assert unquote(post.link).removesuffix("#") == link
    assert entry.link == link


def test_the_statement_in_a_reminder_is_linked_whole_too():
    message = Message(texts=("En grève.",), links=("https://lejournal.fr/pourquoi-la-grève?",))
    post = compose_message(message, STYLE, turn=0)
    assert twitter_text.extract_urls(post.text) == ["https://lejournal.fr/pourquoi-la-grève?#"]
