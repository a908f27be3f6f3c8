"""The dashboard: what is counted is what the ledger holds, day by day and account by account, and the page shows it."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from piquet.budget import Allowance
from piquet.dashboard import (
    Dashboard,
    Failed,
    Sent,
    Usage,
    beginning,
    civil_days,
    percentile,
    row,
    struck_days,
)
from piquet.dashboarding import read_dashboard
from piquet.entry import Entry, SortRules
from piquet.errors import Rejected
from piquet.ledger import Ledger, upgrade
from piquet.ledger.values import Batch, Draft, Recorded
from piquet.locales import __file__ as locales
from piquet.measure import Taken
from piquet.outlet import Outlet
from piquet.pages.dashboard import dashboard_markdown, dashboard_page, lasted
from piquet.post import Payload, Receipt
from piquet.strike_spans import Span

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 12, 7, 16, 42, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DAYS = civil_days(NOW, PARIS, 30)
moments = st.datetimes(datetime(2026, 10, 20), datetime(2026, 12, 20), timezones=st.just(UTC))


# What is counted


@given(posts=st.lists(moments), failures=st.lists(moments))
def test_every_post_and_failure_of_the_days_is_counted_once_and_no_other(posts, failures):
    made = row(
        "x/j",
        DAYS,
        PARIS,
        [Sent(account="x/j", at=at, seen=None) for at in posts],
        [Failed(account="x/j", at=at) for at in failures],
        [],
        Usage(),
    )
    since, until = beginning(DAYS[0], PARIS), beginning(DAYS[-1] + DAY, PARIS)
    assert sum(day.posts for day in made.days) == made.posts == sum(since <= at < until for at in posts)
    assert made.failures == sum(since <= at < until for at in failures)
    assert [day.day for day in made.days] == DAYS
    assert made.median is None and made.p95 is None


@given(st.lists(st.integers(0, 10**6), min_size=1))
def test_so_many_of_a_hundred_are_within_the_percentile_and_it_is_one_of_them(seconds):
    ordered = sorted(timedelta(seconds=one) for one in seconds)
    for percent in (50, 95):
        found = percentile(ordered, percent)
        assert found in ordered
        assert sum(one <= found for one in ordered) * 100 >= percent * len(ordered)
        assert sum(one < found for one in ordered) * 100 < percent * len(ordered)


@given(start=moments, hours=st.integers(1, 24 * 9))
def test_a_day_is_marked_where_a_strike_touches_it_on_the_days_when_clocks_change_too(start, hours):
    end = start + hours * HOUR
    days = [date(2026, 10, 18) + number * DAY for number in range(80)]
    touched = {(start + minutes * HOUR / 4).astimezone(PARIS).date() for minutes in range(hours * 4)}
    touched.add((end - timedelta(microseconds=1)).astimezone(PARIS).date())
    assert struck_days(days, PARIS, [Span(start=start, end=end)]) == touched


def test_a_strike_without_an_end_marks_every_day_from_its_beginning_on():
    begun = beginning(date(2026, 12, 5), PARIS)
    assert struck_days(DAYS, PARIS, [Span(start=begun)]) == set(DAYS[-3:])


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (84, "1 min 24 s"),
        (3600, "1 h"),
        (90_061, "25 h 1 min"),
        (-5, "0 s"),
    ],
)
def test_a_delay_is_shown_by_its_two_largest_units(seconds, shown):
    assert lasted(timedelta(seconds=seconds)).replace("\u00a0", " ") == shown
    assert lasted(None) == "–"


# What the ledger holds


@pytest.fixture
def ledger(tmp_path) -> Iterator[Ledger]:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    upgrade(url)
    with Ledger.open(url) as opened:
        yield opened


def outlet(*accounts: str) -> Outlet:
    rules = SortRules(first_posts=0, max_age=DAY, flood=20, flood_policy="hold")
    return Outlet(
        name="journal",
        title="Le Journal",
        zone=PARIS,
        language="fr",
        feeds=("https://journal.example/rss",),
        accounts=accounts,
        strike="journal",
        ledger="ledger",
        sorting=rules,
        posts_per_cycle=20,
        lease=timedelta(seconds=120),
        allowed_hosts=(),
        allow_files=False,
    )


def draft(account: str, number: int, entry: Entry | None) -> Draft:
    network = account.partition("/")[0]
    link = entry and entry.link
    payload = Payload(network=network, key=f"{number}", prepared_at=NOW, text="Titre", link=link, body={})
    return Draft(
        key=f"{number}",
        account=account,
        state="due",
        reason="",
        decision={},
        entry=entry,
        kind="entry" if entry else "reminder",
        payload=payload,
    )


def deliver(
    ledger: Ledger,
    account: str,
    number: int,
    *,
    at: datetime,
    late: timedelta | None,
    taken: bool = True,
    outlet: str = "journal",
) -> int:
    """An article that the feed gave at that time (a reminder where `late` is None), sent or refused; its delivery."""
    link = f"https://journal.example/{number}"
    entry = None if late is None else Entry(feed="f", id=f"{number}", link=link, title="Titre")
    entries = (Recorded(entry=entry, disposition="fresh"),) if entry else ()
    ledger.record(Batch(outlet=outlet, now=at, entries=entries, drafts=(draft(account, number, entry),)))
    when = at + (late or timedelta(0))
    claimed = ledger.claim(outlet, account, "one", when, HOUR)
    if taken:
        ledger.settle(claimed.id, "one", Receipt(id=f"{number}", url="", at=when), when)
    else:
        ledger.fail(claimed.id, "one", Rejected("no"), when)
    return claimed.id


def test_posts_delays_failures_quota_money_and_strike_days_are_those_of_each_account(ledger):
    x, other = "x/journal", "mastodon/journal"
    for number, late in enumerate((10, 20, 3600)):
        deliver(ledger, x, number, at=NOW - 2 * HOUR, late=timedelta(seconds=late))
    first = deliver(ledger, x, 3, at=NOW - 3 * DAY, late=None)
    deliver(ledger, x, 4, at=NOW - 45 * DAY, late=timedelta(seconds=1))
    deliver(ledger, other, 5, at=NOW - 5 * DAY, late=timedelta(seconds=1), taken=False)
    ledger.take("journal", [Taken(delivery_id=first, age=HOUR, at=NOW - 3 * DAY + HOUR, likes=1)])
    state = {
        "switch": "normal",
        "days": ["2026-12-05", "2026-12-24"],
        "accounts": [x],
        "notices": ["En grève."],
    }
    ledger.see_strike("journal", state, NOW - 9 * DAY)
    ledger.pause(other, NOW + HOUR, "the token has ended")
    allowances = {x: Allowance(monthly_budget=Decimal(5), posts_per_day=10)}
    one, two = read_dashboard(ledger, outlet(x, other), allowances, NOW).rows
    assert (one.posts, one.failures) == (4, 0)
    assert (one.median, one.p95) == (timedelta(seconds=20), HOUR)
    assert [day.day for day in one.days if day.strike] == [date(2026, 12, 5)]
    assert one.usage == Usage(
        posts=3,
        posts_per_day=10,
        charged=True,
        dollars=3 * Decimal("0.2") + Decimal("0.015") + Decimal("0.005"),
        budget=Decimal(5),
    )
    assert (two.posts, two.failures, two.median) == (0, 1, None)
    assert not any(day.strike for day in two.days)
    assert (two.usage.charged, two.usage.trouble) == (False, "the token has ended")


def test_the_last_24_hours_are_those_that_the_budget_counts_however_few_days_are_shown(ledger):
    account, early = "mastodon/journal", beginning(date(2026, 12, 7), PARIS) + HOUR / 2
    deliver(ledger, account, 1, at=early - 2 * HOUR, late=timedelta(seconds=1))
    deliver(ledger, account, 2, at=early - 3 * HOUR, late=timedelta(seconds=1), outlet="magazine")
    for days in (1, 2, 30):
        (only,) = read_dashboard(ledger, outlet(account), {}, early, days).rows
        assert only.usage.posts == 2
    assert only.posts == 1


def test_what_is_held_waits_and_is_told_apart_from_what_is_about_to_go(ledger):
    account = "mastodon/journal"
    entry = Entry(feed="f", id="h", link="https://journal.example/h", title="Titre")
    held = replace(draft(account, 1, entry), state="held", payload=None)
    recorded = Recorded(entry=entry, disposition="fresh")
    drafts = (held, draft(account, 2, None))
    ledger.record(Batch(outlet="journal", now=NOW, entries=(recorded,), drafts=drafts))
    (only,) = (shown := read_dashboard(ledger, outlet(account), {}, NOW)).rows
    assert (only.usage.waiting, only.usage.held) == (2, 1)
    said = {"fr": "2 (dont retenus\u00a0: 1)", "en": "2 (of them held: 1)"}
    assert {language: said[language] in dashboard_markdown(replace(shown, language=language)) for language in said} == {
        "fr": True, "en": True,
    }  # fmt: skip


def test_a_strike_state_that_this_version_cannot_read_told_nobody_to_strike(ledger):
    ledger.see_strike("journal", {"switch": "strike", "notices": ["En grève."]}, NOW - 3 * DAY)
    ledger.see_strike("journal", {"switch": "perhaps"}, NOW - 2 * DAY)
    (only,) = read_dashboard(ledger, outlet("mastodon/journal"), {}, NOW).rows
    assert [day.day for day in only.days if day.strike] == [date(2026, 12, 4), date(2026, 12, 5)]


def test_an_account_that_never_posted_has_a_row_of_its_own(ledger):
    (only,) = read_dashboard(ledger, outlet("threads/journal"), {}, NOW, 7).rows
    assert (only.posts, only.median, len(only.days), only.usage) == (0, None, 7, Usage())


def test_no_question_reads_a_whole_table(ledger):
    deliver(ledger, "x/journal", 1, at=NOW - HOUR, late=HOUR)
    asked = []
    event.listen(ledger._engine, "before_cursor_execute", lambda *a: asked.append((a[2], a[3])))
    read_dashboard(ledger, outlet("x/journal"), {"x/journal": Allowance(monthly_budget=Decimal(5))}, NOW)
    found = [(s, p) for s, p in asked if s.startswith("SELECT")]
    assert found
    with ledger._engine.connect() as connection:
        for statement, parameters in found:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            assert not [
                line for line in plan if re.search(r"SCAN (deliveries|entries|snapshots)\b", line[-1])
            ]


# What is shown


def board(language: str = "en") -> Dashboard:
    sent = [
        Sent(account="x/j", at=NOW - number * DAY, seen=NOW - number * DAY - timedelta(seconds=84))
        for number in range(30)
    ]
    failed = [Failed(account="x/j", at=NOW - 3 * HOUR)] * 2
    strikes = [Span(start=beginning(DAYS[-3], PARIS), end=beginning(DAYS[-2], PARIS))]
    usage = Usage(
        posts=4, posts_per_day=4, charged=True, dollars=Decimal("12.34"), budget=Decimal(60), unsettled=1
    )
    rows = (
        row("x/j", DAYS, PARIS, sent, failed, strikes, usage),
        row("mastodon/un-tres-long-nom-de-compte", DAYS, PARIS, [], [], [], Usage(trouble="<b>jeton</b>")),
    )
    return Dashboard(title="Le <Journal>", language=language, zone=PARIS, at=NOW, rows=rows)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_has_every_word_in_the_language_runs_nothing_and_loads_nothing(language):
    page = dashboard_page(board(language))
    assert f'<html lang="{language}">' in page and "Le &lt;Journal&gt;" in page and "<b>jeton" not in page
    assert "<script" not in page and 'http-equiv="refresh"' not in page
    assert not re.search(r"(src|href)=", page)
    said = {"fr": ("Jours de grève", "12,34", "5 déc."), "en": ("Strike days", "12.34", "5 Dec")}[language]
    assert all(word in page for word in said)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_word_of_the_dashboard_is_in_the_catalogue_and_every_one_there_is_used(language):
    folder = locales.removesuffix("__init__.py")
    with open(f"{folder}/{language}/LC_MESSAGES/piquet.po", "rb") as source:
        names = {m.id for m in read_po(source) if m.context == "dashboard"}
    with open(locales.replace("locales/__init__", "pages/dashboard"), encoding="utf-8") as source:
        used = set(re.findall(r"say\([\"'](\w+)", source.read())) | {
            "key_posts",
            "key_failures",
            "key_strike",
        }
    assert used == names


def test_each_strike_day_has_a_mark_and_each_failure_a_box():
    page = dashboard_page(board())
    figures = page[page.index("<main>") :]
    assert figures.count('class="mark"') == 1
    assert figures.count('class="failed"') == 1
    assert figures.count('class="post"') == 30


def test_the_artifact_is_a_table_with_a_line_for_each_account_and_its_trouble():
    text = dashboard_markdown(board())
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    assert [line.split("|")[1].strip() for line in lines] == [
        "`x/j`",
        "`mastodon/un-tres-long-nom-de-compte`",
    ]
    assert "US$12.34 (of US$60.00)" in lines[0]
    assert "<b>" not in text


@pytest.mark.parametrize("language", ["fr", "en"])
def test_one_day_is_told_without_a_plural(language):
    one = replace(board(language), rows=(row("x/j", DAYS[-1:], PARIS, [], [], [], Usage()),))
    for shown in (dashboard_page(one), dashboard_markdown(one)):
        assert not re.search(r"\b1 (days|jours|derniers jours)\b", shown)
    assert {"fr": "Jours\u00a0: 1.", "en": "Days: 1."}[language] in dashboard_page(one)


def test_an_outlet_without_accounts_is_said_so():
    empty = replace(board(), rows=())
    assert "This outlet has no account." in dashboard_page(empty)
    assert "This outlet has no account" in dashboard_markdown(empty)


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]


@pytest.mark.browser
def test_the_page_fits_a_phone_a_desk_and_a_screen_on_the_wall_and_asks_for_nothing(tmp_path):
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright  # heavy, and only here

    file = tmp_path / "dashboard.html"
    file.write_text(dashboard_page(board("fr")), encoding="utf-8")
    told, asked = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for width in (390, 1280, 1920):
            page = browser.new_page(viewport={"width": width, "height": 1080})
            page.on("console", lambda one: told.append(one.text))
            page.on("request", lambda one: asked.append(one.url))
            page.goto(file.as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") == width
            cut = "[...document.querySelectorAll('dd,dt,h2')].filter(e => e.scrollWidth > e.clientWidth + 1).length"
            assert page.evaluate(cut) == 0
        browser.close()
    assert told == [] and set(asked) == {file.as_uri()}
