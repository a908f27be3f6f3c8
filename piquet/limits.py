"""What fits in a post, counted as each network counts it; pure, and knows no account.

Sources: twitter-text 3 (configuration v3) for X, the lexicon app.bsky.feed.post for Bluesky, the
StatusLengthValidator of Mastodon, the 63,206 characters Facebook's own composer allows, Threads' overview (emoji
as bytes), LinkedIn's little text format, core.telegram.org/bots/api.
"""

import unicodedata
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import ModuleType

import regex


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How much of one bound a text uses."""

    unit: str
    used: int
    maximum: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """One maximum: `measure(text, link)` counts `text` in `unit`s, `link` being the article link in it."""

    unit: str
    maximum: int
    measure: Callable[[str, str | None], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """All the bounds of one network or account; a text fits when it is within every one."""

    bounds: tuple[Bound, ...]

    def counts(self, text: str, link: str | None = None) -> tuple[Count, ...]:
        """The text's length in every bound's own unit."""
        return tuple(Count(unit=b.unit, used=b.measure(text, link), maximum=b.maximum) for b in self.bounds)

    def fits(self, text: str, link: str | None = None) -> bool:
        """Whether the network would take a post of this length."""
        return all(c.used <= c.maximum for c in self.counts(text, link))


# Every URL becomes a t.co link of this many characters: twitter-text, transformedURLLength.
_T_CO = 23

# The longest domain a remote mention may have and still count as its user name: RFC 1035, as Mastodon does.
_LONGEST_DOMAIN = 253

_REMOTE_MENTION = regex.compile(
    r"(?<![=/\w])(@[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?)@([\w.-]*\w)", regex.IGNORECASE
)
_GRAPHEME = regex.compile(r"\X")

# What makes a grapheme an emoji: a pictograph, a flag's letters, or the key of a keycap.
_EMOJI = regex.compile(r"[\p{Extended_Pictographic}\p{Regional_Indicator}\u20e3]")

# learn.microsoft.com/linkedin/marketing/community-management/shares/little-text-format: all of them, always;
# an unescaped one ends the text there, and LinkedIn answers as if nothing were lost.
_LITTLE_RESERVED = regex.compile(r"[\\|{}@\[\]()<>#*_~]")


def graphemes(text: str, _link: str | None = None) -> int:
    """What a reader would call characters: extended grapheme clusters (UAX 29)."""
    return len(_GRAPHEME.findall(text))


def utf8_bytes(text: str, _link: str | None = None) -> int:
    """The text's size as sent."""
    return len(text.encode("utf-8", "surrogatepass"))


def code_points(text: str, _link: str | None = None) -> int:
    """The plain count of Unicode characters."""
    return len(text)


def weighted(text: str, link: str | None = None) -> int:
    """X's count: a Latin letter 1, CJK and emoji 2, any URL 23 (the known link even under a new top-level domain)."""
    text, link = unicodedata.normalize("NFC", text), link and unicodedata.normalize("NFC", link)
    rest = _without(link, text)
    return sum(_twitter_text().parse_tweet(part).weightedLength for part in rest) + _T_CO * (len(rest) - 1)


def mastodon_measure(per_url: int) -> Callable[[str, str | None], int]:
    """Mastodon's count: graphemes, but a URL that will be a link is `per_url`, a remote mention its user name."""

    def measure(text: str, link: str | None = None) -> int:
        rest = _without(link, text)
        return sum(_with_short_urls(part, per_url) for part in rest) + per_url * (len(rest) - 1)

    return measure


def mastodon(max_characters: int = 500, per_url: int = 23, *, strict: bool = False) -> Limit:
    """The limit of one Mastodon-API server; both numbers are in its /api/v2/instance.

    `strict`: also within the plain count, for servers other than Mastodon (GoToSocial counts code points).
    """
    counted = Bound(unit="characters", maximum=max_characters, measure=mastodon_measure(per_url))
    plain = Bound(unit="code points", maximum=max_characters, measure=code_points)
    return Limit(bounds=(counted, plain) if strict else (counted,))


def emoji_in_bytes(text: str, _link: str | None = None) -> int:
    """Threads' count: a character 1, an emoji as many as its UTF-8 bytes."""
    clusters = _GRAPHEME.findall(text)
    return sum(utf8_bytes(c) if _EMOJI.search(c) else len(c) for c in clusters)


def utf16_units(text: str, _link: str | None = None) -> int:
    """Telegram's unit, for lengths and for where an entity stands."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def little_text(text: str) -> str:
    """The text as LinkedIn's `commentary` takes it: every reserved character behind a backslash."""
    return _LITTLE_RESERVED.sub(r"\\\g<0>", text)


def little_units(text: str, _link: str | None = None) -> int:
    """LinkedIn's count, on the safe side: it does not say whether backslashes count, so they do."""
    return utf16_units(little_text(text))


def is_bare_domain(text: str) -> bool:
    """Whether the whole text is a domain under a real top-level domain, such as journal.fr."""
    return _twitter_text().extract_urls(text) == [text]


X = Limit(bounds=(Bound(unit="weighted characters", maximum=280, measure=weighted),))
BLUESKY = Limit(
    bounds=(
        Bound(unit="characters", maximum=300, measure=graphemes),
        Bound(unit="bytes", maximum=3000, measure=utf8_bytes),
    )
)
MASTODON = mastodon()
FACEBOOK = Limit(bounds=(Bound(unit="characters", maximum=63_206, measure=code_points),))
THREADS = Limit(bounds=(Bound(unit="characters", maximum=500, measure=emoji_in_bytes),))
LINKEDIN = Limit(bounds=(Bound(unit="characters", maximum=3000, measure=little_units),))
TELEGRAM = Limit(bounds=(Bound(unit="characters", maximum=4096, measure=utf16_units),))


def _without(link: str | None, text: str) -> list[str]:
    """The text cut at each place where the link stands free, so that the network will see it as a link."""
    if not link or not link.lower().startswith(("http://", "https://")):
        return [text]
    return regex.split(rf"(?<![\w@#$]){regex.escape(link)}", text)


def _with_short_urls(text: str, per_url: int) -> int:
    """The Mastodon length of a text, with every URL that will become a link counted as `per_url`."""
    total, position = 0, 0
    for start, end in _urls(text):
        total += _with_short_mentions(text[position:start]) + per_url
        position = end
    return total + _with_short_mentions(text[position:])


def _urls(text: str) -> list[tuple[int, int]]:
    if "://" not in text:
        return []
    found = _twitter_text().extract_urls_with_indices(text, extract_urls_without_protocol=False)
    return [tuple(url["indices"]) for url in found]


def _with_short_mentions(text: str) -> int:
    return graphemes(_REMOTE_MENTION.sub(_user_name, text))


def _user_name(mention: regex.Match[str]) -> str:
    return mention[1] if len(mention[2]) <= _LONGEST_DOMAIN else mention[0]


@cache
def _twitter_text() -> ModuleType:
    """Imported where a text is counted (0.6 s); its warning about pkg_resources is for its author, not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import twitter_text
    return twitter_text
