"""`piquet prune`: forgets what every outlet of a ledger did long ago."""

import click

from deployments.backup import ledger_url
from tasks import clock


@click.command()
@click.option("--older-than", default="400d", show_default=True, help="How old; 90d at least.")
@click.option("--dry-run", is_flag=True, help="Say what would be forgotten, and forget nothing.")
@click.option("--url", help="The ledger's address; else PIQUET_LEDGER_URL.")
def prune(older_than: str, dry_run: bool, url: str | None) -> None:
    """Forget deliveries, their moves and figures, and cycles that are older; never the audit, nor any article's id.

    Cycles may go on meanwhile. An SQLite file keeps its size and fills the room again.
    """
    # SQLAlchemy takes half a second to import.
    from piquet.ledger import Ledger
    from piquet.prune import prune as prune_ledger
    from piquet.prune import read_age, told

    before = clock.now() - read_age(older_than)
    with Ledger.open(ledger_url(url)) as ledger:
        for outlet in ledger.outlets():
            done = ledger.prunable(outlet, before) if dry_run else prune_ledger(ledger, outlet, before)
            click.echo(f"{'Would be forgotten' if dry_run else 'Forgotten'}: {told(outlet, done)}")
