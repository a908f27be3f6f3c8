"""Where links and hashtags stand in a text and how long it is; the wall's own count, apart from piquet.limits.

Counted twice on purpose: a mistake in `piquet.limits` must show as a refusal of the wall, not be repeated by it.
"""

import warnings
from dataclasses import dataclass
from functools import cache
from types import ModuleType

import regex

URL_WEIGHT = 23
# The local part counts, the domain does not; a domain over 253 characters is no domain (RFC 1035).
_REMOTE_MENTION = regex.compile(
    r"(?<![\w/@])(@\w[\w.-]*\b)@(?=[\w.-]{1,253}(?![\w.-]))(?:[\w-]{1,63}\.)+[\w-]{2,63}"
)
_HASHTAG = regex.compile(r"(?<![\p{L}\p{N}_&/])[#＃](?=[\p{L}\p{N}_]*[\p{L}_])[\p{L}\p{M}\p{N}_]+")

_STAND_INS = {"example": "network", "test": "info"}  # RFC 2606, each for one of equal length
_RESERVED = regex.compile(r"(?<=https?://[\w.-]*\.)(?:example|test)(?=[/:?#\s]|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Code points `start` to `end` of a text are a `kind` ("link" or "tag"); `target` is the URL or tag."""

    start: int
    end: int
    kind: str
    target: str


@cache
def _twitter_text() -> ModuleType:
    """Imported where a text is read (0.6 s, and a warning about pkg_resources that is for its author)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import twitter_text
    return twitter_text


def _with_known_domains(text: str) -> str:
    """The same text, same length, where https://journal.example is as good as an address that exists.

    Networks link no unknown top-level domain, but tests and the demo must not name somebody's real site.
    """
    return _RESERVED.sub(lambda m: _STAND_INS[m[0]], text)


def graphemes(text: str) -> int:
    """What readers call characters (UAX 29)."""
    return len(regex.findall(r"\X", text))


def urls(text: str, *, bare: bool) -> list[Span]:
    """The URLs a network links by itself; `bare` includes those without https://, as X does."""
    if "." not in text:
        return []
    plain = _with_known_domains(text)
    found = _twitter_text().extract_urls_with_indices(plain, extract_urls_without_protocol=bare)
    return [_link(text, *url["indices"]) for url in found]


def _link(text: str, start: int, end: int) -> Span:
    return Span(start=start, end=end, kind="link", target=_with_scheme(text[start:end]))


def _with_scheme(url: str) -> str:
    return url if url.lower().startswith(("http://", "https://")) else f"http://{url}"


def hashtags(text: str) -> list[Span]:
    """The hashtags a network links by itself: at least one letter, not inside a word."""
    return [
        Span(start=m.start(), end=m.end(), kind="tag", target=m.group()[1:]) for m in _HASHTAG.finditer(text)
    ]


def linked(text: str, *, bare: bool = False) -> list[Span]:
    """Links and hashtags in order, none within another."""
    links = urls(text, bare=bare)
    tags = [t for t in hashtags(text) if not any(u.start <= t.start < u.end for u in links)]
    return sorted([*links, *tags], key=lambda span: span.start)


def mastodon_length(text: str) -> int:
    """As StatusLengthValidator counts: graphemes, a linked URL 23, a remote mention its local part.

    https://github.com/mastodon/mastodon/blob/main/app/validators/status_length_validator.rb
    """
    shortened = replaced(text, dict.fromkeys(urls(text, bare=False), "x" * URL_WEIGHT))
    return graphemes(_REMOTE_MENTION.sub(r"\1", shortened))


def weighted_length(text: str) -> int:
    """As X counts, out of 280 (twitter-text 3)."""
    return _twitter_text().parse_tweet(_with_known_domains(text)).weightedLength


def replaced(text: str, spans: dict[Span, str]) -> str:
    """The text with each span exchanged."""
    parts, at = [], 0
    for span, new in spans.items():
        parts += [text[at : span.start], new]
        at = span.end
    return "".join([*parts, text[at:]])
