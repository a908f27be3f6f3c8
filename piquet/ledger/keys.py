"""Fixed-width keys by which an entry is found again: a guid may be 10 kB long, and an index entry may not."""

import hashlib

from piquet.entry import Entry
from piquet.likeness import address, canonical, fragment, is_home, plain_title


def keys(entry: Entry) -> tuple[str, ...]:
    """Every key of an entry; the empty ones left out."""
    every = (id_key, link_key, name_key, exact_key, path_key, title_key)
    return tuple(dict.fromkeys(key for make in every if (key := make(entry))))


def id_key(entry: Entry) -> str:
    """Its id within its feed: 123 is another article elsewhere. An id that is an address is spelt as links are.

    Its fragment counts: on a page of many entries (scripting.com's) it is all that tells them apart.
    """
    id_ = entry.id or entry.link
    return digest("id", entry.feed, canonical(id_), fragment(id_))


def link_key(entry: Entry) -> str:
    """Its canonical link."""
    return digest("link", canonical(entry.link))


def name_key(entry: Entry) -> str:
    """Its id with its title, in any feed; empty without a title."""
    return digest("name", entry.id, title) if (title := plain_title(entry)) else ""


def exact_key(entry: Entry) -> str:
    """Its id, link and title together, in any feed."""
    return digest("exact", entry.id, canonical(entry.link), plain_title(entry))


def path_key(entry: Entry) -> str:
    """What of its link survives a move of the domain, within its feed; empty for a home page."""
    parts = address(entry.link)
    return (
        "" if is_home(entry.link) or not parts.netloc else digest("path", entry.feed, parts.path, parts.query)
    )


def title_key(entry: Entry) -> str:
    """Its title within its feed; empty without one."""
    return digest("title", entry.feed, title) if (title := plain_title(entry)) else ""


def digest(*texts: str) -> str:
    """SHA-256 in hexadecimal, of any texts: a lone surrogate from a broken feed has one too."""
    return hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()
