"""Successive polls of a feed: which articles go out and which do not, from bytes to dispositions."""

from dataclasses import dataclass, field

import pytest

from piquet.dedupe import tell_apart
from piquet.entry import Disposition, SortRules, sort_out
from piquet.feed import parse
from piquet.ledger.keys import keys
from piquet.ledger.values import StoredEntry

from .loopback import NOW, item, rss

FEED = "https://paper.example/feed"
OTHER = "https://paper.example/politics"
NEW = item("new")


@dataclass(slots=True)
class Memory:
    """What the ledger would know, in memory: every entry read so far, by its keys."""

    articles: dict[str, list[StoredEntry]] = field(default_factory=dict)
    feeds: set[str] = field(default_factory=set)

    def poll(self, *bodies: tuple[str, bytes]) -> list[str]:
        """The titles that go out after these feeds were read."""
        entries = [entry for url, body in bodies for entry in parse(body, {}, url, now=NOW).entries]
        first_sight = {url for url, _ in bodies} - self.feeds
        known = tell_apart(entries, self.articles)
        found = sort_out(entries, known=known, first_sight=first_sight, now=NOW, rules=SortRules())
        for number, one in enumerate(found, start=len(self.articles)):
            for key in keys(one.entry):
                self.articles.setdefault(key, []).append(StoredEntry(id=number, entry=one.entry))
        self.feeds |= first_sight
        return [one.entry.title for one in found if one.disposition is Disposition.FRESH]


def article(name, *, link=None, guid=None, title=None, more=""):
    guid = f'<guid isPermaLink="false">{guid}</guid>' if guid else ""
    return f"<item><title>{title or name}</title><link>{link or f'https://paper.example/{name}'}</link>{guid}{more}</item>"


def dated(hour):
    return f"<pubDate>Fri, 20 Nov 2026 {hour}:00:00 GMT</pubDate>"


RUSSIAN = (
    '<?xml version="1.0" encoding="{}"?><rss version="2.0"><channel>' + item("новость") + "</channel></rss>"
)
ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>a</title><id>urn:a</id>'
    '<link href="https://paper.example/a"/></entry></feed>'
)
A, B = article("a", guid="1"), article("b", guid="2")

# name: (the body before, the body after, what goes out after)
SCENARIOS = {
    "nothing changed": (rss(A, B), rss(A, B), []),
    "a new article": (rss(A), rss(NEW, A), ["new"]),
    "two new articles, the older first": (rss(A), rss(article("n2"), article("n1"), A), ["n1", "n2"]),
    "a new article without id": (rss(article("a")), rss(article("n"), article("a")), ["n"]),
    "the guid changed": (rss(A), rss(article("a", guid="9")), []),
    "all guids changed: the feed was reset": (
        rss(A, B),
        rss(article("a", guid="8"), article("b", guid="9")),
        [],
    ),
    "guids were added": (rss(article("a")), rss(article("a", guid="9")), []),
    "guids were dropped": (rss(A), rss(article("a")), []),
    "the link changed": (rss(A), rss(article("a", guid="1", link="https://paper.example/a-better-name")), []),
    "tracking was added": (
        rss(article("a")),
        rss(article("a", link="https://paper.example/a?utm_source=rss")),
        [],
    ),
    "http became https": (rss(article("a", link="http://paper.example/a")), rss(article("a")), []),
    "a slash was added": (rss(article("a")), rss(article("a", link="https://paper.example/a/")), []),
    "the domain moved, guids stay": (rss(A), rss(article("a", guid="1", link="https://new.example/a")), []),
    "the title was corrected": (rss(A), rss(article("a", guid="1", title="A, corrected")), []),
    "the text was corrected": (rss(A), rss(article("a", guid="1", more="<description>x</description>")), []),
    "the date moves at every poll": (
        rss(article("a", guid="1", more=dated(10))),
        rss(article("a", guid="1", more=dated(11))),
        [],
    ),
    "the order was reversed": (rss(A, B), rss(B, A), []),
    "an article fell out": (rss(A, B), rss(B), []),
    "the same article twice in a document": (rss(A), rss(NEW, NEW, A), ["new"]),
    "the same article under two tracked links": (
        rss(A),
        rss(
            article("n", link="https://paper.example/n?utm_source=a"),
            article("n", link="https://paper.example/n"),
            A,
        ),
        ["n"],
    ),
    "the same article in two languages": (
        rss(A),
        rss(
            article("grève", link="https://paper.example/fr/1"),
            article("strike", link="https://paper.example/en/1"),
            A,
        ),
        ["strike", "grève"],
    ),
    "the encoding changed": (RUSSIAN.format("koi8-r").encode("koi8-r"), RUSSIAN.format("utf-8").encode(), []),
    "RSS became Atom": (rss(A), ATOM.encode(), []),
    "an archive appeared": (
        rss(A),
        rss(A, article("old", more="<pubDate>Fri, 20 Nov 2020 10:00:00 GMT</pubDate>")),
        [],
    ),
    "an article that is only half there": (rss(A), rss(A, NEW)[:-40], []),
    "an article with a link nobody can follow": (
        rss(A),
        rss(A, article("evil", link="javascript:alert(1)")),
        [],
    ),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_after_the_second_poll_only_new_articles_go_out(name):
    before, after, out = SCENARIOS[name]
    memory = Memory()
    assert memory.poll((FEED, before)) == [], "the first sight of a feed posts nothing"
    assert memory.poll((FEED, after)) == out
    assert memory.poll((FEED, after)) == [], "nothing goes out twice"
    assert memory.poll((FEED, before), (FEED, after)) == [], "nor when the old document comes back"


def test_an_article_in_two_feeds_of_one_outlet_goes_out_once():
    memory = Memory()
    memory.poll((FEED, rss(A)), (OTHER, rss(A)))
    assert memory.poll((FEED, rss(NEW, A)), (OTHER, rss(NEW, A))) == ["new"]
    assert memory.poll((FEED, rss(NEW, A)), (OTHER, rss(NEW, A))) == []


def test_an_empty_feed_between_two_polls_changes_nothing():
    memory = Memory()
    memory.poll((FEED, rss(A, B)))
    assert memory.poll((FEED, rss())) == []
    assert memory.poll((FEED, rss(NEW, A, B))) == ["new"]


def test_a_cut_feed_posts_the_rest_once_it_is_whole():
    memory = Memory()
    memory.poll((FEED, rss(A)))
    assert memory.poll((FEED, rss(article("n1"), article("n2"), A)[:-130])) == ["n1"]
    assert memory.poll((FEED, rss(article("n1"), article("n2"), A))) == ["n2"]


def test_in_a_flood_only_the_newest_go_out():
    memory = Memory()
    memory.poll((FEED, rss(A)))
    flood = [article(f"n{number}") for number in range(100)]
    out = memory.poll((FEED, rss(*flood, A)))
    assert len(out) == SortRules().flood and out[-1] == "n0" and "n99" not in out
