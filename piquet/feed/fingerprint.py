"""Whether a body is the one seen before, apart from the time it was built; pure."""

import hashlib
import re

# Feeds stamp themselves at every build: https://www.rssboard.org/rss-specification#optionalChannelElements,
# https://www.rfc-editor.org/rfc/rfc4287#section-4.2.15. Only the head has these; an entry's dates count.
_STAMP = re.compile(rb"<(lastBuildDate|pubDate|updated|dc:date)(?:\s[^<>]*)?>[^<]{0,80}</\1>", re.IGNORECASE)
_FIRST_ENTRY = re.compile(rb"<(?:item|entry)[\s>]", re.IGNORECASE)
_LAST_COMMENT = re.compile(rb"(?:<!--[^<>]{0,500}-->\s*)+\Z")  # "page generated in 0.31 seconds", by caches
_LONGEST_HEAD = 50_000
_TAIL = 2_000


def fingerprint(body: bytes) -> str:
    """SHA-256, in hexadecimal, of a feed's body without its build stamps."""
    first = _FIRST_ENTRY.search(body, 0, _LONGEST_HEAD)
    head = body[: first.start()] if first else b""
    rest = body[len(head) :]
    digest = hashlib.sha256(_STAMP.sub(b"", head))
    digest.update(rest[:-_TAIL])
    digest.update(_LAST_COMMENT.sub(b"", rest[-_TAIL:]))
    return digest.hexdigest()
