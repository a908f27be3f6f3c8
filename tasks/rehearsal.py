"""Rehearse: a strike day on a wall of its own, from the last days' articles; of an account's block only the look is read."""

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from prefect import task
from prefect.artifacts import acreate_markdown_artifact
from prefect.logging import get_run_logger

import blocks
from blocks.account import AccountForm
from piquet import words
from piquet.errors import UserError
from piquet.pages.rehearsal import rehearsal_markdown, span_of, title_of
from piquet.rehearsal.play import simulate
from piquet.rehearsal.script import Script, write_script
from piquet.rehearsal.timeline import Timeline, What
from piquet.strike import check_covered, days_by_hand
from tasks.opening import load_block, open_ledger, open_outlet
from tasks.options import PLAIN

# By the library's name, which workers show in the run's log.
_log = logging.getLogger("piquet.rehearsal")
# Days with articles are looked for so far back; a weekend or a holiday may have none.
_BACK = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """What was played, and what happened."""

    script: Script
    told: Timeline

    @property
    def sentence(self) -> str:
        """Which strike it was."""
        return span_of(self.script, self.told)


@task(name="rehearse", **PLAIN)
async def rehearse_strike(outlet: str, day: str, now: datetime) -> Rehearsed:
    """Play the strike; one task for all of it, for its steps are thousands."""
    done = await play(outlet, read_day(day), now)
    for account in done.told.outlet.accounts:
        posts = len(done.told.of(account, What.ENTRY, What.REMINDER, What.NOTICE, What.CLOSING))
        get_run_logger().info("%s: %d posts on the rehearsal's wall", account, posts)
    return done


def read_day(day: str) -> date | None:
    """A day such as 2026-12-05; empty: the next strike. Raises UserError."""
    try:
        return date.fromisoformat(day) if day else None
    except ValueError:
        raise UserError(f"Rehearse, field 'day': {day!r} is not a day: write it as 2026-12-05.") from None


async def play(name: str, day: date | None, now: datetime) -> Rehearsed:
    """The outlet's strike on that day, played; raises UserError where there is nothing to play."""
    outlet = await open_outlet(name)
    strike = (await load_block(blocks.Strike, outlet.strike)).to_rule(outlet.zone)
    check_covered(strike, outlet.accounts)
    with await open_ledger(outlet) as ledger:
        found = ledger.recent_entries(name, now - _BACK)
        states = ledger.strike_states(name)
    forms = {account: form for account in outlet.accounts if (form := await _form(account))}
    script = write_script(
        outlet,
        strike,
        found,
        day=day,
        now=now,
        by_hand=days_by_hand(states, now, outlet.zone, strike.movement),
        templates={account: form.template for account, form in forms.items()},
        hashtags={account: tuple(form.hashtags) for account, form in forms.items()},
        allowances={account: form.allowance() for account, form in forms.items()},
        pinned=words.of("rehearsal", "pinned_before", outlet.language),
    )
    return Rehearsed(script=script, told=await simulate(script.play, start=script.start, until=script.until))


async def leave_rehearsal(done: Rehearsed) -> None:
    """The timeline as an artifact in the outlet's language."""
    await acreate_markdown_artifact(
        key=f"rehearsal-{done.told.outlet.name}",
        markdown=rehearsal_markdown(done.script, done.told),
        description=title_of(done.told),
    )


async def _form(account: str) -> AccountForm | None:
    """Its block, of which neither an address nor a secret is asked for; without one its posts look as by default."""
    network, _, own = account.partition("/")
    try:
        return await load_block(blocks.ACCOUNTS[network], own)
    except UserError as error:
        _log.warning("%s: %s", account, error)
        return None
