"""Installations broken in one place each: how it is broken, what the doctor must find, and what mends it."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tests.doctor.newspaper import late_by
from tests.doctor.stage import OUTLET, PIQUET, POOL, PREFECT, Installation

# What a person has in the environment and types after `piquet doctor` while it is broken.
Broken = tuple[dict[str, str], tuple[str, ...]]
Breaking = Callable[[Installation], Iterator[Broken]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`subject` begins what the doctor's one finding is about; `remedy` are words of it, `follow` obeys it.

    `alone` where what is broken is there for everybody at this installation; `beside` is what is rightly told with it.
    """

    breaking: Callable[[Installation], AbstractContextManager[Broken]]
    about: str
    subject: str
    verdict: str
    remedy: str
    follow: Callable[[Installation, dict[str, str]], None] | None = None
    alone: bool = False
    beside: str = ""

    @property
    def name(self) -> str:
        return self.breaking.__name__.replace("_", " ")


CASES: list[Case] = []


def case(
    about: str, subject: str, verdict: str, remedy: str, follow=None, *, alone: bool = False, beside: str = ""
) -> Callable[[Breaking], Breaking]:
    """Add what it decorates to CASES."""

    def add(breaking: Breaking) -> Breaking:
        found = Case(
            breaking=contextmanager(breaking), about=about, subject=subject, verdict=verdict,
            remedy=remedy, follow=follow, alone=alone, beside=beside,
        )  # fmt: skip
        CASES.append(found)
        return breaking

    return add


def types(*command: str) -> Callable[[Installation, dict[str, str]], None]:
    """Following a remedy that is a command."""
    return lambda here, env: here.must(list(command), **env) and None


def applies(*words: str) -> Callable[[Installation, dict[str, str]], None]:
    """Following `Run piquet apply with the outlet's file`."""
    return lambda here, env: here.apply(*words) and None


@case("Prefect", "login", "broken", "PREFECT_API_AUTH_STRING")
def a_wrong_login(here):
    yield {"PREFECT_API_AUTH_STRING": "newsroom:an-old-password"}, ()


@case("Prefect", "server", "broken", "PREFECT_API_URL")
def the_server_is_down(here):
    yield {"PREFECT_API_URL": "http://127.0.0.1:9/api"}, ()


@case("Prefect", "clock against the Prefect server", "broken", "timedatectl")
def a_clock_that_is_ten_minutes_off(here):
    with late_by(here.local.prefect, timedelta(minutes=-10)) as address:
        yield {"PREFECT_API_URL": f"{address}/api"}, ()


@case(OUTLET, "ledger", "broken", "piquet ledger upgrade", types(*PIQUET, "ledger", "upgrade"))
def no_ledger(here):
    yield {"PIQUET_LEDGER_URL": f"sqlite:///{here.folder / 'none.db'}"}, ()


@case(OUTLET, "ledger", "broken", "Upgrade Piquet")
def a_ledger_of_a_newer_piquet(here):
    with _copied(here) as (path, env):
        with sqlite3.connect(path) as database:
            database.execute("UPDATE alembic_version SET version_num = '9999'")
        yield env, ()


@case(OUTLET, "ledger", "broken", "Give the workers' user the right")
def a_ledger_that_takes_no_writes(here):
    with _copied(here) as (path, env), _unwritable(path):
        yield env, ()


@case(OUTLET, "last cycle", "broken", "syndicate/lejournal")
def no_cycle_for_two_hours(here):
    with _copied(here) as (path, env):
        with sqlite3.connect(path) as database:
            earlier = "strftime('%Y-%m-%d %H:%M:%f000', {}, '-2 hours')"
            database.execute(
                f"UPDATE cycles SET started_at = {earlier.format('started_at')}, ended_at = {earlier.format('ended_at')}"
            )
        yield env, ()


@case(OUTLET, "time zone", "broken", "Write one like Europe/Paris", alone=True)
def a_time_zone_that_nobody_knows(here):
    yield from _with_block(here, "outlet", zone="Europe/Pari")


@case(OUTLET, "Strike block", "broken", "Correct it in the Prefect UI", alone=True)
def a_strike_block_with_a_wrong_mode(here):
    yield from _with_block(here, "strike", mode="n'importe")


@case(OUTLET, "Strike block", "broken", "piquet apply", applies(), alone=True)
def no_strike_block(here):
    document = here.api("GET", f"block_types/slug/strike/block_documents/name/{OUTLET}")
    here.api("DELETE", f"block_documents/{document['id']}")
    yield {}, ()


@case(OUTLET, "feed ", "broken", "correct the outlet's feeds", alone=True)
def a_feed_that_is_gone(here):
    here.newspaper.status = 404
    try:
        yield {}, ()
    finally:
        here.newspaper.status = 200


@case(OUTLET, f"mastodon/{OUTLET}", "broken", f"piquet resume {OUTLET} mastodon/{OUTLET}", alone=True)
def an_account_that_its_network_refuses(here):
    here.wall.fault("mastodon", "refuse", times=100, on="any")
    try:
        yield {}, ()
    finally:
        here.wall.reset()


