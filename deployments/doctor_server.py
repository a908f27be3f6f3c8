"""What the doctor looks at on the Prefect server itself: whether it answers us, who else it answers, its clock."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import prefect
from prefect.client.base import ServerType
from prefect.client.orchestration import PrefectClient, get_client
from prefect.exceptions import PrefectHTTPStatusError
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL

from deployments.server import shown
from piquet.diagnosis import Finding, broken, judge_clock, judge_protection, judge_version, ok

_ABOUT = "Prefect"
_LISTENING = (
    "0A"  # TCP_LISTEN in /proc/net/tcp, https://www.kernel.org/doc/Documentation/networking/proc_net_tcp.txt
)
_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))


async def look_at_server() -> tuple[bool, list[Finding]]:
    """Whether it can be worked with, and what was found; raises only what nobody foresaw."""
    address = shown(str(PREFECT_API_URL.value()))
    before = datetime.now(UTC)
    try:
        async with get_client() as client:
            answer = await client.request("GET", "/admin/version")
            after = datetime.now(UTC)
            cloud = client.server_type is ServerType.CLOUD
    except PrefectHTTPStatusError as error:
        return False, [ok(_ABOUT, "server", f"{address} answers"), _refused(error.response.status_code)]
    except (httpx.HTTPError, OSError) as error:
        remedy = "Start it (systemctl start prefect-server), or correct PREFECT_API_URL."
        return False, [
            broken(_ABOUT, "server", f"{address} does not answer ({type(error).__name__})", remedy)
        ]
    findings = [
        ok(_ABOUT, "server", f"{address} answers"),
        ok(_ABOUT, "login", "it takes ours" if _login() else "it asks for none"),
        *_clock(answer, before, after),
    ]
    if not cloud:
        findings += [judge_version(answer.json(), prefect.__version__), await _protection()]
    return True, findings


def _login() -> bool:
    return bool(PREFECT_API_AUTH_STRING.value())


def _refused(status: int) -> Finding:
    remedy = "Set PREFECT_API_AUTH_STRING to the server's PREFECT_SERVER_API_AUTH_STRING, as NAME:PASSWORD."
    if status not in (401, 403):
        return broken(
            _ABOUT, "login", f"it answers {status}", "Read the server's log (journalctl -u prefect-server)."
        )
    which = (
        "the login that is set here is not the server's"
        if _login()
        else "it wants a login and none is set here"
    )
    return broken(_ABOUT, "login", f"{which} ({status})", remedy)


def _clock(answer: httpx.Response, before: datetime, after: datetime) -> Iterator[Finding]:
    try:
        theirs = parsedate_to_datetime(answer.headers["date"])
    except (KeyError, ValueError):
        return
    if theirs.tzinfo:
        yield judge_clock(_ABOUT, "the Prefect server", theirs, before, after)


async def _protection() -> Finding:
    """Whether strangers are kept out. The answer 401 without a login is the only proof that it asks for one."""
    address = str(PREFECT_API_URL.value())
    loopback = _loopback(address := str(PREFECT_API_URL.value()))
    return judge_protection(
        login=await _status(address, "/admin/version") == 401,
        csrf=await _csrf(),
        loopback=loopback,
        wide=loopback and _listens_beyond(address),
    )


async def _status(address: str, path: str) -> int:
    """What a stranger is answered."""
    async with PrefectClient(api=address) as stranger:
        try:
            return (await stranger.request("GET", path)).status_code
        except PrefectHTTPStatusError as error:
            return error.response.status_code


async def _csrf() -> bool:
    """A server without CSRF protection answers 422 to whoever asks it for a token."""
    async with get_client() as client:
        try:
            await client.request("GET", "/csrf-token", params={"client": "piquet-doctor"})
        except PrefectHTTPStatusError:
            return False
        return True


def _loopback(address: str) -> bool:
    try:
        found = socket.getaddrinfo(urlsplit(address).hostname, None)
    except OSError:
        return False
    return all(str(place[4][0]).startswith("127.") or place[4][0] == "::1" for place in found)


def _listens_beyond(address: str) -> bool:
    """Whether this machine's listener on that port takes connections from others; False where that cannot be seen."""
    port = urlsplit(address).port or 80
    return any(wide for at, wide in _listeners() if at == port)


def _listeners() -> Iterator[tuple[int, bool]]:
    """Port, and whether it is bound to more than loopback, of everything that listens here."""
    for table in _TABLES:
        if not table.exists():
            continue
        for line in table.read_text(encoding="ascii").splitlines()[1:]:
            local, state = line.split()[1], line.split()[3]
            host, _, port = local.partition(":")
            if state == _LISTENING:
                # Addresses stand there in the machine's own byte order, 127.0.0.1 as 0100007F.
                loopback = host == "00000000000000000000000001000000" or (
                    host.endswith("7F") and len(host) == 8
                )
                yield int(port, 16), not loopback
