"""The catalogues: whole in both languages, and typed as each language is."""

import re
import string
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from piquet import acts, words
from piquet.ledger.states import DeliveryState
from piquet.notices import Kind, Whose, ready_made
from piquet.strike import Cause, Mode, Strike, Window, decide
from piquet.strike_form import strike_to_json
from piquet.template import check_notice

ROOT = Path(__file__).parents[1]
LANGUAGES = ("fr", "en")
NO_BREAK = "\u00a0\u202f"
# How names stand in the code: text("name"), of("context", "name").
CALLS = {"text": None, "of": ((1, "c"), 2)}
# In piquet/audit/view.py, self._say("name") is of the audit.
AUDIT_CALLS = {"_say": None}


@cache
def messages(language: str) -> dict[tuple[str | None, str], Message]:
    with (ROOT / f"piquet/locales/{language}/LC_MESSAGES/piquet.po").open("rb") as source:
        return {(m.context, m.id): m for m in read_po(source, locale=language) if m.id}


def files_that_speak() -> list[Path]:
    packages = ("piquet", "tasks", "flows", "deployments")
    files = [path for package in packages for path in (ROOT / package).rglob("*.py")]
    return [path for path in files if re.search(r"^from piquet import .*\bwords\b", path.read_text(), re.M)]


def named_in_the_code() -> set[tuple[str | None, str]]:
    named = {
        (context, name)
        for path in files_that_speak()
        for _, name, _, context in extract_from_file("python", path, keywords=CALLS)
    }
    audit = extract_from_file("python", ROOT / "piquet/audit/view.py", keywords=AUDIT_CALLS)
    return named | {("audit", name) for _, name, _, _ in audit}


def placeholders(text: str) -> list[str]:
    return sorted({name for _, name, _, _ in string.Formatter().parse(text) if name is not None})


def test_both_languages_have_the_same_messages_and_none_is_empty_or_doubtful():
    fr, en = messages("fr"), messages("en")
    assert fr.keys() == en.keys() and len(fr) > 100
    for catalogue in (fr, en):
        assert [m.id for m in catalogue.values() if not m.string.strip() or m.fuzzy] == []


def test_nothing_longer_than_a_word_is_left_untranslated():
    same = {key for key, m in messages("fr").items() if m.string == messages("en")[key].string}
    assert {key for key in same if " " in messages("fr")[key].string} == set()


@pytest.mark.parametrize("key", messages("fr"), ids=str)
def test_a_message_has_the_same_placeholders_in_both_languages(key):
    assert placeholders(messages("fr")[key].string) == placeholders(messages("en")[key].string)


def test_every_name_in_the_code_is_in_the_catalogues():
    named = named_in_the_code()
    assert {(None, "no_posts"), ("audit", "holds"), ("audit", "csv")} <= named
    assert named - messages("fr").keys() == set()


def test_every_phrase_in_the_catalogues_is_named_in_the_code():
    code = "".join(path.read_text() for path in [*files_that_speak(), ROOT / "piquet/words.py"])
    phrases = {name for context, name in messages("fr") if context in (None, "audit", "audit head")}
    assert {name for name in phrases if f'"{name}"' not in code} == set()


@pytest.mark.parametrize(
    ("context", "names"),
    [
        ("state", DeliveryState),
        ("cause", Cause),
        ("mode", Mode),
        ("act", get_args(acts.Kind)),
        ("event", DeliveryState),
        ("notice", [f"{kind}.{whose}" for kind in Kind for whose in Whose]),
        ("strike field", [name for name in strike_to_json(Strike()) if name not in ("changed_by", "why")]),
    ],
)
def test_every_value_that_people_are_told_of_has_words(context, names):
    assert {(context, str(name)) for name in names} <= messages("fr").keys()


@pytest.mark.parametrize("key", messages("fr"), ids=str)
def test_french_is_typed_as_french_is(key):
    text = messages("fr")[key].string
    assert not re.search(rf"[^{NO_BREAK}][;!?»]", text), "a no-break space before ; ! ? »"
    assert not re.search(rf"[^{NO_BREAK}\d/ps]:", text), "a no-break space before a colon"
    assert not re.search(rf"«[^{NO_BREAK}]", text), "a no-break space after «"
    assert "'" not in text and '"' not in text and "..." not in text


