"""The README's pictures, taken from a running demo in a real browser: `make pictures`."""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Page, sync_playwright

from deployments import demo
from deployments.local import OUTLET, Local, running_locally

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# A closed network makes Chromium's own background calls fail by the dozen; none of them is ours.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def browser_path() -> str | None:
    """A Chromium of this machine."""
    return next((found for name in _BROWSERS if (found := shutil.which(name))), None)


def take_all(folder: Path) -> None:
    """Run the demo's two cycles and take every picture into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as state, running_locally(Path(state) / "demo") as local:
        replay, language = demo.read_replay(str(demo.SAMPLE), local.feed)
        demo.two_cycles(local, replay, demo.prepare(local, replay, language), once=True)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=browser_path(), args=FLAGS)
            page = browser.new_page(viewport={"width": 1400, "height": 1000}, locale="fr-FR")
            _wall(page, local, folder)
            _prefect(page, local, folder)
            browser.close()


def _wall(page: Page, local: Local, folder: Path) -> None:
    page.goto(local.wall)
    page.screenshot(path=folder / "wall.png")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(local.wall)
    page.screenshot(path=folder / "wall-phone.png")
    page.set_viewport_size({"width": 1400, "height": 1000})


def _prefect(page: Page, local: Local, folder: Path) -> None:
    run = _api(local, "POST", "/flow_runs/filter", json={"sort": "START_TIME_DESC", "limit": 1})[0]
    block = _api(local, "GET", f"/block_types/slug/strike/block_documents/name/{OUTLET}")
    artifacts = _api(local, "POST", "/artifacts/filter", json={"sort": "CREATED_DESC", "limit": 10})
    by_key = {artifact["key"]: artifact["id"] for artifact in reversed(artifacts)}
    places = {
        "flow-run": f"/v2/runs/flow-run/{run['id']}",
        "strike-form": f"/v2/blocks/block/{block['id']}/edit",
        "artifact": f"/v2/artifacts/artifact/{by_key[f'deliveries-{OUTLET}']}",
        "decision": f"/v2/artifacts/artifact/{by_key[f'strike-{OUTLET}']}",
    }
    for name, path in places.items():
        page.goto(local.prefect + path)
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(2500)
        page.screenshot(path=folder / f"{name}.png", full_page=name == "strike-form")


def _api(local: Local, method: str, path: str, **more: Any) -> Any:
    return (
        httpx.request(method, f"{local.prefect}/api{path}", trust_env=False, **more).raise_for_status().json()
    )


if __name__ == "__main__":
    if not browser_path():
        sys.exit("No Chromium on this machine: install one (Debian: apt-get install chromium).")
    take_all(Path(os.environ.get("PICTURES", "docs/pictures")))
