"""Fixed-width keys of an entry: a guid may be 10 kB long, and an index entry may not."""

import hashlib

from piquet.canonical import canonical_link
from piquet.entry import Entry


def id_key(entry: Entry) -> str:
    """The key of its guid within an outlet; of its link where the feed gave no guid."""
    return digest(entry.id or entry.link)


def link_key(entry: Entry) -> str:
    """The key of its canonical link."""
    return digest(canonical_link(entry.link))


def digest(text: str) -> str:
    """SHA-256 in hexadecimal, of any text: a lone surrogate from a broken feed has one too."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
