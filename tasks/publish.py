"""Publish: one account's due deliveries, through the ledger's outbox, in order."""

import os
import socket
from datetime import UTC, datetime

from prefect import task
from prefect.client.schemas.objects import State
from prefect.context import get_run_context
from prefect.events import emit_event
from prefect.logging import get_run_logger
from prefect.tasks import exponential_backoff

from piquet.errors import PiquetError
from piquet.outbox import Outcome, OutboxRules, publish_due
from tasks.opening import Desk
from tasks.options import PLAIN


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
    client = desk.accounts[account].client
    if client is None:
        raise PiquetError(desk.accounts[account].trouble)
    outcome = await publish_due(
        desk.ledger,
        client,
        outlet=desk.outlet.name,
        account=account,
        owner=_owner(),
        clock=lambda: datetime.now(UTC),
        rules=OutboxRules(most=desk.outlet.posts_per_cycle, lease=desk.outlet.lease),
        say=get_run_logger().info,
    )
    _emit(desk, account, outcome)
    if outcome.transient:
        raise StillDue(f"{account}: {outcome.waiting} waiting, {outcome.unsettled} unsettled; nothing is lost.")
    return outcome


def _owner() -> str:
    """Who holds a lease: the task run, and the process it runs in."""
    return f"{get_run_context().task_run.id}@{socket.gethostname()}:{os.getpid()}"


def _emit(desk: Desk, account: str, outcome: Outcome) -> None:
    """One event a settled post, for automations."""
