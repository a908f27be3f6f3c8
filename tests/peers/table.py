"""The rows: what fails, how it is played, and which words of a peer's cell mean that the peer holds."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.peers import cost, delivery, feeds
from tests.peers.bench import Bench
from tests.peers.beside import Judge
from tests.peers.observed import Observed

_NONE_POSTED = Judge(passes=r"(^|\D)0\b", fails=r"\b[1-9]\d*\b")
_ONE_OF_ONE = Judge(passes=r"1/1", fails=r"lost")
_EIGHT = Judge(passes=r"8/8(?!, order broken)", fails=r"lost|dup|order broken|dies")

# Wall and CPU seconds, or CPU seconds alone; at most 1.5 of the latter.
_CPU = Judge(
    passes=r"^([\d. s]+/ )?(0\.\d|1\.[0-5])\b", fails=r"^([\d. s]+/ )?(1\.[6-9]|[2-9]\.\d|\d\d+\.\d)\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row; `key` begins its line in the peers' table, `slow` ones wait for minutes to pass."""

    key: str
    fault: str
    play: Callable[[Bench], Awaitable[Observed]]
    judge: Judge
    slow: bool = False


def _row(key: str, fault: str, play, judge: Judge, *, slow: bool = False) -> Row:
    return Row(key=key, fault=fault, play=play, judge=judge, slow=slow)


ROWS = (
    _row("F0", "20 new in one poll", delivery.twenty_in_one_poll, Judge(passes=r"\b20\b", fails="lost")),
    _row("F0b", "5 new while it was down", delivery.five_while_it_was_down,
         Judge(passes=r"^(5|20)$", fails="lost")),
    _row("F1", "first run on 50 articles", delivery.first_run, _NONE_POSTED),
    _row("F4", "kill -9 after the 5th acceptance", delivery.killed_after_the_fifth,
         Judge(passes=r"\bnone\b(?!,)|\b0 dup", fails=r"[1-9]\d* dup|nothing for|lost")),
    _row("F5", "one 429 (Retry-After 2)", delivery.busy_once, _EIGHT),
    _row("F5b", "429s that outlive one try", delivery.busy_until_prefect_retries, _EIGHT, slow=True),
    _row("F6/F7", "500", delivery.broken_once, _EIGHT, slow=True),
    _row("F16", "connection reset after acceptance", delivery.reset_after_acceptance,
         Judge(passes=r"(^|\D)0\b", fails=r"[1-9]\d* dup")),
    _row("F18", "401 for a while", delivery.token_revoked_for_a_while, _EIGHT),
    _row("F27", "one article refused for ever", delivery.one_refused_for_ever,
         Judge(passes="others out", fails="blocks|dies")),
    _row("F8", "all GUIDs change", feeds.all_guids_change, _NONE_POSTED),
    _row("F9", "all links change", feeds.all_links_change, _NONE_POSTED),
    _row("F9b", "all GUIDs and links change", feeds.guids_and_links_change, _NONE_POSTED),
    _row("F11", "one title and date updated", feeds.one_updated, _NONE_POSTED),
    _row("F12", "late entry (older date)", feeds.late_entry, _ONE_OF_ONE),
    _row("F13", "same-second entry", feeds.same_second, _ONE_OF_ONE),
    _row("F14", "articles withdrawn, and back", feeds.withdrawn, _NONE_POSTED),
    _row("F15", "301 + 2 new", feeds.moved_for_good, Judge(passes="2/2", fails="0/2")),
    _row("F20", "future-dated entry", feeds.future_dated, Judge(passes="held", fails="posted now")),
    _row("F20b", "3 normal ones after it", feeds.after_a_future_one,
         Judge(passes=r"\b3\b", fails=r"\b0\b")),
    _row("F21", "no dates at all, +3", feeds.without_dates,
         Judge(passes=r"\b3\b", fails=r"\b0\b|crash|dies")),
    _row("F22", "ascending order, +3", feeds.ascending, Judge(passes=r"\b3\b", fails=r"\b0\b")),
    _row("F10 truncated", "feed cut, then a stray &", feeds.truncated,
         Judge(passes=r"refuses, (\d)/\1 later", fails="whole run exits")),
    _row("F10 HTML", "feed is HTML, empty, 500, 404", feeds.not_a_feed,
         Judge(passes="no loss|alive", fails="crash(?!, )|lost")),
    _row("F19", "700-character title", feeds.long_title,
         Judge(passes="link kept", fails=r"link cut|refused|> 300")),
    _row("F23", "wrong charset label", feeds.wrong_charset, Judge(passes=r"\bok\b", fails="mojibake")),
    _row("F24", "title with <n°50>", feeds.brackets_in_a_title,
         Judge(passes="kept", fails="eaten|left in")),
    _row("F25", "Idempotency-Key", delivery.stable_keys, Judge(passes="stable", fails="none|random")),
    _row("F26", "two runs at once (10 new)", delivery.two_runs_at_once,
         Judge(passes=r"\b0 dup", fails=r"[1-9]\d* dup")),
    _row("304", "unchanged feed: conditional GET", feeds.unchanged, Judge(passes="^yes", fails="^no")),
    _row("CPU", "100 feeds unchanged", cost.a_hundred_unchanged, _CPU, slow=True),
)  # fmt: skip
