"""Reminders, replies under earlier posts and the closing post: when, how often, and what they say."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise

import pendulum
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from piquet.compose import Message, Style, compose_message
from piquet.entry import Entry
from piquet.errors import NoticeTooLong
from piquet.networks import TRAITS
from piquet.remind import LEAST_GAP, PACE, due, first_sent, opening, outlived, slots
from piquet.remind_drafts import draft, outdated, rewrite, rewrites
from piquet.strike import Mode, Strike, Window
from piquet.strike_spans import Span
from tests.strike_life import Life

PARIS = pendulum.timezone("Europe/Paris")
AUCKLAND = pendulum.timezone("Pacific/Auckland")
NOTICE = "Community managers en grève."
ZONES = st.sampled_from([PARIS, AUCKLAND, pendulum.timezone("America/Montreal"), UTC])


def at(*parts: int, zone=PARIS) -> datetime:
    return datetime(*parts, tzinfo=zone).astimezone(UTC)


def strike(**values) -> Strike:
    return Strike(**{"notices": (NOTICE,), **values})


def article(number: int) -> Entry:
    return Entry(
        feed="f", id=str(number), link=f"https://journal.example/{number}", title=f"Article {number}"
    )


def hours(posts, zone=PARIS) -> list[str]:
    return [f"{p.at.astimezone(zone):%H:%M}" for p in posts]


def test_on_a_strike_day_reminders_go_out_every_two_hours_of_the_outlets_day_and_none_at_night():
    life = Life(zone=PARIS)
    life.set(at(2026, 12, 4, 18), strike(days=(date(2026, 12, 5),)))
    life.play(at(2026, 12, 4, 20), at(2026, 12, 6, 12), step=5)
    assert hours(life.of("mastodon/a")) == ["08:00", "10:00", "12:00", "14:00", "16:00", "18:00"]
    assert hours(life.of("x/a")) == hours(life.of("mastodon/a"))
    assert {p.kind for p in life.posted} == {"reminder"}


def test_a_walkout_gets_its_first_reminder_to_the_minute_and_none_after_its_end():
    life = Life(zone=PARIS)
    window = Window(start=at(2026, 12, 5, 9, 17), end=at(2026, 12, 5, 13, 17))
    life.set(at(2026, 12, 4, 18), strike(windows=(window,)))
    life.play(at(2026, 12, 5, 8), at(2026, 12, 6))
    assert hours(life.of("mastodon/a")) == ["09:17", "11:17"]


def test_from_eleven_to_eleven_the_next_morning_begins_anew_at_the_first_of_the_hours():
    life = Life(zone=PARIS)
    window = Window(start=at(2026, 12, 5, 11), end=at(2026, 12, 6, 11))
    life.set(at(2026, 12, 4, 18), strike(windows=(window,), reminder_minutes=240))
    life.play(at(2026, 12, 5, 8), at(2026, 12, 6, 20), step=5)
    assert hours(life.of("mastodon/a")) == ["11:00", "15:00", "19:00", "08:00"]


def test_an_account_that_is_not_covered_gets_nothing():
    life = Life(zone=PARIS)
    life.set(at(2026, 12, 5, 9), strike(switch="strike", accounts=("x/a",), closing="Fini."))
    life.set(at(2026, 12, 5, 11), strike(accounts=("x/a",), closing="Fini."))
    life.play(at(2026, 12, 5, 9), at(2026, 12, 5, 14))
    assert life.of("mastodon/a") == []
    assert [p.kind for p in life.of("x/a")] == ["reminder", "closing"]


def test_flipping_back_ends_the_reminders_at_once_and_the_closing_post_comes_once():
    life = Life(zone=PARIS)
    on = strike(switch="strike", closing="La grève est finie, jour {day_number}.")
    life.set(at(2026, 12, 5, 9), on)
    life.set(at(2026, 12, 5, 10, 30), replace(on, switch="normal"))
    life.play(at(2026, 12, 5, 8), at(2026, 12, 5, 20))
    kinds = [(p.kind, hours([p])[0]) for p in life.of("mastodon/a")]
    assert kinds == [("reminder", "09:00"), ("closing", "10:30")]
    assert life.of("mastodon/a", "closing")[0].text == "La grève est finie, jour 1."


def test_a_strike_that_nobody_saw_is_not_closed():
    life = Life(zone=PARIS)
    window = Window(start=at(2026, 12, 5, 2), end=at(2026, 12, 5, 4))
    life.set(at(2026, 12, 4), strike(windows=(window,), closing="Fini."))
    life.play(at(2026, 12, 5), at(2026, 12, 5, 12), step=5)
    assert life.posted == []


def test_a_strike_that_ended_while_nothing_ran_is_not_closed_hours_later():
    life = Life(zone=PARIS)
    window = Window(start=at(2026, 12, 5, 9), end=at(2026, 12, 5, 11))
    life.set(at(2026, 12, 4), strike(windows=(window,), closing="Fini."))
    life.play(at(2026, 12, 5, 9), at(2026, 12, 5, 10))
    life.play(at(2026, 12, 5, 12, 1), at(2026, 12, 5, 15))
    assert [p.kind for p in life.of("mastodon/a")] == ["reminder"]


def test_a_day_taken_off_the_list_in_mid_strike_ends_it_there():
    life = Life(zone=PARIS)
    life.set(at(2026, 12, 4), strike(days=(date(2026, 12, 5),), closing="Fini."))
    life.set(at(2026, 12, 5, 11), strike(closing="Fini."))
    life.play(at(2026, 12, 5), at(2026, 12, 5, 20), step=5)
    assert [(p.kind, hours([p])[0]) for p in life.of("mastodon/a")] == [
        ("reminder", "08:00"),
        ("reminder", "10:00"),
        ("closing", "11:00"),
    ]


def test_a_strike_prolonged_before_its_end_is_one_strike_and_keeps_its_rhythm():
    life = Life(zone=PARIS)
    start, end = at(2026, 12, 5, 9), at(2026, 12, 5, 12)
    life.set(at(2026, 12, 4), strike(windows=(Window(start=start, end=end),), closing="Fini."))
    longer = Window(start=start, end=at(2026, 12, 5, 16))
    life.set(at(2026, 12, 5, 11, 30), strike(windows=(longer,), closing="Fini."))
    life.play(at(2026, 12, 5, 8), at(2026, 12, 5, 20))
    assert hours(life.of("mastodon/a", "reminder")) == ["09:00", "11:00", "13:00", "15:00"]
    assert hours(life.of("mastodon/a", "closing")) == ["16:00"]


def test_a_reminder_waits_until_the_last_post_with_a_notice_is_old_enough():
    life = Life(zone=PARIS)
    life.set(at(2026, 12, 4), strike(days=(date(2026, 12, 5),)))
    life.play(at(2026, 12, 5, 8), at(2026, 12, 5, 13), [(at(2026, 12, 5, 9, 50), article(1))])
    assert hours(life.of("mastodon/a", "reminder")) == ["08:00", "10:20", "12:00"]


def test_where_articles_never_leave_the_gap_only_the_first_reminder_goes_out_for_it_is_pinned():
    life = Life(zone=PARIS)
    life.set(at(2026, 12, 4), strike(days=(date(2026, 12, 5),)))
    entries = [(at(2026, 12, 5, 7, 30) + timedelta(minutes=20 * n), article(n)) for n in range(30)]
    life.play(at(2026, 12, 5, 7), at(2026, 12, 5, 17), entries)
    assert hours(life.of("mastodon/a", "reminder")) == ["08:00"]
    assert all(p.text.startswith(NOTICE) for p in life.of("mastodon/a"))


def test_reminders_take_turns_and_without_texts_of_their_own_the_notices_do():
    life = Life(zone=PARIS, accounts=("mastodon/a",))
    own = strike(days=(date(2026, 12, 5),), reminders=("Un.", "Deux."))
    life.set(at(2026, 12, 4), own)
    life.play(at(2026, 12, 5, 8), at(2026, 12, 5, 15), step=5)
    assert [p.text for p in life.posted] == ["Un.", "Deux.", "Un.", "Deux."]


def test_a_network_that_refuses_repeats_never_gets_two_alike_not_even_on_two_days():
    life = Life(zone=PARIS, accounts=("x/a", "facebook/a", "linkedin/a"))
    life.set(at(2026, 12, 4), strike(days=(date(2026, 12, 5), date(2026, 12, 7))))
    life.play(at(2026, 12, 5), at(2026, 12, 8), step=5)
    for account in life.accounts:
        texts = [p.text for p in life.of(account)]
        assert len(texts) == 12 and len(set(texts)) == 12
        assert texts[0] == f"{NOTICE} (05/12, 08:00, n° 1)"


def test_in_mode_hold_the_reminders_are_the_notice_and_no_article_goes_out():
    life = Life(zone=PARIS)
    life.set(at(2026, 12, 4), strike(days=(date(2026, 12, 5),), mode=Mode.HOLD))
    life.play(at(2026, 12, 5, 8), at(2026, 12, 5, 12), [(at(2026, 12, 5, 9), article(1))])
    assert {p.kind for p in life.posted} == {"reminder"} and len(life.posted) == 4


def test_without_any_text_there_is_no_reminder():
    life = Life(zone=PARIS)
    life.set(at(2026, 12, 4), Strike(days=(date(2026, 12, 5),), mode=Mode.HOLD))
    life.play(at(2026, 12, 5, 8), at(2026, 12, 5, 12))
    assert life.posted == []


def test_zero_minutes_mean_no_reminder():
    life = Life(zone=PARIS)
    life.set(at(2026, 12, 4), strike(days=(date(2026, 12, 5),), reminder_minutes=0))
    life.play(at(2026, 12, 5, 8), at(2026, 12, 5, 20), step=5)
    assert life.posted == []


def test_the_posts_of_the_last_days_get_one_reply_each_newest_first_one_every_two_minutes():
    life = Life(zone=PARIS)
    life.set(at(2026, 12, 1), strike(days=(date(2026, 12, 5),), reminder_minutes=0, tail_posts=3))
    old = [(at(2026, 12, 2, 23), article(1)), *((at(2026, 12, 4, 10 + n), article(2 + n)) for n in range(4))]
    life.play(at(2026, 12, 2), at(2026, 12, 4, 20), old, step=10)
    life.play(at(2026, 12, 5, 7), at(2026, 12, 5, 9))
    replies = life.of("mastodon/a", "notice")
    assert hours(replies) == ["08:00", "08:02", "08:04"]
    parents = [life.posted[p.about["parent"]].link for p in replies]
    assert parents == [f"https://journal.example/{n}" for n in (5, 4, 3)]
    assert all(p.text.startswith(NOTICE) for p in replies)
    assert life.of("x/a", "notice") == []


def test_a_post_is_answered_once_over_several_strikes_and_one_with_a_notice_never():
    life = Life(zone=PARIS, accounts=("mastodon/a",))
    days = (date(2026, 12, 5), date(2026, 12, 6), date(2026, 12, 8))
    life.set(at(2026, 12, 1), strike(days=days, reminder_minutes=0, tail_days=7))
    entries = [
        (at(2026, 12, 4, 12), article(1)),
        (at(2026, 12, 5, 12), article(2)),
        (at(2026, 12, 7, 12), article(3)),
    ]
    life.play(at(2026, 12, 4), at(2026, 12, 9), entries, step=5)
    links = [life.posted[p.about["parent"]].link for p in life.of("mastodon/a", "notice")]
    assert links == ["https://journal.example/1", "https://journal.example/3"]


def test_what_waits_when_the_strike_ends_is_not_sent_and_goes_out_when_it_begins_again():
    life = Life(zone=PARIS, accounts=("mastodon/a",))
    on = strike(switch="strike", reminder_minutes=0)
    entries = [(at(2026, 12, 4, 12, n), article(n)) for n in range(5)]
    life.set(at(2026, 12, 4), strike(reminder_minutes=0))
    life.set(at(2026, 12, 5, 9), on)
    life.set(at(2026, 12, 5, 9, 3), replace(on, switch="normal"))
    life.set(at(2026, 12, 5, 9, 30), on)
    life.play(at(2026, 12, 4, 12), at(2026, 12, 4, 13), entries)
    life.play(at(2026, 12, 5, 9), at(2026, 12, 5, 10))
    assert hours(life.of("mastodon/a", "notice")) == ["09:00", "09:02", "09:30", "09:32", "09:34"]


def test_a_reminder_that_could_not_leave_before_the_next_is_given_up():
    life = Life(zone=PARIS, accounts=("mastodon/a",))
    life.set(at(2026, 12, 4), strike(days=(date(2026, 12, 5),)))
    now = at(2026, 12, 5, 8)
    situation, decision = life.situation("mastodon/a", now), life.decision("mastodon/a", now)
    (intent,) = due(situation)
    row = life._row(7, draft(situation, intent, decision, life.composer("mastodon/a", now)))
    life.rows["mastodon/a"] = [row]
    assert outlived(life.situation("mastodon/a", at(2026, 12, 5, 9, 59))) == {}
    assert outlived(life.situation("mastodon/a", at(2026, 12, 5, 10))) == {7: "its hour has passed"}
    assert outlived(life.situation("mastodon/a", at(2026, 12, 5, 20))) == {7: "its hour has passed"}
    assert "is over" in outlived(life.situation("mastodon/a", at(2026, 12, 6, 8)))[7]


def test_a_reminder_that_waits_says_what_the_strike_says_by_now():
    life = Life(zone=PARIS, accounts=("mastodon/a",))
    life.set(at(2026, 12, 4), strike(days=(date(2026, 12, 5),)))
    now = at(2026, 12, 5, 8)
    composer = life.composer("mastodon/a", now)
    situation, decision = life.situation("mastodon/a", now), life.decision("mastodon/a", now)
    row = life._row(7, draft(situation, due(situation)[0], decision, composer))
    assert not outdated(situation, row, decision)
    life.set(now + timedelta(minutes=1), strike(days=(date(2026, 12, 5),), reminders=("Nouveau.",)))
    later = now + timedelta(minutes=2)
    situation, decision = life.situation("mastodon/a", later), life.decision("mastodon/a", later)
    assert outdated(situation, row, decision)
    change = rewrite(situation, row, decision, composer)
    assert change.delivery_id == 7 and change.payload.text == "Nouveau." and change.state == "due"


def test_a_reminder_too_long_is_held_with_the_reason_and_goes_out_once_it_fits():
    life = Life(zone=PARIS, accounts=("x/a",))
    life.set(at(2026, 12, 4), strike(days=(date(2026, 12, 5),), reminders=("é" * 300,)))
    now = at(2026, 12, 5, 8)
    composer = life.composer("x/a", now)
    situation, decision = life.situation("x/a", now), life.decision("x/a", now)
    one = draft(situation, due(situation)[0], decision, composer)
    assert one.state == "held" and one.payload is None and "too long for x/a" in one.reason
    row = life._row(7, one)
    assert rewrite(situation, row, decision, composer) is None
    shorter = replace(situation, strike=replace(situation.strike, reminders=("Court.",)))
    assert rewrite(shorter, row, decision, composer).state == "due"


def test_replies_that_were_held_go_out_one_after_the_other_once_they_fit():
    life = Life(zone=PARIS, accounts=("mastodon/a",))
    entries = [(at(2026, 12, 4, 12, n), article(n)) for n in range(3)]
    life.set(at(2026, 12, 1), strike(days=(date(2026, 12, 5),), notices=("é" * 501,), reminders=("Court.",)))
    life.play(at(2026, 12, 4, 12), at(2026, 12, 4, 13), entries)
    life.play(at(2026, 12, 5, 8), at(2026, 12, 5, 8, 10))
    assert life.of("mastodon/a", "notice") == []
    now = at(2026, 12, 5, 9)
    life.set(now, strike(days=(date(2026, 12, 5),)))
    situation, decision = life.situation("mastodon/a", now), life.decision("mastodon/a", now)
    held = [row for row in situation.rows if row.kind == "notice"]
    assert [row.state for row in held] == ["held"] * 3
    changes = rewrites(situation, held, decision, life.composer("mastodon/a", now))
    assert [change.not_before - now for change in changes] == [timedelta(0), PACE, 2 * PACE]
    assert [change.payload.prepared_at for change in changes] == [change.not_before for change in changes]


def test_replies_keep_to_the_reminders_hours_and_those_that_do_not_fit_wait_for_the_morning():
    life = Life(zone=PARIS, accounts=("mastodon/a",))
    window = Window(start=at(2026, 12, 5, 19, 40), end=at(2026, 12, 6, 19, 40))
    life.set(at(2026, 12, 1), strike(windows=(window,)))
    entries = [(at(2026, 12, 4, 12, n), article(n)) for n in range(15)]
    life.play(at(2026, 12, 4, 12), at(2026, 12, 4, 13), entries)
    life.play(at(2026, 12, 5, 19, 30), at(2026, 12, 6, 9))
    told = hours(life.of("mastodon/a", "notice"))
    assert told[:9] == [f"19:{minute}" for minute in range(42, 60, 2)]
    assert told[9:] == ["08:00", "08:02", "08:04", "08:06", "08:08", "08:10"]


def test_held_replies_that_fit_only_after_the_hours_wait_for_the_morning():
    life = Life(zone=PARIS, accounts=("mastodon/a",))
    entries = [(at(2026, 12, 4, 12, n), article(n)) for n in range(2)]
    days = (date(2026, 12, 5), date(2026, 12, 6))
    life.set(at(2026, 12, 1), strike(days=days, notices=("é" * 501,), reminders=("Court.",)))
    life.play(at(2026, 12, 4, 12), at(2026, 12, 4, 13), entries)
    life.play(at(2026, 12, 5, 8), at(2026, 12, 5, 8, 10))
    now = at(2026, 12, 5, 21)
    life.set(now, strike(days=days))
    situation, decision = life.situation("mastodon/a", now), life.decision("mastodon/a", now)
    held = [row for row in situation.rows if row.kind == "notice"]
    changes = rewrites(situation, held, decision, life.composer("mastodon/a", now))
    assert [change.not_before for change in changes] == [at(2026, 12, 6, 8), at(2026, 12, 6, 8, 2)]


def test_a_reply_that_tells_its_hour_tells_the_one_at_which_it_goes_out():
    life = Life(zone=PARIS, accounts=("facebook/a",))
    entries = [(at(2026, 12, 4, 12, n), article(n)) for n in range(2)]
    life.set(at(2026, 12, 1), strike(days=(date(2026, 12, 5),)))
    life.play(at(2026, 12, 4, 12), at(2026, 12, 4, 13), entries)
    life.play(at(2026, 12, 5), at(2026, 12, 5, 9))
    texts = [p.text for p in life.of("facebook/a", "notice")]
    assert texts == [f"{NOTICE} (05/12, 08:02, n° 1)", f"{NOTICE} (05/12, 08:04, n° 2)"]


@pytest.mark.parametrize(
    ("minutes", "why"), [(59, ""), (60, "its hour has passed"), (15 * 24 * 60, "its hour has passed")]
)
def test_a_closing_post_that_was_held_is_not_sent_days_after_the_strike(minutes, why):
    life = Life(zone=PARIS, accounts=("x/a",))
    life.set(at(2026, 12, 4), strike(days=(date(2026, 12, 5),), closing="Merci. " * 60))
    life.play(at(2026, 12, 5, 8), at(2026, 12, 6, 0, 5))
    (held,) = [row for row in life.rows["x/a"] if row.kind == "closing"]
    assert held.state == "held" and life.of("x/a", "closing") == []
    later = at(2026, 12, 6) + timedelta(minutes=minutes)
    life.set(later, strike(days=(date(2026, 12, 5), date(2027, 1, 9)), closing="Fini."))
    assert outlived(life.situation("x/a", later)).get(held.id, "") == why


def test_a_closing_post_of_a_former_strike_does_not_close_the_next_one():
    life = Life(zone=PARIS, accounts=("x/a",))
    on = strike(days=(date(2026, 12, 5),), closing="Merci. " * 60)
    life.set(at(2026, 12, 4), on)
    life.play(at(2026, 12, 5, 8), at(2026, 12, 6, 0, 5))
    (held,) = [row for row in life.rows["x/a"] if row.kind == "closing"]
    life.set(at(2026, 12, 7), replace(on, days=(*on.days, date(2026, 12, 8)), closing="Fini."))
    assert outlived(life.situation("x/a", at(2026, 12, 9, 0, 5)))[held.id] == "its hour has passed"


def test_a_reply_that_waits_for_the_morning_bears_the_hour_at_which_it_goes_out():
    life = Life(zone=PARIS, accounts=("bluesky/a",))
    entries = [(at(2026, 12, 4, 12, n), article(n)) for n in range(3)]
    life.set(at(2026, 12, 1), strike(days=(date(2026, 12, 5),)))
    life.play(at(2026, 12, 4, 12), at(2026, 12, 4, 13), entries)
    midnight = at(2026, 12, 5)
    situation, decision = life.situation("bluesky/a", midnight), life.decision("bluesky/a", midnight)
    drafts = [
        draft(situation, intent, decision, life.composer("bluesky/a", midnight)) for intent in due(situation)
    ]
    assert [one.payload.prepared_at for one in drafts] == [at(2026, 12, 5, 8, n) for n in (2, 4, 6)]


def test_an_account_that_cannot_be_used_is_not_written_for():
    life = Life(zone=PARIS, accounts=("x/a",))
    life.set(at(2026, 12, 4), strike(days=(date(2026, 12, 5),)))
    now = at(2026, 12, 5, 8)
    situation = life.situation("x/a", now)
    unusable = replace(life.composer("x/a", now), client=None)
    assert draft(situation, due(situation)[0], life.decision("x/a", now), unusable) is None


def test_the_first_reminder_is_the_one_to_pin_where_a_network_pins_and_the_strike_wants_it():
    life = Life(zone=PARIS)
    life.set(at(2026, 12, 4), strike(days=(date(2026, 12, 5),)))
    life.play(at(2026, 12, 5, 8), at(2026, 12, 5, 13))
    now = at(2026, 12, 5, 13)
    situation = life.situation("mastodon/a", now)
    assert first_sent(situation).receipt.at == at(2026, 12, 5, 8)
    assert first_sent(life.situation("x/a", now)) is None
    assert first_sent(replace(situation, strike=replace(situation.strike, pin=False))) is None
    assert first_sent(life.situation("mastodon/a", at(2026, 12, 6))) is None


def test_the_hashtags_then_the_fund_then_the_statement_give_way_and_the_notice_never():
    traits = TRAITS["x"]
    style = Style(
        account="x/a", outlet="J", language="fr", traits=replace(traits, refuses_repeats=False),
        limit=traits.limit, local_now=at(2026, 12, 5, 8),
    )  # fmt: skip
    ends = []
    for length in (150, 225, 240, 265):
        message = Message(
            texts=("é" * length,),
            links=("https://a.example/s", "https://a.example/fonds"),
            hashtags=("#CMdeter",),
        )
        text = compose_message(message, style, turn=0).text
        assert text.startswith("é" * length)
        ends.append([word in text for word in ("/s", "/fonds", "#CMdeter")])
    assert ends == [[True] * 3, [True, True, False], [True, False, False], [False] * 3]
    with pytest.raises(NoticeTooLong):
        compose_message(Message(texts=("é" * 281,)), style, turn=0)


DAYLIGHT = [
    (PARIS, date(2026, 3, 29)),
    (PARIS, date(2026, 10, 25)),
    (AUCKLAND, date(2026, 9, 27)),
    (AUCKLAND, date(2026, 4, 5)),
]


@pytest.mark.parametrize(("zone", "day"), DAYLIGHT, ids=lambda v: str(v))
def test_on_a_day_of_daylight_saving_reminders_keep_to_the_hours_on_the_wall(zone, day):
    life = Life(zone=zone, accounts=("mastodon/a",))
    noon = at(day.year, day.month, day.day, 12, zone=zone)
    life.set(noon - timedelta(days=1), strike(days=(day,)))
    life.play(noon - timedelta(hours=14), noon + timedelta(hours=14), step=5)
    assert hours(life.posted, zone) == ["08:00", "10:00", "12:00", "14:00", "16:00", "18:00"]


@pytest.mark.parametrize(("zone", "day"), DAYLIGHT, ids=lambda v: str(v))
def test_around_the_clock_a_day_of_daylight_saving_has_one_reminder_an_hour_for_23_or_25_hours(zone, day):
    start, end = (
        datetime.combine(d, time(), tzinfo=zone).astimezone(UTC) for d in (day, day + timedelta(days=1))
    )
    length = round((end - start).total_seconds() / 3600)
    always = strike(reminder_minutes=60, reminder_from=time(0), reminder_until=None)
    found = list(islice(slots(always, zone, start), length + 1))
    assert length in (23, 25) and found[length] == end
    assert {b - a for a, b in pairwise(found)} == {timedelta(hours=1)}


def test_hours_that_daylight_saving_skips_are_the_next_days():
    early = strike(reminder_from=time(2), reminder_until=time(3))
    assert opening(early, PARIS, at(2026, 3, 28, 12)) == at(2026, 3, 30, 2)


starts = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda d: d.replace(tzinfo=UTC))
hours_of_day = st.integers(0, 22).flatmap(lambda a: st.tuples(st.just(a), st.integers(a + 1, 24)))


@settings(max_examples=150, deadline=None)
@given(starts, hours_of_day, st.integers(10, 600), ZONES)
def test_slots_are_never_closer_than_asked_and_always_within_the_hours(start, of_day, minutes, zone):
    opens, closes = of_day
    one = strike(
        reminder_minutes=minutes,
        reminder_from=time(opens),
        reminder_until=time(closes) if closes < 24 else None,
    )
    found = list(islice(slots(one, zone, start), 20))
    assert found[0] >= start
    assert all(b - a >= timedelta(minutes=minutes) for a, b in pairwise(found))
    assert all(opens <= slot.astimezone(zone).hour < closes for slot in found)


steps_of_five = st.integers(0, 23 * 12).map(lambda n: 5 * n)


@settings(max_examples=15, deadline=None)
@given(
    steps_of_five,
    st.integers(6, 144).map(lambda n: 5 * n),
    st.integers(10, 180),
    st.integers(1, 90),
    st.lists(steps_of_five, max_size=12),
    st.booleans(),
)
def test_reminders_keep_their_distance_from_each_other_and_from_every_notice(
    begins, lasts, minutes, gap, articles, flipped
):
    midnight = at(2026, 12, 5)
    start, end = (midnight + timedelta(minutes=m) for m in (begins, begins + lasts))
    one = strike(reminder_minutes=minutes, reminder_gap=timedelta(minutes=gap), closing="Fini.")
    life = Life(zone=PARIS, accounts=("mastodon/a",))
    life.set(
        midnight - timedelta(hours=1),
        one if flipped else replace(one, windows=(Window(start=start, end=end),)),
    )
    if flipped:
        life.set(start, replace(one, switch="strike"))
        life.set(end, one)
    life.play(
        midnight,
        midnight + timedelta(hours=36),
        [(midnight + timedelta(minutes=m), article(m)) for m in set(articles)],
        step=5,
    )
    posts = life.of("mastodon/a")
    for before, after in pairwise([p for p in posts if p.kind != "entry" or p.about["on_strike"]]):
        if after.kind == "reminder":
            first = after is life.of("mastodon/a", "reminder")[0]
            assert after.at - before.at >= (LEAST_GAP if first else timedelta(minutes=gap))
    for post in posts:
        inside = start <= post.at < end
        assert post.text.startswith(NOTICE) is (inside and post.kind != "closing")
        assert (post.kind in ("reminder", "notice")) <= inside
    assert len(life.of("mastodon/a", "closing")) <= 1


def test_a_span_knows_its_own_instants():
    span = Span(start=at(2026, 12, 5), end=at(2026, 12, 6))
    assert span.holds(at(2026, 12, 5)) and not span.holds(at(2026, 12, 6))
    assert Span(start=at(2026, 12, 5)).holds(at(2030, 1, 1))
