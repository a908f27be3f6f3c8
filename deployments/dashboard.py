"""`piquet dashboard`: the last days of an outlet, account by account, in the terminal or as a page to leave on a screen."""

import asyncio
from pathlib import Path

import click

from deployments.server import need_server
from piquet.errors import UserError


@click.command()
@click.argument("outlet")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write it here as one page.")
@click.option("--days", type=click.IntRange(1, 366), default=30, show_default=True, help="How many.")
@click.option("--language", type=click.Choice(["fr", "en"]), help="The outlet's where it is not given.")
def dashboard(outlet: str, html: Path | None, days: int, language: str | None) -> None:
    """Posts, refusals, delays, quota, money and strike days of OUTLET, account by account."""
    need_server()
    asyncio.run(_dashboard(outlet, html, days, language))


async def _dashboard(name: str, html: Path | None, days: int, language: str | None) -> None:
    # Prefect takes a second to import; --help need not wait for it.
    from rich.console import Console
    from rich.markdown import Markdown

    from piquet.pages.dashboard import dashboard_markdown, dashboard_page
    from tasks import clock
    from tasks.dashboard import board_of

    board = await board_of(name, days, clock.now(), language)
    if html is None:
        Console().print(Markdown(dashboard_markdown(board)))
        return
    try:
        html.write_text(dashboard_page(board), encoding="utf-8")
    except OSError as error:
        raise UserError(f"{html}: it cannot be written ({error.strerror}): give another place.") from None
    click.echo(f"{html} is written.", err=True)
