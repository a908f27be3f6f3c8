"""What an outlet's strike is set to, for `piquet strike status`; reads the block, changes nothing."""

import click

from piquet import words
from piquet.saying import when
from tasks import clock
from tasks.opening import close_desk
from tasks.remind import open_between
from tasks.strike import applied, read_strike


async def show_strike(name: str) -> None:
    """Print when there is a strike, what applies to each account now, and the last change that is in the ledger."""
    now = clock.now()
    desk = await open_between(name)
    try:
        language, zone = desk.outlet.language, desk.outlet.zone
        strike, trouble = await read_strike(desk)
        if trouble:
            click.echo(trouble)
        if strike is not None:
            click.echo(when(strike, now, zone, language))
        for account, decision in applied(desk, strike, now).items():
            click.echo(f"{account}: {words.sentence(decision, language)}")
        if row := desk.ledger.audit_in_force(name, now):
            way = row.body["way"]
            said = (row.who, row.why, words.of("way", way, language))
            who = ", ".join(part for part in said if part)
            click.echo(f"{words.moment(row.at, zone, language)}: {who}")
    finally:
        await close_desk(desk)
