"""What a hashtag is: one word after one #; pure, it knows no network."""

from collections.abc import Iterable

from piquet.errors import UserError
from piquet.text import plain


def read_hashtags(values: Iterable[str], where: str) -> tuple[str, ...]:
    """The hashtags among `values`, each with its #, blank ones left out; raises UserError naming the wrong one."""
    return tuple(_hashtag(word, where) for value in values if (word := plain(value)))


def _hashtag(value: str, where: str) -> str:
    word = value.removeprefix("#")
    if not word or any(c.isspace() or c in "#,;." for c in word):
        raise UserError(f"{where}: {value!r} is not a hashtag: one word each, letters and digits.")
    return f"#{word}"
