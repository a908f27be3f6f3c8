"""How requests to X are authorised: signed with four keys, or with a token that is renewed; knows no post.

OAuth 2 (docs.x.com/fundamentals/authentication/oauth-2-0): an access token lives 2 hours, and each renewal also gives
a new refresh token, after which the former is refused. One that is lost locks the account out until a person consents
again: so a new one is kept before anything is done with it, and none is spent where what is kept cannot be read.
"""

import asyncio
import base64
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol
from urllib.parse import quote

from oauthlib.oauth1 import Client as Signer

from piquet.errors import Busy, Refused, UserError
from piquet.networks.http import Answer, Wire, moment
from piquet.networks.session import SessionStore

_PATH = "/2/oauth2/token"
_MARGIN = timedelta(minutes=5)  # renewed so long before the end: a cycle's calls are over by then
_LIFE_S = 7200  # where X states none
_LOOKS = 3  # for what another worker is about to keep

Ask = Callable[[Mapping[str, str]], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The four of OAuth 1.0a; they do not end."""

    consumer_key: str = field(default="", repr=False)
    consumer_secret: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)
    access_token_secret: str = field(default="", repr=False)

    def all(self) -> tuple[str, str, str, str]:
        """In the order in which a request is signed with them."""
        return self.consumer_key, self.consumer_secret, self.access_token, self.access_token_secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A person's consent to an app: `refresh_token` is the first one; only a confidential app has a secret."""

    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The access token with its end (aware UTC), and the refresh token that gives the next ones."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    ends: datetime


class Authority(Protocol):
    """Lets one request through."""

    async def call(self, method: str, url: str, ask: Ask) -> Answer:
        """The answer to a request made with the headers that authorise it."""


def authority(
    wire: Wire,
    keys: Keys,
    grant: Grant,
    store: SessionStore | None,
    *,
    clock: Callable[[], datetime],
    pause: float,
) -> Authority:
    """Whichever is complete, the grant first; raises UserError where neither is, or the grant has no store."""
    if grant.client_id and grant.refresh_token:
        if store is None:
            raise UserError(
                "X: a refresh token changes at each use and must be kept: save the account's block first."
            )
        return Renewing(wire=wire, grant=grant, store=store, clock=clock, pause=pause)
    if all(keys.all()):
        return Signing(keys)
    raise UserError(
        "X: fill in all of consumer_key, consumer_secret, access_token and access_token_secret, "
        "or client_id and refresh_token: neither set is complete."
    )


class Signing:
    """Each request signed with the keys."""

    def __init__(self, keys: Keys) -> None:
        self._signer = Signer(*keys.all())

    async def call(self, method: str, url: str, ask: Ask) -> Answer:
        """A JSON body is not part of the signature (RFC 5849, 3.4.1.3.1)."""
        _, headers, _ = self._signer.sign(url, http_method=method)
        return await ask(dict(headers))


class Renewing:
    """Each request with the access token, renewed before its end and once where X refuses it.

    `pause` is in seconds, between two looks at the store for what another worker keeps there.
    """

    def __init__(
        self, *, wire: Wire, grant: Grant, store: SessionStore, clock: Callable[[], datetime], pause: float
    ) -> None:
        self._wire, self._grant, self._store = wire, grant, store
        self._clock, self._pause = clock, pause
        self._now: Tokens | None = None
        self._unkept: Tokens | None = None
        self._renewing = asyncio.Lock()

    async def call(self, method: str, url: str, ask: Ask) -> Answer:
        """With a 401 nothing was posted, so the request may be made again."""
        tokens = await self._current(None)
        answer = await ask(_bearer(tokens))
        if answer.status != 401:
            return answer
        return await ask(_bearer(await self._current(tokens)))

    async def _current(self, refused: Tokens | None) -> Tokens:
        """Tokens that last and are not those; calls in parallel share one renewal."""
        async with self._renewing:
            await self._keep()
            if self._now is None or self._now == refused or not self._lasts(self._now):
                self._now = await self._next(refused)
            return self._now

    def _lasts(self, tokens: Tokens) -> bool:
        return tokens.ends - self._clock() > _MARGIN

    async def _next(self, refused: Tokens | None) -> Tokens:
        kept = await self._kept()
        if kept and kept != refused and self._lasts(kept):
            return kept
        latest = kept or self._now
        return await self._renewed(latest.refresh if latest else self._grant.refresh_token)

    async def _renewed(self, refresh: str) -> Tokens:
        form = {"grant_type": "refresh_token", "refresh_token": refresh, "client_id": self._grant.client_id}
        answer = await self._wire.write(_PATH, headers=self._basic(), form=form, posts=False)
        if answer.status in (400, 401, 403):
            return await self._anothers(refresh) or self._refuse(answer)
        self._unkept = self._now = self._opened(answer, refresh)
        await self._keep()
        return self._now

    def _basic(self) -> dict[str, str]:
        """Who the app is, in the header where it has a secret (better-auth/better-auth/issues/2095)."""
        if not self._grant.client_secret:
            return {}
        pair = f"{quote(self._grant.client_id, safe='')}:{quote(self._grant.client_secret, safe='')}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}

    async def _anothers(self, refresh: str) -> Tokens | None:
        """Another worker may have used this refresh token a moment ago: what it then kept, else None."""
        for _ in range(_LOOKS):
            kept = await self._kept()
            if kept and kept.refresh != refresh and self._lasts(kept):
                return kept
            await asyncio.sleep(self._pause)
        return None

    def _refuse(self, answer: Answer) -> Tokens:
        words = f"{answer.json.get('error', '')} {answer.json.get('error_description', '')}".strip()
        said = self._wire.says(answer.status, words).rstrip(".")
        raise Refused(
            f"{said}: let the app into the account again and enter the new refresh_token in its block."
        )

    def _opened(self, answer: Answer, refresh: str) -> Tokens:
        given = answer.json
        access, following = given.get("access_token"), given.get("refresh_token", refresh)
        if answer.status != 200 or not isinstance(access, str) or not isinstance(following, str):
            raise self._wire.failure(answer, "It gave no new token.", posts=False)
        life = given.get("expires_in")
        self._wire.hide(access, following)
        seconds = life if isinstance(life, int) else _LIFE_S
        return Tokens(access=access, refresh=following, ends=self._clock() + timedelta(seconds=seconds))

    async def _keep(self) -> None:
        """Keep what is not kept yet; until then nothing is sent with it."""
        if self._unkept is None:
            return
        tokens = self._unkept
        kept = {"access": tokens.access, "refresh": tokens.refresh, "ends": tokens.ends.isoformat()}
        try:
            await asyncio.to_thread(self._store.save, {**kept, "of": self._whose()})
        except Exception as error:
            sentence = (
                f"X: the new tokens could not be kept ({type(error).__name__}), so nothing is sent with them."
            )
            raise Busy(sentence) from None
        self._unkept = None

    async def _kept(self) -> Tokens | None:
        """What is kept of this very grant; a person who enters another refresh token is heard."""
        try:
            kept = await asyncio.to_thread(self._store.load) or {}
        except Exception as error:
            sentence = f"X: the kept tokens could not be read ({type(error).__name__}), so none was spent."
            raise Busy(sentence) from None
        ends = moment(kept.get("ends"))
        if kept.get("of") != self._whose() or ends is None or not {"access", "refresh"} <= kept.keys():
            return None
        self._wire.hide(kept["access"], kept["refresh"])
        return Tokens(access=kept["access"], refresh=kept["refresh"], ends=ends)

    def _whose(self) -> str:
        told = "\n".join((self._wire.base, self._grant.client_id, self._grant.refresh_token))
        return hashlib.sha256(told.encode()).hexdigest()


def utc_now() -> datetime:
    """The real time."""
    return datetime.now(UTC)


def _bearer(tokens: Tokens) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.access}"}
