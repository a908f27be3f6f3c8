"""Opens what a cycle works with: the outlet, its ledger and its accounts, read from their blocks."""

import gc
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from types import NoneType
from typing import Any, TypeVar

from prefect.blocks.core import Block
from pydantic import ValidationError

import blocks
from piquet.budget import UNBOUNDED, Allowance
from piquet.config import check_account
from piquet.errors import PiquetError, UserError
from piquet.hiding import without_lookalikes
from piquet.ledger import Ledger
from piquet.ledger.values import Cycle
from piquet.networks import TRAITS
from piquet.networks.protocol import Ability, Client, Traits
from piquet.outlet import Outlet
from piquet.pictures import DEADLINE, Pictures
from piquet.template import DEFAULT

B = TypeVar("B", bound=Block)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account of the outlet; `client` is None where it cannot be used, and `trouble` says why.

    `measured`: whether its network is asked what readers did with its posts.
    """

    reference: str
    traits: Traits
    client: Client | None
    template: str = DEFAULT
    hashtags: tuple[str, ...] = ()
    trouble: str = ""
    allowance: Allowance = UNBOUNDED
    measured: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """All that one cycle of an outlet works with."""

    outlet: Outlet
    ledger: Ledger
    accounts: Mapping[str, Account]
    cycle: int
    previous: Cycle | None


async def load_block(block: type[B], name: str) -> B:
    """The block document of that name. Raises UserError naming the field that is wrong, never its secret."""
    title = f"{block._block_type_name} {name}"
    try:
        return _known(title, await block.aload(name))
    except ValueError as error:
        # Prefect's own answer to a missing document; its text holds no values.
        if isinstance(error, ValidationError):
            raise UserError(sentence(title, block, error)) from None
        raise UserError(
            f"There is no block '{title}': create it in the Prefect UI, or run piquet apply."
        ) from None
    except RuntimeError as error:
        if isinstance(error.__cause__, ValidationError):
            raise UserError(sentence(title, block, error.__cause__)) from None
        raise


def _known(title: str, loaded: B) -> B:
    """The block itself. Raises UserError where it says something that this code would pass over in silence."""
    unknown = sorted(set(loaded.model_extra or ()) - {"block_type_slug"})
    if not unknown:
        return loaded
    raise UserError(
        f"{title}, field '{unknown[0]}': this Piquet does not know it, the block was saved by a newer one: upgrade Piquet."
    )


async def open_outlet(name: str) -> Outlet:
    """The outlet of that name; raises UserError."""
    return (await load_block(blocks.Outlet, name)).to_rule(name)


async def open_ledger(outlet: Outlet) -> Ledger:
    """The outlet's ledger, open; raises UserError or LedgerError."""
    return (await load_block(blocks.Ledger, outlet.ledger)).get_client()


async def open_desk(name: str, now: datetime) -> Desk:
    """The outlet with its ledger and accounts. An account that cannot be used is there, with its trouble."""
    _keep_what_is_loaded()
    outlet = await open_outlet(name)
    accounts = await open_accounts(outlet)
    ledger = await open_ledger(outlet)
    previous = ledger.last_cycle(name)
    cycle = ledger.begin_cycle(name, now)
    return Desk(outlet=outlet, ledger=ledger, accounts=accounts, cycle=cycle, previous=previous)


@cache
def _keep_what_is_loaded() -> None:
    """Once a process: what was imported lives to its end; walking it again at exit costs 0.5 s (docs/decisions.md)."""
    gc.freeze()


async def close_desk(desk: Desk) -> None:
    """Close every connection of the cycle."""
    try:
        await close_accounts(desk.accounts)
    finally:
        desk.ledger.close()


async def close_accounts(accounts: Mapping[str, Account]) -> None:
    """Close their connections."""
    for account in accounts.values():
        if account.client:
            await account.client.aclose()


async def open_accounts(outlet: Outlet) -> dict[str, Account]:
    """All accounts of the outlet, by reference."""
    # A picture gives up well before the send that waits for it does.
    seconds = min(DEADLINE, outlet.lease.total_seconds() / 4)
    return {
        reference: await open_account(
            reference, Pictures(allowed_hosts=outlet.allowed_hosts, deadline=seconds)
        )
        for reference in outlet.accounts
    }


async def open_account(reference: str, pictures: Pictures | None = None) -> Account:
    """One account, usable or with its trouble in one sentence; its posts have pictures where `pictures` are given."""
    network, name = check_account(reference, "Outlet, field 'accounts'")
    traits = TRAITS[network]
    try:
        form = await load_block(blocks.ACCOUNTS[network], name)
        shows = pictures is not None and Ability.IMAGES in traits.abilities
        return Account(
            reference=reference,
            traits=traits,
            client=form.get_client(fetch=pictures.fetch) if shows else form.get_client(),
            template=form.template,
            hashtags=tuple(form.hashtags),
            allowance=form.allowance(),
            measured=form.measured,
        )
    except Exception as error:  # whatever is wrong with one account, the others go on
        trouble = (
            str(error)
            if isinstance(error, PiquetError)
            else f"It could not be opened ({type(error).__name__})."
        )
        return Account(reference=reference, traits=traits, client=None, trouble=trouble)


def sentence(title: str, block: type[Block], error: ValidationError) -> str:
    """The first thing that is wrong with a block, for the person who can mend it."""
    first = error.errors(include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "its values"
    value = _shown(first, block.model_json_schema().get("secret_fields", []))
    others = len(error.errors()) - 1
    more = f" ({others} more after it.)" if others else ""
    return f"{title}, field '{place}'{value}: {first['msg'].rstrip('.')}; correct it in the Prefect UI.{more}"


def _shown(first: Mapping[str, Any], secret_fields: Collection[str]) -> str:
    """What stands in the field, where repeating it gives nothing away."""
    value, place = first["input"], first["loc"]
    # The whole form, or a secret of it.
    if not place or str(place[0]) in secret_fields or first["type"] == "missing":
        return ""
    # Whoever may save a form may put another block into a field of it (`$ref`), which is loaded with its secrets.
    if not isinstance(value, (str, int, float, NoneType)):
        return ""
    return f" is {without_lookalikes(str(value))[:60]!r}"
