"""The table in words: a line a row, the peers' own words under it, and who holds how many."""

from collections.abc import Sequence

from tests.peers.beside import Table, row_of
from tests.peers.observed import Observed
from tests.peers.table import Row

_MARKS = {True: "holds", False: "fails", None: "?"}


def line(row: Row, observed: Observed, table: Table) -> str:
    """One row; the peers' cells follow on a line of their own where their notes are there."""
    mark = "ok" if observed.holds else "WRONG"
    own = f"{row.key:13} {row.fault:33} {mark:6} {observed.words}"
    peers = [
        f"{peer}: {words} [{_MARKS[row.judge.verdict(words)]}]"
        for peer, words in row_of(table, row.key).items()
    ]
    return "\n".join([own, *([f"{'':13} beside: {' | '.join(peers)}"] if peers else [])])


def counts(rows: Sequence[Row], seen: Sequence[Observed], table: Table) -> str:
    """How many rows Piquet holds, and of those whose words are clear, how many each peer does."""
    lines = [f"\nPiquet holds {sum(o.holds for o in seen)} of {len(rows)} rows."]
    verdicts: dict[str, list[bool | None]] = {}
    for row in rows:
        for peer, words in row_of(table, row.key).items():
            verdicts.setdefault(peer, []).append(row.judge.verdict(words))
    for peer, found in verdicts.items():
        clear = [verdict for verdict in found if verdict is not None]
        lines.append(
            f"{peer} holds {sum(clear)} of the {len(clear)} rows where its words are clear"
            f" ({len(found) - len(clear)} left out)."
        )
    if not verdicts:
        lines.append("The peers' results are not beside this checkout: their column is left out.")
    return "\n".join(lines)
