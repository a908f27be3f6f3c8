"""Where a network's session outlives the process; knows no network and not how it is kept."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Protocol

logger = logging.getLogger(__name__)


class SessionStore(Protocol):
    """One account's session. What is saved are tokens: a store that outlives the process encrypts them.

    Both methods are called in a thread.
    """

    def load(self) -> Mapping[str, str] | None:
        """What was saved last, by any worker; None where there is nothing."""

    def save(self, session: Mapping[str, str]) -> None:
        """Keep this one instead."""


async def loaded(store: SessionStore | None) -> Mapping[str, str] | None:
    """The kept session; None where there is none to be had, for a broken store must not cost the post."""
    if store is None:
        return None
    try:
        return await asyncio.to_thread(store.load)
    except Exception as error:
        logger.warning("The kept session could not be read, so it is not used: %s.", type(error).__name__)
        return None


async def saved(store: SessionStore | None, session: Mapping[str, str]) -> None:
    """Keep a session; a failure is said, because sign-ins are few a day (Bluesky: 300)."""
    if store is None:
        return
    try:
        await asyncio.to_thread(store.save, session)
    except Exception as error:
        logger.warning("The session could not be kept, so the next cycle signs in: %s.", type(error).__name__)
