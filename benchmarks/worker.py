"""One worker process: says that it is ready, waits for the word, and sends what is due on its accounts."""

import asyncio
import json
import os
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.plain import client_of
from piquet.ledger.ledger import Ledger
from piquet.outbox import OutboxRules, publish_due

# The sends end before any lease does, so that a worker never waits for one that has died.
_RULES = OutboxRules(most=10_000, lease=timedelta(seconds=120), send_timeout=timedelta(seconds=30))
_LONGEST_S = 600  # what is left then is missed on the wall, and told


def main(settings: str) -> int:
    """`settings` is a JSON file with `ledger`, `wall`, `memory`, `outlet` and `accounts` as the wall takes them."""
    given = json.loads(Path(settings).read_text("utf-8"))
    with Ledger.open(given["ledger"]) as ledger:
        print("ready", flush=True)
        sys.stdin.readline()
        before = time.process_time()
        sent = asyncio.run(_drain(ledger, given))
        print(json.dumps({"sent": sent, "cpu": time.process_time() - before, "ended": time.time()}))
    return 0


async def _drain(ledger: Ledger, given: Mapping[str, Any]) -> int:
    return sum(await asyncio.gather(*(_account(ledger, given, account) for account in given["accounts"])))


async def _account(ledger: Ledger, given: Mapping[str, Any], account: Mapping[str, Any]) -> int:
    client, sent = client_of(account, given), 0
    reference = f"{account['network']}/{account['name']}"
    try:
        end = time.monotonic() + _LONGEST_S
        while time.monotonic() < end and any(ledger.backlog(given["outlet"], reference).values()):
            outcome = await publish_due(
                ledger,
                client,
                outlet=given["outlet"],
                account=reference,
                owner=f"worker {os.getpid()}",
                clock=lambda: datetime.now(UTC),
                rules=_RULES,
                say=lambda _: None,
            )
            sent += outcome.sent
            await asyncio.sleep(0.05)  # where a network asked for a pause, the next call does nothing
    finally:
        await client.aclose()
    return sent


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
