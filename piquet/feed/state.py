"""What is remembered of a feed between two fetches; a value, stored by others."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """One feed's memory. Times are aware UTC; `body_sha256` is hexadecimal; `failures` are in a row."""

    url: str
    etag: str | None = None
    last_modified: str | None = None
    body_sha256: str | None = None
    ok_at: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0
    last_error: str | None = None
    not_before: datetime | None = None
