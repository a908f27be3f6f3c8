"""Starts the real servers on loopback with one account each; `python -m tests.real.servers install` prepares them."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx
import regex

from tests.real import install

_PATIENCE_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A real server's address, what a client of its first account needs, and a way to further accounts, by name."""

    url: str
    credentials: Mapping[str, str] = field(repr=False)
    join: Callable[[str], Mapping[str, str]] = field(repr=False)


@contextmanager
def running_pds(appview: str = "http://localhost:1") -> Iterator[Running]:
    """A Bluesky server with its directory, and an account with an app password; raises install.Absent.

    `appview`: the service that it asks for app.bsky.feed.getPosts and its like; by default there is none.
    """
    modules = install.pds()
    port, directory = _free_port(), _free_port()
    script = str(Path(__file__).with_name("pds.mjs"))
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="piquet-pds-") as data:
        command = ["node", script, str(modules), data, str(port), str(directory), appview]
        # A PDS takes its settings from many variables: it gets none but these.
        environment = {"PATH": os.environ["PATH"], "HOME": data, "LOG_ENABLED": "false"}
        with (
            _process(command, data, environment),
            _http(url) as http,
        ):
            _await(http, "/xrpc/com.atproto.server.describeServer")
            join = partial(_bluesky_account, http)
            yield Running(url=url, credentials=join("journal"), join=join)


def _bluesky_account(http: httpx.Client, name: str) -> Mapping[str, str]:
    handle = f"{name}{secrets.token_hex(4)}.test"
    new = {"handle": handle, "email": f"{handle}@example.com", "password": secrets.token_urlsafe(12)}
    server = "/xrpc/com.atproto.server"
    made = http.post(f"{server}.createAccount", json=new).raise_for_status().json()
    owner = {"Authorization": f"Bearer {made['accessJwt']}"}
    asked = http.post(f"{server}.createAppPassword", json={"name": "piquet"}, headers=owner)
    return {"handle": handle, "app_password": asked.raise_for_status().json()["password"]}


@contextmanager
def running_snac() -> Iterator[Running]:
    """A Mastodon-API server with one account and its access token; raises install.Absent."""
    program = str(install.snac())
    port = _free_port()
    url = f"http://localhost:{port}"
    with tempfile.TemporaryDirectory(prefix="piquet-snac-") as parent:
        data = f"{parent}/data"
        answers = f"127.0.0.1\n{port}\nlocalhost:{port}\n\n\n"
        subprocess.run([program, "init", data], input=answers, text=True, check=True, capture_output=True)
        _set_up(Path(data, "server.json"))
        with (
            _process([program, "httpd", data], parent, dict(os.environ)),
            _http(url) as http,
        ):
            _await(http, "/api/v1/instance")
            join = partial(_snac_account, http, program, data)
            yield Running(url=url, credentials=join("lejournal"), join=join)


def _snac_account(http: httpx.Client, program: str, data: str, name: str) -> Mapping[str, str]:
    added = subprocess.run([program, "adduser", data, name], text=True, check=True, capture_output=True)
    password = regex.search(r"User password is (\S+)", added.stdout + added.stderr)[1]
    return {"token": _mastodon_token(http, name, password)}


def _set_up(settings: Path) -> None:
    """Plain HTTP; enough threads, for two that wait for other servers stall everybody for ten seconds."""
    stated = json.loads(settings.read_text(encoding="utf-8"))
    ours = {"protocol": "http", "num_threads": 16, "queue_timeout": 1, "queue_timeout_2": 1}
    settings.write_text(json.dumps({**stated, **ours}), encoding="utf-8")


def _mastodon_token(http: httpx.Client, user: str, password: str) -> str:
    """The OAuth dance of snac: its login form answers with the code itself."""
    nowhere = "urn:ietf:wg:oauth:2.0:oob"
    app = http.post(
        "/api/v1/apps",
        data={"client_name": "Piquet", "redirect_uris": nowhere, "scopes": "read write"},
    ).json()
    asked = {
        "client_id": app["client_id"],
        "redirect_uri": nowhere,
        "response_type": "code",
        "scope": "read write",
    }
    form = http.get("/oauth/authorize", params=asked).text
    hidden = dict(regex.findall(r'name="([^"]+)"[^>]*value="([^"]*)"', form))
    code = http.post("/oauth/x-snac-login", data={**hidden, "login": user, "passwd": password}).text.strip()
    token = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "redirect_uri": nowhere,
    }
    return http.post("/oauth/token", data=token).raise_for_status().json()["access_token"]


@contextmanager
def _process(command: list[str], folder: str, environment: Mapping[str, str]) -> Iterator[None]:
    """A server in a group of its own, ended with the block; its words stay in the folder."""
    with open(Path(folder, "output"), "wb") as output:
        server = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=output, start_new_session=True
        )
        try:
            yield
        finally:
            _end(server)


def _end(server: subprocess.Popen) -> None:
    """snac takes seconds over a SIGTERM, and nothing of it is kept: kill what has not gone at once."""
    server.terminate()
    try:
        server.wait(1)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _await(http: httpx.Client, path: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            http.get(path).raise_for_status()
            return
        except httpx.HTTPError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _http(url: str) -> httpx.Client:
    """A new connection each time: snac closes the old ones without a word."""
    limits = httpx.Limits(max_keepalive_connections=0)
    return httpx.Client(base_url=url, timeout=20, trust_env=False, limits=limits)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def main(words: list[str]) -> int:
    """`install`: the number of servers that could not be installed."""
    if words != ["install"]:
        print("usage: python -m tests.real.servers install")
        return 2
    return install.install()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
