"""What the doctor looks at in Prefect: automations, deployments, work pools, workers, runs that wait."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateName,
    WorkPoolFilter,
    WorkPoolFilterName,
)
from prefect.events.actions import SendNotification
from prefect.events.schemas.automations import Automation
from prefect.exceptions import ObjectNotFound

import blocks
from deployments.apply_compare import Deployed, Difference, compare, paused, read_prefect_file
from deployments.apply_derive import Whose, whose
from deployments.apply_plan import What
from deployments.automations import TAG, plan_automations, read_documents
from piquet.config import OutletFile
from piquet.diagnosis import Finding, broken, judge_worker, ok, unseen, warning
from piquet.errors import UserError
from tasks.opening import load_block

_ABOUT = "Prefect"
# Without these two an outlet posts nothing by itself, or misses its reminders.
_NEEDED = ("syndicate", "remind")
_LATE = timedelta(minutes=10)  # as the automation "A late cycle is cancelled" waits
_APPLY = "Run piquet apply with the outlet's file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What the server has that is ours."""

    automations: Sequence[Automation]
    deployed: Sequence[Deployed]


async def look_at_automations(client: PrefectClient, automations: Sequence[Automation]) -> list[Finding]:
    """Whether each file of ours has its automation, once, switched on, and telling somebody."""
    steps = await plan_automations(client, automations, prune=False)
    ours = [a for a in automations if TAG in a.tags]
    found = list(_automations(steps, ours))
    return found or [ok(_ABOUT, "automations", f"{len(ours)}, as their files say, each once and on")]


def _automations(steps: Sequence[Any], ours: Sequence[Automation]) -> Iterator[Finding]:
    subject = "automations"
    by_what = {what: [step.name for step in steps if step.what is what] for what in What}
    if names := by_what[What.CREATE]:
        yield broken(_ABOUT, subject, f"not there: {', '.join(names)}", f"{_APPLY}.")
    if names := by_what[What.CHANGE]:
        yield warning(_ABOUT, subject, f"not as their files say: {', '.join(names)}", f"{_APPLY}.")
    if names := by_what[What.REMOVE]:
        yield warning(_ABOUT, subject, f"there more than once: {', '.join(names)}", f"{_APPLY}.")
    if names := by_what[What.LEFT_OVER]:
        yield warning(_ABOUT, subject, f"of another Piquet: {', '.join(names)}", f"{_APPLY} and --prune.")
    if names := by_what[What.OFF]:
        remedy = "Switch them on under Automations in the Prefect UI."
        yield warning(_ABOUT, subject, f"switched off: {', '.join(names)}", remedy)
    telling = {d["name"]: d.get("notice_to", "ops") for d in read_documents() if d.get("notice")}
    silent = Counter(
        telling[a.name]
        for a in ours
        if a.name in telling and (a.name in by_what[What.SILENT] or not _notifies(a))
    )
    for who, number in sorted(silent.items()):
        found = f"{number} of the {list(telling.values()).count(who)} automations for {who} tell nobody"
        option = "--notify" if who == "ops" else f"--notify-{who}"
        remedy = f"{_APPLY} and {option}, such as {option} slack-webhook/{who}."
        yield warning(_ABOUT, "who is told", found, remedy)


def _notifies(automation: Automation) -> bool:
    return any(isinstance(action, SendNotification) for action in automation.actions)


async def look_at_deployments(
    server: Server, file: Path | None, name: str, outlet_file: OutletFile | None = None
) -> list[Finding]:
    """Whether the outlet's flows are deployed, as prefect.yaml and the outlet's file say, and not paused."""
    there = [found for found in server.deployed if found.outlet == name]
    outlet = whose(outlet_file) if outlet_file else await _known(name, there)
    declared = read_prefect_file(file, [outlet]) if file else []
    differences = compare(declared, there) if declared else []
    found = [*_compared(name, file, differences), *_deployed(name, there, differences)]
    return found or [
        ok(name, "deployments", f"{len(there)}{f', as {file.name} says' if declared and file else ''}")
    ]


async def _known(name: str, there: Sequence[Deployed]) -> Whose:
    """What the server knows of an outlet whose file nobody gave."""
    pool_now = next((found.row.work_pool_name for found in there if found.row.work_pool_name), "")
    try:
        form = await load_block(blocks.Outlet, name)
    except UserError:  # told where the block itself is looked at
        return Whose(name=name, pool_now=pool_now)
    return Whose(name=name, title=form.title, zone=form.zone, pool_now=pool_now)


