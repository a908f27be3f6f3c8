"""Which strike is reported on, when and once, and the report put together from a ledger, on both databases."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from piquet.dashboard import struck_days
from piquet.errors import UserError
from piquet.impact import report as impact_report
from piquet.impact.strikes import out_of_the_ordinary, states_seen
from piquet.impact.values import Measure, Span, Verdict
from piquet.ledger.tables import snapshots
from piquet.strike import Mode, Strike, Window
from piquet.strike_form import strike_to_json

PARIS = ZoneInfo("Europe/Paris")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STRIKE_DAY = Span(since=datetime(2026, 12, 4, 23, tzinfo=UTC), until=datetime(2026, 12, 5, 23, tzinfo=UTC))
MORNING = datetime(2026, 12, 6, 7, 30, tzinfo=UTC)
EVE = STRIKE_DAY.since - 5 * HOUR
ON_STRIKE = {"on_strike": True, "mode": "accompany", "notices": ["En grève"]}


@pytest.fixture
def outlet(build):
    return SimpleNamespace(name=build.outlet, title="Le Journal", zone=PARIS, language="fr")


def see(ledger, build, at, **values) -> None:
    ledger.see_strike(build.outlet, strike_to_json(Strike(**values)), at)


@pytest.fixture
def struck(ledger, build):
    """A ledger that saw, the evening before, that 5 December is a strike day of one account."""
    see(ledger, build, EVE, days=(date(2026, 12, 5),), accounts=("x/journal",), notices=("En grève",))
    return ledger


def test_where_there_was_no_strike_there_is_nothing_to_report_and_it_is_said(ledger, build, outlet):
    assert impact_report.due(ledger, outlet, MORNING).why_not == "no_strike_yet"
    see(ledger, build, EVE, days=(date(2026, 12, 24),), notices=("En grève",))
    choice = impact_report.latest(ledger, outlet, MORNING)
    assert (choice.span, choice.why_not) == (None, "no_strike_yet")
    assert "Aucune grève" in impact_report.why_not(choice, PARIS, "fr")
    assert "no strike yet" in impact_report.why_not(choice, PARIS, "en")


def test_a_strike_is_reported_on_the_morning_after_and_again_once_at_each_later_age(struck, outlet):
    reports = []
    for number in range(12):
        now = MORNING + number * DAY
        choice = impact_report.due(struck, outlet, now)
        if not choice.why_not:
            assert choice.span == STRIKE_DAY
            reports.append((number, choice.age))
            impact_report.note(struck, outlet, choice, now)
        again = impact_report.due(struck, outlet, now + HOUR / 2)
        assert again.why_not == "told_already" and "du 5 déc. 2026" in impact_report.why_not(
            again, PARIS, "fr"
        )
    assert reports == [(0, 6 * HOUR), (1, 24 * HOUR), (3, 3 * DAY), (7, 7 * DAY)]


def test_a_report_made_by_hand_does_not_take_the_place_of_the_one_that_is_due(struck, outlet):
    choice = impact_report.asked(struck, outlet, "2026-12-05", "", "", MORNING)
    assert choice.span == STRIKE_DAY and choice.age is None
    impact_report.note(struck, outlet, choice, MORNING)
    assert impact_report.due(struck, outlet, MORNING).span == STRIKE_DAY


def test_just_after_its_end_nothing_is_known_yet_and_on_the_day_itself_the_strike_is_not_over(struck, outlet):
    choice = impact_report.due(struck, outlet, STRIKE_DAY.until + HOUR / 2)
    assert choice.why_not == "too_early"
    assert "less than an hour" in impact_report.why_not(choice, PARIS, "en")
    assert impact_report.due(struck, outlet, STRIKE_DAY.since + 12 * HOUR).why_not == "no_strike_yet"


def test_a_strike_that_goes_on_is_reported_on_each_morning_up_to_midnight(ledger, build, outlet):
    see(ledger, build, STRIKE_DAY.since + 9 * HOUR, switch="strike", notices=("En grève",))
    start = STRIKE_DAY.since + 9 * HOUR
    for number in range(2):
        choice = impact_report.due(ledger, outlet, MORNING + number * DAY)
        assert choice.span == Span(since=start, until=STRIKE_DAY.until + number * DAY)
        impact_report.note(ledger, outlet, choice, MORNING + number * DAY)


def test_a_change_of_the_notice_or_the_accounts_does_not_cut_a_strike_in_two(struck, build, outlet):
    see(struck, build, STRIKE_DAY.since + 9 * HOUR, days=(date(2026, 12, 5),), notices=("Toujours",))
    assert impact_report.due(struck, outlet, MORNING).span == STRIKE_DAY


def test_a_state_that_this_version_cannot_read_told_nobody_to_strike(struck, build, outlet):
    struck.see_strike(build.outlet, {"switch": "perhaps"}, STRIKE_DAY.until - HOUR)
    choice = impact_report.due(struck, outlet, MORNING)
    assert choice.span == Span(since=STRIKE_DAY.since, until=STRIKE_DAY.until - HOUR)


@pytest.mark.parametrize(
    ("day", "since", "until", "said"),
    [
        ("2026-12-07", "", "", "Impact, field 'day': '2026-12-07' has not come yet"),
        (
            "",
            "2026-12-07T10:00",
            "2026-12-07T11:00",
            "Impact, field 'since': '2026-12-07T10:00' has not come",
        ),
        ("samedi", "", "", "Impact, field 'day': 'samedi' is not a day"),
        ("2026-12-05", "2026-12-05", "", "Impact, field 'day': it stands beside"),
        ("", "", "2026-12-05", "Impact, field 'since': it is empty"),
        ("0001-01-01", "", "", "Impact, field 'day': '0001-01-01' is not a day"),
        ("9999-12-31", "", "", "Impact, field 'day': '9999-12-31' is not a day"),
        ("", "0001-01-01", "", "Impact, field 'since': '0001-01-01' is not a time"),
        ("", "2025-10-01", "", "Impact, field 'since': '2025-10-01' is more than 400 days before the end"),
        ("", "0900-01-01", "2026-12-05", "Impact, field 'since': '0900-01-01' is more than 400 days"),
    ],
)
def test_a_time_that_cannot_be_meant_is_refused_in_one_sentence(struck, outlet, day, since, until, said):
    with pytest.raises(UserError) as error:
        impact_report.asked(struck, outlet, day, since, until, MORNING)
    assert str(error.value).startswith(said) and str(error.value).count(". ") == 0


@pytest.mark.parametrize("until", ["2027-01-01", "9999-12-31T23:59"])
def test_a_report_ends_now_where_it_was_asked_for_until_later_and_a_day_at_its_own_end(struck, outlet, until):
    choice = impact_report.asked(struck, outlet, "", "2026-12-05", until, MORNING)
    assert choice.span == Span(since=STRIKE_DAY.since, until=MORNING)
    noon = STRIKE_DAY.since + 12 * HOUR
    assert impact_report.asked(struck, outlet, "today", "", "", noon).span == STRIKE_DAY


def test_a_day_without_a_strike_is_said_to_be_one(struck, outlet):
    choice = impact_report.asked(struck, outlet, "2026-12-04", "", "", MORNING)
    assert choice.why_not == "no_strike_then"
    assert "no strike from 4 Dec 2026" in impact_report.why_not(choice, PARIS, "en")
    assert impact_report.asked(struck, outlet, "", "2026-12-04", "2026-12-06", MORNING).why_not == ""


def test_the_report_holds_facts_and_comparisons_without_piquets_own_replies(struck, build, outlet):
    account = "x/journal"

    def sent(draft, at):
        entries = (draft.entry,) if draft.entry else ()
        struck.record(build.batch(*entries, drafts=(draft,), now=at))
        claimed = build.claim(struck, account=account, at=at)
        assert struck.settle(claimed.id, "one", build.receipt(claimed.id, at), at)
        return claimed.id

    before = sent(build.draft(build.entry("before"), account=account), STRIKE_DAY.since - 30 * HOUR)
    during = sent(
        build.draft(build.entry("a"), account=account, decision=ON_STRIKE), STRIKE_DAY.since + 9 * HOUR
    )
    reply = {**ON_STRIKE, "span": "s", "parent": before}
    notice = build.draft(key="n", kind="notice", account=account, decision=reply)
    sent(notice, STRIKE_DAY.since + 10 * HOUR)
    rows = [
        {
            "delivery_id": id_,
            "age": 86_400 * days,
            "outlet": build.outlet,
            "taken_at": MORNING,
            "replies": replies,
        }
        for id_, days, replies in ((before, 1, 4), (before, 3, 5), (during, 1, 7))
    ]
    with struck._writing() as connection:
        connection.execute(snapshots.insert(), rows)

    found = impact_report.read_facts(struck, outlet, STRIKE_DAY, MORNING)
    compared = impact_report.read_comparisons(struck, outlet, STRIKE_DAY, MORNING)
    made = impact_report.report(outlet, STRIKE_DAY, MORNING, found, compared, language="en")
    assert (made.title, made.zone, made.language, made.level) == ("Le Journal", "Europe/Paris", "en", 0.05)
    assert (found.links, found.published, found.posts, found.noticed) == (1, 1, 1, 1)
    assert (found.strike_began, found.strike_ended) == (STRIKE_DAY.since, STRIKE_DAY.until)
    assert len(found.hours) == 24 and found.hours[9].replies == 7
    assert {one.verdict for one in compared} == {Verdict.TOO_LITTLE}
    whole = Span(since=STRIKE_DAY.since - 2 * DAY, until=STRIKE_DAY.until)
    hours = impact_report.read_facts(struck, outlet, whole, MORNING).hours
    assert [hour.replies for hour in hours if hour.replies is not None] == [4, 7]


def test_what_mode_hold_held_is_no_ordinary_post_on_the_day_it_goes_out_and_another_modes_next_day_is(
    ledger, build, struck
):
    def touched(account: str) -> list[date]:
        found = out_of_the_ordinary(states_seen(ledger, build.outlet, PARIS), account, PARIS)
        return sorted(struck_days([date(2026, 12, 4 + day) for day in range(5)], PARIS, found))

    assert touched("x/journal") == [date(2026, 12, 5)]
    see(ledger, build, EVE + HOUR, mode=Mode.HOLD, days=(date(2026, 12, 5),), accounts=("x/journal",))
    assert touched("x/journal") == [date(2026, 12, 5), date(2026, 12, 6)]
    assert touched("mastodon/journal") == []


def test_the_posts_of_a_day_on_which_the_account_walked_out_later_are_not_compared_as_ordinary_ones(
    ledger, build, outlet
):
    week = timedelta(weeks=1)
    strike = Span(since=STRIKE_DAY.since + 6 * week, until=STRIKE_DAY.until + 6 * week)
    walkout = Window(
        start=STRIKE_DAY.since + 4 * week + 15 * HOUR, end=STRIKE_DAY.since + 4 * week + 17 * HOUR
    )
    see(ledger, build, EVE, mode=Mode.HOLD, windows=(walkout,))
    rows = []
    for number in range(7):
        at = STRIKE_DAY.since + number * week + 10 * HOUR
        decision = ON_STRIKE if number == 6 else {"on_strike": False}
        draft = build.draft(build.entry(f"a{number}"), account="x/journal", decision=decision)
        ledger.record(build.batch(draft.entry, drafts=(draft,), now=at))
        claimed = build.claim(ledger, account="x/journal", at=at)
        assert ledger.settle(claimed.id, "one", build.receipt(claimed.id, at), at)
        rows.append(
            {
                "delivery_id": claimed.id,
                "age": 3600,
                "outlet": build.outlet,
                "taken_at": at + HOUR,
                "likes": number,
            }
        )
    with ledger._writing() as connection:
        connection.execute(snapshots.insert(), rows)
    found = impact_report.read_comparisons(ledger, outlet, strike, strike.until + 2 * HOUR)
    assert {one.ordinary.days for one in found if one.measure is Measure.REACTIONS} == {5}
