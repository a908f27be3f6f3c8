"""`piquet backup` and `piquet restore`: the ledger into one file, and back without anything being posted twice."""

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from piquet.errors import UserError
from tasks import clock

if TYPE_CHECKING:
    from piquet.ledger.restoring import Restored

_FILE = click.argument("file", type=click.Path(path_type=Path))
_URL = click.option("--url", help="The ledger's address; else PIQUET_LEDGER_URL.")


@click.command()
@_FILE
@_URL
def backup(file: Path, url: str | None) -> None:
    """Copy the whole ledger into FILE, as it is at one instant; cycles may go on meanwhile."""
    # SQLAlchemy takes half a second to import.
    from piquet.ledger.backup import backup as back_up

    with _sentences("backup", file):
        kept = back_up(ledger_url(url), file)
    ends = f", the last change at {kept.ends:%Y-%m-%d %H:%M:%S} UTC" if kept.ends else ""
    click.echo(f"{file} holds the ledger: {kept.deliveries} deliveries{ends}; {kept.size / 1e6:.1f} MB.")


@click.command()
@_FILE
@_URL
@click.option("--yes", is_flag=True, help="Replace a ledger that has deliveries in it.")
@click.option(
    "--lost", default="", help="When the ledger was lost, such as 2026-12-05T15:00+01:00; else now."
)
@click.option("--who", default="", help="Who restores it, for the audit; else the name of this login.")
def restore(file: Path, url: str | None, yes: bool, lost: str, who: str) -> None:
    """Put the ledger in FILE in the place of the one there is, and let nothing be posted twice.

    Articles published until the ledger was lost are not posted any more, and every account waits until you let it go.
    """
    from piquet.ledger.backup import restore as put_back

    now = clock.now()
    named = who or getpass.getuser()
    with _sentences("restore", file):
        done = put_back(ledger_url(url), file, who=named, lost=read_lost(lost, now), now=now, over=yes)
    for sentence in told(done):
        click.echo(sentence)


@contextmanager
def _sentences(command: str, file: Path) -> Iterator[None]:
    """What the system says of a place that cannot be written, as one sentence. Raises UserError."""
    try:
        yield
    except OSError as error:
        place = error.filename2 or error.filename or file
        raise UserError(
            f"{command}: {place} cannot be used ({error.strerror or type(error).__name__}): name another place."
        ) from None


def ledger_url(url: str | None) -> str:
    """The address that was given, or the environment's. Raises UserError."""
    url = url or os.environ.get("PIQUET_LEDGER_URL")
    if not url:
        raise UserError("No ledger is named: give --url, or set PIQUET_LEDGER_URL, like sqlite:///ledger.db.")
    return url


def read_lost(text: str, now: datetime) -> datetime:
    """When the ledger was lost: `now` where nothing is said. Raises UserError where that is no time, or not over."""
    if not text:
        return now
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise UserError(
            f"restore, option --lost: {text!r} is not a time with its zone: write it as 2026-12-05T15:00+01:00."
        )
    if at > now:
        raise UserError(f"restore, option --lost: {text!r} is still to come: give the time of the loss.")
    return at


def told(done: "Restored") -> list[str]:
    """What was restored, and what is for a person to do."""
    ends = f" that ends at {done.ends:%Y-%m-%d %H:%M:%S} UTC" if done.ends else ""
    sentences = [
        f"The ledger was restored from a backup{ends}: {done.in_doubt} posts are looked for before they are sent."
    ]
    if done.accounts:
        sentences.append("Every account waits. Look at `piquet status`, then let each go:")
    for outlet, accounts in done.accounts.items():
        sentences += [f"  piquet resume {outlet} {account}" for account in accounts]
    return sentences
