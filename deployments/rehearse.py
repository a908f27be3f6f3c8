"""`piquet rehearse`: a whole strike day of an outlet played on a wall, left as a page and an artifact."""

import asyncio
from datetime import date
from pathlib import Path

import click

from deployments.server import need_server
from piquet.errors import UserError


@click.command()
@click.argument("outlet")
@click.option(
    "--day", default="", help="Such as 2026-12-05; else the next strike that is planned, or tomorrow."
)
@click.option("--html", type=click.Path(path_type=Path), help="The page; else rehearsal-OUTLET.html here.")
def rehearse(outlet: str, day: str, html: Path | None) -> None:
    """Play a strike day of OUTLET with the last days' articles, in minutes; nothing is posted."""
    # Prefect takes a second to import; --help need not wait for it.
    from tasks.rehearsal import read_day

    chosen, path = read_day(day), html or Path(f"rehearsal-{outlet}.html")
    need_server()
    asyncio.run(_rehearse(outlet, chosen, path))


async def _rehearse(outlet: str, day: date | None, path: Path) -> None:
    from piquet import words
    from piquet.pages.rehearsal import rehearsal_page, title_of
    from tasks import clock
    from tasks.rehearsal import leave_rehearsal, play

    done = await play(outlet, day, clock.now())
    _write(path, rehearsal_page(done.script, done.told))
    await leave_rehearsal(done)
    click.echo(f"{title_of(done.told)}\n{done.sentence}")
    click.echo(words.of("rehearsal", "written", done.told.outlet.language, path=path))


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path}: it cannot be written ({error.strerror}): give another place.") from None
