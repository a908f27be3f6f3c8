"""Ready-made notices to start from, in French and English; knows no strike and no account."""

from dataclasses import dataclass
from enum import StrEnum

from piquet import words


class Kind(StrEnum):
    """Where a text is for: the notices, the short notices, the reminders, or the closing post."""

    SHORT = "short"
    LONG = "long"
    REMINDER = "reminder"
    CLOSING = "closing"


class Whose(StrEnum):
    """Who strikes: the whole team, a part of it, or either with the strike day counted."""

    TEAM = "team"
    PART = "part"
    DAY = "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyMade:
    """One text that a strike can start from; `{outlet}` and `{day_number}` are replaced in each post."""

    kind: Kind
    whose: Whose
    text: str


def ready_made(language: str) -> tuple[ReadyMade, ...]:
    """All of them in `fr` or `en`, the short ones first."""
    return tuple(
        ReadyMade(kind=kind, whose=whose, text=words.of("notice", f"{kind}.{whose}", language))
        for kind in Kind
        for whose in Whose
    )
