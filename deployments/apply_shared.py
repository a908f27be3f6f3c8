"""Refuses to change a ledger's or an account's block under another outlet that uses it too; knows no other kind of block."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prefect.client.orchestration import get_client

import blocks
from deployments.apply_plan import Step, What
from piquet.config import OutletFile, check_account
from piquet.errors import UserError

# What apply says of a block that cannot be loaded: mending that one takes nothing away from anybody.
INVALID = "what is there is not valid"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Use:
    """One block that an outlet uses, by the type and name that apply shows."""

    block: str
    name: str


async def check_shared(file: OutletFile, steps: Iterable[Step], together: Sequence[OutletFile]) -> None:
    """Raise UserError where what `file` says of such a block would change it for an outlet that is not in `together`."""
    others = [other for other in together if other.name != file.name]
    for other in others:
        _check_files(file, other)
    ours = _said(file)
    changed = {
        use: step.why
        for step in steps
        if step.what is What.CHANGE and step.why != INVALID
        if (use := _Use(block=step.block, name=step.name)) in ours
    }
    if not changed:
        return
    asked = {file.name, *(other.name for other in others)}
    used = {name: uses for name, uses in (await _on_server()).items() if name not in asked}
    for use, fields in changed.items():
        if whose := sorted(name for name, uses in used.items() if use in uses):
            _refuse(file, use, f"changes it ({fields})", whose, "apply all of their files in one command")


def _check_files(file: OutletFile, other: OutletFile) -> None:
    theirs = _said(other)
    for use, values in _said(file).items():
        if theirs.get(use, values) != values:
            _refuse(file, use, "says otherwise", [other.name], "write the same in all of their files")


def _refuse(file: OutletFile, use: _Use, does: str, whose: Sequence[str], together: str) -> None:
    own = (
        f'ledger = "{use.name}-{file.name}" under [outlet]'
        if use.block == _title(blocks.Ledger)
        else "another name after the account's slash"
    )
    raise UserError(
        f"{use.block} {use.name} is also that of {', '.join(whose)}, and the file of {file.name} {does}: "
        f"write {own} there to have one of its own, or {together} if it is to be the same for all."
    )


def _said(file: OutletFile) -> Mapping[_Use, Mapping[str, Any]]:
    """What the file says of each."""
    ledger = _Use(block=_title(blocks.Ledger), name=file.outlet.get("ledger", "ledger"))
    accounts = {_account(reference): values for reference, values in file.accounts.items()}
    return {ledger: {"url": file.ledger_url}, **accounts}


async def _on_server() -> Mapping[str, set[_Use]]:
    """What each Outlet block on the server uses; what it names in a form that nobody knows is nobody's."""
    async with get_client() as client:
        documents = await client.read_block_documents_by_type("outlet")
    return {d.name: set(_uses(d.data)) for d in documents if d.name}


def _uses(outlet: Mapping[str, Any]) -> Iterable[_Use]:
    yield _Use(block=_title(blocks.Ledger), name=str(outlet.get("ledger", "ledger")))
    for reference in outlet.get("accounts") or []:
        try:
            yield _account(reference)
        except UserError:
            continue


def _account(reference: str) -> _Use:
    network, name = check_account(reference, "accounts")
    return _Use(block=_title(blocks.ACCOUNTS[network]), name=name)


def _title(block: type) -> str:
    return block._block_type_name or block.__name__
