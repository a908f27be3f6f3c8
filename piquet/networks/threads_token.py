"""Which long-lived token of a Threads profile is in use: the one entered, or the one it became; knows no post."""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from piquet.networks.http import Wire
from piquet.networks.session import SessionStore, loaded

# developers.facebook.com/docs/threads/get-started/long-lived-tokens: 60 days, renewed when a day old.
_LIFE, _YOUNG, _SOON = timedelta(days=60), timedelta(days=1), timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewed:
    """A long-lived token and when it ends (aware UTC)."""

    token: str = field(repr=False)
    ends: datetime


def is_due(ends: datetime | None, now: datetime) -> bool:
    """Whether a token is over a day old, as its end tells, or ends within 30 days; so is one of unknown end."""
    if ends is None:
        return True
    return _LIFE - (ends - now) > _YOUNG or ends - now <= _SOON


class KeptToken:
    """One profile's token; `store` keeps what it became, None keeps nothing."""

    def __init__(self, *, wire: Wire, token: str, store: SessionStore | None) -> None:
        self._wire, self._entered, self._store = wire, token, store
        self._now: str | None = None

    @property
    def is_kept(self) -> bool:
        """Whether a new token would outlive the process."""
        return self._store is not None

    async def now(self) -> str:
        """The kept token before the one entered; a person who enters another is heard."""
        if self._now is None:
            kept = await loaded(self._store) or {}
            ours = kept.get("of") == self._whose() and isinstance(kept.get("token"), str)
            self._now = kept["token"] if ours else self._entered
            self._wire.hide(self._now)
        return self._now

    async def keep(self, renewed: Renewed) -> None:
        """Use this one from now on, in every process; the former lasts until its own end."""
        kept: Mapping[str, str] = {
            "token": renewed.token,
            "ends": renewed.ends.isoformat(),
            "of": self._whose(),
        }
        if self._store is not None:
            await asyncio.to_thread(self._store.save, kept)
        self._now = renewed.token

    def _whose(self) -> str:
        return hashlib.sha256(f"{self._wire.base}\n{self._entered}".encode()).hexdigest()
