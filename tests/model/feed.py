"""The newsroom's feed: what it lists, and how it changes between two looks; knows nothing of who reads it."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from piquet.entry import Entry

FEED = "https://journal.example/rss"
_NUMBER = re.compile(r"n° (\d+)")


@dataclass(kw_only=True)
class Article:
    """One article under its id, link and title of now; `changed`: its id or link is one that no cycle has recorded."""

    number: int
    published: datetime
    id: str = ""
    link: str = ""
    title: str = ""
    listed: bool = True
    changed: bool = False

    def __post_init__(self) -> None:
        self.id = f"id-{self.number}"
        self.link = f"https://journal.example/articles/{self.number}/a"
        # Titles of one pattern look like corrections of each other; ids and links must tell them apart.
        self.title = f"Enquête n° {self.number}"

    @property
    def entry(self) -> Entry:
        """As the feed's reader gives it."""
        return Entry(feed=FEED, id=self.id, link=self.link, title=self.title, published=self.published)


@dataclass(kw_only=True)
class Feed:
    """Articles, the oldest first."""

    articles: list[Article] = field(default_factory=list)

    def publish(self, published: datetime) -> None:
        """List one article more."""
        self.articles.append(Article(number=len(self.articles) + 1, published=published))

    def document(self) -> tuple[Entry, ...]:
        """What a look gives: the newest first."""
        listed = [article for article in self.articles if article.listed]
        return tuple(a.entry for a in sorted(listed, key=lambda a: (a.published, a.number), reverse=True))


def number_of(title: str) -> int:
    """The number of the article whose title this is, however it was corrected."""
    return int(_NUMBER.search(title)[1])


def correct_title(article: Article) -> None:
    """A typo is mended."""
    article.title += " (2)" if not article.title.endswith(")") else "!"


def change_id(article: Article) -> None:
    """The same article under another id."""
    article.id += "'"


def change_link(article: Article) -> None:
    """The same article at another address."""
    article.link += "a"


def withdraw_or_list_again(article: Article) -> None:
    """It leaves the document, or comes back."""
    article.listed = not article.listed
