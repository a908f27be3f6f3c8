"""Refuses a prefect.yaml that is not built as one, and in one what Prefect would ignore without a word: keys it does not read."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from piquet.errors import UserError

# As prefect/cli/deploy/_models.py of 3.8.8 reads them, whose models drop every other key; tests compare.
_WHOLE = frozenset({"name", "prefect-version", "build", "push", "pull", "deployments", "definitions"})
_DEPLOYMENT = frozenset(
    {
        "name", "version", "version_type", "tags", "description", "schedule", "schedules", "paused", "concurrency_limit",
        "flow_name", "entrypoint", "parameters", "enforce_parameter_schema", "build", "push", "pull", "work_pool",
        "triggers", "sla",
    }
)  # fmt: skip
_PARTS: Mapping[str, frozenset[str]] = {
    "work_pool": frozenset({"name", "work_queue_name", "job_variables"}),
    "concurrency_limit": frozenset({"limit", "collision_strategy", "grace_period_seconds"}),
    "schedules": frozenset(
        {"cron", "interval", "rrule", "timezone", "anchor_date", "active", "parameters", "slug", "replaces", "day_or"}
    ),
    "triggers": frozenset(
        {
            "type", "name", "description", "enabled", "posture", "expect", "match", "match_related", "after", "for_each",
            "threshold", "within", "parameters", "job_variables", "schedule_after", "triggers", "require", "metric",
        }
    ),
}  # fmt: skip


# What is a list of tables, a table, and a text, wherever it stands; empty is nothing.
_LISTS = ("schedules", "triggers")
_TABLES = ("work_pool", "parameters", "job_variables")
_TEXTS = ("name", "entrypoint", "description")


def check_prefect_file(path: Path, whole: Any) -> None:
    """Raise UserError for the first thing that is not what stands there, or key that Prefect would ignore, with its place."""
    _check_shape(path, whole)
    for place, keys, known in _places(whole):
        for key in keys:
            if key not in known:
                choice = ", ".join(sorted(known))
                raise UserError(
                    f"{path}{place}: Prefect reads no key {str(key)[:60]!r} there: write one of {choice}."
                )


def _check_shape(path: Path, whole: Any) -> None:
    if not isinstance(whole, Mapping) or not isinstance(whole.get("deployments"), list):
        raise UserError(f"{path}: it is not a prefect.yaml with deployments: correct it.")
    _check(path, "", "definitions", whole.get("definitions"), Mapping)
    _check(path, "", "pull", whole.get("pull"), list)
    for number, deployment in enumerate(whole["deployments"], start=1):
        place = f", deployment {number}"
        if not isinstance(deployment, Mapping):
            raise UserError(
                f"{path}{place}: {_shown(deployment)} is not one: write its fields below each other, as in prefect.yaml."
            )
        for field in ("name", "entrypoint"):
            if not deployment.get(field):
                raise UserError(f"{path}{place}: the field {field!r} is missing: add it, as in prefect.yaml.")
        _check_parts(path, place, deployment)


def _check_parts(path: Path, place: str, table: Mapping[str, Any]) -> None:
    for field in _TEXTS:
        _check(path, place, field, table.get(field), str)
    for field in _TABLES:
        _check(path, place, field, table.get(field), Mapping)
    for field in _LISTS:
        _check(path, place, field, table.get(field), list)
        for one in table.get(field) or []:
            _check(path, place, f"{field}, one of them", one or "nothing", Mapping)
            _check(path, place, f"{field}, parameters", one.get("parameters"), Mapping)
    limit = table.get("concurrency_limit")
    _check(path, place, "concurrency_limit", limit, Mapping if not isinstance(limit, int) else int)
    for field in ("tags", "pull"):
        _check(path, place, field, table.get(field), list)
    if pool := table.get("work_pool"):
        _check_parts(path, f"{place}, work_pool", pool)


def _check(path: Path, place: str, field: str, value: Any, kind: type) -> None:
    """Nothing at all is fine: whoever reads the file takes it for nothing."""
    if value is None or isinstance(value, kind):
        return
    wanted = {list: "a list", Mapping: "a table of fields", str: "a text", int: "a number"}[kind]
    raise UserError(
        f"{path}{place}, field {field!r}: {_shown(value)} is not {wanted}: write it as in prefect.yaml."
    )


def _shown(value: Any) -> str:
    return repr(value)[:60]


def _places(whole: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], frozenset[str]]]:
    yield "", whole, _WHOLE
    for deployment in whole["deployments"]:
        place = f", deployment {deployment['entrypoint']}"
        yield place, deployment, _DEPLOYMENT
        for part, known in _PARTS.items():
            found = deployment.get(part) or []
            for one in found if isinstance(found, list) else [found]:
                if isinstance(one, Mapping):
                    yield f"{place}, {part}", one, known
