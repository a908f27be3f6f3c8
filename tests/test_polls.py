"""Successive polls of an outlet's feeds, from bytes to the ledger: which articles go out and which do not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from piquet.entry import Disposition, Entry, SortRules, sort_out
from piquet.feed import FeedState, parse
from piquet.ledger import Ledger, upgrade
from piquet.ledger.tables import entries
from piquet.ledger.values import Batch, Recorded

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
OUTLET = "lejournal"
UNE = "https://lejournal.example/une.xml"
POLITICS = "https://lejournal.example/politics.xml"
ENGLISH = "https://lejournal.example/en.xml"
HOME = "https://lejournal.example/"


@dataclass(frozen=True, slots=True, kw_only=True)
class A:
    """One article of a document; `ago` are the minutes since it was published, None for no date."""

    guid: str
    link: str
    title: str
    ago: float | None = 30
    text: str = ""

    def item(self) -> str:
        at = None if self.ago is None else NOW - timedelta(minutes=self.ago)
        date = f"<pubDate>{format_datetime(at)}</pubDate>" if at else ""
        text = f"<description>{escape(self.text)}</description>" if self.text else ""
        guid = f'<guid isPermaLink="false">{escape(self.guid)}</guid>' if self.guid else ""
        return f"<item><title>{escape(self.title)}</title><link>{escape(self.link)}</link>{guid}{date}{text}</item>"


def a(name: str, **changes) -> A:
    return replace(
        A(guid=f"guid-{name}", link=f"https://lejournal.example/{name}", title=f"Titre de {name}"), **changes
    )


def many(*names: str, **changes) -> list[A]:
    return [a(name, **changes) for name in names]


def document(articles: list[A], language: str = "") -> bytes:
    said = f"<language>{language}</language>" if language else ""
    items = "".join(article.item() for article in articles)
    return f'<rss version="2.0"><channel><title>x</title>{said}{items}</channel></rss>'.encode()


@dataclass(slots=True)
class Newsroom:
    """An outlet that reads its feeds into a ledger; nothing is sent."""

    ledger: Ledger
    outlet: str = OUTLET
    seen: set[str] = field(default_factory=set)

    def poll(self, *documents: list[A], now: datetime = NOW, **more) -> list[str]:
        """The titles that go out once these documents, by feed, were read."""
        bodies = {UNE: document(documents[0])} if documents else {}
        return self.read(bodies | {url: document(articles) for url, articles in more.items()}, now=now)

    def read(self, bodies: dict[str, bytes], *, now: datetime = NOW) -> list[str]:
        return self.take(
            {url: parse(body, {}, url, now=now).entries for url, body in bodies.items()}, now=now
        )

    def take(self, parsed: dict[str, Sequence[Entry]], *, now: datetime = NOW) -> list[str]:
        first = {url for url, found in parsed.items() if found} - self.seen
        self.seen |= first
        read = [entry for url in sorted(parsed, key=lambda url: url in first) for entry in parsed[url]]
        known = self.ledger.known(self.outlet, read)
        self.ledger.correct(self.outlet, known.changes, now)
        found = sort_out(read, known=known, first_sight=first, now=now, rules=SortRules())
        ready = self.ledger.ready(self.outlet, now, release_flood=False)
        recorded = tuple(
            Recorded(
                entry=one.entry,
                disposition=one.disposition,
                wait_until=one.wait_until,
                repeats=one.repeats,
                told_from=one.told_from,
            )
            for one in found
        )
        states = tuple(FeedState(url=url, ok_at=now) for url in parsed)
        released = tuple(stored.id for stored in ready)
        batch = Batch(outlet=self.outlet, now=now, feeds=states, entries=recorded, released=released)
        self.ledger.record(batch)
        fresh = [one.entry.title for one in found if one.disposition is Disposition.FRESH]
        return [stored.entry.title for stored in ready] + fresh

    def titles(self) -> list[str]:
        """The titles of the ledger's articles, as they are now."""
        with self.ledger._reading() as connection:
            rows = connection.execute(
                select(entries.c.entry).where(entries.c.outlet == self.outlet)
            ).scalars()
            return [row["title"] for row in rows]


