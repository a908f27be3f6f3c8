"""The strike as the form and the ledger hold it: old ones load, wrong values are one sentence, all survives the trip."""

from datetime import UTC, datetime, time, timedelta

import pendulum
import pytest
from hypothesis import given
from hypothesis import strategies as st

import blocks
from piquet import words
from piquet.errors import UserError
from piquet.strike import Mode, Strike, Window, check_covered
from piquet.strike_form import strike_from_json, strike_from_ledger, strike_to_json

PARIS = pendulum.timezone("Europe/Paris")


def test_a_state_stored_before_there_were_reminders_loads_with_their_defaults():
    old = {
        "switch": "strike", "days": ["2026-12-05"], "accounts": [], "mode": "accompany", "notices": ["n"],
        "windows": [{"start": "2026-12-05T11:00:00+01:00", "end": "2026-12-06T11:00:00+01:00"}],
        "short_notices": [], "statement_url": "", "hashtags": [], "days_before": 2,
    }  # fmt: skip
    strike = strike_from_json(old, PARIS)
    assert (strike.reminder_minutes, strike.reminder_from, strike.reminder_until) == (120, time(8), time(20))
    assert (strike.pin, strike.tail_days, strike.tail_posts, strike.closing) == (True, 2, 20, "")
    assert strike.windows[0].until(PARIS) == datetime(2026, 12, 6, 10, tzinfo=UTC)


def test_the_form_and_the_rule_have_the_same_fields_and_the_same_defaults():
    form = blocks.Strike().to_rule(PARIS)
    assert strike_to_json(form) == {
        **strike_to_json(Strike()),
        "notices": list(form.notices),
        "short_notices": list(form.short_notices),
    }
    assert set(strike_to_json(form)) == set(blocks.Strike.model_fields)


def test_every_description_of_the_form_is_in_both_languages_and_ends_with_a_period():
    for form in (blocks.Strike, blocks.Strike.model_fields["windows"].annotation.__args__[0]):
        for name, field in form.model_fields.items():
            assert " / " in field.title and " / " in field.description, name
            assert all(part.strip().endswith(".") for part in field.description.split(" / ")), name


@pytest.mark.parametrize(
    ("values", "field", "value"),
    [
        ({"reminder_minutes": 5}, "reminder_minutes", "5"),
        ({"reminder_minutes": 3000}, "reminder_minutes", "3000"),
        ({"reminder_minutes": "souvent"}, "reminder_minutes", "souvent"),
        ({"reminder_from": "8h"}, "reminder_from", "8h"),
        ({"reminder_from": "25:00"}, "reminder_from", "25:00"),
        ({"reminder_from": "20:00", "reminder_until": "08:00"}, "reminder_until", "08:00"),
        ({"reminder_from": "24:00"}, "reminder_until", "20:00"),
        ({"reminder_gap_minutes": -1}, "reminder_gap_minutes", "-1"),
        ({"reminders": ["{lien}"]}, "reminders", "{lien}"),
        ({"closing": "{lien}"}, "closing", "{lien}"),
        ({"closing": 3}, "closing", "3"),
        ({"fund_url": "ma caisse"}, "fund_url", "ma caisse"),
        ({"fund_url": "https://"}, "fund_url", "https://"),
        ({"statement_url": "https:///communique"}, "statement_url", "https:///communique"),
        ({"statement_url": "https://["}, "statement_url", "https://["),
        ({"statement_url": "https://j.fr/le communiqué"}, "statement_url", "write spaces as %20"),
        ({"statement_url": "http://j.fr/\ncommunique"}, "statement_url", "holds a space"),
        ({"pin": "peut-être"}, "pin", "peut-être"),
        ({"tail_days": 30}, "tail_days", "30"),
        ({"tail_posts": 1000}, "tail_posts", "1000"),
        ({"movement": 3}, "movement", "3"),
        ({"windows": [{"end": "2026-12-05T08:00"}]}, "windows", "2026-12-05T08:00"),
        ({"windows": ["2026-12-05T08:00"]}, "windows", "2026-12-05T08:00"),
        (
            {"windows": [{"start": "2026-12-05T08:00", "renewed_until": "2026-12-04T08:00"}]},
            "windows",
            "2026-12-04 08:00",
        ),
    ],
)
def test_a_value_that_cannot_work_is_one_sentence_naming_field_and_value(values, field, value):
    with pytest.raises(UserError) as caught:
        strike_from_json({"notices": ["n"], **values}, PARIS)
    assert f"'{field}'" in str(caught.value) and value in str(caught.value)


def test_blanks_around_a_pasted_address_are_no_part_of_it():
    pasted = {"notices": ["n"], "statement_url": " https://j.fr/communique\n", "fund_url": " "}
    found = strike_from_json(pasted, PARIS)
    assert (found.statement_url, found.fund_url) == ("https://j.fr/communique", "")


def test_a_state_that_an_earlier_version_took_still_is_a_strike_without_what_readers_could_not_use():
    kept = {"notices": ["n"], "days": ["2026-12-05"], "statement_url": "https://j.fr/le communiqué"}
    with pytest.raises(UserError):
        strike_from_json(kept, PARIS)
    found = strike_from_ledger({**kept, "hashtags": ["#retraites-2026"]}, PARIS)
    assert found.days and (found.statement_url, found.hashtags) == ("", ())
    with pytest.raises(UserError):
        strike_from_ledger({**kept, "days": ["demain"]}, PARIS)


