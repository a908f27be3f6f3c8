"""Bluesky sessions: who logs in, whose token it is, refreshing; knows no record. https://docs.bsky.app/docs/api"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from starlette.responses import JSONResponse, Response

from piquet.wall import tokens
from piquet.wall.calls import Call
from piquet.wall.state import Account, Wall
from piquet.wall.xrpc import did, input_of, invalid, refusal

GRACE = 7200  # seconds in which a used refresh token gives the same next one


def logging_in(wall: Wall, call: Call) -> Account:
    """The account whose handle and app password the body holds."""
    given = input_of(call)
    for name in ("identifier", "password"):
        if not isinstance(given.get(name), str):
            raise invalid(f'Input must have the property "{name}"')
    for account in wall.of_network("bluesky"):
        known = (account.credentials["handle"].lower(), did(account))
        if given["identifier"].lower().removeprefix("@") in known:
            if given["password"] == account.credentials["app_password"]:
                return account
            break
    raise refusal(401, "AuthenticationRequired", "Invalid identifier or password")


def holding(scope: str) -> Callable[[Wall, Call], Account]:
    """The account whose token of this scope the request carries."""

    def authenticate(wall: Wall, call: Call) -> Account:
        account, claims = claims_of(wall, call)
        if claims["scope"] != scope:
            raise refusal(400, "InvalidToken", "Bad token scope")
        if claims["exp"] <= call.now.timestamp() or claims["jti"] in wall.revoked:
            raise refusal(400, "ExpiredToken", "Token has expired")
        return account

    return authenticate


owner, refreshing = holding(tokens.ACCESS), holding(tokens.REFRESH)


def claims_of(wall: Wall, call: Call) -> tuple[Account, dict[str, Any]]:
    """Whose token it is and what it says, whether or not it still holds."""
    bearer = call.bearer()
    if bearer is None:
        raise refusal(401, "AuthMissing", "Authentication Required")
    for account in wall.of_network("bluesky"):
        try:
            return account, tokens.claims(account, bearer)
        except tokens.BadToken:
            continue
    raise refusal(400, "InvalidToken", "Token could not be verified")


def create_session(wall: Wall, account: Account, call: Call) -> Response:
    """com.atproto.server.createSession."""
    session = tokens.session_id(account, call.now, len(wall.spent))
    return JSONResponse({**_tokens(account, session, call.now), **_profile(account, call)})


def refresh_session(wall: Wall, account: Account, call: Call) -> Response:
    """com.atproto.server.refreshSession: rotates; a lost answer may be asked for again for two hours."""
    _, claims = claims_of(wall, call)
    first = wall.spent.setdefault(claims["jti"], call.now)
    if (call.now - first).total_seconds() > GRACE:
        raise refusal(400, "ExpiredToken", "Token has been revoked")
    session = tokens.following(claims["session"])
    return JSONResponse({**_tokens(account, session, call.now), **_profile(account, call)})


def _tokens(account: Account, session: str, now: datetime) -> dict[str, str]:
    def made(scope: str) -> str:
        return tokens.token(account, did=did(account), scope=scope, session=session, now=now)

    return {"accessJwt": made(tokens.ACCESS), "refreshJwt": made(tokens.REFRESH)}


def get_session(wall: Wall, account: Account, call: Call) -> Response:
    """com.atproto.server.getSession."""
    return JSONResponse(_profile(account, call))


def _profile(account: Account, call: Call) -> dict[str, Any]:
    service = {
        "id": "#atproto_pds",
        "type": "AtprotoPersonalDataServer",
        "serviceEndpoint": f"{call.base}/bluesky",
    }
    return {
        "did": did(account),
        "handle": account.credentials["handle"],
        "active": True,
        "didDoc": {"id": did(account), "service": [service]},
    }
