"""The facts of a strike span: what counts as brought, as standing, as carrying the notice, and hour by hour."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from piquet import strike_spans
from piquet.entry import Disposition
from piquet.impact.facts import (
    Answer,
    Article,
    Standing,
    carries_link,
    carries_notice,
    facts,
    hours_of,
    without_own,
)
from piquet.impact.values import Span
from piquet.ledger.values import Snapshot

PARIS = ZoneInfo("Europe/Paris")
DAY = Span(
    since=datetime(2026, 12, 5, tzinfo=PARIS).astimezone(UTC),
    until=datetime(2026, 12, 6, tzinfo=PARIS).astimezone(UTC),
)
NEXT_MORNING = DAY.until + timedelta(hours=8)
HOUR = timedelta(hours=1)


def article(link="a", disposition=Disposition.FRESH, wait_until=None, stands=True) -> Article:
    return Article(link=link, disposition=disposition, wait_until=wait_until, stands=stands)


def post(number: int, after: float, kind="entry", carries=True, account="x/j") -> Standing:
    at = DAY.since + after * HOUR
    return Standing(id=number, account=account, kind=kind, sent_at=at, carries=carries)


def snapshot(number: int, hours: int, replies: int | None) -> Snapshot:
    return Snapshot(
        delivery_id=number,
        account="x/j",
        kind="entry",
        on_strike=True,
        sent_at=DAY.since,
        age=hours * HOUR,
        replies=replies,
    )


def told(articles=(), standing=(), snapshots=(), strikes=(), span=DAY, zone=PARIS, at=NEXT_MORNING):
    return facts(articles, standing, snapshots, strikes, span=span, zone=zone, at=at)


def test_a_strike_day_is_told_with_its_posts_notices_reminders_and_replies():
    strike = strike_spans.Span(start=DAY.since, end=DAY.until)
    found = told(
        articles=[article("a"), article("b", stands=False)],
        standing=[
            post(1, 8, "reminder"),
            post(2, 8.1, "notice"),
            post(3, 9.5),
            post(4, 9.6, carries=False),
            post(5, 20, "notice"),
            post(6, 23.9, "closing", carries=False),
        ],
        snapshots=[snapshot(1, 1, 2), snapshot(1, 6, 5), snapshot(2, 6, 1), snapshot(3, 6, 7)],
        strikes=[strike],
    )
    assert (found.links, found.published, found.missing) == (2, 1, ("b",))
    assert (found.posts, found.noticed, found.reminders, found.asked) == (2, 1, 1, 6)
    assert (found.strike_began, found.strike_ended) == (DAY.since, DAY.until)
    assert (found.first_notice, found.last_notice) == (DAY.since + 8 * HOUR, DAY.since + 20 * HOUR)
    eight, nine = found.hours[8:10]
    assert (eight.posts, eight.notices, eight.reminders, eight.replies) == (0, 1, 1, 6)
    assert (nine.posts, nine.noticed, nine.replies) == (2, 1, 7)
    assert found.hours[23].posts == 0 and found.hours[23].replies is None


@pytest.mark.parametrize("disposition", [Disposition.BASELINE, Disposition.OLD, Disposition.RETRACTED])
def test_what_is_left_out_on_purpose_is_no_link_that_is_missing(disposition):
    found = told([article(disposition=disposition, stands=False)])
    assert (found.links, found.published, found.missing) == (0, 0, ())


@pytest.mark.parametrize(
    ("wait_until", "counts"),
    [(None, True), (DAY.until - HOUR, True), (DAY.until, False), (DAY.until + HOUR, False)],
)
def test_an_embargo_beyond_the_day_is_no_harm_and_one_that_nobody_released_is(wait_until, counts):
    found = told([article("w", Disposition.WAITING, wait_until, stands=False)])
    assert found.missing == (("w",) if counts else ())


def test_an_embargo_that_has_not_ended_yet_is_no_harm():
    waiting = article("w", Disposition.WAITING, DAY.since + 20 * HOUR, stands=False)
    assert told([waiting], at=DAY.since + 10 * HOUR).missing == ()


@pytest.mark.parametrize(
    ("kind", "decision", "carries"),
    [
        ("entry", {"on_strike": False, "notices": ["En grève"]}, False),
        ("entry", {"on_strike": True, "mode": "accompany", "notices": ["En grève"]}, True),
        ("entry", {"on_strike": True, "mode": "replace", "short_notices": ["Grève"]}, True),
        ("entry", {"on_strike": True, "mode": "accompany", "notices": [], "short_notices": []}, False),
        ("entry", {"on_strike": True, "mode": "hold", "notices": ["En grève"]}, False),
        ("reminder", {}, True),
        ("notice", {}, True),
        ("closing", {"on_strike": True, "notices": ["En grève"]}, False),
    ],
)
def test_a_post_carries_the_notice_where_readers_see_it(kind, decision, carries):
    assert carries_notice(kind, decision) is carries


def test_a_message_in_the_place_of_an_article_gives_no_link():
    assert not carries_link({"on_strike": True, "mode": "message_only"})
    assert carries_link({"on_strike": False, "mode": "message_only"})
    assert carries_link({"on_strike": True, "mode": "replace"})


def test_a_strike_that_goes_on_has_no_end_and_one_to_come_has_not_begun():
    on = strike_spans.Span(start=DAY.since - HOUR)
    planned = strike_spans.Span(start=NEXT_MORNING + HOUR)
    found = told(strikes=[planned, on])
    assert (found.strike_began, found.strike_ended) == (DAY.since - HOUR, None)
    assert told(strikes=[planned]).strike_began is None
    ends_later = strike_spans.Span(start=DAY.since, end=NEXT_MORNING + HOUR)
    assert told(strikes=[ends_later]).strike_ended is None


def test_each_strike_of_the_span_is_told_as_far_as_it_lies_in_it_and_an_open_end_stays_open():
    over = strike_spans.Span(start=DAY.since - 30 * HOUR, end=DAY.since + 2 * HOUR)
    walkout = strike_spans.Span(start=DAY.since + 9 * HOUR, end=DAY.since + 11 * HOUR)
    beyond = strike_spans.Span(start=DAY.since + 20 * HOUR, end=DAY.until + HOUR)
    found = told(strikes=[beyond, walkout, over])
    assert [(one.start, one.end) for one in found.strikes] == [
        (DAY.since, over.end),
        (walkout.start, walkout.end),
        (beyond.start, DAY.until),
    ]
    assert (found.strike_began, found.strike_ended) == (over.start, beyond.end)
    on = strike_spans.Span(start=DAY.since + 20 * HOUR)
    assert told(strikes=[walkout, on]).strikes == (walkout, on)
    assert told().strikes == ()


def test_a_figure_that_no_network_tells_is_blank_and_not_nought():
    found = told(standing=[post(1, 8, "reminder")], snapshots=[snapshot(1, 1, None)])
    assert found.asked is None and {hour.replies for hour in found.hours} == {None}
    nought = told(standing=[post(1, 8, "reminder")], snapshots=[snapshot(1, 1, 0), snapshot(1, 6, None)])
    assert nought.asked == 0


@pytest.mark.parametrize(
    ("month", "day", "hours"), [(3, 29, 23), (10, 25, 25), (12, 5, 24)], ids=["spring", "autumn", "ordinary"]
)
def test_a_day_has_as_many_hours_as_the_clocks_give_it(month, day, hours):
    start = datetime(2026, month, day, tzinfo=PARIS)
    span = Span(since=start.astimezone(UTC), until=(start + timedelta(days=1)).astimezone(UTC))
    begins = hours_of(span, PARIS)
    assert len(begins) == hours and len(told(span=span).hours) == hours
    assert begins[0] == span.since and begins[-1] == span.until - HOUR


def test_hours_are_those_of_the_newsrooms_clock_where_it_is_not_whole_hours_from_utc():
    kathmandu = ZoneInfo("Asia/Kathmandu")
    span = Span(
        since=datetime(2026, 12, 5, 9, 20, tzinfo=kathmandu),
        until=datetime(2026, 12, 5, 11, tzinfo=kathmandu),
    )
    assert [f"{one.astimezone(kathmandu):%H:%M}" for one in hours_of(span, kathmandu)] == ["09:00", "10:00"]


ZONES = st.sampled_from(
    [ZoneInfo(name) for name in ("Europe/Paris", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC")]
)


@given(
    zone=ZONES,
    since=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),
    minutes=st.integers(1, 60 * 24 * 9),
)
def test_hours_follow_each_other_without_a_gap_and_hold_the_whole_span(zone, since, minutes):
    span = Span(since=since.replace(tzinfo=UTC), until=since.replace(tzinfo=UTC) + timedelta(minutes=minutes))
    begins = hours_of(span, zone)
    assert begins[0] <= span.since < begins[0] + HOUR
    assert begins[-1] < span.until <= begins[-1] + 1.5 * HOUR
    assert {after - before for before, after in pairwise(begins)} <= {HOUR, HOUR / 2, 1.5 * HOUR}


STANDING = st.builds(
    lambda id_, minutes, kind, carries: post(
        id_, minutes / 60, kind, carries if kind == "entry" else kind != "closing"
    ),
    st.integers(1, 10**6),
    st.integers(0, 24 * 60 - 1),
    st.sampled_from(["entry", "entry", "notice", "reminder", "closing"]),
    st.booleans(),
)
ARTICLES = st.builds(
    article,
    st.text(min_size=1, max_size=5),
    st.sampled_from(list(Disposition)),
    st.none() | st.integers(-30, 30).map(lambda hours: DAY.since + hours * HOUR),
    st.booleans(),
)


@given(st.lists(ARTICLES, max_size=20), st.lists(STANDING, max_size=40, unique_by=lambda one: one.id))
def test_the_hours_sum_to_the_whole_and_no_part_exceeds_it(articles, standing):
    found = told(articles, standing)
    assert found.noticed <= found.posts
    assert found.published + len(found.missing) == found.links <= len(articles)
    assert sum(hour.posts for hour in found.hours) == found.posts
    assert sum(hour.noticed for hour in found.hours) == found.noticed
    assert sum(hour.reminders for hour in found.hours) == found.reminders
    assert (found.first_notice is None) == (found.last_notice is None)
    if found.first_notice:
        assert DAY.since <= found.first_notice <= found.last_notice < DAY.until
    else:
        assert found.noticed == found.reminders == 0


@given(st.permutations([post(n, n / 3, kind) for n, kind in enumerate(["entry", "notice", "reminder"] * 3)]))
def test_the_order_in_which_the_ledger_gives_posts_changes_nothing(standing):
    assert told(standing=standing) == told(standing=sorted(standing, key=lambda one: one.id))


def test_the_reply_that_piquet_put_under_a_post_is_nobody_elses():
    answer = Answer(parent=1, sent_at=DAY.since + 3 * HOUR)
    before, after, blank, other = without_own(
        [snapshot(1, 1, 4), snapshot(1, 6, 4), snapshot(1, 24, None), snapshot(2, 6, 4)], [answer]
    )
    assert [one.replies for one in (before, after, blank, other)] == [4, 3, None, 4]


def test_a_reply_of_piquets_own_before_the_network_was_asked_is_taken_off_and_one_after_it_is_not():
    looked = replace(snapshot(1, 6, 4), taken_at=DAY.since + 6.5 * HOUR)
    for after, left in ((6.25, 3), (6.5, 3), (6.75, 4)):
        (found,) = without_own([looked], [Answer(parent=1, sent_at=DAY.since + after * HOUR)])
        assert found.replies == left


@given(st.lists(st.tuples(st.integers(1, 3), st.none() | st.integers(0, 3)), max_size=20), st.integers(0, 5))
def test_taking_our_own_replies_out_never_goes_below_nought_nor_fills_a_blank(rows, answers):
    snapshots = [snapshot(number, 6, replies) for number, replies in rows]
    own = [Answer(parent=1, sent_at=DAY.since)] * answers
    for before, after in zip(snapshots, without_own(snapshots, own), strict=True):
        assert (after.replies is None) == (before.replies is None)
        assert after.replies is None or 0 <= after.replies <= before.replies
