"""`piquet strike`: on, off, plan and status of an outlet's strike, by the same rules as the forms in Prefect."""

import asyncio
import sys
from collections.abc import Callable
from datetime import date
from typing import Any

import click

from deployments.console import keep_tracebacks_away, run_here
from deployments.server import need_server
from piquet.errors import UserError


@click.group()
def strike() -> None:
    """Call, change and end a strike; what would fail on the day is refused."""


def _signed(command: Callable[..., Any]) -> Callable[..., Any]:
    command = click.option("--check", "check_only", is_flag=True, help="Only say what would be refused.")(
        command
    )
    command = click.option("--why", required=True, help="Why; the audit trail keeps it.")(command)
    return click.option("--who", required=True, help="Who does it; the audit trail keeps it.")(command)


def _called(command: Callable[..., Any]) -> Callable[..., Any]:
    """What is set; what is not given stays as it is."""
    options = [
        click.option("--day", "days", multiple=True, help="A whole day, such as 2026-12-05."),
        click.option("--walkout", "walkouts", multiple=True, help="'2026-12-05 11:00 to 2026-12-06 11:00'."),
        click.option("--renewed-until", help="After a vote, the renewable walkout's new end."),
        click.option("--account", "accounts", multiple=True, help="Such as mastodon/lejournal, or all."),
        click.option("--mode", type=click.Choice(["accompany", "replace", "message_only", "hold"])),
        click.option("--notice", "notices", multiple=True, help="What readers see first."),
        click.option(
            "--short-notice", "short_notices", multiple=True, help="Where the long one does not fit."
        ),
        click.option("--reminder", "reminders", multiple=True, help="What reminders say."),
        click.option("--reminder-minutes", type=int, help="Minutes between reminders; 0 for none."),
        click.option("--closing", help="Posted once when the strike ends."),
        click.option("--statement", "statement_url", help="Your statement's web address."),
        click.option("--without-statement", is_flag=True, help="Go without a statement to link to."),
        click.option("--fund", "fund_url", help="Your strike fund's web address."),
        click.option("--hashtag", "hashtags", multiple=True, help="Added where there is room."),
        click.option("--movement", help="A new name starts a new count of strike days."),
    ]
    for option in reversed(options):
        command = option(command)
    return _signed(command)


@strike.command()
@click.argument("outlet")
@_called
def on(outlet: str, **asked: Any) -> None:
    """Go on strike now, until `strike off`."""
    _do(outlet, "call_strike", from_now=True, **asked)


@strike.command()
@click.argument("outlet")
@_called
def plan(outlet: str, **asked: Any) -> None:
    """Announce days and walkouts, or change what the strike says; it starts and ends by itself."""
    _do(outlet, "call_strike", **asked)


@strike.command()
@click.argument("outlet")
@click.option("--when", help="Such as 2026-12-05 18:00; now where it is not given.")
@click.option("--later-too", is_flag=True, help="Take off what is planned for later, too.")
@_signed
def off(outlet: str, **asked: Any) -> None:
    """End the strike; days already struck go on counting."""
    _do(outlet, "end_strike", **asked)


@strike.command()
@click.argument("outlet")
def status(outlet: str) -> None:
    """When OUTLET is on strike, what applies to each account now, and who changed it last."""
    need_server()
    from deployments.strike_status import show_strike

    asyncio.run(show_strike(outlet))


@strike.command()
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True)
def notices(language: str) -> None:
    """Ready-made notices to start from."""
    from piquet.notices import ready_made

    for one in ready_made(language):
        click.echo(f"[{one.kind}, {one.whose}] {one.text}")


def _do(outlet: str, flow: str, **asked: Any) -> None:
    need_server()
    given = {name: value for name, value in asked.items() if value not in (None, ())}
    if "days" in given:
        given["days"] = [_day(value) for value in given["days"]]
    state = asyncio.run(
        _run(outlet, flow, {k: list(v) if isinstance(v, tuple) else v for k, v in given.items()})
    )
    click.echo(
        state.message if state.is_completed() else f"piquet: {state.message}", err=not state.is_completed()
    )
    sys.exit(0 if state.is_completed() else 2)


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise UserError(f"Strike, field 'days': {value!r} is not a day: write it as 2026-12-05.") from None


async def _run(outlet: str, flow: str, given: dict[str, Any]) -> Any:
    """The flow itself, in this process: a strike called from here and one from the UI leave the same traces."""
    from flows.call_strike import call_strike
    from flows.end_strike import end_strike
    from tasks.opening import open_outlet

    keep_tracebacks_away()
    # A name that no block has is the user's mistake, not a run that failed.
    await open_outlet(outlet)
    flows = {one.name: one for one in (call_strike, end_strike)}
    return await run_here(flows[flow], outlet, **given)
