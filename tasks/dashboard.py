"""Dashboard: an outlet's last days, read from its ledger and left as an artifact; no network is asked."""

from dataclasses import replace
from datetime import datetime

from prefect.artifacts import acreate_markdown_artifact

from piquet import words
from piquet.dashboard import Dashboard
from piquet.dashboarding import read_dashboard
from piquet.pages.dashboard import dashboard_markdown
from tasks.opening import close_desk
from tasks.remind import open_between


async def board_of(name: str, days: int, now: datetime, language: str | None = None) -> Dashboard:
    """The dashboard of that outlet; raises UserError or LedgerError."""
    desk = await open_between(name)
    try:
        allowances = {account.reference: account.allowance for account in desk.accounts.values()}
        outlet = replace(desk.outlet, language=language or desk.outlet.language)
        return read_dashboard(desk.ledger, outlet, allowances, now, days)
    finally:
        await close_desk(desk)


async def leave_dashboard(name: str, board: Dashboard) -> None:
    """The dashboard as an artifact in the outlet's language; the newest takes the place of the one before."""
    await acreate_markdown_artifact(
        key=f"dashboard-{name}",
        markdown=dashboard_markdown(board),
        description=words.of("dashboard", "title", board.language, outlet=board.title),
    )
