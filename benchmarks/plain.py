"""The same work without orchestration and without a ledger: what is new in a feed goes to the accounts, as a loop."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from piquet.compose import Style, compose
from piquet.drafting import delivery_key
from piquet.entry import Entry
from piquet.errors import NetworkError
from piquet.feed import FeedState, RetrieveRules, fetch
from piquet.networks.bluesky import BlueskyClient
from piquet.networks.facebook import FacebookClient
from piquet.networks.mastodon import MastodonClient
from piquet.networks.protocol import Client
from piquet.networks.x import XClient
from piquet.strike import Strike, decide

_CLIENTS: Mapping[str, tuple[Any, str, str]] = {
    "mastodon": (MastodonClient, "server", "/mastodon"),
    "bluesky": (BlueskyClient, "service", "/bluesky"),
    "x": (XClient, "api", "/x"),
    "facebook": (FacebookClient, "graph", "/facebook/v26.0"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptInFile:
    """A sign-in that outlives the process, as Piquet's does."""

    path: Path

    def load(self) -> Mapping[str, str] | None:
        return json.loads(self.path.read_text("utf-8")) if self.path.exists() else None

    def save(self, session: Mapping[str, str]) -> None:
        self.path.write_text(json.dumps(dict(session)), encoding="utf-8")


def run_plain(settings: str) -> int:
    """One round; `settings` is a JSON file with `feed`, `memory`, `wall` and `accounts` as the wall takes them."""
    return asyncio.run(_round(json.loads(Path(settings).read_text("utf-8")), datetime.now(UTC)))


async def _round(settings: Mapping[str, Any], now: datetime) -> int:
    memory = Path(settings["memory"])
    kept = json.loads(memory.read_text("utf-8")) if memory.exists() else {"seen": [], "body": None}
    state = FeedState(url=settings["feed"], body_sha256=kept["body"])
    (result,) = await fetch([state], rules=RetrieveRules(allow_files=True), now=now)
    seen = set(kept["seen"])
    fresh = [entry for entry in reversed(result.entries) if entry.id not in seen] if memory.exists() else []
    lost = await asyncio.gather(
        *(_to_account(account, settings, fresh, now) for account in settings["accounts"])
    )
    seen |= {entry.id for entry in result.entries}
    memory.write_text(json.dumps({"seen": sorted(seen), "body": result.state.body_sha256}), encoding="utf-8")
    return 1 if result.error or sum(lost) else 0


async def _to_account(
    account: Mapping[str, Any], settings: Mapping[str, Any], fresh: list[Entry], now: datetime
) -> int:
    """Send them in order; how many the network did not take."""
    client = client_of(account, settings)
    try:
        if not fresh:
            return 0
        # An instant of its own for each: Bluesky's record keys are made of it.
        style = replace(style_of(account, client, now), limit=await client.limit())
        return sum(
            [
                not await _sent(client, entry, style, now + timedelta(microseconds=number))
                for number, entry in enumerate(fresh)
            ]
        )
    finally:
        await client.aclose()


async def _sent(client: Client, entry: Entry, style: Style, now: datetime) -> bool:
    decision = decide(Strike(), style.account, now, UTC)
    key = delivery_key(style.outlet, style.account, entry)
    payload = client.prepare(compose(entry, decision, style), key=key, at=now)
    try:
        await client.publish(await client.ready(payload))
    except NetworkError:
        return False
    return True


def client_of(account: Mapping[str, Any], settings: Mapping[str, Any]) -> Client:
    made, base, path = _CLIENTS[account["network"]]
    session = KeptInFile(path=Path(f"{settings['memory']}.session"))
    more = {"session": session} if account["network"] == "bluesky" else {}
    return made(**account["credentials"], **more, **{base: settings["wall"] + path})


def style_of(account: Mapping[str, Any], client: Client, now: datetime) -> Style:
    return Style(
        account=f"{account['network']}/{account['name']}",
        outlet=account["title"],
        language="fr",
        traits=client.traits,
        limit=client.traits.limit,
        local_now=now,
    )
