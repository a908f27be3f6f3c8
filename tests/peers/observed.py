"""What readers saw in the end, beside what they should have seen; judges, and touches nothing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """The titles each account was to show, oldest first, and those that it shows.

    `also`: further facts that the row asks for, in words; `seen`: what else there is to tell.
    `in_order` False: the row asks for no order.
    """

    expected: Sequence[str]
    posted: Mapping[str, Sequence[str]]
    also: Mapping[str, bool] = field(default_factory=dict)
    seen: Sequence[str] = ()
    in_order: bool = True

    @property
    def holds(self) -> bool:
        """Whether every account shows each article once and nothing else, and all further facts are so."""
        return all(self.also.values()) and not any(map(self._trouble, self.posted.values()))

    @property
    def words(self) -> str:
        """What was seen, account by account where they differ, then the further facts."""
        told = {self._of(titles) for titles in self.posted.values()}
        if len(told) == 1:
            counts = [told.pop()]
        else:
            counts = [f"{account}: {self._of(titles)}" for account, titles in self.posted.items()]
        facts = [fact if holds else f"NOT {fact}" for fact, holds in self.also.items()]
        return "; ".join([*counts, *self.seen, *facts])

    def _of(self, titles: Sequence[str]) -> str:
        trouble = self._trouble(titles)
        count = f"{len(set(titles) & set(self.expected))}/{len(self.expected)}"
        if not self.expected:
            count = f"{len(titles)} posts"
        return f"{count}, {', '.join(trouble)}" if trouble else count

    def _trouble(self, titles: Sequence[str]) -> list[str]:
        wanted, shown = set(self.expected), Counter(titles)
        repeated = sum(count - 1 for count in shown.values())
        lost, unwanted = len(wanted - set(titles)), len(set(titles) - wanted)
        found = {f"{repeated} dup": repeated, f"{lost} lost": lost, f"{unwanted} unwanted": unwanted}
        known = [title for title in dict.fromkeys(titles) if title in wanted]
        order = [title for title in self.expected if title in shown]
        found["order broken"] = int(self.in_order and known != order)
        return [words for words, count in found.items() if count]
