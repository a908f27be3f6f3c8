"""The demo: two cycles before and during a strike, on this machine only, then open for a look around."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from deployments.local import PREFECT_PORT, WALL_PORT, Local, outlet_of, running_locally
from deployments.processes import child
from deployments.replay import Replay, oldest_first
from piquet.errors import UserError

SAMPLE = Path(__file__).parent / "sample" / "lejournal.xml"
_PROJECT = Path(__file__).parents[1]
_OUTLET = "lejournal"
_DRIP_SECONDS = 60
_say = Console(highlight=False, soft_wrap=True)


def run_demo(*, state: Path, feed: str | None, once: bool) -> int:
    """Run the demo with its state under `state`; the process exit code."""
    _say.print("Reading the feed…")
    replay, language = read_replay(feed or str(SAMPLE), state / "feed.json")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        _say.print("Starting a Prefect server and the wall…")
        with running_locally(state) as local:
            _say_ports(local)
            shown = prepare(local, replay, language)
            two_cycles(local, replay, shown, once=once)
            if not once:
                _stay(local, replay)
    except KeyboardInterrupt:
        _say.print("\nEnded; nothing is left running.")
    return 0


def read_replay(source: str, path: Path) -> tuple[Replay, str]:
    from piquet.feed import FeedState, RetrieveRules, fetch

    address = source if "://" in source else Path(source).expanduser().resolve().as_uri()
    rules = RetrieveRules(allow_files=True)
    (result,) = asyncio.run(fetch([FeedState(url=address)], rules=rules, now=datetime.now(UTC)))
    if result.error:
        raise UserError(f"The feed {source} cannot be used: {result.error}")
    if not result.entries:
        raise UserError(f"The feed {source} is empty: give one with at least one article.")
    entries = oldest_first(result.entries)
    language = next((e.language for e in entries if e.language), None) or "fr"
    return Replay(entries=entries, path=path, title="Le Journal"), "fr" if language.startswith("fr") else "en"


def prepare(local: Local, replay: Replay, language: str) -> int:
    """Ledger, blocks and the feed's first third; how many entries are shown."""
    os.environ.update(local.env)
    from deployments.apply import apply_outlet
    from piquet.ledger import upgrade

    upgrade(local.ledger_url)
    shown = max(len(replay.entries) // 3, min(1, len(replay.entries) - 1))
    replay.show(shown, datetime.now(UTC))
    asyncio.run(
        apply_outlet(outlet_of(local, first_posts=3, title=replay.title, language=language, lease_seconds=15))
    )
    return shown


def two_cycles(local: Local, replay: Replay, shown: int, *, once: bool) -> None:
    _say.print("Cycle 1, an ordinary day…")
    _cycle(local)
    _say.print("The strike begins: switching the Strike block, as a community manager would…")
    asyncio.run(_strike(local))
    # Enough for a look; a flood of a whole feed would be held back for a person, rightly.
    more = min(len(replay.entries), shown + (20 if once else 4))
    replay.show(more, datetime.now(UTC))
    _say.print(f"Cycle 2, on strike, {more - shown} new articles…")
    _cycle(local)
    _print_table(local)


def _cycle(local: Local) -> None:
    """One cycle in a process of its own, as a worker would run it; a killed one is carried on by the next."""
    command = [sys.executable, "-m", "deployments.cli", "run", _OUTLET]
    ended = subprocess.run(command, env=local.env, cwd=_PROJECT, check=False).returncode
    if ended < 0:
        _say.print(
            "The cycle was killed. The next one finds out what it had posted, once its lease has ended…"
        )
        ended = subprocess.run(command, env=_without_kill(local), cwd=_PROJECT, check=False).returncode
    if ended:
        raise UserError("The cycle did not go well: the lines above say what to mend.")


def _without_kill(local: Local) -> dict[str, str]:
    return {name: value for name, value in local.env.items() if name != "PIQUET_TEST_KILL"}


async def _strike(local: Local) -> None:
    from blocks import Strike

    strike = await Strike.aload(_OUTLET)
    strike.switch = "strike"
    await strike.save(_OUTLET, overwrite=True)
    texts = [*strike.notices, *strike.short_notices]
    httpx.post(f"{local.wall}/_wall/notices", json={"texts": texts}, trust_env=False).raise_for_status()


def _print_table(local: Local) -> None:
    from piquet.ledger import Ledger

    ledger = Ledger.open(local.ledger_url)
    try:
        table = Table(title="What each network got", expand=True)
        table.add_column("Account", no_wrap=True, min_width=max(len(a) for a in ledger.counts(_OUTLET)))
        table.add_column("Strike", no_wrap=True, min_width=6)
        table.add_column("Article", no_wrap=True, ratio=1)
        table.add_column("What readers see first", no_wrap=True, ratio=1)
        rows = sorted(ledger.deliveries(_OUTLET), key=lambda row: (row.account, row.id))
        for row, following in zip(rows, [*rows[1:], None], strict=True):
            strike = "yes" if row.decision.get("on_strike") else "no"
            last = following is None or following.account != row.account
            seen = row.text.partition("\n")[0] if row.receipt_url else f"({row.state})"
            table.add_row(
                row.account, strike, escape(row.title or f"({row.kind})"), escape(seen), end_section=last
            )
        _say.print(table)
    finally:
        ledger.close()
    _say.print(f"Prefect UI   {local.prefect}")
    _say.print(f"The wall     {local.wall}")


def _stay(local: Local, replay: Replay) -> None:
    """Keep going as on a real server: a worker, a schedule, the switch, and an article a minute."""
    with _worker(local):
        _say.print(
            "\nIt goes on: a cycle every minute, and one at once when you save the Strike block in the Prefect UI"
            f"\n({local.prefect}/v2/blocks). An article a minute is left to come. Ctrl-C ends it."
        )
        shown = len(_shown(local))
        while True:
            time.sleep(_DRIP_SECONDS)
            if shown < len(replay.entries):
                shown += 1
                replay.show(shown, datetime.now(UTC))


def _shown(local: Local) -> list[object]:
    import json

    return json.loads(local.feed.read_text(encoding="utf-8"))["items"]


@contextmanager
def _worker(local: Local) -> Iterator[None]:
    """A work pool, the deployment of prefect.yaml on a schedule of one minute, and a process worker."""
    prefect = [sys.executable, "-m", "prefect", "--no-prompt"]
    for command in (["work-pool", "create", "piquet", "--type", "process"], ["deploy", "--all"]):
        subprocess.run(
            [*prefect, *command],
            env=_without_kill(local),
            cwd=_PROJECT,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    with ExitStack() as stack:
        log = local.folder / "worker.log"
        stack.enter_context(
            child([*prefect, "worker", "start", "--pool", "piquet"], log=log, env=_without_kill(local))
        )
        yield


def _say_ports(local: Local) -> None:
    for name, address, usual in (
        ("Prefect", local.prefect, PREFECT_PORT),
        ("the wall", local.wall, WALL_PORT),
    ):
        if not address.endswith(f":{usual}"):
            _say.print(f"Port {usual} is taken: {name} is at {address}.")