@pytest.mark.parametrize("key", messages("en"), ids=str)
def test_english_is_typed_as_english_is(key):
    text = messages("en")[key].string
    assert not re.search(rf"[\s{NO_BREAK}][;:!?]", text)
    assert "'" not in text and '"' not in text and "..." not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_ready_made_notice_is_one_that_a_strike_takes(language):
    for ready in ready_made(language):
        check_notice(ready.text, "a ready-made notice")
        assert ("{day_number}" in ready.text) is (ready.whose is Whose.DAY)
        assert "{outlet}" in ready.text or ready.kind is Kind.SHORT


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_short_notice_leaves_room_for_a_title_on_the_tightest_network(language):
    for ready in ready_made(language):
        text = ready.text.format(outlet="Le Grand Journal du Soir", day_number=117)
        assert len(text) <= (60 if ready.kind is Kind.SHORT else 220), text


def test_the_team_can_say_that_only_a_part_of_it_strikes():
    french = [ready.text for ready in ready_made("fr") if ready.whose is Whose.PART]
    assert len(french) == len(Kind)
    assert sum("une partie des community managers" in text.lower() for text in french) == 3


def test_dates_and_numbers_are_written_as_the_language_does():
    at, paris = datetime(2026, 3, 29, 1, 30, 5, tzinfo=UTC), ZoneInfo("Europe/Paris")
    assert words.day(date(2026, 12, 5), "fr") == "samedi 5 décembre 2026"
    assert words.day(date(2026, 12, 5), "en") == "Saturday, 5 December 2026"
    assert words.moment(at, paris, "fr") == "29 mars 2026, 03:30:05"
    assert words.moment(at, paris, "en") == "29 Mar 2026, 03:30:05"
    assert words.clock(at, paris, "fr") == "03:30:05"
    assert words.number(1234567, "fr") == "1\u202f234\u202f567" and words.number(1234567, "en") == "1,234,567"


def test_a_name_that_no_catalogue_has_stays_as_it_is():
    assert words.of("way", "carrier pigeon", "fr") == "carrier pigeon"


def test_a_strike_day_is_written_as_people_write_days():
    assert words.why("day", "2026-12-05", "fr") == "le samedi 5 décembre 2026 est un jour de grève"
    assert words.why("day", "2026-12-05", "en") == "Saturday, 5 December 2026 is a strike day"
    assert words.why("day", "tampered", "en") == "tampered is a strike day"


def test_the_hours_of_a_walkout_over_a_night_are_told_in_the_language_of_the_sentence():
    strike = Strike(windows=(Window(start=datetime(2026, 12, 1, 10, tzinfo=UTC)),), notices=("N",))
    decision = decide(strike, "x/a", datetime(2026, 12, 1, 12, tzinfo=UTC), ZoneInfo("Europe/Paris"))
    french = "débrayage du 1er déc. 2026, 11:00 au 2 déc. 2026, 11:00"
    assert words.why(decision.cause, decision.detail, "fr") == french
    assert french in words.sentence(decision, "fr") and " to " not in words.sentence(decision, "fr")
    assert words.why(decision.cause, decision.detail, "en") == (
        "walkout from 1 Dec 2026, 11:00 to 2 Dec 2026, 11:00"
    )
    assert words.why("hours", "demain to lundi", "fr") == "débrayage demain to lundi"


def test_french_writes_the_first_of_a_month_as_premier_and_no_other_day():
    zone = ZoneInfo("Europe/Paris")
    assert words.day(date(2026, 12, 1), "fr") == "mardi 1er décembre 2026"
    assert words.day(date(2026, 12, 21), "fr") == "lundi 21 décembre 2026"
    assert words.moment(datetime(2026, 8, 1, 10, tzinfo=UTC), zone, "fr").startswith("1er août 2026")
    assert words.short_day(date(2026, 12, 1), "fr") == "1er déc."
    assert words.day(date(2026, 12, 1), "en") == "Tuesday, 1 December 2026"
