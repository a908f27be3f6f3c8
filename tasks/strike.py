"""Decide: what the strike block means for each account at this instant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from prefect import task
from prefect.logging import get_run_logger

import blocks
from piquet.errors import PiquetError
from piquet.strike import (
    Decision,
    Strike,
    check_covered,
    days_by_hand,
    decide,
    never_read,
)
from piquet.strike_form import strike_from_json, strike_to_json
from tasks.opening import Desk, load_block
from tasks.options import PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """The decision of every account; `trouble` says why the block could not be used, `changed` that it is new."""

    by_account: Mapping[str, Decision] = field(default_factory=dict)
    trouble: str = ""
    changed: bool = False


@task(name="decide", **PLAIN)
async def decide_accounts(desk: Desk, now: datetime) -> Decisions:
    """Read the strike block; where it cannot be used, the last good state in the ledger applies."""
    strike, trouble = await _read(desk)
    changed = not trouble and desk.ledger.see_strike(desk.outlet.name, strike_to_json(strike), now)
    decisions = _decided(desk, strike, now)
    _say(decisions, trouble, read_before=strike is not None)
    return Decisions(by_account=decisions, trouble=trouble, changed=changed)


def standing(desk: Desk, now: datetime) -> Decisions:
    """What the last state that a cycle saw means now; reads no block."""
    return Decisions(by_account=_decided(desk, _last_good(desk, desk.outlet.zone), now))


async def overtaken(desk: Desk) -> bool:
    """Whether the block was changed while posts were going out: what still waits must be composed anew."""
    strike, trouble = await _read(desk)
    return not trouble and strike_to_json(strike) != desk.ledger.last_strike(desk.outlet.name)


def _decided(desk: Desk, strike: Strike | None, now: datetime) -> dict[str, Decision]:
    if strike is None:
        return {account: never_read(account) for account in desk.accounts}
    zone, states = desk.outlet.zone, desk.ledger.strike_states(desk.outlet.name)
    by_hand = days_by_hand(states, now, zone, strike.movement)
    return {account: decide(strike, account, now, zone, by_hand=by_hand) for account in desk.accounts}


async def _read(desk: Desk) -> tuple[Strike | None, str]:
    """The strike to apply, and what is wrong with the block; None where no state could ever be read."""
    zone = desk.outlet.zone
    try:
        strike = (await load_block(blocks.Strike, desk.outlet.strike)).to_rule(zone)
        check_covered(strike, desk.accounts)
        return strike, ""
    except PiquetError as error:
        trouble = str(error)
    except Exception as error:
        # Whatever keeps the block from being read must never mean that nobody is on strike.
        trouble = f"The strike block could not be read ({type(error).__name__})."
    return _last_good(desk, zone), trouble


def _last_good(desk: Desk, zone: tzinfo) -> Strike | None:
    last = desk.ledger.last_strike(desk.outlet.name)
    return strike_from_json(last, zone) if last else None


def _say(decisions: Mapping[str, Decision], trouble: str, *, read_before: bool) -> None:
    log = get_run_logger()
    if trouble:
        then = "the last strike state that could be read applies" if read_before else "posts are ordinary"
        log.error("%s Until then %s.", trouble, then)
    for account, decision in decisions.items():
        state = "on strike" if decision.on_strike else "ordinary"
        log.info("%s: %s (%s)", account, state, decision.reason)
