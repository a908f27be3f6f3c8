"""What a hashtag is: one word after one #; pure, it knows no network."""

from collections.abc import Iterable

import regex

from piquet.errors import UserError
from piquet.text import plain

# Where another sign stands networks end the hashtag, and one of digits alone is none: twitter-text's hashtag
# (the joiners of Persian and the middle dot are in it), Mastodon's HASHTAG_RE.
_WORD = regex.compile(r"(?=.*\p{L})[\p{L}\p{M}\p{Nd}_\u200c\u200d·・]+")


def read_hashtags(values: Iterable[str], where: str) -> tuple[str, ...]:
    """The hashtags among `values`, each with its #, blank ones left out; raises UserError naming the wrong one."""
    return tuple(tag for value in values if (tag := _hashtag(value, where)))


def hashtag_of(value: str) -> str | None:
    """The hashtag with its #, empty for a blank text, None for what networks would not link whole."""
    word = plain(value).removeprefix("#")
    return f"#{word}" if _WORD.fullmatch(word) else None if plain(value) else ""


def _hashtag(value: str, where: str) -> str:
    if (tag := hashtag_of(value)) is None:
        raise UserError(
            f"{where}: {value!r} is not a hashtag: write one word each, of letters and digits, without spaces or signs."
        )
    return tag
