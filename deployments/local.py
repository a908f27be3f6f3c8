"""A Prefect server, a wall and a ledger under one folder, for the demo, the pictures and the tests."""

import json
import os
import secrets
import shutil
import sys
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deployments.processes import child, reserved_port, wait_for
from piquet.config import OutletFile

PREFECT_PORT = 4200
WALL_PORT = 8010
OUTLET = "lejournal"
_NOTICES = {
    "fr": {
        "notices": ["Community managers en grève. Ce message est publié automatiquement."],
        "short_notices": ["Community managers en grève."],
    },
    "en": {
        "notices": ["Community managers on strike. This post is published automatically."],
        "short_notices": ["Community managers on strike."],
    },
}
_CREDENTIALS: Mapping[str, Mapping[str, str]] = {
    # An empty value is a secret, made for each run, as is whatever {secret} is part of.
    "mastodon": {"token": ""},
    "bluesky": {"handle": "{name}.wall.test", "app_password": ""},
    "x": {"consumer_key": "", "consumer_secret": "", "access_token": "", "access_token_secret": ""},
    "facebook": {"page_id": "{number}", "token": ""},
    "threads": {"token": ""},
    "linkedin": {"organization": "{number}", "token": ""},
    "telegram": {"token": "{number}:{secret}", "channel": "@{name}"},
}
_WALL_PATHS = {
    "mastodon": "/mastodon",
    "bluesky": "/bluesky",
    "x": "/x",
    "facebook": "/facebook/v26.0",
    "threads": "/threads/v1.0",
    "linkedin": "/linkedin",
    "telegram": "/telegram",
}
_BASE_FIELDS = {
    "mastodon": "server",
    "bluesky": "service",
    "x": "api",
    "facebook": "graph",
    "threads": "api",
    "linkedin": "api",
    "telegram": "api",
}
# A demo is watched at any hour.
_ALL_DAY = {"reminder_from": "00:00", "reminder_until": "24:00"}
# What fits side by side on a screen; the others are there for whoever names them.
DEMO_NETWORKS = ("mastodon", "bluesky", "x", "facebook")


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """What runs: the addresses, the folder, and the environment that a process needs to take part."""

    folder: Path
    prefect: str
    wall: str
    accounts: Sequence[Mapping[str, Any]]
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
    accounts = wall_accounts(OUTLET, "Le Journal")
    wall_file = folder / "wall.json"
    wall_file.touch(mode=0o600)
    wall_file.write_text(json.dumps(accounts), encoding="utf-8")
    with ExitStack() as stack:
        prefect_port = stack.enter_context(reserved_port(PREFECT_PORT))
        wall_port = stack.enter_context(reserved_port(WALL_PORT))
        local = Local(
            folder=folder,
            prefect=f"http://127.0.0.1:{prefect_port}",
            wall=f"http://127.0.0.1:{wall_port}",
            accounts=accounts,
            env={**os.environ, **_prefect_settings(folder, prefect_port), **secrets_of(accounts)},
        )
        _start_prefect(stack, local, prefect_port)
        _start_wall(stack, local, wall_port, wall_file)
        yield local


def outlet_of(
    local: Local,
    *,
    title: str,
    name: str = OUTLET,
    language: str = "fr",
    accounts: Sequence[Mapping[str, Any]] = (),
    ledger_url: str = "",
    **outlet: Any,
) -> OutletFile:
    """An outlet that reads the local feed and posts to the wall; `outlet` overrides its block's values."""
    accounts = accounts or local.accounts
    forms = {f"{a['network']}/{a['name']}": _form(local, a) for a in accounts}
    return OutletFile(
        name=name,
        outlet={
            "title": title,
            "zone": "Europe/Paris",
            "language": language,
            "feeds": [local.feed.as_uri()],
            "accounts": list(forms),
            "ledger": name,
            "allow_files": True,
            **outlet,
        },
        ledger_url=ledger_url or local.ledger_url,
        accounts=forms,
        strike={**_NOTICES[language], **_ALL_DAY},
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
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "WARNING",
        "DO_NOT_TRACK": "1",
        "PIQUET_LEDGER_URL": f"sqlite:///{folder / 'ledger.db'}",
    }


def wall_accounts(
    name: str, title: str, *, language: str = "fr", networks: Sequence[str] = DEMO_NETWORKS
) -> tuple[dict[str, Any], ...]:
    """One account of that name on each of `networks`, with secrets made for this run, as the wall takes them."""
    number = str(zlib.crc32(name.encode()))
    return tuple(
        {
            "network": network,
            "name": name,
            "title": title,
            "language": language,
            "credentials": {
                field: (value or "{secret}").format(
                    name=name, number=number, secret=secrets.token_urlsafe(18)
                )
                for field, value in _CREDENTIALS[network].items()
            },
        }
        for network in networks
    )


def secrets_of(accounts: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The environment that holds these accounts' secrets."""
    return {_variable(a, name): value for a in accounts for name, value in a["credentials"].items()}


def _form(local: Local, account: Mapping[str, Any]) -> dict[str, Any]:
    """The block values of an account: where it is, and its secrets by the environment's names."""
    network = account["network"]
    values = {_BASE_FIELDS[network]: local.wall + _WALL_PATHS[network]}
    for name, value in account["credentials"].items():
        secret = "{secret}" in (_CREDENTIALS[network][name] or "{secret}")
        values[name] = f"env:{_variable(account, name)}" if secret else value
    return values


def _variable(account: Mapping[str, Any], name: str) -> str:
    return f"{account['name']}_{account['network']}_{name}".upper().replace("-", "_")
