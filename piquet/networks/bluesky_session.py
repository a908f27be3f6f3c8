"""Signing in to Bluesky rarely, and what its refusals mean; knows no record.

Sign-ins are few a day (300, measured 30 in five minutes), so a session is kept, refreshed and shared:
createSession is called only where no kept one can be refreshed. An access token lives 2 hours, a refresh
token 90 days; a refresh that was lost may be asked for again for a while.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field

from piquet.errors import NetworkError, Refused
from piquet.networks.http import Answer, Wire, epoch, seconds
from piquet.networks.session import SessionStore, loaded, saved

# A person must act, although several of these come under HTTP 400.
_REFUSED = {
    "AccountDeactivated",
    "AccountSuspended",
    "AccountTakedown",
    "AuthFactorTokenRequired",
    "AuthMissing",
    "AuthenticationRequired",
    "ExpiredToken",
    "InvalidToken",
    "RepoNotFound",
}
_SERVER = "/xrpc/com.atproto.server."


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Who is signed in, and the two tokens."""

    did: str
    handle: str
    access: str = field(repr=False)
    refresh: str = field(repr=False)


class Sessions:
    """The sessions of one account over one connection, one at a time; `store` keeps them between processes."""

    def __init__(self, *, wire: Wire, handle: str, app_password: str, store: SessionStore | None) -> None:
        self._wire = wire
        self._store = store
        self._login = {"identifier": handle, "password": app_password}
        self._now: Session | None = None
        self._kept = False
        self._signing_in = asyncio.Lock()

    @property
    def handle(self) -> str:
        """The account's present handle; the one it was configured with until it has signed in."""
        return self._now.handle if self._now else self._login["identifier"]

    async def call(self, ask: Callable[[Session], Awaitable[Answer]]) -> Answer:
        """The answer to a call with the session, renewed once where the server will not have it any more."""
        session = await self._renewed(None)
        answer = await ask(session)
        if not self._is_stale(answer):
            return answer
        return await ask(await self._renewed(session))

    def _is_stale(self, answer: Answer) -> bool:
        # A kept one may be of a server that has changed its keys; a new one that is invalid stays so.
        return name(answer) == "ExpiredToken" or (self._kept and name(answer) == "InvalidToken")

    async def _renewed(self, old: Session | None) -> Session:
        """A session other than `old`; calls in parallel share one."""
        async with self._signing_in:
            if self._now is None or self._now is old:
                self._now = await self._next(old)
            return self._now

    async def _next(self, old: Session | None) -> Session:
        kept = self._ours(await loaded(self._store))
        self._kept = kept is not None and (old is None or kept.refresh != old.refresh)
        if self._kept:
            self._wire.hide(kept.access, kept.refresh)
            return kept
        session = await (self._refreshed(old) if old else self._created())
        await saved(self._store, {**asdict(session), **self._whose()})
        return session

    def _whose(self) -> dict[str, str]:
        return {"identifier": self._login["identifier"], "service": self._wire.base}

    def _ours(self, kept: Mapping[str, str] | None) -> Session | None:
        """A kept session of this account on this server, else None."""
        names = Session.__slots__
        if not kept or not {*names} <= kept.keys() or not self._whose().items() <= dict(kept).items():
            return None
        return Session(**{name: str(kept[name]) for name in names})

    async def _created(self) -> Session:
        return self._opened(
            await self._wire.write(f"{_SERVER}createSession", headers={}, json=self._login, posts=False)
        )

    async def _refreshed(self, old: Session) -> Session:
        answer = await self._wire.write(f"{_SERVER}refreshSession", headers=bearer(old.refresh), posts=False)
        if name(answer) in ("ExpiredToken", "InvalidToken"):
            return await self._created()
        return self._opened(answer)

    def _opened(self, answer: Answer) -> Session:
        given = answer.json
        if answer.status in (400, 401, 403):
            raise Refused(says(self._wire, answer))
        if answer.status != 200 or not {"did", "accessJwt", "refreshJwt"} <= given.keys():
            raise failure(self._wire, answer, posts=False)
        if reason := inactive(given):
            raise Refused(f"Bluesky says the account {self.handle} is {self._wire.words(reason)}.")
        self._wire.hide(given["accessJwt"], given["refreshJwt"])
        return Session(
            did=given["did"],
            handle=given.get("handle") or self.handle,
            access=given["accessJwt"],
            refresh=given["refreshJwt"],
        )


def inactive(session: Mapping[str, object]) -> str:
    """In which state an account is that cannot post; empty for an active one."""
    return str(session.get("status") or "not active") if session.get("active") is False else ""


def bearer(token: str) -> dict[str, str]:
    """The header that a call with this token carries."""
    return {"Authorization": f"Bearer {token}"}


def name(answer: Answer) -> str:
    """The error's name, such as InvalidSwap; empty for an answer that is none."""
    return str(answer.json.get("error", "")) if answer.status >= 400 else ""


def says(wire: Wire, answer: Answer) -> str:
    """One sentence with the server's own words."""
    return wire.says(answer.status, _words(answer))


def failure(wire: Wire, answer: Answer, *, posts: bool) -> NetworkError:
    """The error that an answer stands for."""
    if answer.status in (400, 401, 403) and name(answer) in _REFUSED:
        return Refused(says(wire, answer))
    return wire.failure(answer, _words(answer), posts=posts, retry_after=_wait(answer))


def act_failure(wire: Wire, answer: Answer) -> NetworkError:
    """The error of a change that posts nothing."""
    if answer.status in (400, 401, 403) and name(answer) in _REFUSED:
        return Refused(says(wire, answer))
    return wire.act_failure(answer, _words(answer), retry_after=_wait(answer))


def _words(answer: Answer) -> str:
    return f"{answer.json.get('error', '')} {answer.json.get('message', '')}".strip()


def _wait(answer: Answer) -> float | None:
    """retry-after in seconds, else the moment in ratelimit-reset."""
    stated = seconds(answer.headers.get("retry-after"))
    if stated is not None:
        return stated
    return answer.seconds_until(epoch(answer.headers.get("ratelimit-reset")))
