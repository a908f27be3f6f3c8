"""How the posts of each account look now, its limit asked of its network."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime

from piquet.compose import Style
from piquet.errors import PiquetError
from piquet.limits import Limit
from piquet.outlet import Outlet
from tasks.opening import Account


async def style_of(outlet: Outlet, account: Account, now: datetime, *, say: Callable[[str], None]) -> Style:
    """How this account's posts look now; `say` hears where its limit could not be asked."""
    return Style(
        account=account.reference,
        outlet=outlet.title,
        language=outlet.language,
        traits=account.traits,
        limit=await _limit(account, say),
        local_now=now.astimezone(outlet.zone),
        template=account.template,
        hashtags=account.hashtags,
    )


async def styles_of(
    outlet: Outlet, accounts: Iterable[Account], now: datetime, *, say: Callable[[str], None]
) -> list[Style]:
    """Those of several accounts, asked at once: a network that does not answer must not keep the others waiting."""
    return await asyncio.gather(*(style_of(outlet, account, now, say=say) for account in accounts))


async def _limit(account: Account, say: Callable[[str], None]) -> Limit:
    """The account's own limit, or its network's where the network does not answer now."""
    if account.client is None:
        return account.traits.limit
    try:
        return await account.client.limit()
    except Exception as error:  # one account's trouble must not keep the others' posts from being composed
        said = str(error) if isinstance(error, PiquetError) else type(error).__name__
        say(f"{account.reference}: its limit could not be asked ({said}).")
        return account.traits.limit
