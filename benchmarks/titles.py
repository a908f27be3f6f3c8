"""An outlet on the wall for measuring: a feed of as many entries as wanted, and the plain loop's twin of it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from deployments.local import Local
from tests.e2e.newsroom import Newsroom

_TITLE = "Article {number} : la rédaction raconte, chiffres et témoignages à l'appui, une journée ordinaire"
_SUMMARY = "Un chapô de deux phrases, comme en ont les flux des journaux. Il tient en deux cents caractères."


class Title:
    """One outlet with four accounts; `most` is how many new entries it ever gets at once."""

    def __init__(self, local: Local, folder: Path, name: str, *, most: int) -> None:
        folder.mkdir(exist_ok=True)
        self.room = Newsroom(local, folder, name)
        # A worker keeps its bytecode; a test machine may be told not to.
        self.room.env.pop("PYTHONDONTWRITEBYTECODE", None)
        self._kept, self._number = 2 * max(most, 10), 0
        self.bring(self._kept)

    def apply(self) -> None:
        """Make its blocks."""
        self.room.apply(posts_per_cycle=200, flood=1000, lease_seconds=120)

    def settings(self) -> str:
        """The plain loop's settings, in a file."""
        path = self.room.folder / "plain.json"
        path.write_text(json.dumps({
            "feed": self.room.feed.as_uri(),
            "memory": str(self.room.folder / "seen.json"),
            "wall": self.room.local.wall,
            "accounts": self.room.accounts,
        }), encoding="utf-8")  # fmt: skip
        return str(path)

    def bring(self, new: int) -> None:
        """Publish so many new entries; the feed keeps as many old ones."""
        self._number += new
        numbers = range(max(self._number - self._kept, 0) + 1, self._number + 1)
        items = "".join(self._item(number) for number in reversed(numbers))
        self.room.write(f"<rss version='2.0'><channel><title>J</title>{items}</channel></rss>")

    def posted(self) -> int:
        """How many posts of it the wall shows, on all networks."""
        return sum(len(self.room.posts(account["network"])) for account in self.room.accounts)

    def _item(self, number: int) -> str:
        when = datetime.now(UTC) - timedelta(hours=3) + timedelta(seconds=number)
        link = f"https://{self.room.name}.example.com/articles/{number}/une-journee-ordinaire"
        return (
            f"<item><title>{_TITLE.format(number=number)}</title><link>{link}</link><guid>{link}</guid>"
            f"<description>{_SUMMARY}</description><pubDate>{when:%a, %d %b %Y %H:%M:%S} +0000</pubDate></item>"
        )
