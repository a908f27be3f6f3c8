"""An address spelt so that every network takes it whole for one link, and it still leads to the same page; pure.

X and Mastodon end a link where twitter-text's rule does: in a path at a letter that is neither Latin nor Cyrillic, in
a query at any outside ASCII, at a parenthesis without its other half, and before a sign such as `!` at the end.
https://github.com/twitter/twitter-text/blob/master/js/src/regexp/extractUrl.js
"""

import re
from urllib.parse import quote, urlsplit

from piquet.text import plain

_SIGNS = re.escape("!*';:=+,.$/%#[]-_~@|&()")
# Accents by themselves (U+0300 to U+036F) X takes, too, but it composes them with their letters: another address.
_LETTERS = "A-Za-z0-9À-ÖØ-öø-\u024fɓɔɖɗəɛɣɨɯɲʉʋʻ\u1e00-\u1eff\u0400-\u0482\u048a-\u04ff"
_NOT_IN_PATH = re.compile(f"[^{_LETTERS}{_SIGNS}]+")
_NOT_IN_QUERY = re.compile(f"[^A-Za-z0-9{_SIGNS}?]+")
_PARENTHESES = re.compile(r"\([^()]+\)|[()]")
_PATH_ENDS = re.compile(f"[{_LETTERS}+=_#/)-]")
_QUERY_ENDS = re.compile("[A-Za-z0-9_&=#/-]")


def whole_link(link: str) -> str:
    """`link` with all that would end it early escaped; what is no web address comes back as it is."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return link
    if parts.scheme not in ("http", "https"):
        return link
    start = len(parts.scheme) + len("://") + len(parts.netloc)
    return plain(link[:start]) + _tail(link[start:])


def _tail(tail: str) -> str:
    """Path, query and fragment: up to the first question mark, be it one of the fragment, X reads a path."""
    path, mark, query = tail.partition("?")
    path = _PARENTHESES.sub(_in_pairs, _NOT_IN_PATH.sub(_escaped, path))
    if path.startswith("#"):
        path = f"/{path}"
    cut = bool(path) and not _PATH_ENDS.fullmatch(path[-1])
    if not mark:
        return _ended(path) if cut else path
    path = _last_escaped(path) if cut else path
    whole = f"{path}?{_NOT_IN_QUERY.sub(_escaped, query)}"
    return whole if _QUERY_ENDS.fullmatch(whole[-1]) else _ended(whole)


def _escaped(found: re.Match[str]) -> str:
    return quote(found[0], safe="", errors="replace")


def _in_pairs(found: re.Match[str]) -> str:
    return found[0] if len(found[0]) > 1 else f"%{ord(found[0]):02X}"


def _ended(tail: str) -> str:
    # An empty fragment goes to no server: the page stays the same where that of an escaped sign might be another.
    return _last_escaped(tail) if "#" in tail else f"{tail}#"


def _last_escaped(text: str) -> str:
    return f"{text[:-1]}%{ord(text[-1]):02X}"
