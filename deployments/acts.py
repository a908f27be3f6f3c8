"""`piquet retry`, `drop`, `release` and `retract`: what a person does to deliveries, with who and why."""

import asyncio
import sys
from collections.abc import Callable
from typing import Any

import click

from deployments.console import keep_tracebacks_away, run_here
from deployments.server import need_server
from piquet.acts import HIGHEST


def _signed(command: Callable[..., Any]) -> Callable[..., Any]:
    """Who does it and why, which nobody may leave out; and the rehearsal."""
    command = click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")(command)
    command = click.option("--why", required=True, help="Why; the audit trail keeps it.")(command)
    return click.option("--who", required=True, help="Who does it; the audit trail keeps it.")(command)


def _chosen(command: Callable[..., Any]) -> Callable[..., Any]:
    """Which deliveries."""
    command = click.option("--until", default="", help="Changed before this time.")(_signed(command))
    since = "Changed from this time on, such as 2026-12-05T11:00, in the outlet's zone."
    command = click.option("--since", default="", help=since)(command)
    command = click.option("--account", default="", help="Only this one, such as mastodon/lejournal.")(
        command
    )
    number = "Its number, as status shows it; may be given several times."
    return click.option(
        "--delivery", "deliveries", type=click.IntRange(1, HIGHEST), multiple=True, help=number
    )(command)


@click.command()
@click.argument("outlet")
@_chosen
def retry(outlet: str, **asked: Any) -> None:
    """Send again what a network refused, once what was wrong is mended."""
    _do(outlet, kind="retry", **asked)


@click.command()
@click.argument("outlet")
@_chosen
def drop(outlet: str, **asked: Any) -> None:
    """Never send what is chosen, which cannot be undone."""
    _do(outlet, kind="drop", **asked)


@click.command()
@click.argument("outlet")
@_chosen
def release(outlet: str, **asked: Any) -> None:
    """Let go what waits: the entries of a flood, and at once what a strike's end lets go at a pace."""
    _do(outlet, kind="release", **asked)


@click.command()
@click.argument("outlet")
@click.argument("url")
@_signed
def retract(outlet: str, url: str, **asked: Any) -> None:
    """Take the article at URL down everywhere it was posted, and never post it again."""
    _do(outlet, kind="retract", url=url, **asked)


COMMANDS = (retry, drop, release, retract)


def _do(outlet: str, **asked: Any) -> None:
    need_server()
    state = asyncio.run(_run(outlet, asked))
    # Prefect wraps what a run leaves in this process.
    left = getattr(state.data, "result", state.data)
    if isinstance(left, Exception):
        raise left
    for row in left or ():
        what = row["why not"] or f"{row['before']} -> {row['after']}"
        click.echo(
            " ".join(str(row[name]) for name in ("delivery", "account", "title") if row[name]) + f": {what}"
        )
    click.echo(state.message)
    sys.exit(0 if state.is_completed() else 1)


async def _run(outlet: str, asked: dict[str, Any]) -> Any:
    """The flow itself, in this process: an act from here and one from the UI leave the same traces."""
    from flows.drop import drop
    from flows.release import release
    from flows.retract import retract
    from flows.retry import retry
    from tasks.opening import open_outlet

    keep_tracebacks_away()
    # A name that no block has is the user's mistake, not a run that failed.
    await open_outlet(outlet)
    flows = {one.name: one for one in (drop, release, retract, retry)}
    flow = flows[asked.pop("kind")]
    return await run_here(flow, outlet, **asked)
