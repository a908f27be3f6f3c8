"""Whether two entries could be one article, by titles, dates, languages and hosts; it knows nothing of keys."""

import re
from datetime import timedelta
from difflib import SequenceMatcher
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

from piquet.canonical import canonical_link
from piquet.entry import Entry

# Headlines are corrected by the word; two articles rarely have this much of their letters in one order.
_ALIKE = 0.6
# Comparing letters costs the square of a title's length; no headline's beginning is longer.
_COMPARED = 200
# A page that lives on under new ids (a live page, a daily column) is another article the next day, not the next hour.
_ANOTHER_DAY = timedelta(hours=12)

# Ids that could number the places or name the rubrics of a page ("2", "top-0001", "editorial") pass on to the next
# article; those of articles have a number of four digits that is no year, or a part of a hash.
_ARTICLE_NUMBER = re.compile(
    r"(?<!\d)(?!0|(?:19|20)\d\d(?!\d))\d{4}|(?<![0-9a-f])(?!000)(?=[a-f]*\d)[0-9a-f]{8}", re.IGNORECASE
)
# What slugs keep of an article when its headline changes; years and days have fewer digits, mostly.
_SLUG_NUMBER = re.compile(r"\d{5,}")
_DEVICE = re.compile(r"(?:www\d?|m|mobile|amp)\.")

# Each link is compared several times in a fetch, and spelling it out costs more than all the rest: 0.02 ms.
canonical = lru_cache(maxsize=32_768)(canonical_link)


def plain_title(entry: Entry) -> str:
    """The title without the differences of case and space that templates make; the summary's beginning without one."""
    return " ".join((entry.title or entry.summary[:_COMPARED]).split()).casefold()


def is_another(entry: Entry, other: Entry) -> bool:
    """Whether title and date both say that one key has gone over to another article."""
    return dates_differ(entry, other) and not alike(entry, other)


def is_of_another_day(entry: Entry, other: Entry) -> bool:
    """The same, where the key is one that pages keep for days under new titles."""
    dated = entry.published and other.published
    apart = dated and abs(entry.published - other.published) >= _ANOTHER_DAY
    return bool(apart) and not alike(entry, other)


def alike(entry: Entry, other: Entry) -> bool:
    """Whether one title may be a correction of the other."""
    one, two = plain_title(entry)[:_COMPARED], plain_title(other)[:_COMPARED]
    return one == two or SequenceMatcher(None, one, two, autojunk=False).ratio() >= _ALIKE


def dates_differ(entry: Entry, other: Entry) -> bool:
    """Whether both are dated, and otherwise."""
    return bool(entry.published and other.published and entry.published != other.published)


def is_unmoved(entry: Entry, other: Entry) -> bool:
    """Whether two entries of one path have one title and moment; on one host, whether nothing says otherwise."""
    akin = _without_device(entry) == _without_device(other)
    return _one_title(entry, other) and (
        _one_moment(entry, other) or (akin and not dates_differ(entry, other))
    )


def is_unrenamed(entry: Entry, other: Entry) -> bool:
    """Whether two entries have one title and moment, and their links no numbers of two articles."""
    one, two = (set(_SLUG_NUMBER.findall(address(e.link).path)) for e in (entry, other))
    return _one_title(entry, other) and _one_moment(entry, other) and (one == two or not (one and two))


def _one_title(entry: Entry, other: Entry) -> bool:
    return bool(plain_title(entry)) and plain_title(entry) == plain_title(other)


def _one_moment(entry: Entry, other: Entry) -> bool:
    """Whether both were published in the same second; a whole hour is a day without its hour, or a bulletin's."""
    at = entry.published
    return at is not None and at == other.published and bool(at.minute or at.second)


def _without_device(entry: Entry) -> str:
    host = address(entry.link).netloc
    return host[match.end() :] if (match := _DEVICE.match(host)) else host


def numbers_articles(entry: Entry) -> bool:
    """Whether its id is of a kind that numbers articles, and not places on a page."""
    return bool(_ARTICLE_NUMBER.search(entry.id))


def has_own_id(entry: Entry) -> bool:
    """Whether its id says more than its link or its headline, with which it would change."""
    copies_link = canonical(entry.id) in ("", canonical(entry.link)) and not fragment(entry.id)
    return not (copies_link or copies_headline(entry))


def copies_headline(entry: Entry) -> bool:
    """Whether its id is its headline."""
    return " ".join(entry.id.split()).casefold() == plain_title(entry)


def one_language(entry: Entry, other: Entry) -> bool:
    """A feed may come to declare its language otherwise; between two feeds another language is another article."""
    return entry.feed == other.feed or not languages_differ(entry, other)


def languages_differ(entry: Entry, other: Entry) -> bool:
    """Whether both have a language, and not the same: fr and fr-CA are one."""
    one, two = language(entry), language(other)
    return bool(one and two and one != two)


def language(entry: Entry) -> str:
    """The first part of its language tag; empty where there is none."""
    return (entry.language or "").partition("-")[0].lower()


def one_host(entry: Entry, other: Entry) -> bool:
    """Whether both links lead to one domain."""
    return address(entry.link).netloc == address(other.link).netloc


def is_home(link: str) -> bool:
    """Whether a link leads to a home page, and so to no article."""
    parts = address(link)
    return bool(parts.netloc) and not (parts.path.strip("/") or parts.query or parts.fragment)


def fragment(link: str) -> str:
    """What follows the first #, as it stands."""
    return link.partition("#")[2]


def address(link: str) -> SplitResult:
    """The parts of the canonical link; none of them where it is not an address at all."""
    try:
        return urlsplit(canonical(link))
    except ValueError:
        return urlsplit("")
