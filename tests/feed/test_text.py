"""Markup to one line of plain text."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from piquet.feed.text import plain_text


def plain(text, type_=None):
    return plain_text(text, type_=type_, longest=500)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("AT&amp;T", "AT&T"),
        ("AT&T", "AT&T"),
        ("R&D; more", "R&D; more"),
        ("a &lt;b&gt; c", "a <b> c"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        ("x <b>y</b> z", "x y z"),
        ("H<sub>2</sub>O", "H2O"),
        ("one<br>two<p>three</p>four", "one two three four"),
        ("<script>alert(1)</script>Hi<style>p{}</style>", "Hi"),
        ("Hi <img src=x onerror=alert(1)>", "Hi"),
        ("le <n°50> de 1 < 2 & 3 > 2", "le <n°50> de 1 < 2 & 3 > 2"),
        ("<b>le <n°50></b> et <unknown>", "le <n°50> et <unknown>"),
        ("&#8217;&#x2019;&#146;&rsquo;", "’’’’"),
        ("&copy=3 &hearts x", "&copy=3 &hearts x"),
        ("et#8230;", "et#8230;"),
        ("<!-- note -->A", "A"),
        ("<![CDATA[A]]>", "A"),
        ("a\u00a0b\n\t c\u3000d", "a b c d"),
        ("\ufeffa\u200bb\u202ec\u2066d\x00e\ud800f\u00ad", "abcdef"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👨\u200d👩\u200d👧 \u200d", "👨\u200d👩\u200d👧"),
        ("<a title='1>2' href=#>k</a>", "k"),
        ("<Video> Foo bar", "<Video> Foo bar"),
        ("Foo <b>bar</b> <template > x", "Foo bar <template > x"),
        ("<video>old browsers only</video> Foo", "Foo"),
        ("<video src=x> Foo", ""),
        ("Foo <script> bar", "Foo"),
        ("Foo <style> bar", "Foo"),
    ],
)
def test_a_text_of_unsaid_type_is_markup_as_far_as_it_looks_like_it(text, line):
    assert plain(text) == line


@pytest.mark.parametrize("text", ["a <b> c", "AT&amp;T", "<script>x</script>", "<n°50>"])
def test_a_text_said_to_be_plain_is_kept_to_the_letter(text):
    assert plain(text, "text") == text


def test_text_by_default_only_keeps_its_tags_and_loses_its_second_encoding():
    assert plain("Don&#39;t use <b> &amp; <n°50>", "unsaid text") == "Don't use <b> & <n°50>"


def test_what_is_too_long_is_cut_and_says_so():
    assert plain_text("a" * 10_000_000, type_=None, longest=10) == "aaaaaaaaa…"


@given(st.text(), st.sampled_from([None, "text", "unsaid text", "html"]))
@example("<" * 5_000, None)
@example("<div>" * 5_000, "html")
@example("&" * 5_000, None)
def test_any_text_becomes_one_clean_line(text, type_):
    line = plain(text, type_)
    assert line == " ".join(line.split())
    assert len(line) <= 500
    line.encode("utf-8")
    assert not any(unicodedata.category(character) in ("Cc", "Cs") for character in line)
    assert not set("\u200b\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") & set(line)


@given(
    st.text(
        alphabet=st.characters(exclude_categories=["C", "Z"], exclude_characters="<&\u034f"), max_size=200
    )
)
def test_text_without_markup_is_kept(text):
    assert plain(text) == plain(text, "text")
