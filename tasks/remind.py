"""Remind: the posts besides the articles while a strike lasts, and what stands first on an account's page for it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from prefect import task
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed

from piquet.drafting import Composer
from piquet.errors import LedgerError
from piquet.ledger.values import Noticed
from piquet.outbox import Outcome
from piquet.pinning import keep_pin, pin_is_due
from piquet.remind import Situation, first_sent
from piquet.reminding import Todo, record, situations, todo
from tasks import clock
from tasks.opening import Account, Desk, open_accounts, open_ledger, open_outlet
from tasks.options import PLAIN
from tasks.strike import Decisions
from tasks.styles import style_of


async def open_between(name: str) -> Desk:
    """What a run between two cycles works with: a desk that begins no cycle."""
    outlet = await open_outlet(name)
    accounts = await open_accounts(outlet)
    return Desk(outlet=outlet, ledger=await open_ledger(outlet), accounts=accounts, cycle=0, previous=None)


async def remind(desk: Desk, decisions: Decisions, now: datetime) -> None:
    """Record what is due besides the articles; a task only where there is something, for this is asked every minute."""
    with _sparing_the_articles():
        found = [one for s in _situations(desk, now) if (one := todo(s, decisions.by_account[s.account]))]
        if found:
            await record_notices(desk, found, decisions, now)


def notices_due(desk: Desk, now: datetime) -> list[str]:
    """The accounts that have something besides the articles to send now, and may."""
    due_now = desk.ledger.notices_due(desk.outlet.name, list(desk.accounts), now)
    return [account for account in due_now if _may_be_asked(desk, account, now)]


def ended(outcomes: Mapping[str, Any]) -> State:
    """How a run between two cycles ended: failed where an account's posts could not be sent."""
    failed = [
        f"{account}: {error}" for account, error in outcomes.items() if isinstance(error, BaseException)
    ]
    sent = sum(outcome.sent for outcome in outcomes.values() if isinstance(outcome, Outcome))
    message = " ".join([f"{sent} sent.", *failed])
    return Failed(message=message) if failed else Completed(message=message)


async def pin(desk: Desk, now: datetime) -> None:
    """Pin the first reminder that is there, and take away what is over; a task only where there is something."""
    with _sparing_the_articles():
        wanted = {s.account: first_sent(s) for s in _situations(desk, now)}
        work = {
            account: first
            for account, first in wanted.items()
            if _may_be_asked(desk, account, now) and pin_is_due(desk.ledger, desk.outlet.name, account, first)
        }
        if work:
            await keep_pins(desk, work)


@task(name="remind", **PLAIN)
async def record_notices(desk: Desk, found: list[Todo], decisions: Decisions, now: datetime) -> None:
    """Write the posts that are due besides the articles into the ledger, before anything is sent."""
    for one in found:
        account = one.situation.account
        composer = await _composer(desk, desk.accounts[account], now)
        record(desk.ledger, one, decisions.by_account[account], composer, get_run_logger().info)


@task(name="pin", **PLAIN)
async def keep_pins(desk: Desk, work: Mapping[str, Noticed | None]) -> None:
    """Change what is pinned, account by account; what a network does not take now is tried again in the next run."""
    for account, wanted in work.items():
        if client := desk.accounts[account].client:
            await keep_pin(
                desk.ledger,
                client,
                outlet=desk.outlet.name,
                account=account,
                wanted=wanted,
                clock=clock.now,
                say=get_run_logger().warning,
            )


@contextmanager
def _sparing_the_articles() -> Iterator[None]:
    """A mistake of ours with a reminder or a pin must not cost the newsroom its articles."""
    try:
        yield
    except LedgerError:
        raise
    except Exception as error:
        get_run_logger().error(
            "A reminder or a pin could not be seen to (%s): tell the developers.", type(error).__name__
        )


def _situations(desk: Desk, now: datetime) -> Iterator[Situation]:
    traits = {reference: account.traits for reference, account in desk.accounts.items()}
    return situations(desk.ledger, desk.outlet.name, traits, now, desk.outlet.zone)


def _may_be_asked(desk: Desk, account: str, now: datetime) -> bool:
    state = desk.ledger.account_state(account)
    return desk.accounts[account].client is not None and not (state.paused(now) or state.resting(now))


async def _composer(desk: Desk, account: Account, now: datetime) -> Composer:
    style = await style_of(desk.outlet, account, now, say=get_run_logger().warning)
    return Composer(account=account.reference, style=style, client=account.client, trouble=account.trouble)
