"""What is switched off of a deployment: by its file, which apply carries out, or by somebody in the UI, which it leaves so."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from prefect.client.schemas.responses import DeploymentResponse
from prefect.events.schemas.automations import Automation


def as_paused(
    document: Mapping[str, Any], row: DeploymentResponse | None, automations: Sequence[Automation] = ()
) -> Mapping[str, Any]:
    """The document with the schedules, triggers and the whole switched off that somebody switched off on the server."""
    if row is None:
        return document
    off = {key for key, on in schedules_of(row) if not on}
    schedules = [
        {**one, "active": False} if key in off else one
        for one, (key, _) in zip(document.get("schedules") or [], wanted_schedules(document), strict=True)
    ]
    disabled = {
        automation.name for automation in triggers_of(document, automations) if not automation.enabled
    }
    triggers = [
        {**spec, "enabled": False} if spec["name"] in disabled else spec for spec in named_triggers(document)
    ]
    changed = {"schedules": schedules, "triggers": triggers, "paused": row.paused or None}
    return {**document, **{key: value for key, value in changed.items() if value}}


def switched_off(
    document: Mapping[str, Any], row: DeploymentResponse, automations: Sequence[Automation]
) -> Iterator[str]:
    """What somebody switched off on the server that is on in the file."""
    paused = as_paused(document, row, automations)
    if paused.get("paused") and not document.get("paused"):
        yield "the whole deployment"
    for part, switch in (("schedules", "active"), ("triggers", "enabled")):
        pairs = zip(document.get(part) or [], paused.get(part) or [], strict=True)
        if any(is_on(before, switch) and not is_on(after, switch) for before, after in pairs):
            yield part


def is_on(one: Mapping[str, Any], switch: str) -> bool:
    """Whether a schedule, trigger or deployment is on; Prefect takes what is not said for yes."""
    return one.get(switch) is not False


def wanted_schedules(document: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """What tells one of its schedules from the others, one after the other, and whether it is on."""
    for schedule in document.get("schedules") or []:
        when = {key: schedule[key] for key in ("cron", "interval", "rrule", "timezone") if key in schedule}
        key = f"{sorted(when.items())} {sorted((schedule.get('parameters') or {}).items(), key=str)}"
        yield key, is_on(schedule, "active")


def schedules_of(row: DeploymentResponse) -> Iterator[tuple[str, bool]]:
    """The same of what is deployed."""
    for one in row.schedules:
        values = one.schedule.model_dump(mode="json", exclude_none=True)
        when = {key: values[key] for key in ("cron", "interval", "rrule", "timezone") if key in values}
        yield f"{sorted(when.items())} {sorted(one.parameters.items(), key=str)}", one.active


def named_triggers(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Its triggers with the names that `prefect deploy` gives to those without one."""
    specs = enumerate(document.get("triggers") or [], start=1)
    return [{"name": f"{document['name']}__automation_{number}", **spec} for number, spec in specs]


def triggers_of(document: Mapping[str, Any], automations: Sequence[Automation]) -> list[Automation]:
    """The automations that came from such triggers; what people made in the UI is theirs."""
    names = {spec["name"] for spec in named_triggers(document)}
    ours = f"{document['name']}__automation_"
    return [a for a in automations if a.name in names or a.name.startswith(ours)]
