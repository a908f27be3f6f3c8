"""Brings the deployments of a prefect.yaml to the server where they differ; what somebody paused stays paused."""

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from prefect.client.orchestration import PrefectClient
from prefect.exceptions import ObjectNotFound

from deployments.apply_compare import (
    Declared,
    Deployed,
    Difference,
    compare,
)
from deployments.apply_paused import as_paused, is_on
from deployments.apply_plan import Change, Step, What
from piquet.errors import UserError


async def plan_deployments(
    client: PrefectClient,
    file: Path,
    declared: Sequence[Declared],
    deployed: Sequence[Deployed],
    *,
    prune: bool,
) -> list[Step]:
    """A step for each deployment that `file` declares of some outlets, and for each of theirs that it no longer does."""
    differences = compare(declared, deployed)
    pools = {d.declared.pool for d in differences if d.declared}
    missing = {pool for pool in pools if not await _is_there(client, pool)}
    changing = [d for d in differences if d.declared and (d.fields or d.deployed is None)]
    batch = _Batch(
        client=client, file=file, differences=[d for d in changing if d.declared.pool not in missing]
    )
    return [step for difference in differences for step in _steps(difference, batch, missing, prune)]


def left_out(outlet: str, file: Path) -> Step:
    """The step of an outlet whose deployments no file declares: nothing is done, and nobody overlooks it."""
    why = (
        f"{file} has none to go by: give one by --prefect-file"
        if file.exists()
        else "no prefect.yaml here: go where it is, or name it by --prefect-file"
    )
    change = Change(block="Deployments of", name=outlet, what="left out")
    return Step(block="Deployments of", name=outlet, what=What.LEFT_OUT, why=why, otherwise=change)


async def _is_there(client: PrefectClient, pool: str) -> bool:
    try:
        await client.read_work_pool(pool)
    except ObjectNotFound:
        return False
    return True


def _steps(difference: Difference, batch: "_Batch", missing: Collection[str], prune: bool) -> Iterator[Step]:
    step = _step(difference, batch, missing, prune)
    if not difference.off or step.what is not What.UNCHANGED:
        yield step
    if difference.off:
        why = f"{', '.join(difference.off)}; somebody switched it off, and apply leaves that"
        yield _named(difference, What.OFF, "left switched off", why=why)


def _step(difference: Difference, batch: "_Batch", missing: Collection[str], prune: bool) -> Step:
    if difference.declared is None:
        if not prune:
            return _named(difference, What.LEFT_OVER, "left over", why="--prune removes it")
        return _named(difference, What.REMOVE, "removed", act=batch.remove)
    if difference.deployed is not None and not difference.fields:
        return _named(difference, What.UNCHANGED, "unchanged")
    if difference.declared.pool in missing:
        pool = difference.declared.pool
        why = f"prefect work-pool create {pool} --type process"
        return _named(difference, What.WAIT, "waits for its work pool", why=why)
    if difference.deployed is None:
        return _named(difference, What.CREATE, "created", act=batch.deploy)
    return _named(difference, What.CHANGE, "updated", why=", ".join(difference.fields), act=batch.deploy)


def _named(
    difference: Difference,
    what: What,
    becomes: Any,
    *,
    why: str = "",
    act: Callable[[Difference], Awaitable[None]] | None = None,
) -> Step:
    change = Change(block="Deployment", name=difference.name, what=becomes)

    async def acting() -> Change:
        await act(difference)
        return change

    return Step(
        block="Deployment", name=difference.name, what=what, why=why,
        act=acting if act else None, otherwise=None if act else change,
    )  # fmt: skip


@dataclass(slots=True, kw_only=True)
class _Batch:
    """What is deployed in one go, at the first step that asks for it: Prefect's command line takes seconds to start."""

    client: PrefectClient
    file: Path
    differences: Sequence[Difference]
    done: bool = False

    async def deploy(self, _difference: Difference) -> None:
        if self.done:
            return
        self.done = True
        await asyncio.to_thread(deploy, self.file, self.differences)
        for difference in self.differences:
            await self._unschedule(difference)

    async def remove(self, difference: Difference) -> None:
        await self.client.delete_deployment(difference.deployed.row.id)

    async def _unschedule(self, difference: Difference) -> None:
        """`prefect deploy` leaves the schedules of a deployment that has none in its file any more."""
        if difference.deployed and not difference.declared.document.get("schedules"):
            for schedule in difference.deployed.row.schedules:
                await self.client.delete_deployment_schedule(difference.deployed.row.id, schedule.id)


def deploy(file: Path, differences: Sequence[Difference]) -> None:
    """Let `prefect deploy` bring these to the server, from a copy of the file in which what is paused is paused.

    Raises UserError with Prefect's own last words.
    """
    with tempfile.TemporaryDirectory(prefix="piquet-apply-") as folder:
        copy = Path(folder) / "prefect.yaml"
        copy.write_text(yaml.safe_dump(_copied(file, differences), sort_keys=False), encoding="utf-8")
        # A process of its own: Prefect's command line reads entrypoints relative to where it runs.
        command = [
            sys.executable,
            "-m",
            "prefect",
            "--no-prompt",
            "deploy",
            "--all",
            "--prefect-file",
            str(copy),
        ]
        done = subprocess.run(command, cwd=file.resolve().parent, capture_output=True, text=True, check=False)
    if done.returncode:
        said = " ".join((done.stdout + done.stderr).split())[-300:]
        raise UserError(
            f"{file}: Prefect did not deploy it ({said}): correct it, then run piquet apply again."
        )


def _copied(file: Path, differences: Iterable[Difference]) -> Mapping[str, Any]:
    whole = yaml.safe_load(file.read_text(encoding="utf-8"))
    chosen = [d for d in differences if d.declared]
    return {
        **whole,
        "deployments": [_written(d.declared.document, d.deployed) for d in chosen if d.declared],
    }


def _written(document: Mapping[str, Any], found: Deployed | None) -> Mapping[str, Any]:
    """What is deployed: `prefect deploy` leaves what is not said as it was, so this says it."""
    said = {"enforce_parameter_schema": is_on(document, "enforce_parameter_schema")}
    return {**as_paused(document, found and found.row, found.automations if found else ()), **said}
