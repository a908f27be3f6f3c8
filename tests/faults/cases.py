"""One fault on one target through the real outbox and a real ledger, until nothing is left to do; it judges nothing."""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from piquet.entry import Entry
from piquet.ledger import Ledger, upgrade
from piquet.ledger.values import Batch, Draft, Recorded
from piquet.networks.protocol import Ability, Client, Traits
from piquet.outbox import OutboxRules, Outcome, publish_due
from piquet.post import Card, Payload, Post
from tests.faults.proxy import UNTOUCHED, Call, Fault, in_front_of
from tests.real.targets import Target

CYCLES = 6
_BETWEEN = timedelta(minutes=5)
_RULES = OutboxRules(send_timeout=timedelta(seconds=8), lease=timedelta(seconds=10))
_numbers = itertools.count(1)

# The calls that make a post readable, by the end of their path.
_POSTS = {
    "mastodon": "/api/v1/statuses",
    "bluesky": "/com.atproto.repo.putRecord",
    "x": "/2/tweets",
    "facebook": "/feed",
    "threads": "/threads_publish",
    "linkedin": "/rest/posts",
    "telegram": "/sendMessage",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What readers see in the end, how often the fault struck, and what the outbox made of it in how many cycles."""

    posts: int
    struck: int
    cycles: int
    sent: int
    outcome: Outcome

    @property
    def settled(self) -> bool:
        """Whether the ledger has its one receipt, and nothing is left to do."""
        return self.sent == 1 and not (self.outcome.waiting or self.outcome.unsettled)

    def holds(self, traits: Traits, fault: Fault) -> bool:
        """Exactly one post, and known. A network that reads nothing back: at most one, and left to a person."""
        if Ability.READS_BACK in traits.abilities or fault is Fault.BUSY:
            return self.struck > 0 and self.posts == 1 and self.settled
        carried_out = 0 if fault in UNTOUCHED else 1
        return self.struck > 0 and self.posts == carried_out and not (self.sent or self.outcome.waiting)


class Clock:
    """The real time plus what was slept through: networks stamp posts with the real one."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    async def sleep(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)
        await asyncio.sleep(0)


async def suffer(target: Target, fault: Fault, folder: Path, *, times: int = 1) -> Result:
    """Publish one article while the fault strikes its first `times` sends, in as many cycles as it needs."""
    mark = f"panne {next(_numbers)}-{int(datetime.now(UTC).timestamp() * 1000)}"
    async with in_front_of(target.base, target.network, posting(target.network)) as proxy:
        client = target.client(base=proxy.url, timeout=0.6)
        try:
            proxy.fault, proxy.times = fault, times
            with _ledger(folder, article(client, mark)) as ledger:
                cycles, sent, outcome = await _cycle(ledger, client)
        finally:
            await client.aclose()
        posts = len(await asyncio.to_thread(target.texts, mark))
        return Result(posts=posts, struck=proxy.struck, cycles=cycles, sent=sent, outcome=outcome)


def posting(network: str) -> Callable[[Call], bool]:
    return lambda call: call.method == "POST" and call.path.endswith(_POSTS[network])


def article(client: Client, mark: str) -> Payload:
    link = f"https://journal.example.com/{mark.replace(' ', '/')}?a=1&b=é"
    text = f"Les CM sont en grève ✊\n\nL’hôpital « à bout » {mark}"
    shown = f"{text}\n{link}" if client.traits.link_in_text else text
    post = Post(text=shown, link=link, card=Card(title="L’hôpital"), language="fr")
    return client.prepare(post, key=mark, at=datetime.now(UTC))


def _ledger(folder: Path, payload: Payload) -> Ledger:
    """A new ledger where this one delivery is due."""
    url = f"sqlite:///{folder / 'ledger.sqlite'}"
    upgrade(url)
    ledger = Ledger.open(url)
    entry = Entry(
        feed="https://journal.example.com/rss", id=payload.key, link=payload.link, title="L’hôpital"
    )
    draft = Draft(
        key=payload.key,
        account="account",
        state="due",
        reason="ordinary",
        decision={},
        entry=entry,
        payload=payload,
    )
    recorded = Recorded(entry=entry, disposition="fresh")
    ledger.record(Batch(outlet="journal", now=datetime.now(UTC), entries=(recorded,), drafts=(draft,)))
    return ledger


async def _cycle(ledger: Ledger, client: Client) -> tuple[int, int, Outcome]:
    """Cycles, minutes apart, until one leaves nothing to do: their number, what they sent, the last one's outcome."""
    clock, sent = Clock(), 0
    for number in range(1, CYCLES + 1):
        outcome = await publish_due(
            ledger,
            client,
            outlet="journal",
            account="account",
            owner=f"cycle {number}",
            clock=clock,
            rules=_RULES,
            say=lambda line: None,
            sleep=clock.sleep,
        )
        sent += outcome.sent
        if not (outcome.waiting or outcome.unsettled):
            break
        await clock.sleep(_BETWEEN.total_seconds())
    return number, sent, outcome
