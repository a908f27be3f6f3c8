"""A Chromium of this machine, driven by Playwright, and the pictures it takes; knows no page."""

import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
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
DESK = {"width": 1280, "height": 960}
# The pages are flat: more colours weigh more and show nothing more.
_COLOURS = 96


def browser_path() -> str | None:
    """A Chromium of this machine."""
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


@contextmanager
def browsing(*, seconds: float = 60) -> Iterator[Page]:
    """A page that waits up to `seconds` for whatever it is asked for."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=FLAGS)
        page = browser.new_page(viewport=DESK, locale="fr-FR", timezone_id="Europe/Paris")
        page.set_default_timeout(seconds * 1000)
        try:
            yield page
        finally:
            browser.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """Takes pictures into `folder`; where there is none, it takes none."""

    folder: Path | None = None

    def take(self, name: str, page: Page) -> None:
        """A picture of the page as it is on the screen."""
        if self.folder is None:
            return
        image = (
            Image.open(io.BytesIO(page.screenshot()))
            .convert("RGB")
            .quantize(_COLOURS, dither=Image.Dither.NONE)
        )
        self.folder.mkdir(parents=True, exist_ok=True)
        image.save(self.folder / f"{name}.png", optimize=True)