ONE_TO_FIVE = many("1", "2", "3", "4", "5")
NEW = a("new", ago=1)
MOVED = [replace(x, guid=f"n-{x.guid}", link=x.link.replace("lejournal", "nouveau")) for x in ONE_TO_FIVE]
MOVED_AND_RENAMED = [replace(x, link=f"https://nouveau.example/article/{i}") for i, x in enumerate(MOVED)]
REVUE = "La revue de presse"
WITHOUT_IDS = many("1", "2", "3", "4", "5", guid="")
NUMBERED = [a(n, guid=f"{n}5059121 at {HOME}") for n in "12345"]
REWRITTEN = replace(NUMBERED[0], link=f"{HOME}neige", title="Trente centimètres attendus", ago=5)

# name: successive documents of one feed, each with the titles that go out after it; all that is not named does not.
SCENARIOS: dict[str, list[tuple[list[A], list[str]]]] = {
    "the first sight is a baseline": [(ONE_TO_FIVE, []), ([NEW, *ONE_TO_FIVE], ["Titre de new"])],
    "the feed was reset: all ids changed": [
        (ONE_TO_FIVE, []),
        ([NEW, *(replace(x, guid=f"reset-{x.guid}") for x in ONE_TO_FIVE)], ["Titre de new"]),
    ],
    "all links changed, the ids stay": [
        (ONE_TO_FIVE, []),
        ([NEW, *(replace(x, link=f"{x.link}-autrement") for x in ONE_TO_FIVE)], ["Titre de new"]),
        ([replace(x, guid=f"reset-{x.guid}", link=f"{x.link}-autrement") for x in ONE_TO_FIVE], []),
        (ONE_TO_FIVE, []),
    ],
    "tracking, scheme, slash and fragment come and go, without ids": [
        (many("1", "2", guid=""), []),
        ([a("1", guid="", link="http://lejournal.example/1/?utm_source=rss&at_medium=x#top")], []),
        ([a("1", guid="", link="https://lejournal.example/1?xtor=RSS-1"), a("2", guid="")], []),
    ],
    "the domain moved, paths and titles stay": [
        (ONE_TO_FIVE, []),
        (MOVED, []),
        ([a("n", link="https://nouveau.example/n"), *MOVED], ["Titre de n"]),
    ],
    "the domain moved and every path with it, titles stay": [(ONE_TO_FIVE, []), (MOVED_AND_RENAMED, [])],
    "the domain moved and every title was trimmed, paths stay": [
        (ONE_TO_FIVE, []),
        ([replace(x, title=f"{x.title} - Le Journal") for x in MOVED], []),
    ],
    "the domain moved while two articles came out": [
        (ONE_TO_FIVE, []),
        (
            [
                a("b", link="https://nouveau.example/b", ago=1),
                a("c", link="https://nouveau.example/c", ago=2),
                *MOVED,
            ],
            ["Titre de c", "Titre de b"],
        ),
        (MOVED, []),
    ],
    "the domain moved, and an article was corrected afterwards": [
        (ONE_TO_FIVE, []),
        (MOVED, []),
        ([replace(MOVED[0], title="Titre corrigé"), *MOVED[1:]], []),
        ([replace(MOVED[0], title="Titre corrigé", guid="x"), *MOVED[1:]], []),
    ],
    "one repeated title, new id and new link, goes out every morning": [
        (many("1", "2", "3", "4"), []),
        ([a("lundi", title=REVUE, ago=2), *many("1", "2", "3", "4")], [REVUE]),
        ([a("mardi", title=REVUE, ago=1), a("lundi", title=REVUE, ago=2), *many("1", "2", "3")], [REVUE]),
        ([a("mercredi", title=REVUE, ago=0), *many("1", "2")], [REVUE]),
    ],
    "a feed of rubrics with the same titles every day goes out every day": [
        ([a(f"lundi-{n}", title=f"Rubrique {n}", ago=1500) for n in range(4)], []),
        (
            [a(f"mardi-{n}", title=f"Rubrique {n}", ago=60 + n) for n in range(4)],
            ["Rubrique 3", "Rubrique 2", "Rubrique 1", "Rubrique 0"],
        ),
    ],
    "two articles of a small feed with the titles of earlier ones go out": [
        (many("1", "2"), []),
        (
            [a("3", title="Titre de 1", ago=1), a("4", title="Titre de 2", ago=2)],
            ["Titre de 2", "Titre de 1"],
        ),
    ],
    "one guid on every link": [
        (many("1", "2", "3", guid="x"), []),
        (many("new", "1", "2", "3", guid="x"), ["Titre de new"]),
        (many("newer", "new", guid="x"), ["Titre de newer"]),
    ],
    "one guid on every link, seen once at first": [
        (many("1", guid="x"), []),
        ([a("2", guid="x", ago=1), a("1", guid="x")], ["Titre de 2"]),
        ([a("3", guid="x", ago=0)], ["Titre de 3"]),
    ],
    "one guid, one entry at a time": [
        ([a("la-greve-commence", guid="x", title="La grève commence à la rédaction", ago=600)], []),
        ([a("budget", guid="x", title="Budget: le Sénat vote", ago=60)], ["Budget: le Sénat vote"]),
        ([a("neige", guid="x", title="Trente centimètres attendus", ago=1)], ["Trente centimètres attendus"]),
    ],
    "guids that number the places": [
        ([a("1", guid="1"), a("2", guid="2"), a("3", guid="3")], []),
        ([a("new", guid="1", ago=1), a("1", guid="2"), a("2", guid="3")], ["Titre de new"]),
        ([a("newer", guid="1", ago=0), a("new", guid="2", ago=1), a("1", guid="3")], ["Titre de newer"]),
    ],
    "every link the home page": [
        (many("1", "2", "3", link=HOME), []),
        (many("new", "1", "2", "3", link=HOME), ["Titre de new"]),
        ([a("newer", link=HOME), a("new", link=HOME, title="Titre corrigé")], ["Titre de newer"]),
    ],
    "every link one page, though not the home page": [
        (many("1", "2", link=f"{HOME}depeches"), []),
        (many("new", "1", "2", link=f"{HOME}depeches"), ["Titre de new"]),
        (many("newer", link=f"{HOME}depeches"), ["Titre de newer"]),
    ],
    "untitled entries of one page, told apart by fragments alone": [
        ([a(n, guid="", link=f"{HOME}26.html#a{n}", title="", text=f"Texte {n}") for n in "12"], []),
        ([a(n, guid="", link=f"{HOME}26.html#a{n}", title="", text=f"Texte {n}") for n in "312"], [""]),
    ],
    "ids and links both worth nothing": [
        (many("1", "2", "3", guid="x", link=HOME), []),
        (many("new", "1", "2", "3", guid="x", link=HOME), ["Titre de new"]),
        (many("newer", "new", "1", guid="x", link=HOME), ["Titre de newer"]),
        (many("3", "2", "new", guid="x", link=HOME), []),
    ],
    "no ids, and every link the home page": [
        (many("1", "2", guid="", link=HOME), []),
        (many("new", "1", "2", guid="", link=HOME), ["Titre de new"]),
    ],
    "the guid copies the headline, which is corrected": [
        ([a("1", guid="Titre de 1"), a("2", guid="Titre de 2")], []),
        ([a("1", guid="Un meilleur", title="Un meilleur"), a("2", guid="Titre de 2")], []),
        ([a("1", guid="Encore", title="Encore", ago=1), a("2", guid="Titre de 2")], []),
    ],
    "the guid copies a headline that returns every morning": [
        ([a("lundi", guid=REVUE, title=REVUE, ago=1500)], []),
        ([a("mardi", guid=REVUE, title=REVUE, ago=60)], [REVUE]),
        (
            [a("mercredi", guid=REVUE, title=REVUE, ago=1), a("mardi", guid=REVUE, title=REVUE, ago=60)],
            [REVUE],
        ),
    ],
    "the guid copies the headline, the link changes": [
        ([a("1", guid="Titre de 1"), *many("2", "3")], []),
        ([a("1", guid="Titre de 1", link=f"{HOME}mieux"), *many("2", "3")], []),
    ],
    "title and slug corrected together": [
        (ONE_TO_FIVE, []),
        ([replace(ONE_TO_FIVE[0], title="Titre corrigé du 1", link=f"{HOME}mieux"), *ONE_TO_FIVE[1:]], []),
        ([replace(ONE_TO_FIVE[0], title="Autre chose", link=f"{HOME}encore"), *ONE_TO_FIVE[1:]], []),
    ],
    "articles withdrawn and returned": [
        (ONE_TO_FIVE, []),
        (ONE_TO_FIVE[:2], []),
        ([NEW, *ONE_TO_FIVE[:1]], ["Titre de new"]),
        (ONE_TO_FIVE, []),
        ([NEW, *ONE_TO_FIVE], []),
    ],
    "late, with an older date": [
        (ONE_TO_FIVE, []),
        ([*ONE_TO_FIVE, a("late", ago=300)], ["Titre de late"]),
        ([a("late", ago=300), *ONE_TO_FIVE], []),
    ],
    "several of the same second": [
        (ONE_TO_FIVE, []),
        ([*many("x", "y"), *ONE_TO_FIVE], ["Titre de y", "Titre de x"]),
        ([*many("z", "x", "y"), *ONE_TO_FIVE], ["Titre de z"]),
    ],
    "no dates at all": [
        (many("1", "2", ago=None), []),
        (many("b", "a", "1", "2", ago=None), ["Titre de a", "Titre de b"]),
        (many("b", "a", "1", "2", ago=None), []),
    ],
    "ascending": [
        ([a("1", ago=60), a("2", ago=50)], []),
        ([a("1", ago=60), a("2", ago=50), a("3", ago=40), a("4", ago=30)], ["Titre de 3", "Titre de 4"]),
    ],
    "the feed is emptied and comes back": [
        (ONE_TO_FIVE, []),
        ([], []),
        ([NEW, *ONE_TO_FIVE], ["Titre de new"]),
    ],
    "an article listed twice": [
        (ONE_TO_FIVE, []),
        ([a("n", guid=""), a("n", guid="", link=f"{HOME}n?utm_source=x"), *ONE_TO_FIVE], ["Titre de n"]),
    ],
    "dates that move at every poll": [
        (many("1", "2", ago=60), []),
        (many("1", "2", ago=30), []),
        (many("1", "2", ago=1), []),
    ],
    "one slug changed, without ids": [
        (WITHOUT_IDS, []),
        ([NEW, a("1", guid="", link=f"{HOME}autrement"), *WITHOUT_IDS[1:]], ["Titre de new"]),
        (WITHOUT_IDS, []),
    ],
    "www came to some, and a parameter to one, without ids": [
        (WITHOUT_IDS, []),
        (
            [
                *(replace(x, link=x.link.replace("//", "//www.")) for x in WITHOUT_IDS[:2]),
                a("3", guid="", link=f"{HOME}3?voir=une"),
                *WITHOUT_IDS[3:],
            ],
            [],
        ),
    ],
    "www came to some, without ids or dates": [
        (many("1", "2", "3", guid="", ago=None), []),
        ([a("1", guid="", ago=None, link="https://www.lejournal.example/1"), a("2", guid="", ago=None)], []),
    ],
    "the domain of a feed of two moved, and all their ids": [(many("1", "2"), []), (MOVED[:2], [])],
    "a slug changed while a namesake of the same second came out": [
        (WITHOUT_IDS, []),
        (
            [a("1", guid="", link=f"{HOME}autrement"), a("n", guid="", title="Titre de 1"), *WITHOUT_IDS[1:]],
            ["Titre de 1", "Titre de 1"],
        ),
    ],
    "two namesakes of the same second, both new": [
        (WITHOUT_IDS, []),
        (many("paris", "lyon", guid="", title="Météo") + WITHOUT_IDS, ["Météo", "Météo"]),
    ],
    "a namesake of the same second beside the first one": [
        (many("paris", guid="", title="Météo"), []),
        (many("lyon", "paris", guid="", title="Météo"), ["Météo"]),
    ],
    "a namesake of the same second in place of the first one, by the numbers of their links": [
        ([a("meteo-1234567", guid="", title="Météo")], []),
        ([a("meteo-1234568", guid="", title="Météo")], ["Météo"]),
    ],
    "a namesake of the same second in place of the first one, by its own id": [
        ([a("1", title="Météo")], []),
        ([a("2", title="Météo")], ["Météo"]),
    ],
    "a namesake of the same day, where dates have no hour": [
        ([a("paris", guid="", title="Météo", ago=720)], []),
        ([a("lyon", guid="", title="Météo", ago=720)], ["Météo"]),
    ],
    "the same column, another day": [
        ([a("hier", guid="", title="Le journal de 20 h", ago=1445)], []),
        ([a("ce-soir", guid="", title="Le journal de 20 h", ago=5)], ["Le journal de 20 h"]),
    ],
    "one path and title on two hosts, without dates": [
        ([a("meteo", guid="", ago=None, title="Météo", link="https://paris.example/meteo")], []),
        ([a("meteo", guid="", ago=None, title="Météo", link="https://lyon.example/meteo")], ["Météo"]),
    ],
    "one path, title and second under a new id, where ids stay": [
        ([a("0", link="https://paris.example/meteo", title="Météo"), *NUMBERED], []),
        ([a("x", link="https://lyon.example/meteo", title="Météo"), *NUMBERED], ["Météo"]),
    ],
    "an article rewritten under its id: title, slug and date": [
        (NUMBERED, []),
        ([REWRITTEN, *NUMBERED[1:]], []),
        ([NEW, REWRITTEN, *NUMBERED[1:]], ["Titre de new"]),
    ],
    "an article rewritten under its id where ids are not proven": [
        (NUMBERED[:3], []),
        ([REWRITTEN, *NUMBERED[1:3]], [REWRITTEN.title]),
    ],
    "the top place of four alone has another article": [
        ([a(n, guid=f"place-{n}") for n in "1234"], []),
        (
            [replace(REWRITTEN, guid="place-1"), *(a(n, guid=f"place-{n}") for n in "234")],
            [REWRITTEN.title],
        ),
    ],
    "a rubric alone has another article": [
        ([a(n, guid=f"tag:lejournal.example,2026:{n}") for n in ("edito", "meteo", "jeux", "dessin")], []),
        (
            [
                replace(REWRITTEN, guid="tag:lejournal.example,2026:edito"),
                *(a(n, guid=f"tag:lejournal.example,2026:{n}") for n in ("meteo", "jeux", "dessin")),
            ],
            [REWRITTEN.title],
        ),
    ],
    "a page is written anew under its number another day": [
        ([replace(NUMBERED[0], ago=1400), *NUMBERED[1:]], []),
        ([REWRITTEN, *NUMBERED[1:]], [REWRITTEN.title]),
    ],
    "a live page lives on under a new id, another day": [
        ([a("live", guid="1", title="Séance du Sénat, en direct", ago=1400)], []),
        ([a("live", guid="2", title="Neige: suivez notre live", ago=5)], ["Neige: suivez notre live"]),
    ],
}