def _compared(outlet: str, file: Path | None, differences: Sequence[Difference]) -> Iterator[Finding]:
    subject = "deployments"
    if names := [d.name for d in differences if d.deployed is None]:
        yield broken(outlet, subject, f"not there: {', '.join(names)}", f"{_APPLY}.")
    if changed := [f"{d.name} ({', '.join(d.fields)})" for d in differences if d.fields]:
        yield warning(
            outlet, subject, f"not as {file and file.name} says: {', '.join(changed)}", f"{_APPLY}."
        )
    if names := [d.name for d in differences if d.declared is None]:
        remedy = f"{_APPLY} and --prune, or run: prefect deployment delete {names[0]}."
        yield warning(outlet, subject, f"left over from another name: {', '.join(names)}", remedy)


def _deployed(outlet: str, there: Sequence[Deployed], differences: Sequence[Difference]) -> Iterator[Finding]:
    flows = Counter(found.name.partition("/")[0] for found in there)
    missing = [flow for flow in _NEEDED if not flows[flow]]
    if missing and not differences:
        remedy = f"{_APPLY} where prefect.yaml is (docs/deploy.md, 6 and 8)."
        yield broken(outlet, "deployments", f"none of the flow {', '.join(missing)}", remedy)
    if names := [found.name for found in there if not found.row.work_pool_name]:
        remedy = f"Make the work pool (prefect work-pool create NAME --type process). {_APPLY}."
        yield broken(outlet, "deployments", f"without a work pool: {', '.join(names)}", remedy)
    off = {d.name: f" ({', '.join(d.off)})" for d in differences if d.off}
    if not differences:
        off = {found.name: "" for found in there if paused(found)}
    if off:
        name = next(iter(off))
        remedy = f"Switch it on where it should run: in the Prefect UI, or prefect deployment schedule ls {name}, then resume."
        paused_ = ", ".join(f"{name}{parts}" for name, parts in off.items())
        yield warning(outlet, "schedules", f"paused: {paused_}", remedy)


async def look_at_pool(client: PrefectClient, name: str, now: datetime) -> list[Finding]:
    """The work pool, its workers, and what waits for them."""
    subject = f"work pool {name}"
    try:
        pool = await client.read_work_pool(name)
    except ObjectNotFound:
        remedy = f"Run: prefect work-pool create {name} --type process."
        return [broken(_ABOUT, subject, "it is not there", remedy)]
    if pool.is_paused:
        return [broken(_ABOUT, subject, "it is paused", f"Run: prefect work-pool resume {name}.")]
    workers = await client.read_workers_for_work_pool(name)
    beats = {w.name: (w.last_heartbeat_time, w.heartbeat_interval_seconds or 30) for w in workers}
    alive = judge_worker(name, beats, now)
    return [ok(_ABOUT, subject, f"of type {pool.type}"), alive, await _late(client, name, now, alive)]


async def _late(client: PrefectClient, pool: str, now: datetime, alive: Finding) -> Finding:
    """Runs that should have begun; where no worker is alive they follow from that."""
    subject = f"late runs in {pool}"
    late = await client.read_flow_runs(
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(name=FlowRunFilterStateName(any_=["Late"])),
            expected_start_time=FlowRunFilterExpectedStartTime(before_=now - _LATE),
        ),
        work_pool_filter=WorkPoolFilter(name=WorkPoolFilterName(any_=[pool])),
    )
    if not late:
        return ok(_ABOUT, subject, f"none is later than {_LATE.seconds // 60} minutes")
    found = f"{len(late)} are later than {_LATE.seconds // 60} minutes"
    if alive.verdict != "OK":
        return unseen(_ABOUT, subject, f"{found}: they wait for a worker")
    remedy = "Start more workers, or cancel what nobody needs (prefect flow-run ls --state Late)."
    return warning(_ABOUT, subject, found, remedy)


def pools_of(server: Server, outlets: Collection[str]) -> list[str]:
    """The work pools that these outlets' deployments name."""
    found = {d.row.work_pool_name for d in server.deployed if d.outlet in outlets}
    return sorted(name for name in found if name)
