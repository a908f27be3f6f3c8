"""What must hold on a machine set up by docs/deploy.md: each article once, a strike, a dead worker; sets nothing up."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from tests.deploy.machine import Machine, env_file

NETWORKS = ("mastodon", "bluesky")
OUTLETS = ("lejournal", "lagazette")
NOTICE = "Community managers en grève. Ce message est publié automatiquement."


@dataclass(frozen=True, slots=True, kw_only=True)
class Newspapers:
    """The feeds of both outlets, and what the wall shows of them."""

    folder: Path
    wall: str
    shown: dict[str, list[str]] = field(default_factory=dict)

    def publish(self, outlet: str, *titles: str) -> None:
        """Let `outlet` publish articles of these titles."""
        self.shown.setdefault(outlet, []).extend(titles)
        now = datetime.now(UTC)
        items = "".join(
            f"<item><title>{title}</title><link>https://{outlet}.example.com/{number}</link>"
            f"<guid>{outlet}-{number}</guid>"
            f"<pubDate>{now + timedelta(seconds=number - 300):%a, %d %b %Y %H:%M:%S} +0000</pubDate></item>"
            for number, title in enumerate(self.shown[outlet])
        )
        body = f"<rss version='2.0'><channel><title>J</title>{items}</channel></rss>"
        (self.folder / f"{outlet}.xml").write_text(body, encoding="utf-8")

    def texts(self, outlet: str, network: str) -> list[str]:
        """What readers see of that account, oldest first."""
        answer = httpx.get(
            f"{self.wall}/_wall/posts", params={"network": network, "account": outlet}, trust_env=False
        )
        return [post["text"] for post in answer.raise_for_status().json()["posts"]]

    def fault(self, outlet: str, network: str, kind: str, **more: Any) -> None:
        """Arm a fault for the next post of that account."""
        body = {"network": network, "account": outlet, "kind": kind, "times": 1, **more}
        httpx.post(f"{self.wall}/_wall/faults", json=body, trust_env=False).raise_for_status()


class Api:
    """Prefect's REST API as its UI uses it: with the login, and with a CSRF token for what changes something."""

    def __init__(self, machine: Machine) -> None:
        self.url = f"http://127.0.0.1:{machine.ports['prefect']}/api"
        login = env_file(Path(machine.here("/etc/piquet/passwords")))["LOGIN"]
        self.http = httpx.Client(auth=tuple(login.split(":", 1)), timeout=30, trust_env=False)
        token = self.http.get(f"{self.url}/csrf-token", params={"client": "check"}).raise_for_status().json()
        self.csrf = {"Prefect-Csrf-Client": "check", "Prefect-Csrf-Token": token["token"]}

    def ask(self, method: str, path: str, **request: Any) -> Any:
        """Its answer; None where it says nothing."""
        answer = self.http.request(method, f"{self.url}/{path}", headers=self.csrf, **request)
        return answer.raise_for_status().json() if answer.content else None

    def strike(self, outlet: str, **values: str | int) -> None:
        """Save values in the Strike block, as a community manager does."""
        document = self.ask("GET", f"block_types/slug/strike/block_documents/name/{outlet}")
        body = {"data": {**document["data"], **values}, "merge_existing_data": False}
        self.ask("PATCH", f"block_documents/{document['id']}", json=body)

    def runs(self, outlet: str) -> list[Mapping[str, Any]]:
        """The cycles of `outlet` that began, newest first."""
        body = {
            "sort": "START_TIME_DESC",
            "limit": 20,
            "flow_runs": {"name": {"like_": f"syndicate {outlet}"}},
        }
        return self.ask("POST", "flow_runs/filter", json=body)