@case(OUTLET, f"bluesky/{OUTLET}", "broken", "Set it")
def a_password_that_is_not_in_the_environment(here):
    yield {"LEJOURNAL_BLUESKY_APP_PASSWORD": ""}, ()


@case("Prefect", "automations", "broken", "piquet apply", applies(), alone=True)
def an_automation_that_somebody_deleted(here):
    found = here.api("POST", "automations/filter", json={"limit": 200})
    (dead,) = [a for a in found if a["name"] == "A run that died is ended"]
    here.api("DELETE", f"automations/{dead['id']}")
    yield {}, ()


@case(OUTLET, "deployments", "broken", "piquet apply", applies(), alone=True)
def a_flow_that_is_not_deployed(here):
    found = here.api("GET", f"deployments/name/retry/{OUTLET}")
    here.api("DELETE", f"deployments/{found['id']}")
    yield {}, ()


@case(OUTLET, "deployments", "warning", "--prune", applies("--prune"), alone=True)
def a_deployment_left_over_from_another_name(here):
    found = here.api("GET", f"deployments/name/release/{OUTLET}")
    kept = ("flow_id", "entrypoint", "parameters", "tags", "work_pool_name", "pull_steps")
    here.api("POST", "deployments/", json={**{key: found[key] for key in kept}, "name": "le-journal"})
    yield {}, ()


@case(
    "Prefect", f"work pool {POOL}", "broken", f"prefect work-pool resume {POOL}",
    types(*PREFECT, "work-pool", "resume", POOL), alone=True,
)  # fmt: skip
def a_work_pool_that_is_paused(here):
    here.api("PATCH", f"work_pools/{POOL}", json={"is_paused": True})
    yield {}, ()


@case(
    "Prefect", f"workers of {POOL}", "broken", f"prefect worker start --pool {POOL}",
    lambda here, env: _back(here), alone=True,
)  # fmt: skip
def a_worker_that_died(here):
    here.kill_worker()
    # Three heartbeats of 2 s missed, and the doctor's 5 s of patience.
    time.sleep(12)
    yield {}, ()


@case("this machine", "packages", "broken", "uv sync --frozen")
def another_fastapi_than_the_locked_one(here):
    stray = here.folder / "stray"
    (stray / "fastapi-0.154.0.dist-info").mkdir(parents=True)
    metadata = "Metadata-Version: 2.1\nName: fastapi\nVersion: 0.154.0\n"
    (stray / "fastapi-0.154.0.dist-info" / "METADATA").write_text(metadata, encoding="utf-8")
    yield {"PYTHONPATH": f"{stray}{os.pathsep}{here.env['PYTHONPATH']}"}, ()


@case("broken", "file", "broken", "Correct that place")
def an_outlet_file_with_a_quote_too_few(here):
    path = here.folder / "broken.toml"
    path.write_text(here.file.read_text(encoding="utf-8").replace('"', "", 1), encoding="utf-8")
    yield {}, (str(path), OUTLET)


# The file is then not as its block either.
@case(OUTLET, "file", "warning", "env:NAME", beside="blocks")
def a_token_written_into_the_outlets_file(here):
    path = here.folder / "clear.toml"
    text = here.file.read_text(encoding="utf-8")
    path.write_text(text.replace("env:LEJOURNAL_MASTODON_TOKEN", _token(here)), encoding="utf-8")
    yield {}, (str(path),)


def _token(here: Installation) -> str:
    return here.env["LEJOURNAL_MASTODON_TOKEN"]


@contextmanager
def _copied(here: Installation) -> Iterator[tuple[Path, dict[str, str]]]:
    """A copy of the ledger to break, and the environment that names it."""
    folder = Path(tempfile.mkdtemp(dir=here.folder)) / "copy"
    shutil.copytree(here.ledger.parent, folder)
    try:
        yield folder / here.ledger.name, {"PIQUET_LEDGER_URL": f"sqlite:///{folder / here.ledger.name}"}
    finally:
        shutil.rmtree(folder)


@contextmanager
def _unwritable(path: Path) -> Iterator[None]:
    """Rights alone do not stop root; the immutable bit does."""
    stop, again = (["chattr", sign, str(path)] for sign in ("+i", "-i"))
    if os.geteuid():
        stop, again = (["chmod", mode, str(path)] for mode in ("a-w", "u+w"))
    subprocess.run(stop, check=True)
    try:
        yield
    finally:
        subprocess.run(again, check=True)


def _with_block(here: Installation, slug: str, **values: str) -> Iterator[Broken]:
    before = here.api("GET", f"block_types/slug/{slug}/block_documents/name/{OUTLET}")["data"]
    here.set_block(slug, OUTLET, values)
    try:
        yield {}, ()
    finally:
        here.set_block(slug, OUTLET, before)


def _back(here: Installation) -> None:
    here.start_worker()
    end = time.monotonic() + 60
    while time.monotonic() < end:
        workers = here.api("POST", f"work_pools/{POOL}/workers/filter", json={})
        if any(worker["status"] == "ONLINE" for worker in workers):
            return
        time.sleep(0.5)
    raise AssertionError(f"no worker came back: read {here.folder / 'worker.log'}")
