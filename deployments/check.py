"""Whether the accounts of an outlet may post, for ops: `piquet check`."""

import asyncio
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from tasks.check import look, table
from tasks.opening import close_accounts, open_accounts, open_outlet

_console = Console(highlight=False)


async def show_check(name: str) -> int:
    """Print a row for each account of the outlet; 0 where all of them work, else 1."""
    outlet = await open_outlet(name)
    accounts = await open_accounts(outlet)
    try:
        found = await asyncio.gather(*(look(account) for account in accounts.values()))
    finally:
        await close_accounts(accounts)
    heads, rows = table(found, "en", datetime.now(UTC), outlet.zone)
    shown = Table(title=f"Accounts of {name}")
    for head in heads:
        shown.add_column(head.lower(), overflow="fold")  # the name of an account is never cut
    for row in rows:
        shown.add_row(*(cell.replace("[", "\\[") for cell in row))
    _console.print(shown)
    troubled = [checked for checked in found if checked.trouble]
    for checked in troubled:
        _console.print(f"{checked.account}: {checked.trouble}", markup=False, soft_wrap=True)
    return 1 if troubled else 0
