"""Follows docs/deploy.md on this machine and prints what holds; exit code 0 only where all of it does."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from deployments.local import wall_accounts
from deployments.processes import child, reserved_port, wait_for
from piquet.errors import PiquetError
from tests.deploy.machine import Machine, machine
from tests.deploy.page import PAGE, File, Script, Start, steps
from tests.deploy.story import NETWORKS, OUTLETS, Newspapers, story

_ROOT = Path(__file__).parents[2]


def main() -> int:
    """Set up, then the story; the process exit code."""
    if os.geteuid() != 0:
        print("The page is for root, as its reader is on a new machine: run this as root (in a container).")
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that whatever was started ends too
    # PostgreSQL's own user must reach its folder, so not below somebody's home.
    with tempfile.TemporaryDirectory(prefix="piquet-deploy-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        try:
            _follow(folder, stack)
        except (AssertionError, PiquetError) as error:
            print(f"FAILED  {error}")
            _print_logs(folder)
            return 1
    print("Every line holds.")
    return 0


def _follow(folder: Path, stack: ExitStack) -> None:
    accounts = [account for outlet in OUTLETS for account in wall_accounts(outlet, outlet, networks=NETWORKS)]
    papers = Newspapers(folder=folder, wall=_wall(stack, folder, accounts))
    for outlet in OUTLETS:
        papers.publish(outlet, "Ancien")
    here = stack.enter_context(machine(folder, _places(papers, accounts)))
    _unpack(folder / "opt" / "src")
    say = _clock()
    for number, step in enumerate(steps(PAGE.read_text(encoding="utf-8")), start=1):
        say(f"step {number}: {_take(here, step)}")
    for line in story(here, papers, lambda outlet: here.run(_cycle(outlet))):
        say(line)


def _clock() -> Callable[[str], None]:
    start = time.monotonic()
    return lambda line: print(f"{time.monotonic() - start:5.0f} s  {line}", flush=True)


def _take(here: Machine, step: Script | File | Start) -> str:
    if isinstance(step, Script):
        here.run(step.text)
        return f"ran {len(step.text.splitlines())} lines, from {step.text.splitlines()[0][:80]!r}"
    if isinstance(step, File):
        here.write(step.path, step.text)
        return f"wrote {step.path}"
    for name in step.units:
        here.start(name)
    return f"started {', '.join(step.units)}"


def _cycle(outlet: str) -> str:
    """The page's own way to run a cycle now."""
    return (
        "set -a; . /etc/piquet/worker.env; set +a\n"
        f"/opt/piquet/venv/bin/prefect deployment run syndicate/{outlet} --watch"
    )


def _wall(stack: ExitStack, folder: Path, accounts: list[dict]) -> str:
    file, log = folder / "wall.json", folder / "wall.log"
    file.write_text(json.dumps(accounts), encoding="utf-8")
    port = stack.enter_context(reserved_port(0))
    command = [sys.executable, "-m", "piquet.wall", "--port", str(port), "--accounts", str(file)]
    process = stack.enter_context(child(command, log=log))
    wait_for(f"http://127.0.0.1:{port}/", process, log=log)
    return f"http://127.0.0.1:{port}"


def _places(papers: Newspapers, accounts: list[dict]) -> dict[str, str]:
    """The page's examples, and what stands for them here: the wall, feeds in files, secrets made for this run."""
    places = {
        "https://mastodon.example": f"{papers.wall}/mastodon",
        "https://bluesky.example": f"{papers.wall}/bluesky",
    }
    for outlet in OUTLETS:
        feed = (papers.folder / f"{outlet}.xml").as_uri()
        places[f'feeds = ["https://{outlet}.example.com/rss"]'] = f'feeds = ["{feed}"]\nallow_files = true'
        places[f'handle = "{outlet}.example"'] = f'handle = "{outlet}.wall.test"'
    for account in accounts:
        name, network, secrets = account["name"].upper(), account["network"], account["credentials"]
        if network == "mastodon":
            places[f"{name}_MASTODON_TOKEN=its-token"] = f"{name}_MASTODON_TOKEN={secrets['token']}"
        else:
            places[f"{name}_BLUESKY_APP_PASSWORD=its-app-password"] = (
                f"{name}_BLUESKY_APP_PASSWORD={secrets['app_password']}"
            )
    return places


def _unpack(folder: Path) -> None:
    """The project as it is committed, so that nothing half done is deployed."""
    folder.mkdir(parents=True)
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=_ROOT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "--extract"], cwd=folder, check=True, input=archive)


def _print_logs(folder: Path) -> None:
    for log in sorted(folder.glob("*.log")):
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
        print(f"--- {log.name}", *lines, sep="\n", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
