"""An account on an invented network that takes, refuses, loses and hides posts as it is told; it knows no ledger."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from piquet.errors import Busy, Refused, Rejected, Unsettled
from piquet.limits import Bound, Limit, graphemes
from piquet.networks.match import Seen, choose
from piquet.networks.protocol import Ability, Traits, Unable, Unanswered
from piquet.post import Payload, Post, Receipt
from tests.model.clock import Clock


class Fate(Enum):
    """What becomes of one call, of a network or of the ledger."""

    WELL = "done and answered"
    LOST_BEFORE = "never arrived, and nobody knows"
    LOST_AFTER = "done, and the answer lost"
    BUG_AFTER = "done, and the client fails on the answer"
    LATE = "done, and the answer lost; programs see it as late as the network allows"
    SLOW = "done at the very end of its time, and the answer lost"
    BUSY_SHORT = "429, a short wait"
    BUSY_LONG = "429, a long wait"
    BUSY = "429, no time named"
    REJECTED = "422"
    REFUSED = "401"
    LEDGER_BEFORE = "the ledger fails before the commit"
    LEDGER_AFTER = "the ledger commits, and its answer is lost"


# As long as a picture may take with the lease and the time for a send that a worker has.
_UPLOAD = timedelta(seconds=14)
_UNTOUCHED: dict[Fate, Callable[[], Exception]] = {
    Fate.LOST_BEFORE: lambda: Unsettled("connection reset"),
    Fate.BUSY_SHORT: lambda: Busy("slow down", retry_after=5),
    Fate.BUSY_LONG: lambda: Busy("slow down", retry_after=900),
    Fate.BUSY: lambda: Busy("over capacity"),
    Fate.REJECTED: lambda: Rejected("text too long"),
    Fate.REFUSED: lambda: Refused("invalid token"),
}
_TAKEN: dict[Fate, Callable[[], Exception]] = {
    Fate.LOST_AFTER: lambda: Unsettled("connection reset"),
    Fate.LATE: lambda: Unsettled("connection reset"),
    Fate.SLOW: lambda: TimeoutError(),
    Fate.BUG_AFTER: lambda: KeyError("id"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A post that readers see; programs see it from `shows_at` on."""

    id: str
    payload: Payload
    at: datetime
    shows_at: datetime

    @property
    def receipt(self) -> Receipt:
        """As the network answers it."""
        return Receipt(id=self.id, url=f"https://network.example/{self.id}", at=self.at)


def traits(name: str, *, settles_after: float = 0, longest: int = 5000, reads_back: bool = True) -> Traits:
    """What is true of an invented network."""
    return Traits(
        network=name,
        title=name.title(),
        limit=Limit(bounds=(Bound(unit="characters", maximum=longest, measure=graphemes),)),
        settles_after=timedelta(seconds=settles_after),
        abilities=frozenset({Ability.READS_BACK} if reads_back else ()),
        unanswered=Unanswered.LOOK_FOR_IT if reads_back else Unanswered.ASK_A_PERSON,
    )


@dataclass(kw_only=True)
class Network(Unable):
    """One account. `fate` is asked before each call; a call that lasts longer than `patience` is given up."""

    clock: Clock
    traits: Traits
    patience: timedelta
    fate: Callable[[str], Awaitable[Fate]]
    posts: list[Standing] = field(default_factory=list)

    async def limit(self) -> Limit:
        return self.traits.limit

    async def aclose(self) -> None:
        pass

    def prepare(self, post: Post, *, key: str, at: datetime, reply_to: Receipt | None = None) -> Payload:
        body = {"status": post.text}
        name = self.traits.network
        return Payload(network=name, key=key, prepared_at=at, text=post.text, link=post.link, body=body)

    async def ready(self, payload: Payload) -> Payload:
        if await self.fate("ready") is Fate.SLOW:
            self.clock.pass_(_UPLOAD)
        return payload

    async def publish(self, payload: Payload) -> Receipt:
        began = self.clock.true
        fate = await self.fate("publish")
        if fate is Fate.SLOW:
            self.clock.true = max(self.clock.true, began + self.patience)
        if self.clock.true > began + self.patience:
            raise TimeoutError
        if fate in _UNTOUCHED:
            raise _UNTOUCHED[fate]()
        hidden = self.traits.settles_after if fate in (Fate.LATE, Fate.SLOW) else timedelta(0)
        post = self._take(payload, hidden)
        if fate in _TAKEN:
            raise _TAKEN[fate]()
        return post.receipt

    async def find(self, payload: Payload, *, known: Collection[str] = ()) -> Receipt | None:
        fate = await self.fate("find")
        if fate in (Fate.LOST_BEFORE, Fate.BUSY, Fate.REFUSED):
            raise _UNTOUCHED[fate]()
        shown = (post for post in self.posts if post.shows_at <= self.clock.true)
        return choose((_seen(post) for post in shown), payload, known)

    def _take(self, payload: Payload, hidden: timedelta) -> Standing:
        now = self.clock.true
        shows_at = now + hidden
        post = Standing(id=str(len(self.posts) + 1), payload=payload, at=now, shows_at=shows_at)
        self.posts.append(post)
        return post


def _seen(post: Standing) -> Seen:
    link = post.payload.link
    links = [link] if link else []
    return Seen(id=post.id, url=post.receipt.url, at=post.at, text=post.payload.text, links=links)
