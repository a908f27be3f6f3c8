"""deployments/proxy/nginx.conf as it is shipped, on ports and paths of a test, in front of a Prefect server with auth and CSRF."""

import base64
import hashlib
import os
import pwd
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml

from deployments.processes import child, reserved_port, wait_for

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "deployments" / "proxy"
COMPOSED = yaml.safe_load((ROOT / "deployments" / "compose.yaml").read_text(encoding="utf-8"))["x-server"]
STRIKE, DEPLOYMENT = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"
PASSWORDS = {"ops": "ops-password", "camille": "camille-password"}
SERVER_AUTH = "piquet:the-servers-own"
# Prefect shows the password of this one to whoever may read its settings.
REDIS_PASSWORD = "the-redis-password"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A Prefect server that asks for its shared string and for CSRF tokens."""

    url: str
    env: dict[str, str] = field(repr=False)

    def ask(self, method: str, path: str, **request: Any) -> Any:
        """What its API answers to its own operator."""
        return (
            asked(self.url, tuple(SERVER_AUTH.split(":")), method, path, **request).raise_for_status().json()
        )


def asked(url: str, who: tuple[str, str] | None, method: str, path: str, **request: Any) -> httpx.Response:
    """One request with a CSRF token, as the UI makes it."""
    with httpx.Client(base_url=url, auth=who, trust_env=False, timeout=60) as client:
        if method not in ("GET", "HEAD"):
            token = _patiently(client, "GET", "/api/csrf-token", params={"client": "test"})
            if token.status_code == 200:
                given = {"Prefect-Csrf-Token": token.json()["token"], "Prefect-Csrf-Client": "test"}
                request["headers"] = {**given, **request.get("headers", {})}
        return _patiently(client, method, path, **request)


def _patiently(client: httpx.Client, method: str, path: str, **request: Any) -> httpx.Response:
    """A busy server on SQLite says 503 and means "again", as Prefect's own client takes it."""
    end = time.monotonic() + 60
    while True:
        answer = client.request(method, path, **request)
        if answer.status_code != 503 or time.monotonic() > end:
            return answer
        time.sleep(0.5)


@contextmanager
def prefect_server(folder: Path) -> Iterator[Server]:
    """Started under `folder`, ended with the block."""
    with reserved_port(0) as port:
        url = f"http://127.0.0.1:{port}"
        own = {
            "PREFECT_HOME": str(folder / "prefect"),
            "PREFECT_PROFILES_PATH": str(folder / "profiles.toml"),
            "PREFECT_API_URL": f"{url}/api",
            "PREFECT_SERVER_DOCKET_URL": f"memory://:{REDIS_PASSWORD}@127.0.0.1:6379/1",
            "PREFECT_SERVER_UI_API_URL": COMPOSED["PREFECT_SERVER_UI_API_URL"],
            "PREFECT_SERVER_API_AUTH_STRING": SERVER_AUTH,
            "PREFECT_API_AUTH_STRING": SERVER_AUTH,
            "PREFECT_SERVER_CSRF_PROTECTION_ENABLED": "true",
            "PREFECT_SERVER_UI_V2_ENABLED": "true",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "DO_NOT_TRACK": "1",
        }
        env = {**os.environ, **own}
        command = [
            sys.executable,
            "-m",
            "prefect",
            "server",
            "start",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
        ]
        log = folder / "prefect.log"
        with child(command, log=log, env=env) as process:
            wait_for(f"{url}/api/health", process, log=log, seconds=180)
            yield Server(url=url, env=env)


def nginx_path() -> str | None:
    """This machine's nginx."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


@contextmanager
def nginx(folder: Path, server: Server, *, strike: str, deployment: str = "") -> Iterator[str]:
    """The shipped configuration for this block, and this deployment's line uncommented; its address."""
    with reserved_port(0) as port:
        people = "".join(f"{name}:{{SHA}}{_sha(password)}\n" for name, password in PASSWORDS.items())
        (folder / "people").write_text(people, encoding="utf-8")
        shared = base64.b64encode(SERVER_AUTH.encode()).decode()
        (folder / "proxy-auth.conf").write_text(f'proxy_set_header Authorization "Basic {shared}";\n')
        written = folder / "nginx.conf"
        written.write_text(_here(folder, server, port, strike, deployment), encoding="utf-8")
        command = [nginx_path() or "nginx", "-c", str(written), "-g", "daemon off;"]
        log = folder / "nginx.log"
        with child(command, log=log, env=dict(os.environ)) as process:
            url = f"http://127.0.0.1:{port}"
            _listening(url, process)
            yield url


def _here(folder: Path, server: Server, port: int, strike: str, deployment: str) -> str:
    text = (SHIPPED / "nginx.conf").read_text(encoding="utf-8")
    if deployment:
        text = text.replace(f'# "POST /api/deployments/{DEPLOYMENT}', f'"POST /api/deployments/{deployment}')
    places = {
        STRIKE: strike,
        "127.0.0.1:4200": server.url.removeprefix("http://"),
        "127.0.0.1:8443": f"127.0.0.1:{port}",
        "/etc/piquet": str(folder),
        "/var/log/nginx": str(folder),
        "/run/nginx-piquet.pid": str(folder / "nginx.pid"),
    }
    for shipped, here in places.items():
        assert shipped in text, f"the shipped configuration has no {shipped}"
        text = text.replace(shipped, here)
    # A test may run as root, whose temporary folders the usual worker user cannot read.
    return f"user {_user()};\n{text}"


def _user() -> str:
    return pwd.getpwuid(os.getuid()).pw_name


def _sha(password: str) -> str:
    return base64.b64encode(hashlib.sha1(password.encode()).digest()).decode()


def _listening(url: str, process: subprocess.Popen) -> None:
    """Return once it asks who one is."""
    for _ in range(200):
        assert process.poll() is None, "nginx ended"
        try:
            if httpx.get(f"{url}/api/health", trust_env=False).status_code == 401:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("nginx does not answer")
