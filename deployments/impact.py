"""`piquet impact`: were we noticed? The report on a strike in the terminal, and as page, pictures and CSV where asked."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deployments.server import need_server
from piquet.errors import UserError

if TYPE_CHECKING:
    from rich.table import Table

    from piquet.impact.values import Impact
    from piquet.impact.view import View
    from piquet.ledger import Ledger
    from piquet.outlet import Outlet

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("outlet")
@click.option("--day", default="", help="Such as 2026-12-05 or yesterday; else the last strike that is over.")
@click.option("--since", default="", help="From this time, such as 2026-12-05T11:00, in the outlet's zone.")
@click.option("--until", default="", help="Until this time; now where it is not given.")
@click.option("--html", type=_FILE, help="Write the page that can be sent around here.")
@click.option("--csv", "csv", type=_FILE, help="Write its figures here.")
@click.option("--posts", type=_FILE, help="Write what was measured of each post behind it here, as CSV.")
@click.option("--png", type=click.Path(path_type=Path, file_okay=False), help="Write its pictures here.")
@click.option("--language", type=click.Choice(["fr", "en"]), help="The outlet's where it is not given.")
def impact(
    outlet: str,
    day: str,
    since: str,
    until: str,
    html: Path | None,
    csv: Path | None,
    posts: Path | None,
    png: Path | None,
    language: str | None,
) -> None:
    """Were we noticed? What readers did with the posts of OUTLET on strike, beside those of ordinary days."""
    need_server()
    wanted = {"html": html, "csv": csv, "posts": posts, "png": png}
    asyncio.run(_impact(outlet, (day, since, until), {k: v for k, v in wanted.items() if v}, language))


async def _impact(
    name: str, asked: tuple[str, str, str], wanted: Mapping[str, Path], language: str | None
) -> None:
    # Prefect takes a second to import; --help need not wait for it.
    from piquet.impact import report as impact_report
    from tasks import clock
    from tasks.opening import open_ledger, open_outlet

    outlet, now = await open_outlet(name), clock.now()
    language = language or outlet.language
    with await open_ledger(outlet) as ledger:
        choice = (
            impact_report.asked(ledger, outlet, *asked, now)
            if any(asked)
            else impact_report.latest(ledger, outlet, now)
        )
        if choice.why_not:
            click.echo(impact_report.why_not(choice, outlet.zone, language))
            return
        made = impact_report.read(ledger, outlet, choice.span, now, language)
        files = _files(made, ledger, outlet, wanted)
    _print(made)
    for path, content in files.items():
        _write(path, content, language)


def _files(
    made: "Impact", ledger: "Ledger", outlet: "Outlet", wanted: Mapping[str, Path]
) -> dict[Path, bytes]:
    """What is to be written where."""
    from piquet.impact.report import behind
    from piquet.impact.to_csv import impact_csv, posts_csv
    from piquet.pages.impact import impact_page, pictures

    files: dict[Path, bytes] = {}
    if path := wanted.get("html"):
        files[path] = impact_page(made).encode()
    if path := wanted.get("csv"):
        files[path] = impact_csv(made).encode()
    if path := wanted.get("posts"):
        files[path] = posts_csv(behind(ledger, outlet, made.span, made.at)).encode()
    if folder := wanted.get("png"):
        files |= {folder / f"{one.name}.{made.language}.png": one.png for one in pictures(made)}
    return files


def _write(path: Path, content: bytes, language: str) -> None:
    from piquet import words

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise UserError(f"{path}: it cannot be written ({error.strerror}): give another place.") from None
    click.echo(words.of("impact report", "written", language, path=path), err=True)


def _print(made: "Impact") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from piquet.impact.view import view

    shown, console = view(made), Console(highlight=False, markup=False)
    for line in (f"{shown.title} {shown.word}", f"{shown.outlet}, {shown.span}", shown.sentence, *shown.said):
        console.print(line)
    console.print(_facts(shown))
    if shown.rows:
        table = Table(*shown.heads)
        for row in shown.rows:
            table.add_row(*(Text("\n".join(cell), overflow="fold") for cell in row))
        console.print(table)
    for line in (shown.blank, *shown.limits):
        if line:
            console.print(line)


def _facts(shown: "View") -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table(show_header=False)
    for fact in shown.facts:
        table.add_row(Text(fact.name), Text(fact.value), Text(fact.more))
    return table