@pytest.fixture(scope="module")
def opened(tmp_path_factory) -> Iterator[Ledger]:
    url = f"sqlite:///{tmp_path_factory.mktemp('polls')}/ledger.sqlite"
    upgrade(url)
    with Ledger.open(url) as ledger:
        yield ledger


@pytest.fixture
def newsroom(opened) -> Newsroom:
    """A newsroom of its own: outlets of one ledger know nothing of each other."""
    return Newsroom(opened, outlet=uuid4().hex)


@pytest.mark.parametrize("name", SCENARIOS)
def test_only_new_articles_go_out(newsroom, name):
    check(newsroom, SCENARIOS[name])


def check(newsroom: Newsroom, polls: list[tuple[list[A], list[str]]]) -> None:
    for number, (articles, out) in enumerate(polls, start=1):
        assert newsroom.poll(articles) == out, f"poll {number}"
        assert newsroom.poll(articles) == [], f"poll {number}, again"


def test_a_corrected_title_and_link_are_what_the_ledger_holds(newsroom):
    newsroom.poll(many("1", "2", "3"))
    newsroom.poll(many("new", "1", "2", "3"))
    assert newsroom.poll([a("new", title="Titre corrigé"), *many("1", "2", "3")]) == []
    assert "Titre corrigé" in newsroom.titles() and "Titre de new" not in newsroom.titles()
    assert newsroom.poll(MOVED[:3]) == []
    assert len(newsroom.titles()) == 4


