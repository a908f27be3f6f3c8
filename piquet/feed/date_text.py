"""The text of a date made plain: one kind of dash, of clock and of month in any language; knows no calendar."""

import html
import re
import unicodedata

from piquet.feed.date_words import MONTH_PHRASES, MONTHS, MONTHS_OF

_LONGEST = 200
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_ENGLISH = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PHRASE = re.compile("|".join(map(re.escape, sorted(MONTH_PHRASES, key=len, reverse=True))), re.IGNORECASE)
# 12월, 1月, Th1 and tháng 1 stand between day and year where a template writes an English date in local words.
_MONTH_NUMBER = re.compile(
    r"(?<!\d)(?P<day>\d{1,2})[\s,]+"
    r"(?:th(?:áng|g)?\.?\s?(?P<after>1[0-2]|0?[1-9])|(?P<before>1[0-2]|0?[1-9])\s?[月월])"
    r"[\s,]*(?:năm )?(?=\d{4}(?!\d))",
    re.IGNORECASE,
)
# 10.30 is an hour where a date has ended: after a year, or after the last of numbers.
_DOTTED_CLOCK = re.compile(
    r"(?:(?<=\d{4})|(?<=[-/.]\d\d))(?:,| -)? (?:(?:klo?|um|at)\.? )?(\d{1,2})\.(\d\d)(?:\.(\d\d))?(?![.\d])",
    re.IGNORECASE,
)


def tidy(raw: str) -> str:
    """The text with its entities, white space, dashes, hours and months of several words as English has them."""
    text = html.unescape(raw[:_LONGEST]) if "&" in raw[:_LONGEST] else raw[:_LONGEST]
    text = " ".join((text if text.isascii() else _plainer(text)).split())
    text = _MONTH_NUMBER.sub(_with_month_name, text)
    return _DOTTED_CLOCK.sub(lambda match: " " + ":".join(filter(None, match.groups())), text)


def month(word: str, language: str | None) -> int | None:
    """The number of the month that a word of any language, or an abbreviation of it, names; 1 is January."""
    word = unicodedata.normalize("NFC", word).lower()
    own = MONTHS_OF.get((language or "").partition("-")[0].lower(), {})
    if found := next((number for name, number in own.items() if word.startswith(name)), None):
        return found
    plain = "".join(c for c in unicodedata.normalize("NFD", word) if unicodedata.category(c) != "Mn")
    for spelling in (word, plain):
        for length in range(min(len(spelling), 8), 2, -1):
            if found := MONTHS.get(spelling[:length]):
                return found
    return MONTHS.get(word)


def _plainer(text: str) -> str:
    seen = "".join(character for character in text if unicodedata.category(character) != "Cf")
    dashed = _DASHES.sub("-", unicodedata.normalize("NFC", seen))
    return _PHRASE.sub(lambda match: f" {_ENGLISH[MONTH_PHRASES[match[0].lower()]]} ", dashed)


def _with_month_name(match: re.Match[str]) -> str:
    return f"{match['day']} {_ENGLISH[int(match['before'] or match['after'])]} "
