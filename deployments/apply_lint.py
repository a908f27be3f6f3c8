"""Refuses in a prefect.yaml what Prefect would ignore without a word: keys that it does not read."""

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


def check_prefect_file(path: Path, whole: Mapping[str, Any]) -> None:
    """Raise UserError for the first key that Prefect would ignore: file, place, key, choice."""
    for place, keys, known in _places(whole):
        for key in keys:
            if key not in known:
                choice = ", ".join(sorted(known))
                raise UserError(f"{path}{place}: Prefect reads no key {key!r} there: write one of {choice}.")


def _places(whole: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], frozenset[str]]]:
    yield "", whole, _WHOLE
    for deployment in whole["deployments"]:
        place = f", deployment {deployment.get('entrypoint')}"
        yield place, deployment, _DEPLOYMENT
        for part, known in _PARTS.items():
            found = deployment.get(part) or []
            for one in found if isinstance(found, list) else [found]:
                if isinstance(one, Mapping):
                    yield f"{place}, {part}", one, known