def test_an_article_dated_in_the_future_waits_and_goes_out_once_at_its_corrected_hour(newsroom):
    hour = timedelta(hours=1)
    newsroom.poll(many("1"))
    assert newsroom.poll([a("embargo", ago=-60), a("1")]) == []
    assert newsroom.poll([a("embargo", ago=-120, title="Mieux"), a("1")]) == []
    assert newsroom.poll([a("1")], now=NOW + hour) == []
    assert newsroom.poll([a("embargo", ago=-120, title="Mieux")], now=NOW + 2 * hour) == ["Mieux"]
    assert newsroom.poll([a("embargo", ago=-120, title="Mieux")], now=NOW + 2 * hour) == []


def two(newsroom: Newsroom, une: list[A], politics: list[A], languages=("", "")) -> list[str]:
    return newsroom.read({UNE: document(une, languages[0]), POLITICS: document(politics, languages[1])})


def test_one_article_in_two_feeds_goes_out_once_by_link_and_stays_known_when_one_of_them_changes_it(newsroom):
    two(newsroom, many("1"), many("2"))
    assert two(newsroom, [NEW, a("1")], [replace(NEW, guid="politics-9"), a("2")]) == ["Titre de new"]
    changed = replace(NEW, link=f"{HOME}new-corrected")
    assert two(newsroom, [changed, a("1")], [replace(NEW, guid="politics-9"), a("2")]) == []
    assert (
        two(newsroom, [a("1")], [replace(NEW, guid="politics-9", link=f"{HOME}politics/new"), a("2")]) == []
    )


