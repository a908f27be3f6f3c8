"""What readers would see next, account by account, ordinary and on strike: `piquet preview`."""

from datetime import UTC, datetime

from rich.console import Console
from rich.panel import Panel

import blocks
from piquet.compose import Style, compose
from piquet.entry import Entry
from piquet.errors import NoticeTooLong, UserError
from piquet.feed import FeedState, RetrieveRules, fetch
from piquet.outlet import Outlet
from piquet.strike import Cause, Decision, Strike
from tasks.opening import Account, load_block, open_account, open_outlet

_console = Console(highlight=False)


async def show_preview(name: str, count: int) -> None:
    """Print the `count` newest entries of the outlet's feeds as each account would post them."""
    outlet = await open_outlet(name)
    strike = (await load_block(blocks.Strike, outlet.strike)).to_rule(outlet.zone)
    entries = await _newest(outlet, count)
    for reference in outlet.accounts:
        account = await open_account(reference)
        if account.trouble:
            _console.print(f"{reference}: {account.trouble}", markup=False)
        for entry in entries:
            for title, decision in _both(reference, strike):
                _show(entry, decision, title, _style(outlet, account))
        if account.client:
            await account.client.aclose()


async def _newest(outlet: Outlet, count: int) -> list[Entry]:
    rules = RetrieveRules(allowed_hosts=frozenset(outlet.allowed_hosts), allow_files=outlet.allow_files)
    results = await fetch([FeedState(url=url) for url in outlet.feeds], rules=rules, now=datetime.now(UTC))
    for result in results:
        if result.error:
            _console.print(f"{result.url}: {result.error}", markup=False)
    entries = [entry for result in results for entry in result.entries]
    if not entries:
        raise UserError(f"No feed of {outlet.name} gives an article now: correct its feeds.")
    return entries[:count]


def _both(account: str, strike: Strike) -> list[tuple[str, Decision]]:
    ordinary = Decision(account=account, on_strike=False, cause=Cause.NO_STRIKE)
    on_strike = Decision(
        account=account,
        on_strike=True,
        cause=Cause.BY_HAND,
        mode=strike.mode,
        day_number=strike.days_before + 1,
        notices=strike.notices,
        short_notices=strike.short_notices,
        statement_url=strike.statement_url,
        hashtags=strike.hashtags,
    )
    return [("ordinary", ordinary), ("on strike", on_strike)]


def _style(outlet: Outlet, account: Account) -> Style:
    return Style(
        account=account.reference,
        outlet=outlet.title,
        language=outlet.language,
        traits=account.traits,
        limit=account.traits.limit,
        local_now=datetime.now(outlet.zone),
        template=account.template,
        hashtags=account.hashtags,
    )


def _show(entry: Entry, decision: Decision, title: str, style: Style) -> None:
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