WRONG = [
    ({"hashtags": ["#grève générale"]}, "« Mots-dièse » : « #grève générale » n’est pas un mot-dièse"),
    ({"notices": []}, "« Messages » : il est vide"),
    ({"notices": ["{jour}"]}, "« Messages » : le message « {jour} » contient {jour}"),
    ({"reminder_minutes": 5}, "« Minutes entre les rappels » : 5 est trop souvent"),
    ({"reminder_from": "8h"}, "« Rappels à partir de » : « 8h » n’est pas une heure"),
    ({"reminder_until": "07:00"}, "« Rappels jusqu’à » : « 07:00 » ne vient pas après"),
    ({"statement_url": "lejournal.fr"}, "« Votre communiqué » : « lejournal.fr » n’est pas une adresse web"),
    ({"fund_url": "https://j.fr/a b"}, "« Caisse de grève » : « https://j.fr/a b » contient un espace"),
    ({"days": "2026-12-05"}, "« Jours de grève » : « 2026-12-05 » n’est pas une liste"),
    ({"days": ["demain"]}, "« Jours de grève » : « demain » n’est pas un jour"),
    ({"movement": 3}, "« Mouvement » : 3 n’est pas un texte"),
    ({"windows": ["11:00"]}, "« Débrayages » : « 11:00 » n’est pas un débrayage"),
    (
        {"windows": [{"start": "2026-12-05T11:00", "end": "2026-12-05T10:00"}]},
        "« Débrayages » : la fin 2026-12-05 10:00 ne vient pas après le début 2026-12-05 11:00",
    ),
    (
        {"windows": [{"start": "2026-12-05T11:00", "renewed_until": "2026-12-05T10:00"}]},
        "« Débrayages » : la fin reconduite 2026-12-05 10:00 ne vient pas après",
    ),
    ({"mode": "silence"}, "« Ce qui arrive aux posts » : « silence » n’est pas un mode"),
    ({"switch": "on"}, "« Interrupteur » : « on » n’est pas une position"),
    ({"tail_posts": -1}, "« Réponses au plus » : -1 n’est pas un nombre"),
    ({"tail_days": 30}, "« Jours de posts précédents » : 30 est trop : écrivez 14 ou moins"),
]


@pytest.mark.parametrize(("values", "said"), WRONG, ids=[said for _, said in WRONG])
def test_a_french_newsroom_reads_in_french_what_is_wrong_with_its_form(values, said):
    with pytest.raises(UserError) as caught:
        strike_from_json({"notices": ["n"], **values}, PARIS)
    assert words.told(caught.value, "fr").replace("\u00a0", " ").startswith(f"Strike, champ {said}")
    assert words.told(caught.value, "en").startswith("Strike, field “")


def test_an_account_that_the_outlet_has_not_is_named_in_the_newsrooms_language():
    with pytest.raises(UserError) as caught:
        check_covered(Strike(accounts=("x/b",)), ["x/a"])
    told = words.told(caught.value, "fr").replace("\u00a0", " ")
    assert told == (
        "Strike, champ « Comptes en grève » : « x/b » n’est pas un compte de ce titre : "
        "écrivez l’un de x/a, ou laissez vide pour tous."
    )


def test_a_walkout_without_an_end_lasts_24_civil_hours_and_then_until_it_was_renewed():
    def until(**values) -> datetime:
        window = {"start": "2026-03-28T11:00", **values}
        return strike_from_json({"notices": ["n"], "windows": [window]}, PARIS).windows[0].until(PARIS)

    # 11:00 to 11:00, though daylight saving takes an hour of that night.
    assert until() == datetime(2026, 3, 29, 9, tzinfo=UTC)
    assert until(renewed_until="2026-03-30T11:00") == datetime(2026, 3, 30, 9, tzinfo=UTC)
    assert until(end="2026-03-28T15:00") == datetime(2026, 3, 28, 14, tzinfo=UTC)
    assert until(end="2026-03-28T15:00", renewed_until="2026-03-28T18:00") == datetime(
        2026, 3, 28, 17, tzinfo=UTC
    )


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda d: d.replace(tzinfo=UTC))
windows = st.builds(
    lambda start, hours, more: Window(
        start=start,
        end=hours and start + timedelta(hours=hours),
        renewed_until=more and start + timedelta(hours=more),
    ),
    moments,
    st.none() | st.integers(1, 72),
    st.none() | st.integers(1, 200),
)
texts = st.sampled_from(["En grève.", "Jour {day_number}.", "À {outlet} : en grève."])
addresses = st.sampled_from(["", "https://greve.example/communique"])
strikes = st.builds(
    Strike,
    switch=st.sampled_from(["normal", "strike"]),
    windows=st.lists(windows, max_size=3).map(tuple),
    mode=st.sampled_from(Mode),
    notices=st.lists(texts, min_size=1, max_size=2).map(tuple),
    movement=st.sampled_from(["", "Retraites"]),
    statement_url=addresses,
    fund_url=addresses,
    reminder_minutes=st.just(0) | st.integers(10, 1440),
    reminder_from=st.integers(0, 12).map(time),
    reminder_until=st.none() | st.integers(13, 23).map(time),
    reminder_gap=st.integers(1, 1440).map(lambda m: timedelta(minutes=m)),
    reminders=st.lists(texts, max_size=2).map(tuple),
    pin=st.booleans(),
    tail_days=st.integers(0, 14),
    tail_posts=st.integers(0, 100),
    closing=st.just("") | texts,
    changed_by=st.sampled_from(["", "Camille"]),
    why=st.sampled_from(["", "voté en assemblée"]),
)


@given(strikes)
def test_a_strike_survives_the_ledger_whole(strike):
    assert strike_from_json(strike_to_json(strike), PARIS) == strike
