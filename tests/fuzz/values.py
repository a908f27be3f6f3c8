"""What people and programs can put where something else belongs: wrong types, huge, nested, unprintable; knows no field."""

from datetime import UTC, date, datetime, time
from typing import Any
from unicodedata import category

from hypothesis import strategies as st

# Looks like a token, so that no sentence may repeat it.
SECRET = "Zx9QmarkedSecret0aB7Kk2"
# Prefect's UI sends these where a field was left, cleared, or shown as JSON.
_OFTEN = ("", " ", None, [], {}, [None], [""], 0, -1, True, "None", "null", "********", "[object Object]")
_TEXTS = (
    "\x00",
    "\r\n",
    "\u202egrève",
    "é" * 30_000,
    "{notice}" * 50,
    "{0.__class__}",
    "{",
    "%s",
    "../../etc/passwd",
    "https://",
    "2026-13-45",
    "9" * 400,
    "99999-01-01T00:00:00",
    "0001-01-01T00:00:00",
    "9999-12-31T23:59:59",
    "2026-12-05T08:00:00+99:00",
    "env:",
    "env:\x00",
    "env:A=B",
    f"https://me:{SECRET}@journal.example/",
)


def _nested(depth: int) -> Any:
    value: Any = "deep"
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


_TURNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
leaves = (
    st.sampled_from((*_OFTEN, *_TEXTS, SECRET, _nested(60)))
    | st.integers()
    | st.floats()
    | st.text(max_size=60)
    | st.booleans()
    | st.datetimes().map(lambda moment: moment.isoformat())
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)
# TOML also has times of its own.
toml_values = values | st.sampled_from(
    [date(2026, 12, 5), datetime(2026, 12, 5, 8, tzinfo=UTC), time(8), date(1, 1, 1), datetime.max]
)


def is_one_sentence(text: str) -> bool:
    """Whether it is fit for a person: one line of bounded length, printable, ended, without a secret or a traceback."""
    return (
        0 < len(text) <= 4100
        and not any(
            category(character) in ("Cc", "Cs", "Zl", "Zp") or character in _TURNS for character in text
        )
        and SECRET not in text
        and "Traceback" not in text
        and text.rstrip()[-1] in ".!)?"
    )
