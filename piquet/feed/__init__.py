"""Feeds: retrieving them safely and reading them right; it knows neither ledgers nor networks."""

from piquet.feed.fetch import FeedResult, fetch
from piquet.feed.parse import ParsedFeed, parse
from piquet.feed.retrieve import Retrieved, retrieve
from piquet.feed.rules import RetrieveRules
from piquet.feed.state import FeedState

__all__ = [
    "FeedResult",
    "FeedState",
    "ParsedFeed",
    "RetrieveRules",
    "Retrieved",
    "fetch",
    "parse",
    "retrieve",
]
