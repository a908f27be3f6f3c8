"""Which deployments a prefect.yaml declares for an outlet: its own, else those of the file's first outlet under its name."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from piquet.config import OutletFile
from piquet.errors import UserError

# Where an outlet's name and title stand in a deployment; tags, pools, entrypoints and pull steps are everybody's.
_SPEAKING = ("name", "description", "parameters", "triggers")
_ZONE = "Europe/Paris"


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """An outlet as its deployments tell of it.

    `pool` is the work pool that its file names, `pool_now` the one its deployments have where nobody gives its file.
    """

    name: str
    title: str = ""
    zone: str = ""
    pool: str = ""
    pool_now: str = ""


def whose(file: OutletFile) -> Whose:
    """The outlet of that file."""
    title, zone = file.outlet.get("title", file.name), file.outlet.get("zone", _ZONE)
    return Whose(name=file.name, title=title, zone=zone, pool=file.work_pool)


def documents_of(
    path: Path,
    documents: Sequence[Mapping[str, Any]],
    definitions: Mapping[str, Any],
    outlets: Iterable[Whose],
) -> Iterator[Mapping[str, Any]]:
    """The documents of these outlets, one outlet after the other; none where the file speaks of no outlet at all.

    `definitions` says the title and the zone of the outlet whose documents are taken for others. Raises UserError where
    the file and the outlet's own name two work pools.
    """
    first = next(filter(None, map(outlet_in, documents)), "")
    for outlet in outlets:
        own = [document for document in documents if outlet_in(document) == outlet.name]
        for document in own:
            _check_pool(path, document, outlet)
            yield document
        if not own:
            yield from (
                _derived(document, first, definitions, outlet)
                for document in documents
                if first and outlet_in(document) == first
            )


def outlet_in(document: Mapping[str, Any]) -> str:
    """The outlet that a deployment is for."""
    return str((document.get("parameters") or {}).get("outlet", ""))


def _check_pool(path: Path, document: Mapping[str, Any], outlet: Whose) -> None:
    pool = (document.get("work_pool") or {}).get("name", "")
    if outlet.pool and outlet.pool != pool:
        raise UserError(
            f"[deployments], field 'work_pool': {outlet.pool!r} is not the {pool!r} that {path} has for "
            f"{outlet.name}: write the pool there only."
        )


def _derived(
    document: Mapping[str, Any], first: str, definitions: Mapping[str, Any], outlet: Whose
) -> Mapping[str, Any]:
    """The document with the outlet's name, title, zone and pool in the place of those of the first."""
    words = {first: outlet.name, str(definitions.get("title", "")): outlet.title}
    changed = {key: _said(document[key], words) for key in _SPEAKING if document.get(key)}
    if changed.get("name") == document.get("name"):
        # Two deployments of one flow cannot share a name.
        changed["name"] = f"{document.get('name')}-{outlet.name}"
    changed["parameters"] = {**changed["parameters"], "outlet": outlet.name}
    if document.get("schedules"):
        changed["schedules"] = [_zoned(one, definitions, outlet) for one in document["schedules"]]
    if pool := outlet.pool or outlet.pool_now:
        changed["work_pool"] = {**(document.get("work_pool") or {}), "name": pool}
    return {**document, **changed}


def _said(value: Any, words: Mapping[str, str]) -> Any:
    """The value with whole words in the place of others, in texts at every depth; keys stay."""
    if isinstance(value, Mapping):
        return {key: _said(one, words) for key, one in value.items()}
    if isinstance(value, list):
        return [_said(one, words) for one in value]
    if not isinstance(value, str):
        return value
    choice = "|".join(re.escape(word) for word in words if word)
    return re.sub(rf"(?<![\w.-])(?:{choice})(?![\w-])", lambda found: words[found[0]], value)


def _zoned(schedule: Mapping[str, Any], definitions: Mapping[str, Any], outlet: Whose) -> Mapping[str, Any]:
    """What runs by the first outlet's clock runs by this one's; what runs in UTC goes on so."""
    zone = definitions.get("zone")
    if not zone or zone == "UTC" or schedule.get("timezone") != zone or not outlet.zone:
        return schedule
    return {**schedule, "timezone": outlet.zone}