def test_one_article_in_two_feeds_goes_out_once_by_guid_and_title(newsroom):
    two(newsroom, many("1"), many("2"))
    elsewhere = replace(NEW, link=f"{HOME}politics/new")
    assert two(newsroom, [NEW, a("1")], [elsewhere, a("2")]) == ["Titre de new"]
    assert two(newsroom, [a("1")], [elsewhere, a("2")]) == []
    assert (
        two(newsroom, [a("1")], [a("2", guid="guid-1", title="Titre de 1", link=f"{HOME}politics/1")]) == []
    )


def test_one_article_in_two_feeds_goes_out_once_whatever_each_says_it_was_read_through(newsroom):
    two(newsroom, many("1", guid=""), many("2", guid=""))
    une, politics = (a("n", guid="", link=f"{HOME}n?mod=rss_{name}") for name in ("une", "politics"))
    assert two(newsroom, [une, a("1", guid="")], [politics, a("2", guid="")]) == ["Titre de n"]
    other = [a("m", guid="", link=f"{HOME}n?ref={number}") for number in (12345, 12346)]
    out = two(newsroom, [replace(other[0], title="A"), une], [replace(other[1], title="B"), politics])
    assert sorted(out) == ["A", "B"]


def test_one_guid_on_two_articles_of_two_feeds_is_two_articles(newsroom):
    two(newsroom, many("1"), many("2"))
    out = two(newsroom, [a("x", guid="123"), a("1")], [a("y", guid="123"), a("2")])
    assert sorted(out) == ["Titre de x", "Titre de y"]
    assert two(newsroom, [a("x", guid="123")], [a("y", guid="123")]) == []
    later = two(newsroom, [a("x", guid="123")], [a("z", guid="124"), a("y", guid="123")])
    assert later == ["Titre de z"]


