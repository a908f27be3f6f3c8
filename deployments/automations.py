"""Keeps the automations of deployments/automations/ on the Prefect server; knows neither outlets nor what they watch."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from prefect.client.orchestration import PrefectClient, get_client
from prefect.events.actions import DoNothing, SendNotification
from prefect.events.schemas.automations import Automation, AutomationCore
from prefect.exceptions import ObjectNotFound
from pydantic import ValidationError

from deployments.apply_plan import Change, Step, What, carry_out
from piquet.errors import UserError

FOLDER = Path(__file__).with_name("automations")
# Only what carries it is ours to update or remove; anybody's other automations stay as they are.
TAG = "kept-by-piquet"
# What once told the strikers bears it, so that it is seen when they are told no more; who never named a block wants none.
_TELLING = "tells-the-strikers"
_PAGE = 200
_OPS, _STRIKERS = "ops", "strikers"


async def apply_automations(
    notify: str = "", folder: Path = FOLDER, tag: str = TAG, *, strikers: str = ""
) -> list[Change]:
    """Make what is in `folder`, update it in place, remove what left it. Raises UserError before anything changes.

    `notify` and `strikers` are notification blocks, type and name, such as "slack-webhook/ops"; once named, they are kept.
    """
    async with get_client() as client:
        found = await all_automations(client)
        plan = await plan_automations(client, found, notify, folder, tag, strikers=strikers, prune=True)
        return await carry_out(plan)


async def plan_automations(
    client: PrefectClient,
    found: Iterable[Automation],
    notify: str = "",
    folder: Path = FOLDER,
    tag: str = TAG,
    *,
    strikers: str = "",
    prune: bool,
) -> list[Step]:
    """A step for each document of `folder`, and for each of ours on the server that has none. Raises UserError.

    `strikers` is the notification block of those that say `notice_to: strikers`, `notify` that of all others.

    What left the folder is removed only with `prune`: another version of Piquet may still want it.
    """
    documents = read_documents(folder)
    blocks = {
        who: await _block_id(client, name) for who, name in ((_OPS, notify), (_STRIKERS, strikers)) if name
    }
    ours = [a for a in found if tag in a.tags]
    gone = await _gone(client, ours)
    return [
        *[
            step
            for d in documents
            for step in _keep(client, d, ours, blocks.get(d.get("notice_to", _OPS)), gone, tag)
        ],
        *[_remove(client, automation) for automation in _twins(ours)],
        *[_leave(client, automation, prune) for automation in _left_over(ours, documents)],
    ]


def read_documents(folder: Path = FOLDER) -> list[Mapping[str, Any]]:
    """The automations as files. Raises UserError."""
    return [_read(path) for path in sorted(folder.glob("*.yaml"))]


def _read(path: Path) -> Mapping[str, Any]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        AutomationCore.model_validate(document)
    except (yaml.YAMLError, ValidationError) as error:
        raise UserError(f"{path.name} is not an automation that Prefect takes: {_first(error)}.") from None
    return document


def _first(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return "it is not YAML"
    found = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in found["loc"])
    return f"{place or 'the document'}: {found['msg'][:1].lower()}{found['msg'][1:]}"


async def _block_id(client: PrefectClient, notify: str) -> UUID:
    slug, _, name = notify.partition("/")
    try:
        return (await client.read_block_document_by_name(name, slug)).id
    except ObjectNotFound:
        raise UserError(
            f"There is no notification block {notify!r}: create it in the Prefect UI and give its type and name, "
            "like slack-webhook/ops."
        ) from None


async def all_automations(client: PrefectClient) -> list[Automation]:
    """Everybody's, page by page."""
    found: list[Automation] = []
    while True:
        page = await client.read_automations(limit=_PAGE, offset=len(found))
        found += page
        if len(page) < _PAGE:
            return found


async def _gone(client: PrefectClient, ours: Iterable[Automation]) -> set[UUID]:
    """The notification blocks that ours name and that are not there any more."""
    gone = set()
    for block in {block for automation in ours if (block := _notified(automation))}:
        try:
            await client.read_block_document(block, include_secrets=False)
        except ObjectNotFound:
            gone.add(block)
    return gone


