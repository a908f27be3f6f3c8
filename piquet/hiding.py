"""Secrets blacked out of a text, in whatever form somebody repeats them: whole, cut, escaped, encoded; knows no network."""

import base64
import html
import json
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from urllib.parse import quote

import regex

BLACK = "•••"
# So many characters in a row of a secret are not there by chance; fewer give nothing away.
PIECE = 10
# Nobody's secret is shorter, and all the words of a sentence hold what is.
_LEAST = 4
_MOST = 20_000  # of a text that is looked at: what people are shown of it is far shorter
# Nobody's words or names: long and of all kinds of characters, or shaped as app passwords and digests are.
_TOKEN = regex.compile(
    r"(?<![\w-])(?:"
    r"(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=[\w-]*[0-9])[A-Za-z0-9_-]{20,}"
    r"|[0-9a-f]{24,}"
    r"|(?=[a-z-]*[0-9])[a-z0-9]{4}(?:-[a-z0-9]{4}){3}"
    r")(?![\w-])"
)
_PASSWORD = regex.compile(r"(?<=//)[^\s/'\"]*(?=@)")


def blacked_out(text: str, secrets: Iterable[str]) -> str:
    """The text without these secrets and without pieces of them, spaces or line ends put into them or not."""
    text = text[:_MOST]
    known = [_known(secret) for secret in secrets if len(secret) >= _LEAST]
    shown = _without(text, set().union(*(pieces for pieces, _ in known)))
    for form in sorted((form for _, short in known for form in short), key=len, reverse=True):
        shown = shown.replace(form, BLACK)
    return shown


def without_lookalikes(text: str) -> str:
    """The text without what looks like a token or a password: somebody may have entered it in the wrong place."""
    return _TOKEN.sub(lambda found: f"{found[0][:4]}{BLACK}", _PASSWORD.sub(BLACK, text))


@lru_cache(maxsize=64)  # a log at DEBUG asks for each of its lines
def _known(secret: str) -> tuple[frozenset[str], frozenset[str]]:
    """The pieces by which a secret is found in any form, and its forms that are shorter than a piece."""
    forms = {form for form in _forms(secret) if len(form) >= _LEAST}
    pieces = frozenset(form[i : i + PIECE] for form in forms for i in range(len(form) - PIECE + 1))
    return pieces, frozenset(form for form in forms if len(form) < PIECE)


def _forms(secret: str) -> Iterator[str]:
    """As it is, and as addresses, JSON, pages, headers and dumps hold it."""
    raw = secret.encode("utf-8", "surrogatepass")
    escaped = quote(raw, safe="")
    yield from (secret, escaped, escaped.lower(), json.dumps(secret)[1:-1], html.escape(secret), raw.hex())
    for before in range(3):
        # Where it begins in a longer text decides how base64 writes it; the edges depend on what stands beside it.
        encoded = base64.b64encode(b"\0" * before + raw).decode().rstrip("=")
        inner = encoded[-(-before * 8 // 6) : len(raw + b"\0" * before) * 8 // 6]
        yield from (inner, inner.replace("+", "-").replace("/", "_"))


def _without(text: str, pieces: set[str]) -> str:
    places = [i for i, character in enumerate(text) if not character.isspace()]
    bare = "".join(text[i] for i in places)
    black = bytearray(len(text))
    for i in range(len(bare) - PIECE + 1):
        if bare[i : i + PIECE] in pieces:
            first, last = places[i], places[i + PIECE - 1]
            black[first : last + 1] = b"\1" * (last + 1 - first)
    return "".join(
        BLACK if hidden else "".join(character for character, _ in run)
        for hidden, run in groupby(zip(text, black, strict=True), key=lambda one: one[1])
    )
