"""Makes an outlet's blocks on the Prefect server, and says what changed; running it again changes nothing."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from prefect.blocks.core import Block
from prefect.exceptions import ObjectAlreadyExists
from pydantic import ValidationError

import blocks
from deployments.apply_plan import Change, Step, What, carry_out
from deployments.apply_shared import INVALID, check_shared
from piquet.config import OutletFile, check_account
from piquet.errors import UserError
from piquet.outlet import Outlet
from piquet.strike import Strike
from tasks.opening import load_block, sentence

_TRIES = 5
_PAUSE_S = 0.5


async def apply_outlet(file: OutletFile) -> list[Change]:
    """Create or update the outlet's blocks. Raises UserError before anything is saved."""
    return await carry_out(await plan_outlet(file))


async def plan_outlet(file: OutletFile, together: Sequence[OutletFile] = ()) -> list[Step]:
    """A step for each of the outlet's blocks; `together` are the files that are applied in the same go.

    Raises UserError where the file cannot be right, or would change what is another outlet's too.
    """
    steps = await asyncio.gather(*[_plan(form, name) for form, name in list(_forms(file))])
    await check_shared(file, steps, together)
    return steps


async def _plan(form: Block, name: str) -> Step:
    block = type(form)
    title = _title(block)
    existing = await _existing(block, name)
    if (otherwise := _as_it_should_be(form, existing)) is not None:
        what = What.UNCHANGED if otherwise == "unchanged" else What.LEAVE
        change = Change(block=title, name=name, what=otherwise)
        return Step(block=title, name=name, what=what, otherwise=change)
    what = What.CREATE if existing is None else What.CHANGE
    return Step(
        block=title, name=name, what=what, why=_differing(form, existing), act=lambda: _save(form, name)
    )


def _differing(form: Block, existing: Mapping[str, Any] | None) -> str:
    """The names of the fields that differ; never what stands in them."""
    if existing is None:
        return ""
    if not existing:
        return INVALID
    return ", ".join(name for name, value in _values(form).items() if existing.get(name) != value)


def _forms(file: OutletFile) -> Iterator[tuple[Block, str]]:
    ledger = file.outlet.get("ledger", "ledger")
    yield _form(blocks.Ledger, ledger, {"url": file.ledger_url}), ledger
    for reference, values in file.accounts.items():
        network, name = check_account(reference, file.name)
        yield _form(blocks.ACCOUNTS[network], name, values), name
    strike = _form(blocks.Strike, file.name, file.strike)
    outlet = _form(blocks.Outlet, file.name, file.outlet)
    rule = outlet.to_rule(file.name)
    if rule.troubles:
        raise UserError(rule.troubles[0])
    _check_covered(strike.to_rule(rule.zone), rule)
    yield outlet, file.name
    yield strike, rule.strike


def _check_covered(strike: Strike, outlet: Outlet) -> None:
    """Raise UserError where the strike names accounts and none of them is the outlet's: it would cover nobody."""
    if not strike.accounts or set(strike.accounts) & set(outlet.accounts):
        return
    raise UserError(
        f"Strike, field 'accounts': {strike.accounts[0]!r} is not an account of this outlet: "
        f"write one of {', '.join(outlet.accounts)}."
    )


def _form(block: type[Block], name: str, values: Mapping[str, Any]) -> Block:
    title = f"{block._block_type_name} {name}"
    unknown = sorted(set(values) - set(block.model_fields))
    if unknown:
        raise UserError(
            f"{title}: {unknown[0]!r} is not one of its fields: use {', '.join(block.model_fields)}."
        )
    try:
        form = block(**values)
    except ValidationError as error:
        raise UserError(sentence(title, block, error)) from None
    # Prefect stores only fields set by name; a later default must not change what is live.
    return block(**{field: getattr(form, field) for field in block.model_fields})


async def _save(form: Block, name: str) -> Change:
    """Save it; where somebody else's apply made the same at this moment, look again at what is there."""
    for _ in range(_TRIES - 1):
        try:
            return await _save_once(form, name)
        except ObjectAlreadyExists:
            await asyncio.sleep(_PAUSE_S)
    return await _save_once(form, name)


async def _save_once(form: Block, name: str) -> Change:
    block = type(form)
    existing = await _existing(block, name)
    if (otherwise := _as_it_should_be(form, existing)) is not None:
        return Change(block=_title(block), name=name, what=otherwise)
    await form.save(name, overwrite=True)
    return Change(block=_title(block), name=name, what="created" if existing is None else "updated")


def _as_it_should_be(
    form: Block, existing: Mapping[str, Any] | None
) -> Literal["unchanged", "left to the community managers"] | None:
    """What is said of a block that is left as it is; None where it is not."""
    if existing is not None and type(form) is blocks.Strike:
        return "left to the community managers"
    return "unchanged" if existing == _values(form) else None


def _title(block: type[Block]) -> str:
    return block._block_type_name or block.__name__


async def _existing(block: type[Block], name: str) -> Mapping[str, Any] | None:
    """The values of the document there is; empty where they are not valid any more."""
    try:
        return _values(await load_block(block, name))
    except UserError as error:
        return None if str(error).startswith("There is no block") else {}


def _values(form: Block) -> dict[str, Any]:
    return form.model_dump(include=set(type(form).model_fields))
