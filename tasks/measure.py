"""Measure: what readers did with one account's posts, asked of its network at the ages that are compared."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from prefect import task
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.states import Completed

from piquet.errors import PiquetError
from piquet.measure import Due
from piquet.measuring import Measured, Measuring, due_now
from piquet.networks.protocol import Ability
from tasks import clock
from tasks.opening import Desk
from tasks.options import PLAIN


def with_posts_to_measure(desk: Desk, now: datetime) -> dict[str, list[Due]]:
    """What to read of each account whose network gives figures and that people want measured; the others stay blank."""
    able = [a for a in desk.accounts.values() if Ability.METRICS in a.traits.abilities and a.measured]
    due = {a.reference: due_now(desk.ledger, desk.outlet.name, a.reference, now) for a in able}
    return {account: posts for account, posts in due.items() if posts}


@task(name="measure", task_run_name="measure {account}", **PLAIN)
async def measure(desk: Desk, account: str, due: Sequence[Due]) -> Measured:
    """Read the figures of these posts of `account`, and keep them; the posts themselves are left as they are."""
    opened = desk.accounts[account]
    if opened.client is None:
        raise PiquetError(opened.trouble)
    measuring = Measuring(
        ledger=desk.ledger,
        client=opened.client,
        outlet=desk.outlet.name,
        account=account,
        allowance=opened.allowance,
        clock=clock.now,
        say=get_run_logger().info,
    )
    done = await measuring.measure(due)
    get_run_logger().info("%s: %d posts read, %d left for the next run", account, done.read, done.left)
    return done


def measured(outcomes: Mapping[str, Any]) -> State:
    """How the run ends: marked where an account's figures could not be read, and why; no post waits for them."""
    done = [one for one in outcomes.values() if isinstance(one, Measured)]
    troubles = [f"{account}: {said}." for account, one in outcomes.items() if (said := _trouble(one))]
    counts = f"{sum(one.read for one in done)} posts read, {sum(one.gone for one in done)} are gone."
    message = " ".join([counts, *troubles])
    return Completed(name="Marked", message=message) if troubles else Completed(message=message)


def _trouble(outcome: Any) -> str:
    if isinstance(outcome, Measured):
        return outcome.trouble.rstrip(".")
    return str(outcome).rstrip(".") if isinstance(outcome, PiquetError) else type(outcome).__name__