def _keep(
    client: PrefectClient,
    document: Mapping[str, Any],
    ours: Iterable[Automation],
    block: UUID | None,
    gone: Collection[UUID],
    tag: str,
) -> Iterator[Step]:
    """What to do to one, and what apply leaves to people: a switch that is off, and strikers who are not told."""
    existing = next((a for a in ours if a.name == document["name"]), None)
    wanted = _wanted(document, existing, block, tag)
    off = bool(existing and not existing.enabled and document.get("enabled") is not False)
    silent = _TELLING in wanted.tags and _notified(wanted) in (None, *gone)
    if existing is None:
        yield _step(wanted, What.CREATE, act=lambda: _create(client, wanted))
    elif _compared(existing) != _compared(wanted):
        yield _step(wanted, What.CHANGE, act=lambda: _update(client, existing.id, wanted))
    elif not off and not silent:
        yield _step(wanted, What.UNCHANGED, otherwise="unchanged")
    if off:
        why = "somebody switched it off, and apply leaves that"
        yield _step(wanted, What.OFF, why=why, otherwise="left switched off")
    if silent:
        why = "it told the strikers once, and has no notification block now: name it with --notify-strikers"
        yield _step(wanted, What.SILENT, why=why, otherwise="tells nobody")


async def _create(client: PrefectClient, wanted: AutomationCore) -> Change:
    await client.create_automation(wanted)
    return _change(wanted, "created")


async def _update(client: PrefectClient, id_: UUID, wanted: AutomationCore) -> Change:
    await client.update_automation(id_, wanted)
    return _change(wanted, "updated")


def _wanted(
    document: Mapping[str, Any], existing: Automation | None, block: UUID | None, tag: str
) -> AutomationCore:
    """The automation that should be there; one that somebody paused in the UI stays paused."""
    automation = AutomationCore.model_validate(document)
    block = block or _notified(existing)
    notice = document.get("notice")
    if block and notice:
        acting = [action for action in automation.actions if not isinstance(action, DoNothing)]
        automation.actions = [*acting, SendNotification(block_document_id=block, **notice)]
    automation.enabled = automation.enabled and (existing is None or existing.enabled)
    telling = document.get("notice_to") == _STRIKERS and (
        block is not None or (existing is not None and _TELLING in existing.tags)
    )
    automation.tags = sorted({*automation.tags, tag, *([_TELLING] if telling else ())})
    return automation


def _notified(existing: AutomationCore | None) -> UUID | None:
    actions = existing.actions if existing else ()
    return next((a.block_document_id for a in actions if isinstance(a, SendNotification)), None)


def _compared(automation: AutomationCore) -> Mapping[str, Any]:
    return automation.model_dump(exclude={"id", "owner_resource"})


def _twins(ours: Sequence[Automation]) -> list[Automation]:
    """The second of a name, which two runs of apply at once can make."""
    first = {automation.name: automation.id for automation in reversed(ours)}
    return [a for a in ours if first[a.name] != a.id]


def _left_over(ours: Sequence[Automation], documents: Sequence[Mapping[str, Any]]) -> list[Automation]:
    """Ours without a document."""
    names = {document["name"] for document in documents}
    twins = _twins(ours)
    return [a for a in ours if a.name not in names and a not in twins]


def _remove(client: PrefectClient, automation: Automation) -> Step:
    async def act() -> Change:
        await client.delete_automation(automation.id)
        return _change(automation, "removed")

    return _step(automation, What.REMOVE, act=act)


def _leave(client: PrefectClient, automation: Automation, prune: bool) -> Step:
    if prune:
        return _remove(client, automation)
    return _step(automation, What.LEFT_OVER, why="--prune removes it", otherwise="left over")


def _step(
    automation: AutomationCore, what: What, *, why: str = "", act: Any = None, otherwise: Any = None
) -> Step:
    change = _change(automation, otherwise) if otherwise else None
    return Step(block="Automation", name=automation.name, what=what, why=why, act=act, otherwise=change)


def _change(automation: AutomationCore, what: Any) -> Change:
    return Change(block="Automation", name=automation.name, what=what)
