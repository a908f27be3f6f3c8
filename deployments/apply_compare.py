"""The deployments of a prefect.yaml beside those that the server has, and in which fields they differ; changes nothing."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags, FlowFilter, FlowFilterId
from prefect.client.schemas.responses import DeploymentResponse
from prefect.events import DeploymentTriggerTypes
from prefect.events.actions import RunDeployment
from prefect.events.schemas.automations import Automation, AutomationCore
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.utilities.callables import parameter_schema
from prefect.utilities.templating import apply_values
from pydantic import TypeAdapter, ValidationError

from deployments.apply_derive import Whose, documents_of, outlet_in
from deployments.apply_lint import check_prefect_file
from deployments.apply_paused import (
    as_paused,
    is_on,
    named_triggers,
    schedules_of,
    switched_off,
    triggers_of,
    wanted_schedules,
)
from deployments.console import TAG
from piquet.errors import UserError

_PAGE = 200
_TRIGGER: TypeAdapter[Any] = TypeAdapter(DeploymentTriggerTypes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One deployment as a prefect.yaml writes it, with the flow that its entrypoint names."""

    file: Path
    document: Mapping[str, Any]
    pull: Sequence[Mapping[str, Any]]
    flow: Flow

    @property
    def name(self) -> str:
        return f"{self.flow.name}/{self.document['name']}"

    @property
    def outlet(self) -> str:
        return outlet_in(self.document)

    @property
    def pool(self) -> str:
        return str((self.document.get("work_pool") or {}).get("name", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """One deployment as the server has it, with the automations that run it."""

    name: str
    row: DeploymentResponse
    automations: tuple[Automation, ...]

    @property
    def outlet(self) -> str:
        return str(self.row.parameters.get("outlet", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What is declared, what is deployed, and the fields in which they differ; one of the two may be missing.

    `off` is what somebody switched off on the server: no field for apply, and not as the file says.
    """

    name: str
    declared: Declared | None
    deployed: Deployed | None
    fields: tuple[str, ...] = ()
    off: tuple[str, ...] = ()


def read_prefect_file(path: Path, outlets: Sequence[Whose] = ()) -> list[Declared]:
    """The deployments that the file declares for these outlets, or all that stand in it. Raises UserError."""
    whole = _whole(path)
    documents = [_templated(document) for document in whole["deployments"]]
    if outlets:
        documents = list(documents_of(path, documents, whole.get("definitions") or {}, outlets))
    flows = {entrypoint: _flow(path, entrypoint) for entrypoint in dict.fromkeys(map(_entrypoint, documents))}
    return [
        Declared(
            file=path,
            document=document,
            pull=document.get("pull") or whole.get("pull") or (),
            flow=flows[_entrypoint(document)],
        )
        for document in documents
    ]


def _whole(path: Path) -> Mapping[str, Any]:
    try:
        whole = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path}: it cannot be read ({error.strerror}): check its rights.") from None
    except UnicodeDecodeError:
        raise UserError(f"{path}: it is not UTF-8 text: save it as UTF-8.") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UserError(f"{path}: it is not valid YAML{_line(error)}: correct it.") from None
    check_prefect_file(path, whole)
    for document in whole["deployments"]:
        _check_triggers(path, document)
    return whole


def _line(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    return f" (line {mark.line + 1})" if mark else ""


def _check_triggers(path: Path, document: Mapping[str, Any]) -> None:
    for number, spec in enumerate(named_triggers(document), start=1):
        try:
            _TRIGGER.validate_python(deepcopy(spec))  # it writes into what it reads
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False)[0]
            field = ".".join(str(part) for part in found["loc"]) or "type"
            raise UserError(
                f"{path}, deployment {document['entrypoint']}, trigger {number}, field {field!r}: "
                f"{found['msg'][:1].lower()}{found['msg'][1:200]}: correct it."
            ) from None


def _entrypoint(document: Mapping[str, Any]) -> str:
    return str(document.get("entrypoint", ""))


def _templated(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """As `prefect deploy` reads it: {{ $NAME }} comes from the environment."""
    return apply_values(dict(document), os.environ, remove_notset=False)


def _flow(path: Path, entrypoint: str) -> Flow:
    try:
        return load_flow_from_entrypoint(f"{path.resolve().parent / entrypoint}", use_placeholder_flow=False)
    except Exception as error:
        raise UserError(
            f"{path}: the entrypoint {entrypoint!r} cannot be loaded ({type(error).__name__}): correct it."
        ) from None


async def deployed_by_us(client: PrefectClient, automations: Iterable[Automation]) -> list[Deployed]:
    """Everything on the server that bears our tag; only what bears it is ours to remove."""
    ours = DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG]))
    rows: list[DeploymentResponse] = []
    while True:
        page = await client.read_deployments(deployment_filter=ours, limit=_PAGE, offset=len(rows))
        rows += page
        if len(page) < _PAGE:
            break
    ids = sorted({row.flow_id for row in rows})
    flows = (
        await client.read_flows(flow_filter=FlowFilter(id=FlowFilterId(any_=ids)), limit=_PAGE) if ids else []
    )
    names = {flow.id: flow.name for flow in flows}
    automations = list(automations)
    return [
        Deployed(
            name=f"{names[row.flow_id]}/{row.name}",
            row=row,
            automations=tuple(a for a in automations if _runs(a, row.id)),
        )
        for row in rows
    ]


def _runs(automation: Automation, id_: UUID) -> bool:
    # The server keeps who owns an automation to itself (3.8.8), so what it does must tell.
    return any(
        isinstance(action, RunDeployment) and action.deployment_id == id_ for action in automation.actions
    )


def compare(declared: Sequence[Declared], deployed: Sequence[Deployed]) -> list[Difference]:
    """One for each declared deployment, and one for each of ours that was left over."""
    there = {found.name: found for found in deployed}
    return [
        *[_difference(wanted, there.get(wanted.name)) for wanted in declared],
        *[
            Difference(name=found.name, declared=None, deployed=found)
            for found in left_over(declared, deployed)
        ],
    ]


def _difference(wanted: Declared, found: Deployed | None) -> Difference:
    if found is None:
        return Difference(name=wanted.name, declared=wanted, deployed=None)
    return Difference(
        name=wanted.name,
        declared=wanted,
        deployed=found,
        fields=tuple(_differing(wanted, found)),
        off=tuple(switched_off(wanted.document, found.row, found.automations)),
    )


def left_over(declared: Sequence[Declared], deployed: Iterable[Deployed]) -> list[Deployed]:
    """Ours, of an outlet that these files speak of, and no longer in them: another outlet may have a file of its own."""
    names = {wanted.name for wanted in declared}
    outlets = {wanted.outlet for wanted in declared}
    return [found for found in deployed if found.outlet in outlets and found.name not in names]


def paused(deployed: Deployed) -> bool:
    """Whether somebody paused it, or each of its schedules."""
    schedules = deployed.row.schedules
    return deployed.row.paused or bool(schedules and not any(schedule.active for schedule in schedules))


def _differing(wanted: Declared, found: Deployed) -> Iterator[str]:
    row, document = found.row, as_paused(wanted.document, found.row, found.automations)
    pool = document.get("work_pool") or {}
    limit = document.get("concurrency_limit")
    limit = {"limit": limit} if isinstance(limit, int) else limit or {}
    strategy = row.concurrency_options and row.concurrency_options.collision_strategy.value
    pairs = {
        "description": ((document.get("description") or wanted.flow.description or "").strip(), (row.description or "").strip()),
        "parameters": (document.get("parameters") or {}, row.parameters),
        "tags": (sorted(map(str, document.get("tags") or [])), sorted(row.tags)),
        "work pool": (pool.get("name"), row.work_pool_name),
        "job variables": (pool.get("job_variables") or {}, row.job_variables),
        "concurrency limit": (limit.get("limit"), row.global_concurrency_limit and row.global_concurrency_limit.limit),
        "collision strategy": (limit.get("collision_strategy"), strategy),
        "schedules": (sorted(wanted_schedules(document)), sorted(schedules_of(row))),
        "entrypoint": (document.get("entrypoint"), row.entrypoint),
        "pull steps": (list(wanted.pull), list(row.pull_steps or [])),
        "form": (parameter_schema(wanted.flow).model_dump(exclude_unset=True), row.parameter_openapi_schema or {}),
        "triggers": (_wanted_triggers(document, found), _by_name(triggers_of(document, found.automations))),
        "paused": (bool(document.get("paused")), row.paused),
        "enforce_parameter_schema": (is_on(document, "enforce_parameter_schema"), row.enforce_parameter_schema is not False),
    }  # fmt: skip
    yield from (name for name, (ours, theirs) in pairs.items() if ours != theirs)


def _wanted_triggers(document: Mapping[str, Any], found: Deployed) -> list[Mapping[str, Any]]:
    triggers = [_TRIGGER.validate_python(spec) for spec in named_triggers(document)]
    for trigger in triggers:
        trigger.set_deployment_id(found.row.id)
    return _by_name([trigger.as_automation() for trigger in triggers])


def _by_name(automations: Sequence[AutomationCore]) -> list[Mapping[str, Any]]:
    return [_trigger(automation) for automation in sorted(automations, key=lambda a: a.name)]


def _trigger(automation: AutomationCore) -> Mapping[str, Any]:
    """What it waits for and does, and whether it is on; as Python's own values, for some are sets."""
    return automation.model_dump(exclude={"id", "owner_resource", "created", "updated", "tags"})
