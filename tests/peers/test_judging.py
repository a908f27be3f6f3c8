"""The judge of the fault table sees what is lost, repeated or out of order, and calls no peer's words what they are not."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.peers.beside import NOTES, Judge, read_notes, read_table, row_of
from tests.peers.observed import Observed
from tests.peers.printing import counts, line
from tests.peers.table import ROWS

TITLES = st.lists(st.sampled_from("abcdef"), max_size=8)

SAMPLE = """
### 3b. Peer x fault

| fault | one | two |
|---|---|---|
| F0 20 new in one poll | **10 lost** (limit 10) | 20 [C] |
| F0b 5 new while it was down | as F0 | as F0 |
| F5 one 429 | waits, 8/8 | **1 lost** |
| F5b same | - | **7 dup** |

Notes.
"""
TABLE = read_table(SAMPLE, "### 3b.")


def row(key):
    return next(row for row in ROWS if row.key == key)


@given(TITLES, TITLES)
def test_a_row_holds_only_where_readers_see_each_article_once_in_order_and_nothing_else(wanted, shown):
    expected = list(dict.fromkeys(wanted))
    assert Observed(expected=expected, posted={"mastodon": shown}).holds == (shown == expected)


@given(TITLES, TITLES)
def test_what_fails_a_row_is_said_and_nothing_is_said_of_one_that_holds(wanted, shown):
    observed = Observed(expected=list(dict.fromkeys(wanted)), posted={"mastodon": shown})
    said = re.search(r"dup|lost|unwanted|order broken", observed.words)
    assert bool(said) != observed.holds


def test_one_account_that_misses_a_post_fails_the_row_though_the_other_has_all():
    observed = Observed(expected=["a", "b"], posted={"mastodon": ["a", "b"], "bluesky": ["a"]})
    assert not observed.holds and observed.words == "mastodon: 2/2; bluesky: 1/2, 1 lost"


def test_a_further_fact_that_is_not_so_fails_the_row_and_is_said():
    observed = Observed(expected=[], posted={"mastodon": []}, also={"completed": False})
    assert not observed.holds and observed.words == "0 posts; NOT completed"


def test_a_peers_words_stand_by_row_without_marks_and_as_f0_means_those_of_f0():
    assert row_of(TABLE, "F0") == {"one": "10 lost (limit 10)", "two": "20"}
    assert row_of(TABLE, "F0b") == row_of(TABLE, "F0")
    assert row_of(TABLE, "F5") == {"one": "waits, 8/8", "two": "1 lost"} and row_of(TABLE, "F9") == {}


def test_words_that_say_both_or_neither_are_not_judged():
    judge = Judge(passes="8/8", fails="lost")
    verdicts = [judge.verdict(words) for words in ("8/8", "1 lost", "1 lost, 8/8 if restarted", "-")]
    assert verdicts == [True, False, None, None]


def test_peers_are_counted_on_clear_words_only_and_the_rest_is_said_to_be_left_out():
    rows = [row("F0"), row("F5"), row("F5b")]
    holds = Observed(expected=[], posted={})
    said = counts(rows, [holds] * 3, TABLE)
    assert "Piquet holds 3 of 3 rows." in said
    assert "one holds 1 of the 2 rows where its words are clear (1 left out)." in said
    assert "two holds 1 of the 3 rows where its words are clear (0 left out)." in said
    assert "two: 7 dup [fails]" in line(row("F5b"), holds, TABLE)


def test_without_the_notes_the_peers_column_is_left_out_and_piquets_stays(tmp_path):
    table, holds = read_notes(tmp_path / "peers.md"), Observed(expected=[], posted={})
    assert "beside" not in line(row("F0"), holds, table)
    assert "left out" in counts([row("F0")], [holds], table)


@pytest.mark.skipif(not NOTES.exists(), reason="the folder shared is not beside the checkout")
def test_every_line_of_the_peers_table_is_a_row_here():
    lines = set(read_notes())
    matched = {label for label in lines for row in ROWS if re.match(re.escape(row.key) + r"(?!\w)", label)}
    assert lines and matched == lines
