"""Looking back through what an account has posted, page by page; knows no network and no payload."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from piquet.errors import NetworkError, Repeated, Unsettled
from piquet.networks.match import Seen
from piquet.post import Receipt

MAX_PAGES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some posts, newest first, and where the next older ones begin (None: there are none)."""

    posts: Sequence[Seen]
    older: str | None


async def look_back(fetch: Callable[[str | None], Awaitable[Page]], *, until: datetime) -> list[Seen]:
    """Every post down to that time; `Unsettled` when it is too far back for MAX_PAGES requests."""
    seen: list[Seen] = []
    older: str | None = None
    for _ in range(MAX_PAGES):
        page = await fetch(older)
        seen += page.posts
        # A server that ignores the cursor gives the same page again.
        if page.older in (None, older) or any(post.at < until for post in page.posts):
            return seen
        older = page.older
    raise Unsettled(
        f"The account has posted too much since {until:%Y-%m-%d %H:%M} UTC to look that far back."
    )


async def already_there(look: Awaitable[Receipt | None], refusal: str) -> Receipt:
    """The post that a network refused as a repeat; `Repeated` where none is to be seen, `Unsettled` where none can be told."""
    try:
        found = await look
    except NetworkError as error:
        raise Unsettled(f"{refusal} Which post that is could not be found out: {error}") from None
    if found is None:
        raise Repeated(refusal)
    return found
