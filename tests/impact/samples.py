"""Impact reports as values, for those who test how one is shown: a strike that was noticed, one that was not, and others."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from piquet.impact.values import Comparison, Facts, Hour, Impact, Measure, Span, Typical, Verdict
from piquet.ledger.values import Snapshot
from piquet.strike_spans import Span as StrikeSpan

MIDNIGHT = datetime(2026, 12, 4, 23, 0, tzinfo=UTC)  # of Saturday, 5 December 2026 in Paris
DAY = Span(since=MIDNIGHT, until=MIDNIGHT + timedelta(hours=24))
# Articles an hour, each on four accounts; what readers replied to those posts, the reminders and the notices.
ARTICLES = (0, 0, 0, 0, 0, 1, 1, 2, 1, 2, 2, 1, 2, 1, 1, 2, 1, 2, 1, 1, 1, 1, 0, 0)
REPLIES = (0, 0, 0, 0, 0, 2, 9, 31, 24, 40, 28, 19, 33, 12, 20, 25, 22, 41, 38, 17, 11, 6, 0, 0)
# How many times what all accounts together got, and how much less sure.
ACCOUNTS = {
    "bluesky/lejournal": (1.24, 1.22),
    "mastodon/lejournal": (1.41, 1.16),
    "threads/lejournal": (0.71, 1.31),
    "x/lejournal": (0.93, 1.27),
}
ALL = {
    "reach": (1.62, 1.2, 2.3, 210.0),
    "reactions": (1.21, 0.84, 1.7, 14.0),
    "replies": (2.41, 1.58, 3.7, 4.0),
}


def hour(number: int, **values) -> Hour:
    return Hour(at=MIDNIGHT + timedelta(hours=number), **values)


def day_hours() -> tuple[Hour, ...]:
    """A day with reminders every two hours, notices under earlier posts in its second hour on."""
    return tuple(
        hour(
            number,
            posts=4 * articles,
            noticed=4 * articles,
            notices=14 if number == 8 else 5 if number == 9 else 0,
            reminders=4 if number in range(8, 21, 2) else 0,
            replies=REPLIES[number] if articles else None,
        )
        for number, articles in enumerate(ARTICLES)
    )


def compared(
    account: str, measure: str, ratio: float, low: float, high: float, usual: float, **more
) -> Comparison:
    verdict = Verdict.MORE if low > 1 else Verdict.LESS if high < 1 else Verdict.NO_DIFFERENCE
    posts = 23 if account else 92
    values = {
        "age": timedelta(hours=24),
        "strike": Typical(posts=posts, days=1, median=usual * ratio, low=usual * low, high=usual * high),
        "ordinary": Typical(posts=8 * posts, days=8, median=usual, low=usual * 0.8, high=usual * 1.3),
        "p": 0.012 if verdict is not Verdict.NO_DIFFERENCE else 0.31,
    }
    figures = {"ratio": ratio, "low": low, "high": high, "verdict": verdict}
    return Comparison(account=account, measure=Measure(measure), **{**values, **figures, **more})


def too_little(account: str, measure: str, *, posts: int = 3) -> Comparison:
    few = Typical(posts=posts, days=1, median=2.0, low=1.0, high=4.5) if posts else None
    usual = Typical(posts=9, days=2, median=3.0, low=2.0, high=5.0) if posts else None
    found = {"strike": few, "ordinary": usual, "verdict": Verdict.TOO_LITTLE}
    return Comparison(account=account, measure=Measure(measure), age=timedelta(hours=24), **found)


def facts(hours: tuple[Hour, ...], **changes) -> Facts:
    values = {
        "links": 23,
        "published": 23,
        "missing": (),
        "posts": sum(one.posts for one in hours),
        "noticed": sum(one.noticed for one in hours),
        "reminders": sum(one.reminders for one in hours),
        "strike_began": MIDNIGHT,
        "strike_ended": MIDNIGHT + timedelta(hours=24),
        "first_notice": MIDNIGHT + timedelta(hours=5, minutes=24),
        "last_notice": MIDNIGHT + timedelta(hours=21, minutes=37),
        "asked": 117,
        "hours": hours,
        **changes,
    }
    began = values["strike_began"]
    strikes = (StrikeSpan(start=began, end=values["strike_ended"]),) if began else ()
    return Facts(**{"strikes": strikes, **values})


def snapshot(**changes) -> Snapshot:
    """A post of the strike, measured after an hour."""
    values = {
        "delivery_id": 7,
        "account": "x/lejournal",
        "kind": "entry",
        "on_strike": True,
        "sent_at": MIDNIGHT,
        "age": timedelta(hours=1),
    }
    return Snapshot(**{**values, **changes})


def noticed(language: str = "fr") -> Impact:
    """A strike that readers noticed."""
    comparisons = [compared("", measure, *values) for measure, values in ALL.items()]
    for account, (times, wide) in ACCOUNTS.items():
        for measure, (ratio, low, high, usual) in ALL.items():
            if measure == "reach" and not account.startswith(("x/", "threads/")):
                comparisons.append(too_little(account, measure, posts=0))
            else:
                figures = (ratio * times, low * times / wide, high * times * wide, usual / 3)
                comparisons.append(compared(account, measure, *figures))
    return Impact(
        outlet="lejournal",
        title="Le Journal" if language == "fr" else "The Daily",
        language=language,
        zone="Europe/Paris",
        span=DAY,
        at=MIDNIGHT + timedelta(days=1, hours=34),
        level=0.05,
        facts=facts(day_hours()),
        comparisons=tuple(comparisons),
    )


def unnoticed(language: str = "fr") -> Impact:
    """A strike that nobody noticed: nobody replied, and posts got what they always get."""
    usual = tuple(
        compared(account, measure, ratio, 0.6, 1.7, 6.0)
        for account, ratio in (("", 1.04), ("mastodon/lejournal", 0.93), ("bluesky/lejournal", 1.0))
        for measure in ("reactions", "replies")
    )
    told = facts(
        day_hours(), asked=0, links=23, published=21, missing=("https://j.example/a", "https://j.example/b")
    )
    return replace(noticed(language), facts=told, comparisons=usual)


def fewer(language: str = "fr") -> Impact:
    """A strike whose posts got less."""
    found = (compared("", "reactions", 0.58, 0.4, 0.83, 14.0), compared("", "replies", 0.97, 0.7, 1.4, 4.0))
    return replace(noticed(language), comparisons=found)


def few_posts(language: str = "fr") -> Impact:
    """Five posts: too little to tell."""
    hours = tuple(
        hour(number, posts=int(number % 5 == 4), noticed=int(number % 5 == 4)) for number in range(24)
    )
    found = tuple(
        too_little(account, measure) for account in ("", "mastodon/lejournal") for measure in Measure
    )
    told = facts(hours, links=5, published=5, asked=None, strike_ended=None)
    return replace(noticed(language), facts=told, comparisons=found)


def no_views(language: str = "fr") -> Impact:
    """No network tells how often a post was seen."""
    whole = noticed(language)
    found = tuple(
        too_little(one.account, "reach", posts=0) if one.measure is Measure.REACH else one
        for one in whole.comparisons
    )
    return replace(whole, comparisons=found)


def no_strike(language: str = "fr") -> Impact:
    """An ordinary day."""
    hours = tuple(hour(number, posts=4 * articles) for number, articles in enumerate(ARTICLES))
    none = {"strike_began": None, "strike_ended": None, "first_notice": None, "last_notice": None}
    return replace(noticed(language), facts=facts(hours, asked=None, **none), comparisons=())


def empty(language: str = "fr") -> Impact:
    """A span in which nothing happened at all."""
    nothing = facts(tuple(hour(number) for number in range(24)), links=0, published=0, asked=None)
    none = {"strike_began": None, "strikes": (), "first_notice": None, "last_notice": None}
    return replace(no_strike(language), facts=replace(nothing, **none))


def several_days(language: str = "fr") -> Impact:
    """Ten days, seven accounts with long names, and articles whose addresses are long."""
    name = "la_redaction_du_grand_journal_du_soir_et_du_matin"
    networks = ("bluesky", "facebook", "linkedin", "mastodon", "telegram", "threads", "x")
    found = [compared("", measure, *values) for measure, values in ALL.items()]
    found += [
        compared(f"{network}/{name}", measure, 0.4 + number * 1.9, 0.02 + number, 3.1 + number * 9, 120.0)
        for number, network in enumerate(networks)
        for measure in Measure
    ]
    days = tuple(
        replace(one, at=one.at + timedelta(days=day), posts=one.posts + day)
        for day in range(10)
        for one in day_hours()
    )
    missing = tuple(f"https://j.example/{'enquete-' * 20}{number}" for number in range(12))
    span = Span(since=MIDNIGHT + timedelta(hours=11), until=MIDNIGHT + timedelta(days=10, hours=11))
    told = facts(
        tuple(replace(one, at=one.at + timedelta(hours=11)) for one in days),
        links=400,
        published=388,
        missing=missing,
        last_notice=MIDNIGHT + timedelta(days=10, hours=16),
        strike_ended=span.until,
    )
    title = "Le Grand Journal du Soir et du Matin réunis, édition nationale et internationale"
    return replace(noticed(language), title=title, span=span, facts=told, comparisons=tuple(found))


def two_strikes(language: str = "fr") -> Impact:
    """A morning without a notice between two walkouts of one day."""
    walkouts = tuple(
        StrikeSpan(start=MIDNIGHT + timedelta(hours=start), end=MIDNIGHT + timedelta(hours=start + 3))
        for start in (6, 18)
    )
    hours = tuple(
        replace(one, noticed=one.posts if any(strike.holds(one.at) for strike in walkouts) else 0)
        for one in day_hours()
    )
    ends = {"strike_began": walkouts[0].start, "strike_ended": walkouts[1].end}
    notices = {"first_notice": MIDNIGHT + timedelta(hours=6, minutes=4), "last_notice": walkouts[1].end}
    return replace(noticed(language), facts=facts(hours, strikes=walkouts, **ends, **notices))


SAMPLES = {
    one.__name__: one
    for one in (noticed, unnoticed, fewer, few_posts, no_views, no_strike, empty, several_days, two_strikes)
}
