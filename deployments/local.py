"""A Prefect server, a wall and a ledger under one folder, for the demo, the pictures and the tests."""

import json
import os
import secrets
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deployments.processes import child, free_port, wait_for
from piquet.config import OutletFile

PREFECT_PORT = 4200
WALL_PORT = 8010
_WALL_PATHS = {"mastodon": "/mastodon", "bluesky": "/bluesky", "x": "/x", "facebook": "/facebook/v26.0"}
_BASE_FIELDS = {"mastodon": "server", "bluesky": "service", "x": "api", "facebook": "graph"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """What runs: the addresses, the folder, and the environment that a process needs to take part."""

    folder: Path
    prefect: str
    wall: str
    accounts: tuple[Mapping[str, Any], ...]
    env: Mapping[str, str] = field(repr=False)

    @property
    def feed(self) -> Path:
        """The file that the outlet reads as its feed."""
        return self.folder / "feed.json"

    @property
    def ledger_url(self) -> str:
        """The ledger's address."""
        return f"sqlite:///{self.folder / 'ledger.db'}"


@contextmanager
def running_locally(folder: Path) -> Iterator[Local]:
    """Start the server and the wall with fresh state under `folder`; everything ends with the block."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    prefect_port, wall_port = free_port(PREFECT_PORT), free_port(WALL_PORT)
    accounts = _accounts()
    wall_file = folder / "wall.json"
    wall_file.touch(mode=0o600)
    wall_file.write_text(json.dumps(accounts), encoding="utf-8")
    env = {**os.environ, **_prefect_settings(folder, prefect_port), **_secrets(accounts)}
    local = Local(
        folder=folder,
        prefect=f"http://127.0.0.1:{prefect_port}",
        wall=f"http://127.0.0.1:{wall_port}",
        accounts=accounts,
        env=env,
    )
    with ExitStack() as stack:
        _start_prefect(stack, local, prefect_port)
        _start_wall(stack, local, wall_port, wall_file)
        yield local


def outlet_of(local: Local, *, first_posts: int, title: str, language: str = "fr") -> OutletFile:
    """The outlet `lejournal` that reads the local feed and posts to the wall."""
    return OutletFile(
        name="lejournal",
        outlet={
            "title": title,
            "zone": "Europe/Paris",
            "language": language,
            "feeds": [local.feed.as_uri()],
            "accounts": [f"{a['network']}/{a['name']}" for a in local.accounts],
            "first_posts": first_posts,
            "allow_files": True,
        },
        ledger_url=local.ledger_url,
        accounts={f"{a['network']}/{a['name']}": _form(local, a) for a in local.accounts},
        strike={
            "notices": ["Community managers en grève. Ce message est publié automatiquement."],
            "short_notices": ["Community managers en grève."],
        }
        if language == "fr"
        else {
            "notices": ["Community managers on strike. This post is published automatically."],
            "short_notices": ["Community managers on strike."],
        },
    )


def _start_prefect(stack: ExitStack, local: Local, port: int) -> None:
    log = local.folder / "prefect.log"
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    process = stack.enter_context(child(command, log=log, env=local.env))
    wait_for(f"{local.prefect}/api/health", process, log=log)


def _start_wall(stack: ExitStack, local: Local, port: int, accounts: Path) -> None:
    log = local.folder / "wall.log"
    command = [sys.executable, "-m", "piquet.wall", "--port", str(port), "--accounts", str(accounts)]
    process = stack.enter_context(child(command, log=log, env=local.env))
    wait_for(f"{local.wall}/", process, log=log)


def _prefect_settings(folder: Path, port: int) -> dict[str, str]:
    """A server and clients that know nothing of the user's own Prefect, and tell nobody."""
    home = folder / "prefect"
    return {
        "PREFECT_HOME": str(home),
        "PREFECT_PROFILES_PATH": str(home / "profiles.toml"),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_UI_URL": f"http://127.0.0.1:{port}",
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_V2_ENABLED": "true",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_WORKER_QUERY_SECONDS": "2",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "DO_NOT_TRACK": "1",
        "PIQUET_LEDGER_URL": f"sqlite:///{folder / 'ledger.db'}",
    }


def _accounts() -> tuple[Mapping[str, Any], ...]:
    """One account a network, with secrets made for this run."""
    fields = {
        "mastodon": {"token": None},
        "bluesky": {"handle": "lejournal.wall.test", "app_password": None},
        "x": {
            "consumer_key": None,
            "consumer_secret": None,
            "access_token": None,
            "access_token_secret": None,
        },
        "facebook": {"page_id": "100200300", "token": None},
    }
    return tuple(
        {
            "network": network,
            "name": "lejournal",
            "title": "Le Journal",
            "language": "fr",
            "credentials": {name: value or secrets.token_urlsafe(18) for name, value in credentials.items()},
        }
        for network, credentials in fields.items()
    )


def _secrets(accounts: tuple[Mapping[str, Any], ...]) -> dict[str, str]:
    return {
        _variable(a["network"], name): value for a in accounts for name, value in a["credentials"].items()
    }


def _form(local: Local, account: Mapping[str, Any]) -> dict[str, Any]:
    """The block values of an account: where it is, and its secrets by the environment's names."""
    network = account["network"]
    values = {_BASE_FIELDS[network]: local.wall + _WALL_PATHS[network]}
    for name, value in account["credentials"].items():
        values[name] = value if name in ("handle", "page_id") else f"env:{_variable(network, name)}"
    return values


def _variable(network: str, name: str) -> str:
    return f"LEJOURNAL_{network}_{name}".upper()
