"""What blacks secrets out: nothing of a secret is left, and nothing else is taken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from piquet.errors import UserError
from piquet.hiding import BLACK, PIECE, blacked_out, without_lookalikes
from tests.secrecy.marks import forms

printable = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=12, max_size=60)
prose = st.text(st.sampled_from("élève des grèves ,.:;\n"), max_size=80)


@given(printable, prose, prose, st.data())
def test_no_piece_of_a_secret_is_left_in_any_form_however_the_text_breaks_it(secret, before, after, data):
    form = data.draw(st.sampled_from(sorted(forms(secret))))
    start = data.draw(st.integers(0, max(0, len(form) - PIECE)))
    cut = data.draw(st.integers(start + PIECE, max(start + PIECE, len(form))))
    broken = data.draw(st.integers(start, cut))
    text = f"{before}{form[start:broken]}{data.draw(st.sampled_from(['', ' ', chr(10)]))}{form[broken:cut]}{after}"
    shown = "".join(blacked_out(text, [secret]).split())
    assert not [p for p in (form[i : i + PIECE] for i in range(start, cut - PIECE + 1)) if p in shown]


@given(printable, prose)
def test_a_text_without_the_secret_stays_as_it_is(secret, text):
    assert blacked_out(text, [secret, ""]) == text


def test_a_short_secret_is_blacked_out_whole_and_what_stands_around_it_stays():
    assert blacked_out("password hunter2, not hunter3", ["hunter2"]) == f"password {BLACK}, not hunter3"


@pytest.mark.parametrize("secret", ["t", "to", "tok", "s3cr", "hunter2"])
def test_a_text_that_holds_no_secret_stays_as_it_is_however_short_the_secret(secret):
    text = "HTTP Request: POST http://127.0.0.1/ok"
    assert blacked_out(text, [secret]) == text


@pytest.mark.parametrize(
    "value",
    [
        "EAABwzLixnjYBO2ZAZC4bZBk7xQnP0ZD",
        "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw",
        "abcd-ef3h-ijkl-mnop",
        "0123456789abcdef0123456789abcdef",
        "https://desk:s3cret-word@journal.example/feed",
        "postgresql://piquet:p@ss@db/ledger",
    ],
)
def test_what_looks_like_a_token_or_a_password_is_not_shown_by_an_error_on_another_field(value):
    sentence = str(UserError(f"outlet.toml, field 'zone': {value!r} is not a time zone: write Europe/Paris."))
    assert value not in sentence and BLACK in sentence
    assert "field 'zone'" in sentence and "Europe/Paris" in sentence
    assert not [
        w
        for w in ("s3cret", "p@ss", value[-8:])
        if w in sentence.replace("/feed", "").replace("@db/ledger", "")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Europe/Pariss",
        "2026-12-05T11:00:00+01:00",
        "https://mastodon.social/@lejournal",
        "les-community-managers-du-journal-en-greve-2026",
        "mastodon/lejournal-international",
        "550e8400-e29b-41d4-a716-446655440000",
        "{lien} anticonstitutionnellement",
    ],
)
def test_what_people_write_is_shown_whole(text):
    assert without_lookalikes(text) == text
