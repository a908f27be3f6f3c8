"""The peers' results from the shared notes, read where they are there; a cell is judged only where it is unambiguous."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

NOTES = Path(__file__).parents[3] / "shared" / "peers.md"
_MARKS = re.compile(r"\*\*|\[(?:M|C|D|I)\]")
_AS = re.compile(r"as (F\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """What a peer's words must hold for the row to be passed, and what for it to be failed; regular expressions."""

    passes: str
    fails: str

    def verdict(self, words: str) -> bool | None:
        """None where the words say neither, or both."""
        passed, failed = (bool(re.search(pattern, words)) for pattern in (self.passes, self.fails))
        return passed if passed != failed else None


Table = Mapping[str, Mapping[str, str]]


def read_table(text: str, heading: str) -> Table:
    """The first table under that heading: its rows' words by the first cell, then by column."""
    _, _, rest = text.partition(heading)
    lines = [line for line in rest.split("\n#")[0].splitlines() if line.startswith("|")]
    if len(lines) < 3:
        return {}
    heads, _, *rows = map(_cells, lines)
    return {row[0]: dict(zip(heads[1:], row[1:], strict=True)) for row in rows}


def _cells(line: str) -> list[str]:
    return [" ".join(_MARKS.sub("", cell).split()) for cell in line.strip().strip("|").split("|")]


def read_notes(path: Path = NOTES) -> Table:
    """The fault table of the notes; empty where they are not beside the checkout."""
    return read_table(path.read_text(encoding="utf-8"), "### 3b.") if path.exists() else {}


def row_of(table: Table, key: str) -> Mapping[str, str]:
    """The peers' words on the row that begins with that key; "as F0" stands for that row's words."""
    for label, row in table.items():
        if re.match(re.escape(key) + r"(?!\w)", label):
            return {peer: _followed(table, peer, words) for peer, words in row.items()}
    return {}


def _followed(table: Table, peer: str, words: str) -> str:
    other = _AS.fullmatch(words)
    return row_of(table, other[1]).get(peer, words) if other else words
