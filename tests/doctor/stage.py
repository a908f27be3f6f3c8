"""An installation in which all is well: server with login and CSRF, wall, feed, ledger, deployments and a worker."""

import base64
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from deployments.local import Local, _prefect_settings, outlet_of, secrets_of, wall_accounts
from deployments.processes import child, reserved_port, wait_for
from piquet.ledger import upgrade
from piquet.wall.testing import WallHandle, running_wall
from tests.doctor.newspaper import Newspaper, printing
from tests.e2e.newsroom import ROOT, _toml

OUTLET = "lejournal"
POOL = "piquet"
LOGIN = "newsroom:a-password-of-this-test"
PIQUET = [sys.executable, "-m", "deployments.cli"]
PREFECT = [sys.executable, "-m", "prefect", "--no-prompt"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Where everything is; `env` is what a person at this machine has in the environment."""

    folder: Path
    local: Local
    wall: WallHandle
    newspaper: Newspaper
    env: dict[str, str] = field(repr=False)
    stack: ExitStack = field(repr=False)
    workers: dict[str, ExitStack] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        return self.folder / "lejournal.toml"

    @property
    def prefect_file(self) -> Path:
        return self.folder / "prefect.yaml"

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger" / "ledger.db"

    def run(self, command: list[str], **env: str) -> subprocess.CompletedProcess[str]:
        """Run it here, as a person would."""
        return subprocess.run(
            command, env={**self.env, **env}, cwd=self.folder, capture_output=True, text=True, timeout=150
        )

    def must(self, command: list[str], **env: str) -> str:
        """Run it; what it printed. Raises AssertionError where it failed."""
        done = self.run(command, **env)
        assert done.returncode == 0, f"{command[2:]}: {done.stdout}{done.stderr}"
        return done.stdout

    def apply(self, *words: str) -> str:
        return self.must([*PIQUET, "apply", str(self.file), *words])

    def api(self, method: str, path: str, **request: Any) -> Any:
        """Prefect's API as its UI uses it, with login and CSRF token."""
        login = base64.b64encode(LOGIN.encode()).decode()
        with httpx.Client(
            base_url=f"{self.local.prefect}/api/", headers={"Authorization": f"Basic {login}"},
            timeout=60, trust_env=False,
        ) as client:  # fmt: skip
            token = client.get("csrf-token", params={"client": "test"}).raise_for_status().json()["token"]
            client.headers.update({"Prefect-Csrf-Client": "test", "Prefect-Csrf-Token": token})
            answer = client.request(method, path, **request)
            while answer.status_code == 503:  # "again", as Prefect's own client takes it
                time.sleep(0.5)
                answer = client.request(method, path, **request)
        return answer.raise_for_status().json() if answer.content else None

    def set_block(self, slug: str, name: str, values: Mapping[str, Any]) -> None:
        """Save values in a block as Prefect's UI does: nothing is validated."""
        document = self.api("GET", f"block_types/slug/{slug}/block_documents/name/{name}")
        body = {"data": {**document["data"], **values}, "merge_existing_data": False}
        self.api("PATCH", f"block_documents/{document['id']}", json=body)

    def start_worker(self, name: str = "worker-1") -> None:
        """A worker that is heard of every 2 seconds."""
        self.workers[name] = life = ExitStack()
        self.stack.push(life)
        command = [*PREFECT, "worker", "start", "--pool", POOL, "--name", name]
        life.enter_context(child(command, log=self.folder / "worker.log", env=self.env))

    def kill_worker(self, name: str = "worker-1") -> None:
        self.workers.pop(name).close()


@contextmanager
def installed(folder: Path) -> Iterator[Installation]:
    """Everything up and well, one cycle run; all of it ends with the block."""
    with ExitStack() as stack:
        here = _started(stack, folder)
        here.must([*PREFECT, "work-pool", "create", POOL, "--type", "process"])
        notifier = _notifier(here)
        here.apply("--notify", notifier, "--notify-strikers", notifier)
        here.start_worker()
        here.newspaper.publish("Ancien")
        here.must([*PIQUET, "run", OUTLET])
        yield here


def _started(stack: ExitStack, folder: Path) -> Installation:
    folder.mkdir(parents=True, exist_ok=True)
    port = stack.enter_context(reserved_port(0))
    accounts = wall_accounts(OUTLET, "Le Journal", networks=("mastodon", "bluesky"))
    wall = stack.enter_context(running_wall(accounts))
    newspaper = stack.enter_context(printing())
    server = {
        "PREFECT_SERVER_API_AUTH_STRING": LOGIN,
        "PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED": "true",
    }
    ledger = {"PIQUET_LEDGER_URL": f"sqlite:///{folder / 'ledger' / 'ledger.db'}"}
    env = {
        **os.environ, **_prefect_settings(folder, port), **ledger, **secrets_of(accounts),
        "PREFECT_API_AUTH_STRING": LOGIN, "PREFECT_WORKER_HEARTBEAT_SECONDS": "2",
        "PYTHONPATH": str(ROOT), "NO_COLOR": "1",
    }  # fmt: skip
    local = Local(
        folder=folder, prefect=f"http://127.0.0.1:{port}", wall=wall.url, accounts=accounts, env=env
    )
    _serve(stack, local, {**env, **server}, port)
    here = Installation(folder=folder, local=local, wall=wall, newspaper=newspaper, env=env, stack=stack)
    upgrade(ledger["PIQUET_LEDGER_URL"])
    _write_files(here)
    return here


def _serve(stack: ExitStack, local: Local, env: Mapping[str, str], port: int) -> None:
    log = local.folder / "prefect.log"
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    wait_for(
        f"{local.prefect}/api/health",
        stack.enter_context(child(command, log=log, env=env)),
        log=log,
        seconds=150,
    )


def _write_files(here: Installation) -> None:
    """The outlet's file, and a prefect.yaml that is the project's own, its runs a year apart so that none disturbs."""
    outlet = outlet_of(
        here.local, title="Le Journal", feeds=[here.newspaper.url], ledger_url="env:PIQUET_LEDGER_URL",
        allowed_hosts=[here.newspaper.host], allow_files=False,
    )  # fmt: skip
    accounts = {f'accounts."{name}"': form for name, form in outlet.accounts.items()}
    tables = {
        "outlet": {"name": OUTLET, **outlet.outlet},
        "ledger": {"url": outlet.ledger_url},
        **accounts,
        "strike": outlet.strike,
    }
    here.file.write_text(_toml(tables), encoding="utf-8")
    text = (ROOT / "prefect.yaml").read_text(encoding="utf-8")
    here.prefect_file.write_text(re.sub(r'cron: "[^"]*"', 'cron: "0 5 1 1 *"', text), encoding="utf-8")
    (here.folder / "flows").symlink_to(ROOT / "flows")


def _notifier(here: Installation) -> str:
    """A notification block; nobody listens where it would tell."""
    kind = here.api("GET", "block_types/slug/custom-webhook")
    query = {"block_schemas": {"block_type_id": {"any_": [kind["id"]]}}}
    schema = here.api("POST", "block_schemas/filter", json=query)[0]
    data = {"name": "ops", "url": "http://127.0.0.1:9/", "json_data": {"text": "{{subject}} | {{body}}"}}
    body = {"name": "ops", "data": data, "block_type_id": kind["id"], "block_schema_id": schema["id"]}
    here.api("POST", "block_documents/", json=body)
    return "custom-webhook/ops"
