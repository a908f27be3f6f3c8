"""Secrets that can be told apart from everything else, and the search for them in whatever was written."""

import base64
import html
import json
import secrets
import string
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

# A run this long of a secret is found, wherever it was cut; what Piquet blacks out begins at 10.
PIECE = 14
_ALPHABET = string.ascii_letters + string.digits
# Every secret begins and ends with it, which makes the search quick: a server's database is large.
_ENDS = "Q7Zk9Xv3W"


def mark() -> str:
    """A secret as networks make them: long, without meaning."""
    return f"{_ENDS}{''.join(secrets.choice(_ALPHABET) for _ in range(16))}{_ENDS}"


@dataclass(slots=True)
class Marks:
    """Every secret of a play by where it belongs, and the places where one was found."""

    known: dict[str, str] = field(default_factory=dict)

    def new(self, name: str) -> str:
        """A secret of that name."""
        self.known[name] = mark()
        return self.known[name]

    def found_in(self, places: Mapping[str, str | bytes]) -> list[str]:
        """`name in place`, for each secret, or piece of one, that a place holds in any form."""
        near = {place: _near_an_end(_plain(what)) for place, what in places.items()}
        return [
            f"{name} in {place}"
            for name, secret in self.known.items()
            for place, texts in near.items()
            if any(_holds(text, secret) for text in texts)
        ]


def _plain(what: str | bytes) -> str:
    """As text without blanks: a secret broken over two lines is one all the same."""
    text = what.decode("latin-1") if isinstance(what, bytes) else what
    return "".join(text.replace("\\n", " ").split())


def _near_an_end(text: str) -> set[str]:
    """What stands around each place where some secret begins or ends."""
    found = set()
    for form in forms(_ENDS):
        at = text.find(form)
        while at >= 0:
            found.add(text[max(0, at - PIECE) : at + len(form) + PIECE])
            at = text.find(form, at + 1)
    return found


def _holds(text: str, secret: str) -> bool:
    return any(piece in text for form in forms(secret) for piece in _pieces(form, len(secret)))


def _pieces(form: str, plain: int) -> Iterator[str]:
    """Every run that stands for so much of a secret of `plain` characters: hexadecimal takes two for one."""
    length = PIECE * len(form) // plain
    return (form[i : i + length] for i in range(0, max(1, len(form) - length + 1)))


def forms(secret: str) -> set[str]:
    """How a log, a page, an address, a header or a dump can hold it."""
    raw = secret.encode()
    escaped = quote(secret, safe="")
    encoded = {
        base64.b64encode(b"_" * before + raw).decode()[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]
        for before in range(3)
    }
    return {
        secret,
        escaped,
        escaped.lower(),
        json.dumps(secret)[1:-1],
        html.escape(secret),
        raw.hex(),
        *encoded,
    }


def spoken(secrets: Iterable[str], form: int) -> str:
    """The secrets as a network that repeats what it was sent might write them."""
    return " ".join(_SPOKEN[form % len(_SPOKEN)](secret) for secret in secrets)


_SPOKEN = (
    str,
    lambda secret: quote(secret, safe=""),
    lambda secret: base64.b64encode(f"id:{secret}".encode()).decode(),
    json.dumps,
    lambda secret: f"{secret[:16]}\n  {secret[16:]}",
    lambda secret: f"'{secret[:20]}...'",
    lambda secret: secret.encode().hex(),
)
