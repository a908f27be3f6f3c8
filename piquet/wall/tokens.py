"""Bluesky session tokens: signed JWTs that a restart of the wall does not end; knows no HTTP."""

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Any

from piquet.wall.state import Account

ACCESS, REFRESH = "com.atproto.access", "com.atproto.refresh"
LIFE = {ACCESS: timedelta(hours=2), REFRESH: timedelta(days=90)}


class BadToken(Exception):
    """Not one of this account's tokens."""


def session_id(account: Account, now: datetime, number: int) -> str:
    """A new session's id."""
    return _hash(f"{account.name}/{now.isoformat()}/{number}")


def following(session: str) -> str:
    """The id after a refresh: the same refresh token always leads to the same next session."""
    return _hash(f"next/{session}")


def token(account: Account, *, did: str, scope: str, session: str, now: datetime) -> str:
    """A signed token; `session` becomes its jti."""
    claims = {
        "scope": scope,
        "sub": did,
        "aud": "did:web:wall.test",
        "jti": _hash(f"{scope}/{session}/{now.isoformat() if scope == ACCESS else ''}"),
        "session": session,
        "iat": int(now.timestamp()),
        "exp": int((now + LIFE[scope]).timestamp()),
    }
    head = _segment(json.dumps({"typ": "at+jwt", "alg": "HS256"}).encode())
    body = f"{head}.{_segment(json.dumps(claims).encode())}"
    return f"{body}.{_signature(account, body)}"


def claims(account: Account, text: str) -> dict[str, Any]:
    """What the token says; BadToken where this account's key did not sign it."""
    body, _, signature = text.rpartition(".")
    if body.count(".") != 1 or not hmac.compare_digest(
        signature.encode(), _signature(account, body).encode()
    ):
        raise BadToken
    part = body.partition(".")[2]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def _signature(account: Account, body: str) -> str:
    key = f"{account.name}/{account.credentials['app_password']}".encode()
    return _segment(hmac.digest(key, body.encode(), hashlib.sha256))


def _segment(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:26]