def waited(what: str, condition: Callable[[], Any], seconds: float) -> Any:
    """What `condition` gives once it is true; raises AssertionError, naming `what`, after so many seconds."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds:.0f} s")
        time.sleep(1)
    return found


def closed_to_strangers(machine: Machine, api: Api) -> str:
    """Nobody without the login gets in, and nobody changes anything without a CSRF token."""
    stranger = httpx.get(f"{api.url}/admin/settings", trust_env=False)
    assert stranger.status_code == 401, stranger.status_code
    forged = api.http.post(f"{api.url}/work_pools/", json={"name": "forged", "type": "process"})
    assert forged.status_code == 403, forged.status_code
    return "without the login 401, without a CSRF token 403"


def each_once(papers: Newspapers, expected: Mapping[str, Sequence[str]], seconds: float = 1) -> str:
    """Each account of each outlet shows exactly these first lines, in this order."""

    def seen() -> dict[str, list[str]]:
        return {
            f"{n}/{o}": [t.split("\n")[0] for t in papers.texts(o, n)] for o in expected for n in NETWORKS
        }

    wanted = {
        f"{network}/{outlet}": list(lines) for outlet, lines in expected.items() for network in NETWORKS
    }
    end = time.monotonic() + seconds
    while seen() != wanted and time.monotonic() < end:
        time.sleep(1)
    assert seen() == wanted, f"the wall shows {json.dumps(seen(), ensure_ascii=False)}"
    return f"{sum(map(len, wanted.values()))} posts on {len(wanted)} accounts, each once"


def story(machine: Machine, papers: Newspapers, cycle: Callable[[str], object]) -> Iterator[str]:
    """All that must hold after the last step of the page, line by line; raises AssertionError at the first that does not."""
    api = Api(machine)
    yield closed_to_strangers(machine, api)
    yield "before the first article: " + each_once(papers, {outlet: [] for outlet in OUTLETS})

    for outlet in OUTLETS:
        papers.publish(outlet, f"Un ({outlet})", f"Deux ({outlet})")
        cycle(outlet)
    lines = {outlet: [f"Un ({outlet})", f"Deux ({outlet})"] for outlet in OUTLETS}
    yield "two articles each: " + each_once(papers, lines)

    papers.publish("lejournal", "Trois")
    # Within their hours reminders and replies would come between the articles; this is about the articles.
    api.strike("lejournal", switch="strike", reminder_minutes=0, tail_days=0)
    lines["lejournal"].append(NOTICE)
    yield "the switch starts a cycle, the notice comes first: " + each_once(papers, lines, 300)
    (text,) = {papers.texts("lejournal", network)[-1] for network in ("mastodon",)}
    assert text.split("\n\n")[1].startswith("Trois") and "https://lejournal.example.com/3" in text, text

    yield from _a_dead_worker(machine, papers, api, lines, cycle)


def _a_dead_worker(
    machine: Machine,
    papers: Newspapers,
    api: Api,
    lines: dict[str, list[str]],
    cycle: Callable[[str], object],
) -> Iterator[str]:
    """Both workers of the pool die in the middle of a post; one comes back."""
    began = waited("the running cycles end", lambda: _all_ended(api), 300) and len(api.runs("lejournal"))
    _hurry(api)
    papers.publish("lejournal", "Quatre")
    papers.fault("lejournal", "bluesky", "slow", seconds=6)
    deployment = api.ask("GET", "deployments/name/syndicate/lejournal")
    api.ask("POST", f"deployments/{deployment['id']}/create_flow_run", json={"state": {"type": "SCHEDULED"}})
    waited("the post is on mastodon", lambda: len(papers.texts("lejournal", "mastodon")) == 4, 300)
    for name in ("piquet-worker@1", "piquet-worker@2"):
        machine.kill(name)
    dead = api.runs("lejournal")[0]
    assert dead["state_type"] == "RUNNING" and len(api.runs("lejournal")) > began, dead["state"]
    machine.start("piquet-worker@1")
    path = f"flow_runs/{dead['id']}"
    waited("the dead run is seen", lambda: api.ask("GET", path)["state_type"] == "CRASHED", 400)
    yield "both workers killed in mid-send: the dead run is ended by the automation"
    cycle("lejournal")
    lines["lejournal"].append(NOTICE)
    yield "the next cycle carries on: " + each_once(papers, lines, 300)


def _all_ended(api: Api) -> bool:
    return all(run["state_type"] not in ("RUNNING", "PENDING") for run in api.runs("lejournal"))


def _hurry(api: Api) -> None:
    """The page's 4 minutes, for this check 75: heartbeats come every 30 here."""
    found = api.ask("POST", "automations/filter", json={"limit": 200})
    (dead,) = [automation for automation in found if automation["name"] == "A run that died is ended"]
    keys = ("name", "description", "enabled", "tags", "trigger", "actions")
    body = {key: dead[key] for key in keys}
    body["trigger"] = {**body["trigger"], "within": 75}
    api.ask("PUT", f"automations/{dead['id']}", json=body)
