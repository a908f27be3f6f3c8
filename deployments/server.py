"""The Prefect server that is named, before anything heavy is imported, and what its errors mean; asks it nothing of use."""

import os
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from piquet.errors import UserError

_LOGIN = "set PREFECT_API_AUTH_STRING to the server's own, as NAME:PASSWORD"
_PROBE_S = 10.0


def need_server() -> None:
    """Raise UserError where none is named: Prefect would start a server of its own, with its state in the user's home.

    Also where what is named cannot be the address of an API.
    """
    address = _address()
    if not address:
        raise UserError("No Prefect server is set: set PREFECT_API_URL, like http://127.0.0.1:4200/api.")
    if not _is_web_address(address):
        raise UserError(
            f"PREFECT_API_URL: {shown(address)!r} is not a web address: write one like http://127.0.0.1:4200/api."
        )
    if not address.rstrip("/").endswith("/api") and "/api/" not in address and _is_page(address):
        raise UserError(
            f"PREFECT_API_URL: at {shown(address)!r} there is no Prefect API: write {shown(address).rstrip('/')}/api."
        )


def shown(address: str) -> str:
    """An address without a name and password that stand in it."""
    return re.sub(r"^([a-z][a-z0-9+.-]*://)?.*@", r"\1", address, flags=re.IGNORECASE | re.DOTALL)


def of_the_server(error: BaseException | None) -> str:
    """A sentence where the Prefect server is what failed; empty where it is not. Types by name: Prefect is not imported."""
    for one in _chain(error):
        kinds = {kind.__name__ for kind in type(one).__mro__}
        status = getattr(getattr(one, "response", None), "status_code", None)
        if "PrefectHTTPStatusError" in kinds and status:
            return _refused(status)
        if ("TransportError" in kinds or "InvalidURL" in kinds) and not _elsewhere(one):
            return (
                f"The Prefect server at {shown(_address())} does not answer ({type(one).__name__}): "
                "start it, or correct PREFECT_API_URL."
            )
    return ""


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__cause__ or error.__context__


def _elsewhere(error: BaseException) -> bool:
    """Whether it was a network, a feed or another server that was asked."""
    # httpx's own property raises where there is none.
    request = getattr(error, "_request", None)
    if request is None or not _is_web_address(_address()):
        return False
    ours, theirs = urlsplit(_address()), urlsplit(str(request.url))
    return (ours.hostname, ours.port) != (theirs.hostname, theirs.port)


def _refused(status: int) -> str:
    server = f"The Prefect server at {shown(_address())}"
    if status in (401, 403):
        return f"{server} refuses the login ({status}): {_LOGIN}."
    return f"{server} answers {status}: read its log (journalctl -u prefect-server), and run piquet doctor."


def _address() -> str:
    if address := os.environ.get("PREFECT_API_URL"):
        return address
    from prefect.settings import PREFECT_API_URL

    return str(PREFECT_API_URL.value() or "")


def _is_web_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _is_page(address: str) -> bool:
    """Whether something answers there that is no API: Prefect's UI gives its page for every address it does not know.

    An API may lie elsewhere than under /api (PREFECT_SERVER_API_BASE_PATH), so the name alone tells nothing.
    """
    import httpx

    try:
        answer = httpx.get(f"{address.rstrip('/')}/admin/version", timeout=_PROBE_S)
    except httpx.HTTPError:
        return False
    return answer.status_code == 404 or "html" in answer.headers.get("content-type", "")
