"""Publish: one account's due deliveries, through the ledger's outbox, in order."""

import os
import socket
from datetime import datetime, timedelta

from prefect import task
from prefect.client.schemas.objects import State
from prefect.context import get_run_context
from prefect.events import emit_event
from prefect.logging import get_run_logger
from prefect.tasks import exponential_backoff

from piquet import crashpoint
from piquet.errors import PiquetError
from piquet.ledger.states import DeliveryState
from piquet.networks.protocol import Client
from piquet.outbox import OutboxRules, Outcome, publish_due
from tasks import clock
from tasks.opening import Desk
from tasks.options import PLAIN

_SEND = timedelta(seconds=30)
_EVENTS = {DeliveryState.SENT: "piquet.post.sent", DeliveryState.FAILED: "piquet.post.failed"}


def with_something_due(desk: Desk, now: datetime) -> list[str]:
    """The accounts that have something to send or to look for now: a task for any other would be wasted."""
    return [account for account in desk.accounts if _something_due(desk, account, now)]


def _something_due(desk: Desk, account: str, now: datetime) -> bool:
    state = desk.ledger.account_state(account)
    if state.paused(now) or state.resting(now):
        return False
    return any(desk.ledger.backlog(desk.outlet.name, account).values())


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
        _emit(desk, account, started)
    crashpoint.reached("after-account", account)
    if outcome.ruling and outcome.ruling.sentence:
        get_run_logger().warning("%s", outcome.ruling.sentence)
    if outcome.transient:
        raise StillDue(f"{outcome.waiting} waiting, {outcome.unsettled} to be checked; nothing is lost")
    return outcome


async def _publish(desk: Desk, account: str, client: Client) -> Outcome:
    lease = desk.outlet.lease
    return await publish_due(
        desk.ledger,
        client,
        outlet=desk.outlet.name,
        account=account,
        owner=_owner(),
        clock=clock.now,
        rules=OutboxRules(
            most=desk.outlet.posts_per_cycle, lease=lease, send_timeout=min(_SEND, lease * 2 / 3)
        ),
        say=get_run_logger().info,
        allowance=desk.accounts[account].allowance,
    )


def _owner() -> str:
    """Who holds a lease: the task run, and the process it runs in."""
    return f"{get_run_context().task_run.id}@{socket.gethostname()}:{os.getpid()}"


def _emit(desk: Desk, account: str, since: datetime) -> None:
    """One event a settled post, for automations; the text of the post stays in the ledger."""
    for row in desk.ledger.deliveries(desk.outlet.name, since=since, account=account, limit=None):
        if row.state not in _EVENTS:
            continue
        emit_event(
            event=_EVENTS[row.state],
            resource={"prefect.resource.id": f"piquet.delivery.{desk.outlet.name}.{row.id}"},
            payload={
                "outlet": desk.outlet.name,
                "account": account,
                "link": row.link,
                "url": row.receipt_url,
                "on_strike": bool(row.decision.get("on_strike")),
                "error": row.error,
            },
        )
