"""Templates and shortening."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from piquet.errors import UserError
from piquet.template import DEFAULT, check_template, fill
from piquet.text import graphemes, plain, shortened


def test_a_text_is_cut_at_a_word_and_never_ends_in_punctuation():
    assert shortened("Budget : le Sénat rétablit les crédits", 18) == "Budget : le Sénat…"
    assert shortened("Budget : le Sénat rétablit les crédits", 9) == "Budget…"


def test_a_text_without_spaces_is_cut_between_graphemes():
    assert shortened("国会議事堂前で記者会見", 4) == "国会議事…"
    assert shortened("👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 2) == "👩‍👩‍👧👩‍👩‍👧…"


def test_french_spaces_stay_with_their_punctuation():
    assert plain("« du jamais-vu »\u00a0: +\u202f4") == "« du jamais-vu »\u00a0: +\u202f4"


def test_emoji_and_persian_joiners_survive():
    assert plain("👩‍👩‍👧 می\u200cخواهم") == "👩‍👩‍👧 می\u200cخواهم"


@given(st.text(max_size=200), st.integers(0, 200))
def test_a_shortened_text_keeps_at_most_what_was_asked_and_an_ellipsis(text, keep):
    result = shortened(text, keep)
    assert len(graphemes(result)) <= max(keep, 0) + 1
    assert result == text or result == "" or result.endswith("…")


def test_the_default_template_is_a_good_one():
    check_template(DEFAULT, of="x/a")


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{notice} {titre} {link}", "{titre}"),
        ("{title} {link} {notice}", "must start with {notice}"),
        ("{notice} {title}", "lacks {link}"),
        ("{notice} {link}", "lacks {title}"),
        ("{notice} {title} {link} {}", "{}"),
    ],
)
def test_a_template_that_could_lose_something_is_refused_in_one_sentence(template, said):
    with pytest.raises(UserError) as caught:
        check_template(template, of="x/lejournal")
    assert said in str(caught.value) and "x/lejournal" in str(caught.value)


def test_an_empty_placeholder_leaves_no_gap():
    values = {"notice": "", "title": "Titre", "link": "", "hashtags": ""}
    assert fill(DEFAULT, values) == "Titre"
