"""A worker process for the tests: publishes to a loopback server until nothing of its accounts is left."""

import asyncio
import json
import sys
import time
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from urllib.request import Request, urlopen

from piquet.ledger import Ledger
from piquet.limits import Limit
from piquet.networks.protocol import Traits, Unable
from piquet.outbox import OutboxRules, publish_due
from piquet.post import Payload, Receipt

RULES = OutboxRules(
    send_timeout=timedelta(seconds=1), lease=timedelta(seconds=1.5), second_look=timedelta(seconds=0.1)
)


class LoopbackClient(Unable):
    """One account of the test's server."""

    traits = Traits(network="mastodon", title="Loopback", limit=Limit(bounds=()))

    def __init__(self, server: str, account: str) -> None:
        self._address = f"{server}/{account}"

    async def publish(self, payload: Payload) -> Receipt:
        body = json.dumps({"text": payload.text}).encode()
        return _receipt(await asyncio.to_thread(_ask, Request(self._address, data=body)))

    async def find(self, payload: Payload, *, known: Collection[str] = ()) -> Receipt | None:
        posts = await asyncio.to_thread(_ask, Request(self._address))
        found = [post for post in posts if post["text"] == payload.text and post["id"] not in known]
        return _receipt(found[0]) if found else None


def _ask(request: Request):
    with urlopen(request, timeout=5) as answer:
        return json.load(answer)


def _receipt(post: dict[str, str]) -> Receipt:
    return Receipt(id=post["id"], url=f"https://loopback.example/{post['id']}", at=datetime.now(UTC))


async def work(url: str, server: str, outlet: str, owner: str, accounts: list[str]) -> None:
    end = time.monotonic() + 30
    with Ledger.open(url) as ledger:
        while time.monotonic() < end and any(any(ledger.backlog(outlet, a).values()) for a in accounts):
            await asyncio.gather(*(publish(ledger, server, outlet, owner, account) for account in accounts))


async def publish(ledger: Ledger, server: str, outlet: str, owner: str, account: str) -> None:
    await publish_due(
        ledger,
        LoopbackClient(server, account),
        outlet=outlet,
        account=account,
        owner=owner,
        clock=lambda: datetime.now(UTC),
        rules=RULES,
        say=print,
    )


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:5], sys.argv[5:]))
