"""Every error Piquet raises on purpose; the network errors are also the retry policy.

PiquetError
├── UserError            somebody typed something that cannot work: field, value, remedy
│   ├── NoticeTooLong    the notice and the link together exceed what the network takes
│   └── WrongValue       a value in the Strike form: told in the newsroom's language too
├── FeedError            a feed could not be read this time; the other feeds go on
│   └── NotAFeed         an answer came, but it is not a feed
├── LedgerError          the ledger cannot be used as it is
│   ├── LedgerTooOld     run `piquet ledger upgrade`
│   └── LedgerTooNew     written by a newer Piquet
└── NetworkError         a network did not take a post
    ├── Rejected         this post will never be taken: mark it, go on with the next
    │   └── Repeated     it has this text already, in a post that cannot be found
    ├── Refused          this account may not post (token, suspension, credit): pause it
    ├── Busy             nothing was posted; try again after `retry_after` seconds
    └── Unsettled        it may have been posted: find out before anything is sent again
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from piquet.hiding import without_lookalikes
from piquet.locales import catalogue

if TYPE_CHECKING:
    from piquet.limits import Count

_LONGEST = 4000
# Control characters, halves of a surrogate pair, and what turns the direction of writing.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class PiquetError(Exception):
    """The root; its text is one sentence for a person, without secrets."""


class UserError(PiquetError):
    """Bad input: the sentence names the field, the value and the remedy.

    A token that somebody entered in another field than its own is the value there, and is not shown.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(_printable(without_lookalikes(sentence)))


def _printable(sentence: str) -> str:
    """On one line, and without what would move a terminal's cursor: a value that is shown may hold anything."""
    shown = _CONTROLS.sub("\ufffd", " ".join(sentence.splitlines()))
    # The field stands first and the remedy last; what is left out of a huge value is its middle.
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST // 2]} … {shown[-_LONGEST // 2 :]}"


class NoticeTooLong(UserError):
    """The notice (with the link, which is never cut) does not fit in a post of this account.

    `notice` is empty where it is not the notice; `over` is the bound that is exceeded, None where none could be told.
    """

    def __init__(
        self, sentence: str, *, account: str = "", notice: str = "", over: "Count | None" = None
    ) -> None:
        super().__init__(sentence)
        self.account, self.notice, self.over = account, notice, over


class WrongValue(UserError):
    """A value of the Strike form's `field` cannot work; `name` is that of the reason in the catalogues.

    Its own text is the English one, with the field as the code names it: for logs and the command line.
    """

    def __init__(self, field: str, name: str, **values: Any) -> None:
        self.field, self.name, self.values = field, name, values
        super().__init__(f"Strike, field {field!r}: {self.reason('en', repr)}")

    def reason(self, language: str, quoted: Callable[[Any], str]) -> str:
        """Why, and what to do; `quoted` writes the value that was typed."""
        typed = {"value": quoted(self.values["value"])} if "value" in self.values else {}
        return catalogue(language).pgettext("wrong value", self.name).format(**{**self.values, **typed})


class FeedError(PiquetError):
    """A feed gave nothing usable; `retry_after` is in seconds where its server named one."""

    def __init__(self, sentence: str, *, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class NotAFeed(FeedError):
    """The body is not RSS, Atom, RDF or JSON Feed; the sentence says what it is."""


class LedgerError(PiquetError):
    """The ledger cannot be opened, read or written."""


class LedgerTooOld(LedgerError):
    """The ledger's tables are older than this code."""


class LedgerTooNew(LedgerError):
    """The ledger's tables are newer than this code."""


class NetworkError(PiquetError):
    """A network's refusal; the text is the network's own words, shortened, without secrets."""


class Rejected(NetworkError):
    """The network will never take this post."""


class Repeated(Rejected):
    """The network has a post of this text already, and does not show which."""


class Refused(NetworkError):
    """The network takes nothing from this account until a person acts."""


class Busy(NetworkError):
    """Nothing was posted. `retry_after`: seconds to wait, None where the network did not say."""

    def __init__(self, sentence: str, *, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class Unsettled(NetworkError):
    """The request left and no clear answer came: the post may be there."""
