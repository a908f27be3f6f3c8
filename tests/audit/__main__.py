"""make audit-code: bandit, schemathesis on the wall, zizmor, pip-audit; exit 0 only where each is clean, or argued.

A check whose service is not reached is said to be so, and is no success: ends with 1 unless OFFLINE=1 is set.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from piquet.wall.testing import DEFAULT_ACCOUNTS, WallHandle, running_wall
from tests.audit.argued import ARGUED
from tests.audit.wall_api import ALL, document

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / ".venv-audit" / "bin"
CODE = ("piquet", "blocks", "tasks", "flows", "deployments")
_CONSENT = {"client_id": "audit-client", "refresh_token": "audit-refresh-token"}
_SECOND_X = {"network": "x", "name": "consented", "title": "J", "credentials": _CONSENT}
# A fault that is asked for is given, and a Bluesky server answers 501 to a name it does not know.
_MEANT = ("/_wall/faults", "/bluesky/xrpc/{name}")
_EXAMPLES = os.environ.get("EXAMPLES", "30")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one tool said: `clean`, or None where it could not be asked."""

    tool: str
    clean: bool | None
    said: str


def bandit() -> Found:
    """Every finding is in argued.py, and every line of that one is a finding."""
    done = _run("bandit", "-q", "-f", "json", "-r", *CODE)
    results = json.loads(done.stdout)["results"]
    found = {(result["filename"].removeprefix("./"), result["test_id"]): result for result in results}
    unargued = [
        f"{name}:{found[name, rule]['line_number']} {rule} {found[name, rule]['issue_text']}"
        for name, rule in found.keys() - ARGUED.keys()
    ]
    gone = [f"{name} {rule}: argued, and not found" for name, rule in ARGUED.keys() - found.keys()]
    said = [f"{len(results)} findings, all argued"] if not (unargued or gone) else sorted([*unargued, *gone])
    return Found(tool="bandit", clean=not (unargued or gone), said="\n".join(said))


def schemathesis() -> Iterator[Found]:
    """Each network of the wall, and its control: no answer is a 5xx."""
    with running_wall([*DEFAULT_ACCOUNTS, _SECOND_X]) as wall, tempfile.TemporaryDirectory() as folder:
        for network in ALL:
            file = Path(folder) / f"{network or 'control'}.json"
            file.write_text(json.dumps(document(network)), encoding="utf-8")
            left_out = [word for path in _MEANT for word in ("--exclude-path", path)]
            who = [word for line in _headers(wall, network) for word in ("-H", line)]
            done = _run(
                "schemathesis", "run", str(file), "--url", wall.url, "--checks", "not_a_server_error", "--no-color",
                "--mode", "all", "-n", _EXAMPLES, "--phases", "fuzzing", "--seed", "1",
                "--generation-database", "none", "--continue-on-failure", "--no-shrink", *left_out, *who,
                cwd=Path(folder),
            )  # fmt: skip
            yield Found(
                tool=f"schemathesis, the wall's {network or 'control'}",
                clean=done.returncode == 0,
                said=_summed(done.stdout, failed=bool(done.returncode)),
            )
            wall.reset()


def _summed(printed: str, *, failed: bool) -> str:
    """Its last lines where something failed, else how much was tried."""
    lines = printed.strip().splitlines()
    tried = [line.strip() for line in lines if "generated" in line or "operations" in line.lower()]
    return "\n".join(lines[-60:]) if failed else "; ".join(tried[-2:])


def _headers(wall: WallHandle, network: str) -> list[str]:
    """Who asks, where a header says it: behind the login the rules are, and what could break."""
    match network:
        case "mastodon":
            return [f"Authorization: Bearer {wall.credentials(network)['token']}"]
        case "linkedin":
            token = wall.credentials(network)["token"]
            return [
                f"Authorization: Bearer {token}",
                "LinkedIn-Version: 202610",
                "X-Restli-Protocol-Version: 2.0.0",
            ]
        case "bluesky":
            given = wall.credentials(network)
            login = {"identifier": given["handle"], "password": given["app_password"]}
            session = _post(wall, "/bluesky/xrpc/com.atproto.server.createSession", json=login)
            return [f"Authorization: Bearer {session['accessJwt']}"]
        case "x":
            given = {"grant_type": "refresh_token", **_CONSENT}
            return [f"Authorization: Bearer {_post(wall, '/x/2/oauth2/token', data=given)['access_token']}"]
    return []


def _post(wall: WallHandle, path: str, **body: object) -> Mapping[str, str]:
    return httpx.post(f"{wall.url}{path}", trust_env=False, **body).raise_for_status().json()


def zizmor() -> Found:
    """Workflow files, where the project has any."""
    if not (ROOT / ".github" / "workflows").is_dir():
        return Found(tool="zizmor", clean=True, said="there is no workflow file: .ci/run is a script")
    done = _run("zizmor", "--offline", ".github/workflows")
    return Found(tool="zizmor", clean=done.returncode == 0, said=done.stdout.strip())


def pip_audit() -> Found:
    """What is locked, against the advisory database."""
    locked = [
        os.environ.get("UV", "uv"),
        "export",
        "--quiet",
        "--frozen",
        "--no-emit-project",
        "--no-dev",
        "--extra",
        "postgresql",
    ]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "locked.txt"
        subprocess.run([*locked, "-o", str(file)], cwd=ROOT, check=True, capture_output=True)
        done = _run(
            "pip-audit", "--disable-pip", "--require-hashes", "-r", str(file), "--timeout", "20", "-f", "json"
        )
    try:
        checked = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return Found(tool="pip-audit", clean=None, said="the advisory service was not reached")
    known = [
        f"{d['name']} {d['version']}: {', '.join(v['id'] for v in d['vulns'])}"
        for d in checked
        if d.get("vulns")
    ]
    return Found(
        tool="pip-audit", clean=not known, said="\n".join(known) or f"{len(checked)} packages, none known"
    )


def _run(tool: str, *words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(TOOLS / tool), *words], cwd=cwd, capture_output=True, text=True, timeout=1800)


def _all() -> Iterator[Found]:
    """One after the other: each is told when it is done."""
    yield bandit()
    yield from schemathesis()
    yield zizmor()
    yield pip_audit()


def main() -> int:
    """Print what each said; 1 where one is not clean, or could not be asked."""
    worst = 0
    for found in _all():
        word = {True: "clean", False: "NOT CLEAN", None: "NOT ASKED"}[found.clean]
        print(f"{word:<10} {found.tool}: {found.said}", flush=True)
        worst |= found.clean is False or (found.clean is None and not os.environ.get("OFFLINE"))
    return int(worst)


if __name__ == "__main__":
    sys.exit(main())