def test_one_article_in_two_languages_is_two_articles(newsroom):
    languages = ("fr-FR", "en")
    two(newsroom, many("1"), many("2"), languages)
    french, english = a("g", title="La grève"), a("g", title="The strike")
    assert sorted(two(newsroom, [french, a("1")], [english, a("2")], languages)) == ["La grève", "The strike"]
    assert two(newsroom, [french, a("1")], [english, a("2")], languages) == []
    assert two(newsroom, [replace(french, guid="r")], [replace(english, guid="s")], languages) == []


def test_a_feed_that_comes_to_declare_another_language_posts_nothing_again(newsroom):
    newsroom.read({UNE: document(many("1", "2", guid=""), "en")})
    assert newsroom.read({UNE: document(many("1", "2", guid=""), "fr")}) == []


def test_a_feed_added_later_keeps_nothing_back_that_another_brings(newsroom):
    newsroom.read({POLITICS: document(many("1"))})
    bodies = {UNE: document([NEW, *many("1", "8", "9")]), POLITICS: document([NEW, a("1")])}
    assert newsroom.read(bodies) == ["Titre de new"]
    assert newsroom.read(bodies) == []


def test_what_another_run_recorded_meanwhile_is_not_recorded_again(newsroom):
    newsroom.poll(many("1"))
    twin = Newsroom(newsroom.ledger, outlet=newsroom.outlet, seen={UNE})
    read = parse(document([NEW, a("1")]), {}, UNE, now=NOW).entries
    known = twin.ledger.known(twin.outlet, read)
    found = sort_out(read, known=known, first_sight=(), now=NOW, rules=SortRules())
    assert newsroom.poll([NEW, a("1")]) == ["Titre de new"]
    recorded = tuple(Recorded(entry=one.entry, disposition=one.disposition) for one in found)
    twin.ledger.record(Batch(outlet=twin.outlet, now=NOW, entries=recorded))
    assert len(newsroom.titles()) == 2


