"""The story Piquet comes from, replayed: December 2019 and January 2020, two of the team on strike, in every mode."""

from datetime import UTC, date, datetime, timedelta

import pendulum
import pytest

from piquet.entry import Entry
from piquet.strike import Mode, Strike
from tests.strike_life import Life

PARIS = pendulum.timezone("Europe/Paris")
DAYS = (
    date(2019, 12, 5),
    date(2019, 12, 17),
    date(2020, 1, 9),
    date(2020, 1, 15),
    date(2020, 1, 16),
    date(2020, 1, 24),
)
ACCOUNTS = ("facebook/journal", "x/journal", "mastodon/culture", "bluesky/culture")
STRIKERS = ACCOUNTS[:2]
NOTICE = "Community managers en grève, jour {day_number}."


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=PARIS).astimezone(UTC)


def articles() -> list[tuple[datetime, Entry]]:
    """One at noon on each strike day and on the day before it."""
    found = sorted({noon(day) - timedelta(days=back) for day in DAYS for back in (0, 1)})
    return [
        (at, Entry(feed="f", id=str(n), link=f"https://journal.example/{n}", title=f"Article {n}"))
        for n, at in enumerate(found)
    ]


def played(mode: Mode) -> Life:
    """The whole movement; each day was set the evening before, and the earlier ones stayed on the list."""
    life = Life(zone=PARIS, accounts=ACCOUNTS)
    for number, day in enumerate(DAYS, start=1):
        set_on = noon(day) - timedelta(hours=18)
        life.set(
            set_on,
            Strike(
                days=DAYS[:number], accounts=STRIKERS, mode=mode, notices=(NOTICE,), reminder_minutes=180,
                movement="Retraites", statement_url="https://greve.example/communique",
            ),
        )  # fmt: skip
    played_until = datetime.min.replace(tzinfo=UTC)
    for at in (noon(day) for day in DAYS):
        start, end = max(played_until, at - timedelta(hours=36)), at + timedelta(hours=12)
        life.play(start, end, [pair for pair in articles() if start <= pair[0] < end], step=60)
        played_until = end
    return life


def on_day(life: Life, account: str, day: date, *kinds: str):
    return [p for p in life.of(account, *kinds) if p.at.astimezone(PARIS).date() == day]


@pytest.fixture(scope="module", params=list(Mode))
def told(request) -> tuple[Mode, Life]:
    """The movement in each mode."""
    return request.param, played(request.param)


def test_the_counter_goes_from_one_to_six(told):
    _, life = told
    for number, day in enumerate(DAYS, start=1):
        for account in STRIKERS:
            posts = on_day(life, account, day)
            assert posts and all(
                p.text.startswith(f"Community managers en grève, jour {number}.") for p in posts
            )


def test_what_the_strikers_accounts_show_at_noon_is_what_the_mode_says(told):
    mode, life = told
    for day in DAYS:
        for account in STRIKERS:
            (link,) = [entry.link for at, entry in articles() if at == noon(day)]
            posts = on_day(life, account, day, "entry")
            if mode is Mode.HOLD:
                assert posts == []
                continue
            (post,) = posts
            assert post.link == (None if mode is Mode.MESSAGE_ONLY else link)
            assert ("Article" in post.text) is (mode is Mode.ACCOMPANY)
            assert ("communique" in post.text) is (mode is Mode.MESSAGE_ONLY)


def test_the_accounts_of_those_who_work_show_no_notice_and_every_article(told):
    _, life = told
    for account in ACCOUNTS[2:]:
        assert [p.link for p in life.of(account)] == [entry.link for _, entry in articles()]
        assert all("grève" not in p.text for p in life.of(account))


def test_on_each_strike_day_the_message_is_there_all_day(told):
    _, life = told
    for day in DAYS:
        for account in STRIKERS:
            times = [f"{p.at.astimezone(PARIS):%H:%M}" for p in on_day(life, account, day, "reminder")]
            assert times[0] == "08:00" and times[1] == "11:00" and times[-1] == "17:00"


def test_the_day_before_and_between_the_strikes_nothing_speaks_of_one(told):
    _, life = told
    for account in ACCOUNTS:
        assert all(
            ("grève" in post.text) is (post.at.astimezone(PARIS).date() in DAYS and account in STRIKERS)
            for post in life.of(account)
        )


def test_the_article_of_the_day_before_is_answered_where_the_network_takes_replies(told):
    _, life = told
    answered = [life.posted[p.about["parent"]].link for p in life.of("facebook/journal", "notice")]
    before = [
        entry.link for at, entry in articles() if at.astimezone(PARIS).date() + timedelta(days=1) in DAYS
        and at.astimezone(PARIS).date() not in DAYS
    ]  # fmt: skip
    assert answered == before and life.of("x/journal", "notice") == []
