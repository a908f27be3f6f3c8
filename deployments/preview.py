"""What readers would see next, account by account, ordinary and on strike: `piquet preview`."""

from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from piquet import words
from piquet.errors import UserError
from piquet.outlet import Outlet
from piquet.pages.preview import count, heading, preview_page, ruling
from piquet.preview import Shown
from tasks import clock
from tasks.opening import close_desk
from tasks.preview import Previewed, look_ahead
from tasks.remind import open_between

_console = Console(highlight=False, markup=False)
_WIDTH = 78


async def show_preview(name: str, entries: int, html: Path | None = None) -> None:
    """Print the newest entries as each account would post them, or write them as one page."""
    desk = await open_between(name)
    try:
        for trouble in desk.outlet.troubles:
            _console.print(trouble)
        shown = await look_ahead(desk, entries, clock.now(), say=_console.print)
    finally:
        await close_desk(desk)
    if html:
        _write(html, shown, desk.outlet)
    else:
        _print(shown, desk.outlet)


def _write(path: Path, shown: Previewed, outlet: Outlet) -> None:
    page = preview_page(
        shown.accounts, shown.moment, title=outlet.title, zone=outlet.zone, language=outlet.language
    )
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path}: it cannot be written ({error.strerror}): give another place.") from None
    _console.print(f"{path} is written.")


def _print(shown: Previewed, outlet: Outlet) -> None:
    language = outlet.language
    _console.print(heading(shown.moment, outlet.zone, language))
    for one in shown.accounts:
        _console.print(f"\n{one.account}: {ruling(one, language)}")
        for pair in one.pairs:
            for name, post in zip(("ordinary", "on_strike"), pair, strict=True):
                _panel(post, name, language)
        for name in ("reminder", "closing"):
            if post := getattr(one, name):
                _panel(post, name, language)


def _panel(post: Shown, name: str, language: str) -> None:
    text = f"{post.text}\n[{post.card}]" if post.card else post.text or post.why_not
    title, counts = words.of("preview", name, language), count(post, language)
    _console.print(Panel(Text(text), title=title, subtitle=counts or None, width=_WIDTH))
