"""What every XRPC method of the wall's PDS shares: errors, the repository's name, the input; knows no record."""

import base64
import hashlib
from typing import Any

from starlette.responses import JSONResponse, Response

from piquet.wall.calls import Call, Refusal
from piquet.wall.state import Account


def error(status: int, name: str, sentence: str) -> Response:
    """An answer that is no success."""
    return JSONResponse({"error": name, "message": sentence}, status)


def refusal(status: int, name: str, sentence: str) -> Refusal:
    """The same, to raise."""
    return Refusal(error(status, name, sentence))


def invalid(sentence: str) -> Refusal:
    """The refusal of most bad input."""
    return refusal(400, "InvalidRequest", sentence)


def did(account: Account) -> str:
    """A did:plc that follows from the account's name."""
    digest = hashlib.sha256(f"bluesky/{account.name}".encode()).digest()
    return "did:plc:" + base64.b32encode(digest).decode().lower()[:24]


def input_of(call: Call) -> dict[str, Any]:
    """The JSON object of the body."""
    if call.content_type != "application/json":
        raise invalid("Request encoding (Content-Type) required but not provided")
    try:
        return call.json()
    except ValueError:
        raise invalid("Input must be a JSON object") from None


def check_swap(given: dict[str, Any], standing: str | None) -> None:
    """`swapRecord` names the version that must stand there; null: none may."""
    if "swapRecord" in given and given["swapRecord"] != standing:
        raise refusal(400, "InvalidSwap", f"Record was at {standing or 'null'}")
