"""What one cycle leaves to read, as Markdown: its deliveries and its strike decisions; pure."""

import re
from collections.abc import Iterable, Mapping, Sequence

from piquet import words
from piquet.ledger.states import DeliveryState
from piquet.ledger.values import DeliveryRow
from piquet.strike import Decision
from piquet.text import plain, shortened

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!])")
_TITLE = 80


def deliveries(rows: Sequence[DeliveryRow], language: str) -> str:
    """A table of deliveries with links to the posts."""
    if not rows:
        return words.text("no_posts", language)
    head = [words.text(name, language) for name in ("account", "state", "post", "why")]
    return _table(
        head, (_delivery(row, language) for row in sorted(rows, key=lambda row: (row.account, row.id)))
    )


def strike(decisions: Mapping[str, Decision], trouble: str, language: str) -> str:
    """One sentence on the decision of each account, and what is wrong with the block if anything is."""
    lines = [f"**{escaped(trouble)}**\n"] if trouble else []
    lines += [
        f"- `{account}`: {escaped(words.sentence(decision, language))}"
        for account, decision in decisions.items()
    ]
    return "\n".join(lines)


def escaped(text: str) -> str:
    """`text` as Markdown shows it literally: a headline must not become a link or a table cell."""
    return _SPECIAL.sub(r"\\\1", plain(text))


def _delivery(row: DeliveryRow, language: str) -> tuple[str, ...]:
    title = escaped(shortened(row.title or row.text, _TITLE))
    shown = f"[{title}]({row.receipt_url})" if row.receipt_url else title
    return row.account, words.state(row.state, language), shown, escaped(_why(row, language))


def _why(row: DeliveryRow, language: str) -> str:
    if row.state is DeliveryState.HELD or "cause" not in row.decision:
        return row.error or row.reason
    return row.error or words.why(row.decision["cause"], row.decision["detail"], language)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
