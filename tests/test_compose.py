"""Notice first, then title, then link; the link whole, the notice whole, within every network's limit."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from piquet.compose import Style, compose
from piquet.entry import Entry
from piquet.errors import NoticeTooLong
from piquet.networks import TRAITS
from piquet.strike import Cause, Decision, Mode
from piquet.text import harmless

NOON = datetime(2026, 12, 5, 12, 0, tzinfo=UTC)
LINK = "https://lejournal.example.com/2026/12/un-article"
LONG = "Community managers en grève. Ce message est publié automatiquement."
SHORT = "Community managers en grève."
NETWORKS = sorted(TRAITS)


def entry(title: str = "Un titre", link: str = LINK, **values) -> Entry:
    return Entry(feed="f", id="1", link=link, title=title, **values)


def style(network: str, **values) -> Style:
    traits = TRAITS[network]
    defaults = dict(
        account=f"{network}/a", outlet="Le Journal", language="fr", traits=traits, limit=traits.limit
    )
    return Style(**{**defaults, "local_now": NOON, **values})


def on_strike(mode: Mode = Mode.ACCOMPANY, **values) -> Decision:
    defaults = dict(account="n/a", on_strike=True, cause=Cause.BY_HAND, mode=mode, day_number=5)
    return Decision(**{**defaults, "notices": (LONG,), "short_notices": (SHORT,), **values})


ORDINARY = Decision(account="n/a", on_strike=False, cause=Cause.NO_STRIKE)


@pytest.mark.parametrize("network", NETWORKS)
def test_an_ordinary_post_is_the_title_then_the_link(network):
    post = compose(entry(), ORDINARY, style(network))
    expected = "Un titre\n\n" + LINK if TRAITS[network].link_in_text else "Un titre"
    assert post.text == expected
    assert post.link == LINK and "grève" not in post.text


@pytest.mark.parametrize("network", NETWORKS)
def test_on_strike_the_notice_stands_first_and_the_link_stays(network):
    post = compose(entry(), on_strike(), style(network))
    assert post.text.startswith(LONG + "\n\nUn titre")
    assert post.link == LINK
    assert post.text.endswith(LINK) is TRAITS[network].link_in_text


@pytest.mark.parametrize("network", NETWORKS)
def test_mode_replace_puts_the_notice_where_the_title_was_and_keeps_the_link(network):
    post = compose(entry(), on_strike(Mode.REPLACE), style(network))
    assert post.text.startswith(LONG) and "Un titre" not in post.text
    assert post.link == LINK and post.card.title == "Un titre"


@pytest.mark.parametrize("network", NETWORKS)
def test_mode_message_only_has_neither_link_nor_title_nor_card(network):
    post = compose(entry(), on_strike(Mode.MESSAGE_ONLY), style(network))
    assert post.text.startswith(LONG)
    assert LINK not in post.text and "Un titre" not in post.text
    assert post.link is None and post.card is None


def test_a_network_that_refuses_repeats_gets_messages_that_differ():
    texts = [compose(entry(), on_strike(Mode.MESSAGE_ONLY), style("x"), turn=turn).text for turn in (0, 1)]
    assert texts == [f"{LONG} (12:00, n° 1)", f"{LONG} (12:00, n° 2)"]


def test_an_english_outlet_counts_its_messages_in_english():
    english = style("x", language="en")
    assert compose(entry(), on_strike(Mode.MESSAGE_ONLY), english, turn=1).text == f"{LONG} (12:00, no. 2)"


def test_a_template_with_too_many_words_of_its_own_is_one_sentence_about_the_template():
    wordy = style("x", template="{notice}" + " mot" * 80 + " {title} {link}")
    with pytest.raises(
        NoticeTooLong, match=r"template's own words are \d+ .* too long for x/a .*shorten the template"
    ):
        compose(entry(), ORDINARY, wordy)


def test_a_message_that_is_too_long_only_with_its_hour_is_one_sentence():
    decision = on_strike(Mode.MESSAGE_ONLY, notices=("é" * 275,), short_notices=())
    with pytest.raises(NoticeTooLong, match="too long for x/a"):
        compose(entry(), decision, style("x"))


def test_several_notices_take_turns():
    decision = on_strike(notices=("Un.", "Deux."), short_notices=())
    starts = [compose(entry(), decision, style("mastodon"), turn=t).text.split("\n")[0] for t in range(4)]
    assert starts == ["Un.", "Deux.", "Un.", "Deux."]


def test_the_day_number_and_the_outlet_stand_in_a_notice():
    decision = on_strike(notices=("{outlet} : {day_number}e jour de grève.",))
    assert compose(entry(), decision, style("mastodon")).text.startswith("Le Journal : 5e jour de grève.")


@pytest.mark.parametrize("network", ["x", "bluesky", "mastodon"])
def test_a_long_title_is_shortened_at_a_word_with_an_ellipsis(network):
    title = "mot " * 400
    post = compose(entry(title), on_strike(), style(network))
    shown = post.text.split("\n\n")[1]
    assert shown.endswith("mot…") and post.text.endswith(LINK)
    assert TRAITS[network].limit.fits(post.text, LINK)


def test_where_the_long_notice_leaves_too_little_title_the_short_one_takes_its_place():
    decision = on_strike(notices=("très " * 44 + "long.",))
    post = compose(
        entry("Un titre de journal qui dit quelque chose de précis aux lecteurs"), decision, style("x")
    )
    assert post.text.startswith(SHORT + "\n\nUn titre de journal")


def test_a_notice_that_cannot_fit_is_one_sentence_with_the_account_and_by_how_much():
    decision = on_strike(notices=("é" * 300,), short_notices=())
    with pytest.raises(NoticeTooLong, match=r"x/a \(325 of 280\)"):
        compose(entry(), decision, style("x"))


def test_on_bluesky_a_link_too_long_for_the_text_stays_whole_on_the_card():
    link = LINK + "?" + "a" * 400
    post = compose(entry(link=link), on_strike(), style("bluesky"))
    assert post.link == link and link not in post.text
    assert post.text.startswith(LONG + "\n\nUn titre")


def test_a_headline_cannot_mention_anybody():
    post = compose(entry("Merci @camille et contact@lejournal.fr, ＠x et @[42]"), ORDINARY, style("x"))
    assert "@camille" not in post.text and "@lejournal" not in post.text
    assert "＠x" not in post.text and "@[" not in post.text
    assert post.text.replace("\u200b", "").startswith("Merci @camille et contact@lejournal.fr, ＠x et @[42]")


def test_a_headline_cannot_smuggle_control_or_bidi_characters():
    post = compose(entry("Sûr\u202egnirts\u0000 \u2066x\u2069\ufeff\nfin"), ORDINARY, style("mastodon"))
    assert post.text.split("\n\n")[0] == "Sûrgnirts x fin"


def test_braces_in_a_headline_are_only_text():
    assert compose(entry("{link} {notice}"), ORDINARY, style("mastodon")).text.startswith(
        "{link} {notice}\n\n"
    )


def test_an_article_without_a_title_is_posted_with_its_summary():
    assert compose(entry("", summary="Le résumé."), ORDINARY, style("mastodon")).text.startswith("Le résumé.")


def test_hashtags_give_way_before_the_title_does():
    decision = on_strike(hashtags=("#CMdeter",))
    assert "#CMdeter" in compose(entry(), decision, style("x")).text
    tight = compose(entry("t" * 180), decision, style("x"))
    assert "#CMdeter" not in tight.text and tight.hashtags == () and "t" * 180 in tight.text


def test_an_entry_in_another_language_keeps_it():
    assert compose(entry(language="de"), ORDINARY, style("mastodon")).language == "de"


titles = st.text(min_size=1, max_size=600) | st.text(alphabet="ab é漢🙂👩‍👩‍👧@.#/", max_size=600)
links = st.from_regex(r"https://[a-z]{3,12}\.example/[a-z0-9/-]{0,120}", fullmatch=True)


@settings(max_examples=150, deadline=None)
@given(titles, links, st.sampled_from(NETWORKS), st.sampled_from([Mode.ACCOMPANY, Mode.REPLACE]))
def test_whatever_the_title_the_post_fits_the_notice_is_first_and_the_link_is_whole(
    title, link, network, mode
):
    post = compose(entry(title, link), on_strike(mode), style(network))
    traits = TRAITS[network]
    assert post.text.startswith((LONG, SHORT))
    assert post.link == link
    assert link in post.text or not traits.link_in_text or traits.card_carries_link
    assert traits.limit.fits(post.text, link if link in post.text else None)


@settings(max_examples=150, deadline=None)
@given(titles)
def test_harmless_text_is_stable_and_mentions_nobody(title):
    once = harmless(title)
    assert harmless(once) == once
    assert not [i for i, c in enumerate(once[:-1]) if c in "@＠" and once[i + 1] not in "\u200b \u00a0"]
