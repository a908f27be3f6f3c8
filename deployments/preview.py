"""What readers would see next, account by account, ordinary and on strike: `piquet preview`."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from rich.console import Console
from rich.panel import Panel

import blocks
from piquet.compose import Style, compose
from piquet.entry import Entry
from piquet.errors import NoticeTooLong, UserError
from piquet.feed import FeedState, RetrieveRules, fetch
from piquet.outlet import Outlet
from piquet.strike import Cause, Decision, Strike, decide
from tasks.compose import style_of
from tasks.opening import Account, load_block, open_account, open_outlet

_console = Console(highlight=False)


async def show_preview(name: str, count: int) -> None:
    """Print the `count` newest entries of the outlet's feeds as each account would post them."""
    now = datetime.now(UTC)
    outlet = await open_outlet(name)
    for trouble in outlet.troubles:
        _console.print(trouble, markup=False)
    strike = (await load_block(blocks.Strike, outlet.strike)).to_rule(outlet.zone)
    entries = newest(await _entries(outlet, now), count, now)
    for reference in outlet.accounts:
        await _show_account(await open_account(reference), outlet, strike, entries, now)


async def _show_account(
    account: Account, outlet: Outlet, strike: Strike, entries: Iterable[Entry], now: datetime
) -> None:
    if account.trouble:
        _console.print(f"{account.reference}: {account.trouble}", markup=False)
    try:
        style = await style_of(outlet, account, now, say=lambda words: _console.print(words, markup=False))
    finally:
        if account.client:
            await account.client.aclose()
    for entry in entries:
        for title, decision in both(account.reference, strike, now, outlet):
            _show(entry, decision, title, style)


def newest(entries: Iterable[Entry], count: int, now: datetime) -> list[Entry]:
    """The `count` newest; document order decides among entries without a date, which count as of `now`."""
    return sorted(entries, key=lambda entry: entry.published or now, reverse=True)[:count]


async def _entries(outlet: Outlet, now: datetime) -> list[Entry]:
    rules = RetrieveRules(allowed_hosts=frozenset(outlet.allowed_hosts), allow_files=outlet.allow_files)
    results = await fetch([FeedState(url=url) for url in outlet.feeds], rules=rules, now=now)
    for result in results:
        if result.error:
            _console.print(f"{result.url}: {result.error}", markup=False)
    entries = [entry for result in results for entry in result.entries]
    if not entries:
        raise UserError(f"No feed of {outlet.name} gives an article now: correct its feeds.")
    return entries


def both(account: str, strike: Strike, now: datetime, outlet: Outlet) -> list[tuple[str, Decision]]:
    """The decision on an ordinary day, and the one there would be if the switch said strike at `now`."""
    ordinary = Decision(account=account, on_strike=False, cause=Cause.NO_STRIKE)
    on_strike = decide(replace(strike, switch="strike"), account, now, outlet.zone)
    return [("ordinary", ordinary), ("on strike", on_strike)]


def _show(entry: Entry, decision: Decision, title: str, style: Style) -> None:
    if decision.cause is Cause.NOT_COVERED:
        _console.print(
            f"{style.account}, {title}: the strike does not cover it; it posts as on ordinary days."
        )
        return
    if decision.mode == "hold":
        _console.print(
            f"{style.account}, {title}: nothing goes out before the end of the strike (mode hold)."
        )
        return
    try:
        post = compose(entry, decision, style)
    except NoticeTooLong as error:
        _console.print(f"{style.account}, {title}: {error}", markup=False)
        return
    inside = post.link if post.link and post.link in post.text else None
    counts = ", ".join(f"{c.used} of {c.maximum} {c.unit}" for c in style.limit.counts(post.text, inside))
    shown = post.text if inside or not post.link else f"{post.text}\n[{post.link}]"
    _console.print(
        Panel(shown.replace("[", "\\["), title=f"{style.account}, {title}", subtitle=counts, width=78)
    )
