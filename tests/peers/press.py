"""The newspapers' web server: feeds over real HTTP that change, move, break and lie; knows nothing of who reads them."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from piquet.wall.server import in_thread

WINDOW = 50
_BODY = "Le texte de l'article, aussi long que dans un journal. " * 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article; `published` None leaves its date out of the feed."""

    title: str
    link: str
    guid: str
    published: datetime | None


@dataclass(slots=True, kw_only=True)
class Feed:
    """One feed, the newest WINDOW of its articles shown. `instead` answers in the document's place.

    `asked`: the status of every answer; `readers`: the User-Agents.
    """

    name: str
    url: str
    articles: list[Article] = field(default_factory=list)
    ascending: bool = False
    dated: bool = True
    moved_to: str = ""
    instead: Callable[[bytes], Response] | None = None
    asked: list[int] = field(default_factory=list)
    readers: set[str] = field(default_factory=set)

    def publish(self, count: int, *, at: datetime | None = None, every: timedelta | None = None) -> list[str]:
        """Publish so many articles, by default minutes ago and a second apart; their titles, oldest first."""
        start = at or datetime.now(UTC) - timedelta(minutes=5)
        first = len(self.articles) + 1
        new = [
            self.article(f"Article {first + n} de {self.name}", start + n * (every or timedelta(seconds=1)))
            for n in range(count)
        ]
        self.articles += new
        return [article.title for article in new]

    def article(self, title: str, published: datetime) -> Article:
        """An article of this feed with a link and an id of its own."""
        mark = hashlib.sha256(title.encode()).hexdigest()[:12]
        return Article(
            title=title,
            link=f"https://{self.name}.example.com/{mark}",
            guid=f"{self.name}-{mark}",
            published=published if self.dated else None,
        )

    def add(self, title: str, published: datetime) -> list[str]:
        """Publish one article of that title; the title."""
        self.articles.append(self.article(title, published))
        return [title]

    def document(self) -> bytes:
        """The feed as RSS, newest on top unless it ascends."""
        shown = self.articles[-WINDOW:]
        items = [_item(article) for article in (shown if self.ascending else reversed(shown))]
        head = f"<title>{self.name}</title><link>https://{self.name}.example.com/</link>"
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<rss version="2.0"><channel>{head}{"".join(items)}</channel></rss>'
        ).encode()

    def answer(self, request: Request) -> Response:
        """What a reader gets now."""
        self.readers.add(request.headers.get("user-agent", ""))
        answer = self._answer(request)
        self.asked.append(answer.status_code)
        return answer

    def _answer(self, request: Request) -> Response:
        if self.moved_to and not request.url.path.endswith(self.moved_to):
            return RedirectResponse(f"/{self.name}/{self.moved_to}", 301)
        body = self.document()
        if self.instead:
            return self.instead(body)
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers={"ETag": tag})
        return Response(body, media_type="application/rss+xml", headers={"ETag": tag})


def _item(article: Article) -> str:
    date = f"<pubDate>{article.published:%a, %d %b %Y %H:%M:%S} +0000</pubDate>" if article.published else ""
    return (
        f"<item><title>{escape(article.title)}</title><link>{article.link}</link>"
        f'<guid isPermaLink="false">{article.guid}</guid>{date}<description>{_BODY}</description></item>\n'
    )


@dataclass(slots=True)
class Press:
    """All feeds, by name; `url` is where the server listens."""

    url: str = ""
    feeds: dict[str, Feed] = field(default_factory=dict)

    def feed(self, name: str) -> Feed:
        """A new feed of that name."""
        self.feeds[name] = Feed(name=name, url=f"{self.url}/{name}/rss")
        return self.feeds[name]

    async def serve(self, request: Request) -> Response:
        """Answer for whichever feed is asked for."""
        return self.feeds[request.path_params["name"]].answer(request)


@contextmanager
def running_press() -> Iterator[Press]:
    """A press on a free loopback port."""
    press = Press()
    with in_thread(Starlette(routes=[Route("/{name}/{file}", press.serve)])) as url:
        press.url = url
        yield press
