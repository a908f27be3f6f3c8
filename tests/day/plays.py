"""What is played: a strike day with 40 entries, and the movement of December 2019 and January 2020."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from piquet.entry import Entry, SortRules
from piquet.outlet import Outlet
from piquet.rehearsal.play import Play
from piquet.strike import Mode, Strike, Window

FEED = "https://journal.example/rss"
STATEMENT = "https://greve.example/communique"
NOTICE = "Community managers en grève, jour {day_number}."
CLOSING = "La grève est finie, merci de votre soutien."
# What a person had pinned before.
PINNED = "Bienvenue, voici notre charte."
ENTRIES = 40
DAY_ACCOUNTS = ("mastodon/journal", "bluesky/journal", "x/culture", "facebook/culture")
STORY_ACCOUNTS = ("facebook/journal", "x/journal", "mastodon/culture", "bluesky/culture")
STORY_DAYS = (
    date(2019, 12, 5),
    date(2019, 12, 17),
    date(2020, 1, 9),
    date(2020, 1, 15),
    date(2020, 1, 16),
    date(2020, 1, 24),
)


def outlet(zone: tzinfo, accounts: tuple[str, ...]) -> Outlet:
    """A newsroom of four accounts; the first two of them strike."""
    return Outlet(
        name="journal",
        title="Le Journal",
        zone=zone,
        language="fr",
        feeds=(FEED,),
        accounts=accounts,
        strike="journal",
        ledger="journal",
        sorting=SortRules(),
        posts_per_cycle=100,
        lease=timedelta(seconds=45),
        allowed_hosts=(),
        allow_files=False,
    )


def midnight(day: date, zone: tzinfo) -> datetime:
    """When that day begins there, in UTC."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def whole_day(day: date, zone: tzinfo) -> Play:
    """The third strike day of a movement, from midnight to midnight, set the evening before."""
    strike = _strike(days=(day - timedelta(days=12), day), days_before=1)
    start, end = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    eve, night = spread(start - timedelta(days=1), start, 6), spread(end, end + timedelta(hours=2), 2)
    return _play(strike, zone, start, entries([*eve, *spread(start, end, ENTRIES), *night]))


def walkout(start: datetime, end: datetime, zone: tzinfo, count: int) -> Play:
    """A walkout of hours, the first strike day of its movement, with `count` entries around it."""
    strike = _strike(windows=(Window(start=start, end=end),))
    times = spread(start - timedelta(hours=3), end + timedelta(minutes=30), count)
    return _play(strike, zone, start, entries(times))


def story(mode: Mode, zone: tzinfo) -> Play:
    """The whole movement: each day is set the evening before, and the earlier ones stay on the list."""
    states = tuple(
        (
            midnight(day, zone) - timedelta(hours=6),
            Strike(
                days=STORY_DAYS[:number],
                accounts=STORY_ACCOUNTS[:2],
                mode=mode,
                notices=(NOTICE,),
                statement_url=STATEMENT,
                movement="Retraites",
                reminder_minutes=180,
            ),
        )
        for number, day in enumerate(STORY_DAYS, start=1)
    )
    return Play(
        outlet=outlet(zone, STORY_ACCOUNTS), states=states, entries=story_entries(zone), pinned=PINNED
    )


def story_entries(zone: tzinfo) -> tuple[Entry, ...]:
    """Three articles on each strike day, and one at noon of the day before where that is an ordinary one."""
    times = []
    for day in STORY_DAYS:
        start = midnight(day, zone)
        times += [start + timedelta(hours=h, minutes=m) for h, m in ((9, 10), (12, 0), (17, 40))]
        if day - timedelta(days=1) not in STORY_DAYS:
            times.append(start - timedelta(hours=12))
    return entries(sorted(times))


def entries(times: list[datetime]) -> tuple[Entry, ...]:
    """An article at each of these times."""
    return tuple(
        Entry(
            feed=FEED,
            id=f"id-{number}",
            link=f"https://journal.example/articles/{number}",
            title=f"Article n° {number}",
            published=at,
        )
        for number, at in enumerate(times, start=1)
    )


def spread(first: datetime, last: datetime, count: int) -> list[datetime]:
    """So many times from the one to the other, now closer together, now further apart, most at odd seconds."""
    step = (last - first - timedelta(minutes=12)) / count
    return [first + step * n + timedelta(minutes=n * 7 % 11, seconds=n * 13 % 60) for n in range(count)]


def _strike(**when: object) -> Strike:
    return Strike(
        accounts=DAY_ACCOUNTS[:2],
        notices=(NOTICE,),
        movement="Retraites",
        statement_url=STATEMENT,
        closing=CLOSING,
        **when,
    )


def _play(strike: Strike, zone: tzinfo, start: datetime, articles: tuple[Entry, ...]) -> Play:
    states = ((start - timedelta(hours=2), strike),)
    return Play(outlet=outlet(zone, DAY_ACCOUNTS), states=states, entries=articles, pinned=PINNED)
