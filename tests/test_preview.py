"""What a preview shows: which entries, which instant, both days side by side, within which limits."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from piquet.compose import Style
from piquet.entry import Entry
from piquet.networks import TRAITS
from piquet.pages.preview import preview_markdown, preview_page
from piquet.preview import moment_shown, newest, preview
from piquet.strike import Cause, Mode, Strike, Window

ZONE = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 12, 5, 23, 30, tzinfo=UTC)
STRIKE = Strike(notices=("En grève, jour {day_number}.",), days=(date(2026, 12, 1),), days_before=3)
ACCOUNTS = ("mastodon/j", "x/j", "bluesky/j")


def entry(number: int, minutes_ago: int | None = 1, title: str = "") -> Entry:
    published = None if minutes_ago is None else NOW - timedelta(minutes=minutes_ago)
    link = f"https://l.example/{number}"
    return Entry(feed="f", id=str(number), link=link, title=title or str(number), published=published)


def style(account: str) -> Style:
    traits = TRAITS[account.partition("/")[0]]
    return Style(
        account=account, outlet="Le J", language="fr", traits=traits, limit=traits.limit, local_now=NOW
    )


def shown(strike, entries, language="fr", by_hand=frozenset()):
    moment = moment_shown(strike, NOW, ZONE)
    styles = [style(account) for account in ACCOUNTS]
    return moment, preview(moment, styles, entries, ZONE, language=language, by_hand=by_hand)


def texts(strike, entries=None, language="fr"):
    moment, accounts = shown(strike, entries or [entry(1, title="*Un* <b>titre</b> | [a](b)")], language)
    args = {"title": "Le J", "zone": ZONE, "language": language}
    return preview_markdown(accounts, moment, **args), preview_page(accounts, moment, **args)


@given(st.lists(st.integers(0, 10_000), min_size=1), st.integers(1, 5))
def test_the_newest_entries_of_all_feeds_are_shown_whatever_their_order(ages, count):
    found = newest([entry(n, age) for n, age in enumerate(ages)], count, NOW)
    assert [e.published for e in found] == [NOW - timedelta(minutes=age) for age in sorted(ages)[:count]]


def test_entries_without_a_date_keep_the_order_of_their_document():
    assert [e.id for e in newest([entry(n, None) for n in range(5)], 3, NOW)] == ["0", "1", "2"]


def test_without_a_strike_to_come_it_is_shown_as_if_it_began_now_with_the_right_day_number():
    moment, accounts = shown(STRIKE, [entry(1)])
    assert moment.as_if and moment.at == NOW
    # 3 before, the 1st, and today; in Paris it is already the 6th.
    assert [one.decision.day_number for one in accounts] == [5, 5, 5]
    ordinary, on_strike = accounts[0].pairs[0]
    assert ordinary.text == "1\n\nhttps://l.example/1"
    assert on_strike.text.startswith("En grève, jour 5.\n\n1\n\nhttps://l.example/1")


def test_days_struck_by_hand_before_count():
    _, accounts = shown(STRIKE, [entry(1)], by_hand=frozenset({date(2026, 12, 3)}))
    assert accounts[0].decision.day_number == 6


def test_a_strike_that_runs_is_shown_now_and_one_to_come_at_its_start():
    running = replace(STRIKE, windows=(Window(start=NOW - timedelta(hours=1)),))
    assert moment_shown(running, NOW, ZONE).at == NOW and not moment_shown(running, NOW, ZONE).as_if
    days = (date(2026, 12, 20), date(2026, 12, 12))
    moment, accounts = shown(replace(STRIKE, days=(*STRIKE.days, *days)), [entry(1)])
    assert moment.at == datetime(2026, 12, 12, tzinfo=ZONE) and not moment.as_if
    assert accounts[0].decision.cause is Cause.DAY and accounts[0].decision.day_number == 5


def test_an_account_that_the_strike_does_not_cover_has_no_post_on_strike_nor_a_reminder():
    _, accounts = shown(replace(STRIKE, accounts=("mastodon/j",)), [entry(1)])
    mastodon, x, _ = accounts
    assert mastodon.reminder and mastodon.pairs[0][1].text
    assert x.decision.cause is Cause.NOT_COVERED and x.reminder is None
    assert (x.pairs[0][1].text, x.pairs[0][1].why_not) == (
        "",
        "Comme un jour ordinaire\u00a0: ce compte n’est pas parmi les comptes en grève.",
    )
    assert x.pairs[0][0].text


def test_in_mode_hold_nothing_is_shown_but_the_reminder():
    _, accounts = shown(replace(STRIKE, mode=Mode.HOLD), [entry(1)])
    assert accounts[0].pairs[0][1].why_not == (
        "les articles attendent la fin ; les rappels partent quand même"
    )
    assert accounts[0].reminder.text == "En grève, jour 5."


def test_the_closing_post_has_the_number_of_the_last_day_of_the_strike_shown():
    three = replace(
        STRIKE, closing="Fin du jour n° {day_number}.", days=tuple(date(2026, 12, d) for d in (7, 8, 9))
    )
    _, accounts = shown(three, [entry(1)])
    assert accounts[0].closing.text == "Fin du jour n° 6."
    _, accounts = shown(replace(three, days=(date(2026, 12, 7),)), [entry(1)])
    assert accounts[0].closing.text == "Fin du jour n° 4."
    _, accounts = shown(replace(three, days=(), switch="strike"), [entry(1)])
    assert accounts[0].closing.text == "Fin du jour n° 4."


def test_what_goes_out_besides_tells_the_hour_at_which_it_will():
    strike = replace(STRIKE, closing="Merci.", days=(date(2026, 12, 7),))
    _, (_, x, _) = shown(strike, [entry(1)])
    assert x.reminder.text == "En grève, jour 4. (07/12, 08:00, n° 1)"
    assert x.closing.text == "Merci. (08/12, 00:00, n° 1)"


def test_several_notices_take_turns_over_the_entries():
    strike = replace(STRIKE, notices=("Un.", "Deux."))
    _, (mastodon, *_) = shown(strike, [entry(1), entry(2)])
    assert [after.text.split("\n")[0] for _, after in mastodon.pairs] == ["Un.", "Deux."]


def test_a_notice_that_does_not_fit_says_so_in_place_of_the_post():
    _, (_, x, _) = shown(replace(STRIKE, notices=("Nous sommes en grève " * 20,)), [entry(1)])
    assert "ce que prend x/j (444 sur 280)" in x.pairs[0][1].why_not and not x.pairs[0][1].text


@given(st.text(max_size=400), st.text(min_size=1, max_size=150).filter(str.strip))
def test_what_is_shown_is_within_every_limit_or_says_why_it_is_not(title, notice):
    strike = replace(STRIKE, notices=(notice.replace("{", "(").replace("}", ")"),), closing="Fin.")
    _, accounts = shown(strike, [entry(1, title=title)])
    for one in accounts:
        posts = [post for pair in one.pairs for post in pair] + [one.reminder, one.closing]
        for post in filter(None, posts):
            assert post.why_not or all(count.used <= count.maximum for count in post.counts)
            assert bool(post.why_not) is not bool(post.counts)


def test_a_headline_cannot_write_markdown_nor_html():
    markdown, page = texts(STRIKE)
    assert "<b>titre" not in markdown and "](b)" not in markdown.replace("\\](b)", "")
    assert "<b>titre" not in page and "&lt;b&gt;titre" in page
    assert "<script" not in page and "http-equiv" in page


def test_the_page_and_the_artifact_speak_the_outlets_language_with_the_counts():
    for language, words in {
        "fr": ("Aperçu", "Un jour ordinaire", "Le premier rappel", "caractères sur 500", "Aucune grève"),
        "en": (
            "Preview",
            "An ordinary day",
            "The first reminder",
            "of 500 characters",
            "No strike is planned",
        ),
    }.items():
        for made in texts(STRIKE, language=language):
            assert [word for word in words if word not in made] == []


def test_where_the_link_is_on_the_card_the_preview_shows_the_card():
    long = "Une longue annonce de grève qui prend presque toute la place du post " * 5
    strike = replace(STRIKE, notices=(long[:295],))
    _, (_, _, bluesky) = shown(strike, [entry(1)])
    after = bluesky.pairs[0][1]
    assert after.card == "https://l.example/1" and after.card not in after.text
    assert texts(strike, [entry(1)])[1].count('<div class="card">') >= 1
