"""Reconcile: one account's open ends settled before anything is sent, and what every run of an account shares."""

import os
import socket
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from prefect import task
from prefect.client.schemas.objects import State
from prefect.context import get_run_context
from prefect.events import emit_event
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed

from piquet.errors import PiquetError
from piquet.lane import Outcome
from piquet.ledger.states import DeliveryState
from piquet.reconcile import reconcile_account
from piquet.stages import rules_of
from tasks import clock
from tasks.opening import Desk
from tasks.options import PLAIN

_EVENTS = {
    DeliveryState.SENT: "piquet.post.sent",
    DeliveryState.FAILED: "piquet.post.failed",
    DeliveryState.DROPPED: "piquet.post.dropped",
    DeliveryState.RETRACTED: "piquet.post.retracted",
    DeliveryState.UNSETTLED: "piquet.delivery.unsettled",
}


def owner() -> str:
    """Who holds a lease: the task run, and the process it runs in."""
    return f"{get_run_context().task_run.id}@{socket.gethostname()}:{os.getpid()}"


def emit(desk: Desk, account: str, since: datetime) -> None:
    """One event for each post that came to an end, or in doubt, for automations; its text stays in the ledger."""
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
                "error": row.reason if row.state is DeliveryState.DROPPED else row.error,
            },
        )


def with_open_ends(desk: Desk, now: datetime) -> list[str]:
    """The accounts where something is in doubt, or stands that was retracted, and that may be asked now."""
    retracting = desk.ledger.retracting(desk.outlet.name)
    return [account for account in desk.accounts if _open(desk, account, retracting, now)]


@task(name="reconcile", task_run_name="reconcile {account}", **PLAIN)
async def reconcile(desk: Desk, account: str) -> Outcome:
    """Settle what is in doubt on `account`, and take down what was retracted; nothing new is sent."""
    started = clock.now()
    client = desk.accounts[account].client
    if client is None:
        raise PiquetError(desk.accounts[account].trouble)
    try:
        return await reconcile_account(
            desk.ledger,
            client,
            outlet=desk.outlet.name,
            account=account,
            owner=owner(),
            clock=clock.now,
            rules=rules_of(desk.outlet),
            say=get_run_logger().info,
        )
    finally:
        emit(desk, account, started)


def reconciled(outcomes: Mapping[str, Any]) -> State:
    """How the run ends: failed where an account could not be asked or a post is still in doubt, and which."""
    done = [one for one in outcomes.values() if isinstance(one, Outcome)]
    failed = [f"{account}: {_trouble(one)}" for account, one in outcomes.items() if _trouble(one)]
    asks = [sentence for one in done for sentence in one.asks]
    counts = (
        f"{sum(one.sent for one in done)} found and settled, {sum(one.dropped for one in done)} dropped, "
        f"{sum(one.retracted for one in done)} taken down."
    )
    message = " ".join([counts, *failed, *asks])
    if failed:
        return Failed(message=message)
    return Completed(name="Marked", message=message) if asks else Completed(message=message)


def _open(desk: Desk, account: str, retracting: set[str], now: datetime) -> bool:
    state = desk.ledger.account_state(account)
    backlog = desk.ledger.backlog(desk.outlet.name, account)
    in_doubt = backlog[DeliveryState.SENDING] + backlog[DeliveryState.UNSETTLED]
    return not state.paused(now) and (in_doubt > 0 or account in retracting)


def _trouble(outcome: Any) -> str:
    if isinstance(outcome, BaseException):
        return str(outcome) if isinstance(outcome, PiquetError) else type(outcome).__name__
    if outcome.refused:
        return outcome.refused
    return f"{outcome.unsettled} still in doubt, asked again in the next cycle" if outcome.unsettled else ""
