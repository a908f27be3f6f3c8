"""Feeds: retrieving them safely and reading them right; it knows neither ledgers nor networks."""

from piquet.feed.parse import ParsedFeed, parse
from piquet.feed.state import FeedState

__all__ = ["FeedState", "ParsedFeed", "parse"]
