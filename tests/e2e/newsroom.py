"""A newsroom of its own on the shared server and wall: feed, accounts, blocks, cycles."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from deployments.local import DEMO_NETWORKS, Local, outlet_of, secrets_of, wall_accounts
from piquet.ledger import Ledger, upgrade

PIQUET = [sys.executable, "-m", "deployments.cli"]
ROOT = Path(__file__).parents[2]
# Most tests count posts: only the articles' own go out where nobody asks for more.
QUIET = {"reminder_minutes": 0, "tail_days": 0, "pin": "no"}


class Newsroom:
    """One outlet with one account on each of the demo's networks, or on those of `networks`."""

    def __init__(self, local: Local, folder: Path, name: str, networks: Sequence[str] = ()) -> None:
        self.local, self.folder, self.name = local, folder, name
        self.accounts = wall_accounts(name, "Le Journal", networks=networks or DEMO_NETWORKS)
        self.env = {**local.env, **secrets_of(self.accounts)}
        self.ledger_url = f"sqlite:///{folder / 'ledger.db'}"
        self.feed = folder / "feed.xml"
        self.entries: list[str] = []
        for account in self.accounts:
            httpx.post(f"{local.wall}/_wall/accounts", json=account, trust_env=False).raise_for_status()
        upgrade(self.ledger_url)

    def publish(self, *titles: str, minutes_ago: float = 5) -> None:
        """Let the newsroom publish articles of these titles."""
        for title in titles:
            number = len(self.entries) + 1
            when = datetime.now(UTC) - timedelta(minutes=minutes_ago) + timedelta(seconds=number)
            self.entries.append(
                f"<item><title>{title}</title><link>https://{self.name}.example.com/{number}</link>"
                f"<guid>{self.name}-{number}</guid><pubDate>{when:%a, %d %b %Y %H:%M:%S} +0000</pubDate></item>"
            )
        self.write(
            f"<rss version='2.0'><channel><title>J</title>{''.join(reversed(self.entries))}</channel></rss>"
        )

    def write(self, body: str) -> None:
        """Put this body in the feed's place."""
        self.feed.write_text(body, encoding="utf-8")

    def apply(
        self,
        *,
        forms: Mapping[str, Mapping[str, Any]] | None = None,
        references: Sequence[str] = (),
        **outlet: Any,
    ) -> str:
        """Make the blocks with `piquet apply`; what it printed. `references` overrides the outlet's accounts."""
        values = {"feeds": [self.feed.as_uri()], "lease_seconds": 3, **outlet}
        file = outlet_of(
            self.local,
            title="Le Journal",
            name=self.name,
            accounts=self.accounts,
            ledger_url=self.ledger_url,
            **values,
        )
        if references:
            file.outlet["accounts"] = list(references)
        path = self.folder / "outlet.toml"
        tables = {"outlet": {"name": self.name, **file.outlet}, "ledger": {"url": file.ledger_url}}
        tables |= {
            f'accounts."{key}"': {**form, **(forms or {}).get(key, {})} for key, form in file.accounts.items()
        }
        path.write_text(_toml({**tables, "strike": {**QUIET, **file.strike}}), encoding="utf-8")
        # Blocks and automations only: most tests run flows themselves, and 17 deployments each would take their time.
        none = self.folder / "no-deployments.yaml"
        none.write_text("deployments: []\n", encoding="utf-8")
        done = self.piquet("apply", str(path), "--prefect-file", str(none))
        assert done.returncode == 0, done.stderr
        return done.stdout

    def run(self, *, kill: str = "") -> subprocess.CompletedProcess[str]:
        """One cycle, with `piquet run`."""
        return self.piquet("run", self.name, PIQUET_TEST_KILL=kill)

    def check(self) -> subprocess.CompletedProcess[str]:
        """The `check` flow, as its deployment runs it; the last line it prints is the state's type."""
        code = (
            "import asyncio, sys; from flows.check import check; "
            "print(asyncio.run(check(sys.argv[1], return_state=True)).type.value)"
        )
        command = [sys.executable, "-c", code, self.name]
        return subprocess.run(command, env=self.env, capture_output=True, text=True, cwd=ROOT, timeout=120)

    def piquet(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        """The command line."""
        return subprocess.run(
            [*PIQUET, *words], env={**self.env, **env}, capture_output=True, text=True, cwd=ROOT, timeout=120
        )

    def posts(self, network: str) -> list[dict[str, Any]]:
        """What the wall shows for this newsroom's account on that network, oldest first."""
        query = {"network": network, "account": self.name}
        answer = httpx.get(f"{self.local.wall}/_wall/posts", params=query, trust_env=False)
        return answer.raise_for_status().json()["posts"]

    def texts(self, network: str) -> list[str]:
        """The texts of those posts."""
        return [post["text"] for post in self.posts(network)]

    def fault(self, network: str, kind: str, **more: Any) -> None:
        """Arm a fault for this newsroom's account."""
        body = {"network": network, "account": self.name, "kind": kind, "times": 1, **more}
        httpx.post(f"{self.local.wall}/_wall/faults", json=body, trust_env=False).raise_for_status()

    def set_strike(self, **values: Any) -> None:
        """Write into the Strike block through Prefect's API, as its UI does: nothing is validated."""
        set_block(self.local, "strike", self.name, values)

    def ledger(self) -> Ledger:
        """The newsroom's ledger, open."""
        return Ledger.open(self.ledger_url)


def prefect_api(
    local: Local, method: str, path: str, *, seconds: float = 60, **request: Any
) -> httpx.Response:
    """What Prefect's REST API answers; raises HTTPStatusError where it refuses.

    A busy server on SQLite says 503 and means "again", as Prefect's own client takes it.
    """
    end = time.monotonic() + seconds
    while True:
        answer = httpx.request(method, f"{local.prefect}/api/{path}", timeout=30, trust_env=False, **request)
        if answer.status_code != 503 or time.monotonic() > end:
            return answer.raise_for_status()
        time.sleep(0.5)


def set_block(local: Local, slug: str, name: str, values: Mapping[str, Any]) -> None:
    """PATCH a block document over the REST API."""
    document = prefect_api(local, "GET", f"block_types/slug/{slug}/block_documents/name/{name}").json()
    body = {"data": {**document["data"], **values}, "merge_existing_data": False}
    prefect_api(local, "PATCH", f"block_documents/{document['id']}", json=body)


def last_run(local: Local, outlet: str, flow: str = "syndicate") -> dict[str, Any]:
    """The newest run of that flow for that outlet."""
    body = {
        "sort": "EXPECTED_START_TIME_DESC",
        "limit": 50,
        "flow_runs": {"name": {"like_": f"{flow} {outlet}"}},
    }
    return prefect_api(local, "POST", "flow_runs/filter", json=body).json()[0]


def artifact(local: Local, key: str) -> str:
    """The newest artifact of that key."""
    return prefect_api(local, "GET", f"artifacts/{key}/latest").json()["data"]


def events(local: Local, name: str, outlet: str, *, at_least: int = 1) -> list[dict[str, Any]]:
    """The payloads of that outlet's events of that name, once so many are stored: the server takes a moment."""
    end = time.monotonic() + 15
    while True:
        body = {"filter": {"event": {"name": [name]}}, "limit": 50}
        answer = prefect_api(local, "POST", "events/filter", json=body)
        found = [e["payload"] for e in answer.json()["events"] if e["payload"]["outlet"] == outlet]
        if len(found) >= at_least or time.monotonic() > end:
            return found
        time.sleep(0.5)


def _toml(tables: Mapping[str, Mapping[str, Any]]) -> str:
    # JSON's strings, numbers, booleans and lists are TOML's.
    return "\n".join(
        f"[{name}]\n"
        + "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in table.items())
        for name, table in tables.items()
    )


os.environ.setdefault("NO_COLOR", "1")
