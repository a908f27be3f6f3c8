"""OAuth 1.0a as X checks it: key, token, time, nonce and HMAC-SHA1 signature (RFC 5849); knows no endpoint."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from oauthlib.oauth1.rfc5849 import signature

from piquet.wall.calls import Call
from piquet.wall.state import Account, Wall

SKEW = timedelta(minutes=5)
_REQUIRED = (
    "oauth_consumer_key",
    "oauth_token",
    "oauth_nonce",
    "oauth_timestamp",
    "oauth_signature_method",
    "oauth_signature",
)


@dataclass(frozen=True, slots=True)
class _Signed:
    """The shape oauthlib verifies."""

    http_method: str
    uri: str
    params: list[tuple[str, str]]
    signature: str


def signer(wall: Wall, call: Call) -> Account | None:
    """The account whose keys signed this request; None where any part is wrong."""
    try:
        given = dict(signature.collect_parameters(headers=_header(call), exclude_oauth_signature=False))
    except ValueError:
        return None
    if any(name not in given for name in _REQUIRED) or given["oauth_signature_method"] != "HMAC-SHA1":
        return None
    account = _known(wall, given)
    if account is None or not _verified(account, call, given["oauth_signature"]):
        return None
    return account if _fresh(wall, given, call.now) else None


def _header(call: Call) -> dict[str, str]:
    return {"Authorization": call.headers.get("authorization", "")}


def _known(wall: Wall, given: dict[str, str]) -> Account | None:
    for account in wall.of_network("x"):
        keys = account.credentials
        if (keys.get("consumer_key"), keys.get("access_token")) == (
            given["oauth_consumer_key"],
            given["oauth_token"],
        ):
            return account
    return None


def _verified(account: Account, call: Call, given: str) -> bool:
    body = call.form()
    params = signature.collect_parameters(
        uri_query=call.url.partition("?")[2], body=body, headers=_header(call)
    )
    request = _Signed(call.method, call.url, params, given)
    secrets = account.credentials["consumer_secret"], account.credentials["access_token_secret"]
    return signature.verify_hmac_sha1(request, *secrets)


def _fresh(wall: Wall, given: dict[str, str], now: datetime) -> bool:
    stamp, nonce = given["oauth_timestamp"], given["oauth_nonce"]
    late = not stamp.isdecimal() or abs(now.timestamp() - int(stamp)) > SKEW.total_seconds()
    if late or nonce in wall.nonces:
        return False
    wall.nonces = {n: at for n, at in wall.nonces.items() if now - at < 2 * SKEW} | {nonce: now}
    return True
