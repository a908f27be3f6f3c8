"""Publish: one account's due deliveries, through the ledger's outbox, in order."""

from datetime import datetime

from prefect import task
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.tasks import exponential_backoff

from piquet import crashpoint
from piquet.errors import PiquetError
from piquet.lane import Outcome
from piquet.networks.protocol import Client
from piquet.outbox import publish_due
from piquet.stages import applying, rules_of
from tasks import clock
from tasks.check import tell_refused
from tasks.opening import Desk
from tasks.options import PLAIN
from tasks.reconcile import emit, owner


def with_something_due(desk: Desk, now: datetime) -> list[str]:
    """The accounts that have something to send or to look for now: a task for any other would be wasted."""
    retracting = desk.ledger.retracting(desk.outlet.name)
    return [a for a in desk.accounts if _something_due(desk, a, now, retracting=a in retracting)]


def _something_due(desk: Desk, account: str, now: datetime, *, retracting: bool) -> bool:
    state = desk.ledger.account_state(account)
    if state.paused(now) or state.resting(now):
        return False
    return retracting or any(desk.ledger.backlog(desk.outlet.name, account).values())


class StillDue(PiquetError):
    """Something of this account could not be sent now and may be soon; Prefect tries the task again."""


def _worth_retrying(_task: object, _run: object, state: State) -> bool:
    """Only what may end otherwise next time; Prefect's own backoff decides when."""
    return isinstance(state.data, StillDue)


@task(
    name="publish",
    task_run_name="publish to {account}",
    retries=3,
    retry_delay_seconds=exponential_backoff(backoff_factor=3),
    retry_jitter_factor=0.5,
    retry_condition_fn=_worth_retrying,
    **PLAIN,
)
async def publish(desk: Desk, account: str) -> Outcome:
    """Send what is due for `account`; raises StillDue where another try may help."""
    started = clock.now()
    client = desk.accounts[account].client
    if client is None:
        raise PiquetError(desk.accounts[account].trouble)
    try:
        outcome = await _publish(desk, account, client)
    finally:
        # Whatever ended the sending, what was settled until then is told.
        emit(desk, account, started)
    crashpoint.reached("after-account", account)
    if outcome.refused:
        # It was not paused when this began: it is this cycle that met it.
        tell_refused(desk.outlet, account, outcome.refused, clock.now())
    if outcome.ruling and outcome.ruling.sentence:
        get_run_logger().warning("%s", outcome.ruling.sentence)
    if outcome.transient:
        raise StillDue(f"{outcome.waiting} waiting, {outcome.unsettled} to be checked; nothing is lost")
    return outcome


async def _publish(desk: Desk, account: str, client: Client) -> Outcome:
    return await publish_due(
        desk.ledger,
        client,
        outlet=desk.outlet.name,
        account=account,
        owner=owner(),
        clock=clock.now,
        rules=rules_of(desk.outlet),
        say=get_run_logger().info,
        allowance=desk.accounts[account].allowance,
        applies=applying(desk.ledger, desk.outlet, account, clock.now),
    )
