"""OAuth 2 user tokens as X gives and renews them; knows no post. https://docs.x.com/fundamentals/authentication/oauth-2-0"""

import base64
import hashlib
import hmac
from datetime import timedelta
from urllib.parse import quote

from starlette.responses import JSONResponse, Response

from piquet.wall.calls import Call, Refusal
from piquet.wall.state import Account, Wall

LIFE = timedelta(hours=2)
SCOPE = "tweet.read tweet.write users.read offline.access"


class Expired(Exception):
    """The token was one, and has ended."""


def bearer_of(wall: Wall, call: Call) -> Account | None:
    """The account whose access token the request carries; None for any other token; raises Expired."""
    number, _, rest = (call.bearer() or "").partition(".")
    ends, _, signature = rest.partition(".")
    for account in _consented(wall):
        if ends.isdecimal() and _same(signature, _signature(account, f"access.{number}.{ends}")):
            if int(ends) <= call.now.timestamp():
                raise Expired
            return account
    return None


def renewing(wall: Wall, call: Call) -> Account:
    """The account whose refresh token the form holds, from the app it was given to, and not used before."""
    given = dict(call.form())
    if given.get("grant_type") != "refresh_token":
        raise _refusal(400, "invalid_request", "Value passed for the grant_type was invalid.")
    account = next((one for one in _consented(wall) if _number(one, given.get("refresh_token", ""))), None)
    if account is None or given["refresh_token"] in wall.spent:
        raise _refusal(400, "invalid_request", "Value passed for the token was invalid.")
    _check_app(account, given.get("client_id"), call)
    return account


def renew(wall: Wall, account: Account, call: Call) -> Response:
    """POST /2/oauth2/token: the refresh token that was used is refused from now on."""
    used = dict(call.form())["refresh_token"]
    wall.spent[used] = call.now
    number = _number(account, used)
    ends = int((call.now + LIFE).timestamp())
    told = {
        "token_type": "bearer",
        "expires_in": int(LIFE.total_seconds()),
        "access_token": f"{number}.{ends}.{_signature(account, f'access.{number}.{ends}')}",
        "scope": SCOPE,
        "refresh_token": f"{number + 1}.{_signature(account, f'refresh.{number + 1}')}",
    }
    return JSONResponse(told)


def _consented(wall: Wall) -> list[Account]:
    return [one for one in wall.of_network("x") if one.credentials.get("refresh_token")]


def _number(account: Account, token: str) -> int:
    """Which in the row of the account's refresh tokens, from 1; 0 for none of them."""
    if _same(token, account.credentials["refresh_token"]):
        return 1
    number, _, signature = token.partition(".")
    signed = number.isdecimal() and _same(signature, _signature(account, f"refresh.{number}"))
    return int(number) if signed else 0


def _check_app(account: Account, client: str | None, call: Call) -> None:
    """A confidential app proves itself in the header; a public one only names itself."""
    known, secret = account.credentials["client_id"], account.credentials.get("client_secret", "")
    pair = f"{quote(known, safe='')}:{quote(secret, safe='')}".encode()
    header = f"Basic {base64.b64encode(pair).decode()}"
    if secret and call.headers.get("authorization") != header:
        # As recorded in plhery/node-twitter-api-v2/issues/319.
        raise _refusal(401, "unauthorized_client", "Missing valid authorization header")
    if client != known:
        raise _refusal(400, "invalid_request", "Value passed for the client_id was invalid.")


def _signature(account: Account, text: str) -> str:
    key = "/".join((account.name, account.credentials["client_id"], account.credentials["refresh_token"]))
    return hmac.digest(key.encode(), text.encode(), hashlib.sha256).hex()


def _same(some: str, other: str) -> bool:
    return hmac.compare_digest(some.encode(), other.encode())


def _refusal(status: int, error: str, words: str) -> Refusal:
    return Refusal(JSONResponse({"error": error, "error_description": words}, status))
