"""How one post looks to a reader of its network: pieces of text, link card, notice; knows no HTML."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from piquet.wall.state import Account, Wall, WallPost
from piquet.wall.text import Span, linked

SHORT = 30  # characters of a link that Mastodon and X show
BARE = {"x": True, "facebook": True, "mastodon": False, "threads": True, "linkedin": True, "telegram": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A run of text: `kind` is "text", "link" or "tag"; `href` only where it is safe to follow."""

    kind: str
    text: str
    href: str | None = None
    notice: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkCard:
    """What stands under a post with a link; `image` says that a picture would be there."""

    href: str | None
    domain: str
    title: str
    description: str = ""
    image: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One post; `anchor` is its HTML id."""

    anchor: str
    time: datetime
    language: str | None
    pieces: Sequence[Piece]
    card: LinkCard | None
    notice: bool
    reply: bool
    warning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One account with its posts, newest first; `earlier` is how many more there are."""

    network: str
    name: str
    title: str
    handle: str
    count: int
    posts: Sequence[Look]
    earlier: int = 0


def handle(account: Account) -> str:
    """What stands beside the name; Facebook and LinkedIn show none."""
    match account.network:
        case "mastodon":
            return f"@{account.name}@wall.test"
        case "bluesky":
            return f"@{account.credentials['handle']}"
        case "x" | "threads":
            return f"@{account.name}"
        case "telegram":
            return account.credentials["channel"]
        case _:
            return ""


def anchor(post: WallPost) -> str:
    """The id of the post on its account's page."""
    return f"{post.network}-{post.account}-{post.id}"


def look(post: WallPost, notices: Sequence[str], cards: Mapping[str, Any]) -> Look:
    """A post as its network shows it; `cards` are titles the network would have read from the page."""
    end = notice_end(post.text, notices)
    return Look(
        anchor=anchor(post),
        time=post.time,
        language=post.language,
        pieces=_pieces(post, end),
        card=_card(post, cards),
        notice=end > 0,
        reply=_is_reply(post),
        warning=post.wire.get("spoiler_text", ""),
    )


def notice_end(text: str, notices: Sequence[str]) -> int:
    """Where the notice that stands first ends; 0 where none does."""
    start = len(text) - len(text.lstrip())
    ends = [start + len(n.strip()) for n in notices if text.startswith(n.strip(), start)]
    return max(ends, default=0)


def _pieces(post: WallPost, notice: int) -> list[Piece]:
    spans = _facets(post) if post.network == "bluesky" else linked(post.text, bare=BARE[post.network])
    pieces, at = [], 0
    for span in spans:
        pieces += [*_plain(post.text, at, span.start, notice), _span(post, span, notice)]
        at = span.end
    return [*pieces, *_plain(post.text, at, len(post.text), notice)]


def _plain(text: str, start: int, end: int, notice: int) -> list[Piece]:
    cut = min(max(notice, start), end)
    runs = ((start, cut, True), (cut, end, False))
    return [Piece(kind="text", text=text[a:b], notice=first) for a, b, first in runs if a < b]


def _span(post: WallPost, span: Span, notice: int) -> Piece:
    shown = post.text[span.start : span.end]
    if span.kind == "link" and post.network in ("mastodon", "x"):
        bare = shown.removeprefix("https://").removeprefix("http://").removeprefix("www.")
        shown = bare if len(bare) <= SHORT else f"{bare[:SHORT]}…"
    href = safe(span.target) if span.kind == "link" else None
    return Piece(kind=span.kind, text=shown, href=href, notice=span.end <= notice)


def safe(url: str | None) -> str | None:
    """The URL where a click on it only opens a page: posts are hostile input."""
    return url if url and url.lower().startswith(("http://", "https://")) else None


def _facets(post: WallPost) -> list[Span]:
    """Only what the record's facets say, in code points; ranges that fall within a character show nothing."""
    data = post.text.encode()
    spans: list[Span] = []
    facets = post.wire["record"].get("facets", [])
    for facet in sorted(facets, key=lambda f: f["index"]["byteStart"]):
        start, end = facet["index"]["byteStart"], facet["index"]["byteEnd"]
        span = _facet_span(data, start, end, facet["features"])
        if span and (not spans or span.start >= spans[-1].end):
            spans.append(span)
    return spans


def _facet_span(data: bytes, start: int, end: int, features: Sequence[Mapping[str, Any]]) -> Span | None:
    kinds = {"app.bsky.richtext.facet#link": ("link", "uri"), "app.bsky.richtext.facet#tag": ("tag", "tag")}
    known = [(*kinds[f["$type"]], f) for f in features if f["$type"] in kinds]
    if not known or end > len(data):
        return None
    try:
        before, within = data[:start].decode(), data[start:end].decode()
    except UnicodeDecodeError:
        return None
    kind, field, feature = known[0]
    return Span(start=len(before), end=len(before) + len(within), kind=kind, target=feature[field])


def _card(post: WallPost, cards: Mapping[str, Any]) -> LinkCard | None:
    if post.network in ("bluesky", "linkedin") and not post.card:
        return None
    if not post.link:
        return None
    known = post.card or cards.get(post.link) or {}
    parts = _split(post.link)
    return LinkCard(
        href=safe(post.link),
        domain=parts[0],
        title=str(known.get("title") or parts[1]),
        description=str(known.get("description") or ""),
        image=bool(known.get("image", True)),
    )


def _split(url: str) -> tuple[str, str]:
    """The domain, and the rest as a title while the article's own is not known."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", url
    return (parts.hostname or "").removeprefix("www."), f"{parts.netloc}{parts.path}".removeprefix("www.")


def _is_reply(post: WallPost) -> bool:
    wire = post.wire
    return bool(wire.get("in_reply_to_id") or wire.get("reply") or wire.get("record", {}).get("reply"))


def column(wall: Wall, account: Account, *, wanted: str, only_notices: bool, most: int) -> Column:
    """One account's posts that hold `wanted`, newest first, at most so many."""
    posts = wall.posts(account.network, account.name)
    found = [
        p
        for p in reversed(posts)
        if wanted.casefold() in p.text.casefold() and (not only_notices or notice_end(p.text, wall.notices))
    ]
    return Column(
        network=account.network,
        name=account.name,
        title=account.title,
        handle=handle(account),
        count=len(posts),
        posts=[look(p, wall.notices, wall.cards) for p in found[:most]],
        earlier=len(found[most:]),
    )