REAL = Path(__file__).parents[2] / "shared" / "feeds"
CHANGES = {
    "nothing": lambda entry, place: entry,
    "every id": lambda entry, place: replace(entry, id=f"reset-{place}"),
    "the domain": lambda entry, place: replace(
        entry, id=f"new-{place}", link=entry.link.replace(urlsplit(entry.link).netloc, "new.example", 1)
    ),
}


@pytest.mark.skipif(not REAL.is_dir(), reason="the real feeds are not beside the checkout")
@pytest.mark.parametrize("what", CHANGES)
def test_a_real_feed_of_which_everything_known_changes_posts_only_what_is_new(opened, what):
    for path in sorted(path for path in REAL.iterdir() if path.suffix in (".xml", ".atom", ".json")):
        if path.name == "expected.json" or len(found := entries_of(path)) < 3:
            continue
        room = Newsroom(opened, outlet=uuid4().hex)
        assert room.take({UNE: found}) == [], path.name
        changed_ = [CHANGES[what](entry, place) for place, entry in enumerate(found)]
        fresh = replace(
            found[0], id="fresh", link="https://new.example/fresh/1", title="Tout neuf", published=NOW
        )
        assert room.take({UNE: [fresh, *changed_]}) == ["Tout neuf"], path.name


def entries_of(path: Path) -> list[Entry]:
    read = parse(path.read_bytes(), {}, f"{HOME}{path.name}", feed=UNE, now=NOW).entries
    return [replace(entry, published=NOW) for entry in read]


decorations = st.tuples(
    st.sampled_from(["https", "http"]),
    st.sampled_from(["", "/"]),
    st.sampled_from(["", "?utm_source=rss", "?at_medium=x&fbclid=1"]),
    st.sampled_from(["", "#top"]),
)
listings = st.tuples(st.integers(0, 12), decorations)
polls_of = st.lists(st.lists(listings, max_size=10, unique_by=lambda one: one[0]), min_size=1, max_size=6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(polls=polls_of, with_ids=st.booleans())
def test_whatever_the_links_look_like_nothing_goes_out_twice_and_nothing_is_lost(opened, polls, with_ids):
    room = Newsroom(opened, outlet=uuid4().hex)
    assert room.poll([a("base")]) == []
    out = [title for poll in polls for title in room.poll([decorated(*one, with_ids) for one in poll])]
    assert sorted(out) == sorted({f"Titre de {number}" for poll in polls for number, _ in poll})


def decorated(number: int, how: tuple[str, str, str, str], with_ids: bool) -> A:
    scheme, slash, query, fragment = how
    link = f"{scheme}://lejournal.example/{number}{slash}{query}{fragment}"
    return a(str(number), link=link, guid=f"guid-{number}" if with_ids else "")


changes = st.lists(
    st.lists(st.tuples(st.integers(0, 8), st.sampled_from(["guid", "link", "title"])), max_size=9),
    min_size=1,
    max_size=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(polls=changes, dated=st.booleans())
def test_whatever_one_thing_of_an_article_changes_at_a_time_it_goes_out_once(opened, polls, dated):
    room = Newsroom(opened, outlet=uuid4().hex)
    assert room.poll([a("base")]) == []
    articles: dict[int, A] = {}
    out = []
    for turn, poll in enumerate(polls):
        for number, part in dict(poll).items():
            articles[number] = changed(articles.get(number), number, part, turn, dated)
        out += room.poll([articles[number] for number in dict(poll)])
    assert len(out) == len(articles)


def changed(article: A | None, number: int, part: str, turn: int, dated: bool) -> A:
    if article is None:
        return a(f"article-{number}", ago=number if dated else None)
    return replace(article, **{part: f"{getattr(article, part)}-{turn}"})
