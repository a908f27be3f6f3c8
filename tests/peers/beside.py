"""The peers' results from the shared notes, read where they are there; a cell is judged only where it is unambiguous."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

NOTES = Path(__file__).parents[3] / "shared" / "peers.md"
_MARKS = re.compile(r"\*\*|\[(?:M|C|D|I)\]")
# What the notes measured apart from faults: our row, their column; and which of its lines is which peer's.
_MEASURED = {"304": "conditional GET", "CPU": "100 feeds x 50 unchanged"}
_LINES = {
    "feed2toot": "feed2toot 0.17 default",
    "feediverse": "feediverse",
    "feed2fedi": "feed2fedi",
    "FeedEcho": "FeedEcho",
    "reader+glue": "reader",
    "Node-RED": "Node-RED",
    "n8n trigger (A)": "n8n 1",
    "n8n dedupe (B)": "n8n Schedule",
}
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
    """The fault table of the notes with what was measured beside it; empty where they are not beside the checkout."""
    if not path.exists():
        return {}
    text = path.read_text(encoding="utf-8")
    faults, measured = read_table(text, "### 3b."), read_table(text, "### 3a.")
    return {**faults, **{key: _measured(measured, column) for key, column in _MEASURED.items()}}


def _measured(table: Table, column: str) -> dict[str, str]:
    """That column for each peer of the fault table; the first line where a peer has several."""
    found = {}
    for peer, line in _LINES.items():
        words = [row[column] for label, row in table.items() if label.startswith(line)]
        found |= {peer: words[0]} if words else {}
    return found


def row_of(table: Table, key: str) -> Mapping[str, str]:
    """The peers' words on the row that begins with that key; "as F0" stands for that row's words."""
    for label, row in table.items():
        if re.match(re.escape(key) + r"(?!\w)", label):
            return {peer: _followed(table, peer, words) for peer, words in row.items()}
    return {}


def _followed(table: Table, peer: str, words: str) -> str:
    other = _AS.fullmatch(words)
    return row_of(table, other[1]).get(peer, words) if other else words
