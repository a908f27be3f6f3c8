"""Hashtags of an account and of a strike: the same rule."""

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.account import AccountForm
from piquet.errors import UserError
from piquet.hashtags import read_hashtags
from piquet.strike_form import strike_from_json

WHERE = "This account, field 'hashtags'"


def test_an_accounts_hashtags_start_with_one_hash_and_blank_ones_are_left_out():
    assert AccountForm(hashtags=["presse", " #retraites ", "", "grève"]).hashtags == [
        "#presse",
        "#retraites",
        "#grève",
    ]


@pytest.mark.parametrize(
    "value",
    [
        "deux mots",
        "#",
        "##presse",
        "a,b",
        "a;b",
        "fin.",
        "#retraites-2026",
        "#c'est",
        "#grève!",
        "a/b",
        "#2026",
    ],
)
def test_what_is_no_hashtag_is_one_sentence_with_the_field(value):
    with pytest.raises(UserError, match=r"This account, field 'hashtags': .* is not a hashtag") as caught:
        AccountForm(hashtags=["presse", value])
    assert repr(value) in str(caught.value) and "\n" not in str(caught.value)


def test_a_hashtag_may_have_what_networks_take_for_a_part_of_its_word():
    taken = ("#grève", "#retraites_2026", "#2026ensemble", "#étudiant·es", "#ストライキ", "#إضراب")
    assert read_hashtags(taken, WHERE) == taken


@given(st.text())
def test_reading_hashtags_again_changes_nothing(text):
    try:
        once = read_hashtags([text], WHERE)
    except UserError as error:
        assert WHERE in str(error)
        return
    assert read_hashtags(once, WHERE) == once
    assert all(tag.startswith("#") and len(tag) > 1 for tag in once)


@given(st.text("aé9_#,;. "))
def test_an_account_and_a_strike_have_the_same_rule(text):
    values = {"notices": ["N"], "hashtags": [text]}
    try:
        tags = read_hashtags([text], WHERE)
    except UserError:
        with pytest.raises(UserError, match="'hashtags'"):
            strike_from_json(values, UTC)
        return
    assert strike_from_json(values, UTC).hashtags == tags
