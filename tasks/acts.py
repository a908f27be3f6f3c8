"""Act: what a person does to deliveries, carried out in the ledger, told in a table and in the run's state."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from prefect import task
from prefect.artifacts import acreate_table_artifact
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.states import Completed

from piquet.acts import Acted, Kind, Selection, check_act, check_selection, read_moment
from piquet.errors import UserError
from piquet.lane import Outcome
from tasks.opening import Desk
from tasks.options import PLAIN
from tasks.reconcile import reconcile, reconciled

_BY_HAND = "delete the post by hand."


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person asked for, as typed; times in the outlet's zone where they name none."""

    kind: Kind
    who: str
    why: str
    deliveries: Sequence[int] = ()
    account: str = ""
    since: str = ""
    until: str = ""
    url: str = ""
    dry_run: bool = False


def carry_out(desk: Desk, asked: Asked, now: datetime) -> list[Acted]:
    """Do it in the ledger, or say what would be done. Raises UserError in one sentence."""
    act = check_act(asked.kind, asked.who, asked.why, now)
    if asked.kind == "retract":
        done = desk.ledger.retract(desk.outlet.name, asked.url, act, dry_run=asked.dry_run)
        return [_reachable(desk, one) for one in done]
    if asked.account and asked.account not in desk.accounts:
        choice = ", ".join(desk.accounts)
        raise UserError(
            f"{asked.kind}, field 'account': {asked.account!r} is not one: write one of {choice}."
        )
    zone, where = desk.outlet.zone, f"{asked.kind}, field"
    selection = Selection(
        deliveries=tuple(asked.deliveries),
        account=asked.account,
        since=read_moment(asked.since, zone, f"{where} 'since'"),
        until=read_moment(asked.until, zone, f"{where} 'until'"),
    )
    checked = check_selection(asked.kind, selection)
    return desk.ledger.act(desk.outlet.name, act, checked, dry_run=asked.dry_run)


def _reachable(desk: Desk, one: Acted) -> Acted:
    """The same, where the outlet still has the account that its post stands on."""
    if one.after != "retracted" or one.account in desk.accounts:
        return one
    return replace(
        one, after=one.before, why_not=f"{one.account} is no account of {desk.outlet.name} now: {_BY_HAND}"
    )


@task(name="act", task_run_name="{asked.kind}", **PLAIN)
async def carry_out_and_show(desk: Desk, asked: Asked, now: datetime) -> list[Acted]:
    """Do it, and leave the table of it."""
    done = carry_out(desk, asked, now)
    await acreate_table_artifact(
        key=f"{asked.kind}-{desk.outlet.name}", table=table(done), description=summary(done, asked)
    )
    for one in done:
        get_run_logger().info("%s: %s", one.account or "entry", one.why_not or f"{one.before} -> {one.after}")
    return done


async def take_down(desk: Desk, done: Sequence[Acted]) -> dict[str, Outcome | BaseException]:
    """Ask the networks of what was retracted, account by account; those that cannot be used now are tried by each cycle."""
    accounts = sorted(
        {one.account for one in done if one.after == "retracted" and one.account in desk.accounts}
    )
    asked = (reconcile(desk, account) for account in accounts)
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    return dict(zip(accounts, outcomes, strict=True))


def ended(
    done: Sequence[Acted], asked: Asked, outcomes: Mapping[str, Any] | None = None, left: Sequence[str] = ()
) -> State:
    """How the run ends: what was done, and on which accounts something is `left` to do; its data are the table."""
    said = summary(done, asked)
    if left:
        said += f" Still to be taken down, by the next cycles: {', '.join(left)}."
    state = reconciled(outcomes) if outcomes else Completed(message="")
    marked = state.is_completed() and (left or any(one.why_not for one in done))
    message = f"{said} {state.message}".strip()
    values = {"message": message, "data": table(done), "name": "Marked" if marked else state.name}
    return state.model_copy(update=values)


def summary(done: Sequence[Acted], asked: Asked) -> str:
    """What was done, or would be, and to how many."""
    count = sum(not one.why_not for one in done)
    left = f" {len(done) - count} left as they are." if count < len(done) else ""
    would = "would be done" if asked.dry_run else "done"
    return f"{asked.kind}: {count} {would}.{left}"


def table(done: Sequence[Acted]) -> list[dict[str, Any]]:
    """A row for each delivery."""
    return [
        {
            "delivery": one.delivery,
            "account": one.account,
            "title": one.title,
            "before": one.before,
            "after": one.after,
            "why not": one.why_not,
            "post": one.url,
        }
        for one in done
    ]
