"""`piquet audit`: the audit of an outlet in the terminal, as CSV or as a page, and whether anybody changed it."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deployments.server import need_server
from piquet.errors import UserError

if TYPE_CHECKING:
    from piquet.audit.view import View
    from piquet.ledger import Ledger

_LEDGER = click.option(
    "--ledger", "url", help="The ledger's address; else it is read from the outlet's blocks."
)


class _Audit(click.Group):
    """`audit OUTLET` is `audit show OUTLET`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {*self.commands, *self.get_help_option_names(ctx)}
        return super().parse_args(ctx, args if not args or args[0] in own else ["show", *args])


@click.group(cls=_Audit)
def audit() -> None:
    """What was posted, where, why, and who decided: audit OUTLET, for today, or for the day or times you give."""


@audit.command()
@click.argument("outlet")
@click.option("--day", default="", help="Such as 2026-12-05, today or yesterday.")
@click.option("--since", default="", help="From this time, such as 2026-12-05T11:00, in the outlet's zone.")
@click.option("--until", default="", help="Until this time; now where it is not given.")
@click.option("--last-strike", is_flag=True, help="The strike that began last, whole.")
@click.option("--csv", "csv", type=click.Path(path_type=Path, allow_dash=True), help="Write it here as CSV.")
@click.option("--html", type=click.Path(path_type=Path, allow_dash=True), help="Write it here as one page.")
@_LEDGER
@click.option("--zone", help="The hours to show; those of the outlet where it is not given.")
@click.option("--language", type=click.Choice(["fr", "en"]), help="The outlet's where it is not given.")
def show(
    outlet: str,
    day: str,
    since: str,
    until: str,
    last_strike: bool,
    csv: Path | None,
    html: Path | None,
    url: str | None,
    zone: str | None,
    language: str | None,
) -> None:
    """Show the audit of OUTLET, or write it: two people who ask for the same days get the same bytes."""
    from piquet.audit.reading import last_strike_span, read_trail
    from piquet.audit.to_csv import to_csv
    from piquet.audit.trail import read_span
    from piquet.audit.view import view
    from piquet.pages import page

    with _opened(outlet, url, zone, language) as opened:
        now = datetime.now(UTC)
        span = read_span(day, since, until, now, opened.zone)
        if last_strike:
            span = last_strike_span(opened.ledger, outlet, now, opened.zone)
        found = read_trail(opened.ledger, outlet, span)
    shown = view(found, opened.title, opened.zone, opened.language)
    if csv:
        _write(csv, to_csv(found, opened.zone))
    if html:
        _write(html, page(shown))
    if not (csv or html):
        _print(shown)


@audit.command()
@click.argument("outlet")
@_LEDGER
def verify(outlet: str, url: str | None) -> None:
    """Whether anybody changed the audit of OUTLET; ends with 1, and a sentence for each place, where somebody did."""
    with _opened(outlet, url, "UTC", "en") as opened:
        breaks, heads = opened.ledger.audit_breaks(outlet), opened.ledger.audit_heads(outlet)
    for head in heads:
        click.echo(f"{head.chain or outlet}: {head.number} rows, the last one's hash is {head.hash}.")
    for one in breaks:
        click.echo(f"{one.chain or outlet}, row {one.number}: {one.why}.", err=True)
    if breaks:
        sys.exit(1)
    click.echo(
        "Each chain holds. Rows cut off at the end of a chain do not show: compare these lines with earlier ones."
        if heads
        else f"Nothing has been audited for {outlet} yet."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """An outlet's ledger, and how its people see it."""

    ledger: "Ledger"
    title: str
    zone: tzinfo
    language: str


@contextmanager
def _opened(outlet: str, url: str | None, zone: str | None, language: str | None) -> Iterator[_Opened]:
    from piquet.config import check_zone

    ledger, title, own_zone, own_language = _named(outlet, url) if url else asyncio.run(_by_blocks(outlet))
    with ledger:
        yield _Opened(
            ledger=ledger,
            title=title,
            zone=check_zone(zone, "Audit, field 'zone'") if zone else own_zone,
            language=language or own_language,
        )


def _named(outlet: str, url: str) -> "tuple[Ledger, str, tzinfo, str]":
    """Without a Prefect server nothing tells the outlet's title, hours and language."""
    from piquet.ledger import Ledger

    return Ledger.open(url), outlet, UTC, "en"


async def _by_blocks(name: str) -> "tuple[Ledger, str, tzinfo, str]":
    # Prefect takes a second to import; with --ledger nothing needs it.
    from tasks.opening import open_ledger, open_outlet

    need_server()
    outlet = await open_outlet(name)
    return await open_ledger(outlet), outlet.title, outlet.zone, outlet.language


def _write(path: Path, text: str) -> None:
    if str(path) == "-":
        click.echo(text, nl=False)
        return
    try:
        path.write_bytes(text.encode())
    except OSError as error:
        raise UserError(f"{path}: it cannot be written ({error.strerror}): give another place.") from None
    click.echo(f"{path} is written.", err=True)


def _print(shown: "View") -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, markup=False)
    for line in (shown.title, shown.span, shown.counted, *shown.verdict):
        console.print(line)
    for section in shown.sections:
        table = Table(*section.heads, title=section.heading, title_justify="left")
        for row in section.rows:
            table.add_row(*(_escaped("\n".join(cell.lines)) for cell in row))
        console.print(table if section.rows else f"\n{section.heading}\n{shown.nothing}")
    console.print(shown.ends)


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)
