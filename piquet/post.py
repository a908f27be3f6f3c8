"""What goes to one account and what comes back: post, frozen payload, receipt. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from piquet.entry import Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A link preview that we supply where the network does not make its own."""

    title: str
    description: str = ""
    image: Image | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A composed post for one account.

    `text` is what a reader sees and already holds the link where there is room for it;
    `link` is the article's address (None in mode `message_only`), whole, for the card or the
    network's own link field. `hashtags` (with their #) are those that stand in `text`.
    `language` is a BCP 47 tag or None.
    """

    text: str
    link: str | None = None
    card: Card | None = None
    language: str | None = None
    hashtags: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """Everything that will go on the wire for one post, stored before anything is sent.

    `key` identifies the delivery for ever (idempotency key or record key), `prepared_at` is
    aware UTC, `body` is JSON-ready and network-specific, `text` and `link` are what `find` looks for.
    """

    network: str
    key: str
    prepared_at: datetime
    text: str
    link: str | None
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The network's answer for a post that is there: its id, public URL, and time (aware UTC).

    `version` tells one content of that id from another (Bluesky's cid); empty where there is none or the ledger,
    which keeps id and URL, was asked.
    """

    id: str
    url: str
    at: datetime
    version: str = ""
