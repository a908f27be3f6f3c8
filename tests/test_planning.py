"""Calling and ending a strike: what is refused, how an end leaves the days counted, what a stale form undid."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from piquet.compose import Style
from piquet.errors import UserError
from piquet.ledger.values import StrikeChange
from piquet.networks import TRAITS
from piquet.planning import Objections, call, end, taken_back, undone
from piquet.saying import said_of
from piquet.strike import Strike, Window, day_number, days_by_hand, decide
from piquet.strike_form import strike_from_json, strike_to_json
from piquet.strike_spans import planned

ZONE = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 12, 4, 18, 0, tzinfo=ZONE)
ACCOUNTS = ("mastodon/lejournal", "bluesky/lejournal", "x/lejournal", "facebook/lejournal")
BEFORE = {
    "notices": ["Community managers en grève."],
    "statement_url": "https://www.example.com/communique",
}


def style(account, now=NOW):
    traits = TRAITS[account.partition("/")[0]]
    return Style(
        account=account,
        outlet="Le Journal",
        language="fr",
        traits=traits,
        limit=traits.limit,
        local_now=now,
    )


def called(changes, before=BEFORE, **more):
    styles = [style(account) for account in ACCOUNTS]
    return call(before, changes, accounts=ACCOUNTS, styles=styles, now=NOW, zone=ZONE, **more)


def refused(changes, before=BEFORE, **more):
    with pytest.raises(Objections) as caught:
        called(changes, before, **more)
    return caught.value.sentences


def ended(strike, when=NOW, now=NOW, **more):
    return end(strike_to_json(strike), when=when, now=now, zone=ZONE, who="Ana", why="l'assemblée", **more)


def test_a_strike_for_tomorrow_is_taken_and_nothing_else_changes():
    strike = called({"days": ["2026-12-05"], "changed_by": "Ana", "why": "vote"})
    assert strike.days == (date(2026, 12, 5),)
    assert strike.notices == ("Community managers en grève.",)
    assert (strike.switch, strike.changed_by, strike.why) == ("normal", "Ana", "vote")


def test_a_day_that_is_past_is_refused_but_one_that_was_listed_before_may_stay():
    assert refused({"days": ["2026-12-03", "2026-12-05"]}) == (
        "Strike days: Thursday, 3 December 2026 is past: write a day from Friday, 4 December 2026 on.",
    )
    strike = called({"days": ["2026-12-03", "2026-12-05"]}, {**BEFORE, "days": ["2026-12-03"]})
    assert len(strike.days) == 2


def test_a_walkout_that_is_over_is_refused():
    (sentence,) = refused(
        {"windows": [{"start": "2026-12-04T08:00", "end": "2026-12-04T12:00"}], "switch": "strike"}
    )
    assert sentence.startswith("Walkouts: the walkout from 4 Dec 2026, 08:00:00 is past")


def test_a_strike_that_nobody_would_ever_be_on_is_refused():
    (sentence,) = refused({"hashtags": ["#greve"]})
    assert "go on strike now" in sentence


def test_every_unknown_account_is_named_with_those_there_are():
    sentences = refused({"switch": "strike", "accounts": ["mastodon/lejournal", "x/lejurnal", "bluesky/no"]})
    assert len(sentences) == 2
    assert "x/lejurnal is not" in sentences[0] and "x/lejournal" in sentences[0]
    assert "bluesky/no is not" in sentences[1]


def test_a_missing_statement_is_refused_unless_it_is_said_that_there_is_none():
    before = {**BEFORE, "statement_url": ""}
    (sentence,) = refused({"switch": "strike"}, before)
    assert sentence.startswith("Your statement: its address is missing")
    assert called({"switch": "strike"}, before, without_statement=True).switch == "strike"


def test_a_notice_too_long_for_a_covered_account_is_refused_with_by_how_much_and_where():
    sentences = refused({"switch": "strike", "notices": ["Nous sommes en grève " * 20]})
    assert any("too long for x/lejournal (" in s and " of 280)" in s for s in sentences)
    assert any("bluesky/lejournal" in s for s in sentences)
    assert not any("facebook/lejournal" in s for s in sentences)


def test_an_account_that_is_not_covered_does_not_refuse_a_notice():
    long = ["Nous sommes en grève " * 20]
    strike = called({"switch": "strike", "notices": long, "accounts": ["facebook/lejournal"]})
    assert strike.accounts == ("facebook/lejournal",)


def test_a_long_notice_with_a_short_one_beside_it_is_taken():
    long, short = ["Nous sommes en grève " * 20], ["En grève."]
    # The short ones take the place of notices and of reminders alike.
    assert called({"switch": "strike", "notices": long, "short_notices": short}).short_notices == (
        "En grève.",
    )


def test_a_closing_post_too_long_is_refused_for_no_short_text_takes_its_place():
    sentences = refused({"switch": "strike", "short_notices": ["En grève."], "closing": "C'est fini. " * 40})
    assert any("x/lejournal" in s for s in sentences)


def test_one_wrong_value_is_told_as_the_form_tells_it():
    with pytest.raises(UserError, match="field 'days': 'demain' is not a day"):
        called({"days": ["demain"]})


def test_a_block_that_cannot_be_read_does_not_keep_anybody_from_calling_a_strike():
    strike = called({"mode": "accompany", "switch": "strike"}, {**BEFORE, "mode": "n'importe"})
    assert strike.switch == "strike"


def test_a_hand_switch_is_ended_at_once():
    strike = ended(Strike(switch="strike", notices=("En grève.",)))
    assert strike.switch == "normal" and not strike.windows and strike.changed_by == "Ana"


def test_a_listed_day_ended_at_noon_stops_there_and_still_counts():
    noon = datetime(2026, 12, 5, 12, tzinfo=ZONE)
    before = Strike(days=(date(2026, 12, 4), date(2026, 12, 5)), notices=("En grève.",))
    strike = ended(before, when=noon, now=noon)
    assert decide(strike, "x/a", noon - timedelta(seconds=1), ZONE).on_strike
    assert not decide(strike, "x/a", noon, ZONE).on_strike
    assert day_number(strike, noon, ZONE) == 2


def test_what_is_planned_for_later_stays_unless_it_is_to_be_ended_too():
    later = Window(start=NOW + timedelta(days=3), end=NOW + timedelta(days=3, hours=4))
    before = Strike(switch="strike", days=(date(2026, 12, 20),), windows=(later,), notices=("En grève.",))
    assert ended(before).days and ended(before).windows == (later,)
    assert not ended(before, later_too=True).days and not ended(before, later_too=True).windows


def test_a_renewable_walkout_is_cut_where_the_strike_ends():
    before = Strike(windows=(Window(start=NOW - timedelta(hours=5)),), notices=("En grève.",))
    (window,) = ended(before).windows
    assert window.end == NOW and window.renewed_until is None


def test_a_switch_set_by_hand_can_be_ended_later_today():
    when = NOW + timedelta(hours=2)
    strike = ended(Strike(switch="strike", notices=("En grève.",)), when=when)
    assert strike.switch == "normal"
    assert decide(strike, "x/a", NOW, ZONE).on_strike and not decide(strike, "x/a", when, ZONE).on_strike


def test_there_is_nothing_to_end_where_nobody_is_on_strike():
    with pytest.raises(Objections, match="nothing to end"):
        ended(Strike(days=(date(2026, 12, 20),), notices=("En grève.",)))
    with pytest.raises(Objections, match="is past"):
        ended(Strike(switch="strike", notices=("En grève.",)), when=NOW - timedelta(hours=1))


def test_a_form_older_than_two_checked_changes_is_told_by_both_and_only_by_what_it_stepped_over():
    states = [
        {"switch": "normal", "notices": ["a"], "days": []},
        {"switch": "strike", "notices": ["a"], "days": []},
        {"switch": "strike", "notices": ["b"], "days": []},
    ]
    first, second = (
        StrikeChange(at=NOW, way="call_strike", who=who, why="", before=before, after=after)
        for who, before, after in (("Ana", *states[:2]), ("Bo", *states[1:]))
    )
    newest_first = [second, first]
    assert taken_back(newest_first, states[2], states[0]) == ((second, ("notices",)), (first, ("switch",)))
    # What somebody had put back before is not told again.
    put_back = {**states[2], "notices": ["a"]}
    assert taken_back(newest_first, put_back, states[0]) == ((first, ("switch",)),)
    assert taken_back(newest_first, put_back, {**put_back, "days": ["2026-12-05"]}) == ()
    assert taken_back([], states[2], states[0]) == ()


def test_every_refusal_is_told_in_the_outlets_language():
    asked = {
        "days": ["2026-12-03"],
        "windows": [{"start": "2026-12-04T08:00", "end": "2026-12-04T12:00"}],
        "accounts": ["x/lejournal", "x/personne"],
        "notices": ["Nous sommes en grève " * 20],
    }
    found = [
        sentence.replace("\u00a0", " ")
        for sentence in refused(asked, {**BEFORE, "statement_url": ""}, language="fr")
    ]
    assert [s for s in found if " is " in s or "too long" in s] == []
    assert found[0].startswith("Jours de grève : le jeudi 3 décembre 2026 est passé")
    assert found[2].endswith("faites grève dès maintenant.")
    assert any("dépasse de" in s and "sur 280) : raccourcissez-le" in s for s in found)


def test_what_cannot_fit_is_told_with_the_number_to_take_away():
    """Taking away as much as is told makes it fit."""
    asked = {"switch": "strike", "accounts": ["x/lejournal"], "reminder_minutes": 0}
    (sentence,) = refused({**asked, "notices": ["é" * 300]})
    by = int(sentence.partition(" is ")[2].split()[0])
    assert called({**asked, "notices": ["é" * (300 - by)]})
    assert refused({**asked, "notices": ["é" * (301 - by)]})


moments = st.datetimes(datetime(2026, 10, 20), datetime(2026, 11, 5)).map(lambda t: t.replace(tzinfo=UTC))
days = st.lists(st.dates(date(2026, 10, 20), date(2026, 11, 5)), max_size=4)


@st.composite
def walkouts(draw):
    start = draw(moments)
    return Window(start=start, end=start + timedelta(minutes=draw(st.integers(1, 4000))))


@given(st.sampled_from(["normal", "strike"]), days, st.lists(walkouts(), max_size=3), moments)
def test_an_ended_strike_is_over_at_once_and_no_earlier_or_later_instant_changes(
    switch, listed, windows, now
):
    strike = Strike(
        switch=switch, days=tuple(sorted(set(listed))), windows=tuple(windows), notices=("En grève.",)
    )
    if not decide(strike, "x/a", now, ZONE).on_strike:
        return
    over = ended(strike, when=now, now=now)
    assert not decide(over, "x/a", now, ZONE).on_strike
    past = [span for span in planned(strike, ZONE) if span.start < now]
    assert all(
        decide(over, "x/a", instant, ZONE).on_strike
        for span in past
        for instant in (span.start, min(span.end, now) - timedelta(microseconds=1))
    )
    assert strike_from_json(strike_to_json(over), ZONE) == over


def test_a_form_saved_from_an_old_tab_is_told_by_the_fields_that_stand_as_before():
    before = {"switch": "normal", "days": [], "notices": ["a"], "changed_by": ""}
    written = {**before, "days": ["2026-12-05"], "notices": ["b"], "changed_by": "Ana"}
    assert undone(before, written, before) == ("days", "notices")
    assert undone(before, written, {**written, "notices": ["a"]}) == ("notices",)
    assert undone(before, written, {**written, "notices": ["c"]}) == ()
    assert undone(before, written, written) == ()


def numbers(strike, since, moments, then=None, told=None):
    """The day number at each moment, the switch being seen since then; `then` is the state seen from `told` on."""
    states = [(since, strike_to_json(strike)), *([(told, strike_to_json(then))] if then else [])]
    now_is = then or strike
    for moment in moments:
        by_hand = days_by_hand(states, moment, ZONE)
        yield decide(now_is, "x/j", moment, ZONE, by_hand=by_hand).day_number


def test_an_end_set_for_later_does_not_change_the_number_of_the_day():
    strike = Strike(notices=("N",), switch="strike")
    since, told = datetime(2026, 12, 5, 9, tzinfo=ZONE), datetime(2026, 12, 5, 20, tzinfo=ZONE)
    over = ended(strike, when=datetime(2026, 12, 6, 18, tzinfo=ZONE), now=told)
    morning = [datetime(2026, 12, 6, 10, tzinfo=ZONE)]
    assert [*numbers(strike, since, morning)] == [*numbers(strike, since, morning, over, told)] == [2]


half_hours = st.integers(-96, 96).map(
    lambda n: datetime(2026, 10, 25, tzinfo=UTC) + timedelta(minutes=30 * n)
)
walkouts = st.builds(
    lambda start, hours: Window(start=start, end=hours and start + timedelta(hours=hours)),
    half_hours,
    st.none() | st.integers(1, 60),
)


@given(
    st.lists(walkouts, max_size=2),
    st.lists(st.dates(date(2026, 10, 23), date(2026, 10, 29)), max_size=2, unique=True),
    half_hours,
    st.integers(1, 60),
    st.integers(1, 60),
)
def test_whenever_an_end_is_set_each_moment_before_it_keeps_its_day_number(
    windows, days, told, hours_before, hours
):
    strike = Strike(notices=("N",), switch="strike", windows=tuple(windows), days=tuple(days))
    since, when = told - timedelta(hours=hours_before), told + timedelta(hours=hours)
    over = ended(strike, when=when, now=told)
    moments = [told + timedelta(minutes=30 * n) for n in range(2 * hours)]
    assert [*numbers(strike, since, moments)] == [*numbers(strike, since, moments, over, told)]
    assert not decide(over, "x/j", when, ZONE).on_strike or when.astimezone(ZONE).date() in days


@given(st.lists(walkouts, max_size=2), half_hours, st.integers(1, 60))
def test_the_days_seen_by_hand_say_what_the_switch_alone_says_at_every_moment(windows, since, hours):
    """So a number never jumps: not overnight, and not within a walkout."""
    strike = Strike(notices=("N",), switch="strike", windows=tuple(windows))
    moments = [since + timedelta(minutes=30 * n) for n in range(2 * hours)]
    told = [*numbers(strike, since, moments)]
    assert all(after - before in (0, 1) for before, after in pairwise(told))


def test_once_a_strike_is_ended_and_none_is_planned_nothing_is_advised():
    strike = Strike(notices=("N",), switch="strike")
    assert "short notice" in said_of("call_strike", strike, NOW, ZONE, "en")
    over = said_of("end_strike", ended(strike), NOW, ZONE, "en")
    assert over.endswith("No strike is planned after this.")
