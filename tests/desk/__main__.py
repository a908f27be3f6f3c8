"""Plays the strike desk in a real browser, prints what holds and takes the pictures; exit code 0 only where all of it does."""

import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Error as BrowserError

from piquet.errors import PiquetError
from tests.desk.browser import Camera, browser_path, browsing
from tests.desk.stage import staged
from tests.desk.story import FIRST, Desk, story

_PICTURES = Path(__file__).parents[2] / "docs" / "pictures"


def main() -> int:
    """The story on a stage of its own; the process exit code."""
    if not browser_path():
        print("No Chromium on this machine: install one (Debian: apt-get install chromium).")
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that whatever was started ends too
    camera = Camera(folder=Path(os.environ.get("PICTURES") or _PICTURES))
    with tempfile.TemporaryDirectory(prefix="piquet-desk-") as name:
        folder = Path(name)
        try:
            _play(folder, camera)
        except (AssertionError, BrowserError, PiquetError) as error:
            print(f"FAILED  {error}")
            _print_logs(folder)
            return 1
    print("Every line holds.")
    return 0


def _play(folder: Path, camera: Camera) -> None:
    start = time.monotonic()
    with staged(folder, FIRST) as stage, browsing() as page:
        desk = Desk(stage=stage, page=page, camera=camera)
        try:
            for line in story(desk):
                print(f"{time.monotonic() - start:5.0f} s  {line}", flush=True)
        except (AssertionError, BrowserError):
            last = Path(tempfile.gettempdir()) / "piquet-desk-failed.png"
            page.screenshot(path=last)
            print(f"The page as it was then: {last}", file=sys.stderr)
            raise


def _print_logs(folder: Path) -> None:
    for log in sorted(folder.rglob("*.log")):
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
        print(f"--- {log.name}", *lines, sep="\n", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
