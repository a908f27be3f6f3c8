"""Preview: what readers will see on each account, ordinary and on strike, left as an artifact."""

from collections.abc import Sequence
from datetime import datetime

from prefect.artifacts import acreate_markdown_artifact

from piquet import words
from piquet.compose import Style
from piquet.entry import Entry
from piquet.ledger import Ledger
from piquet.outlet import Outlet
from piquet.pages.preview import preview_markdown
from piquet.preview import AccountPreview, Moment, moment_shown, preview
from piquet.strike import Strike, days_by_hand
from tasks.opening import Desk

_ENTRIES = 2


async def leave_preview(
    desk: Desk, strike: Strike, styles: Sequence[Style], now: datetime, entries: int = _ENTRIES
) -> None:
    """Show what `strike` makes of the outlet's last entries."""
    outlet = desk.outlet
    articles = last_entries(desk.ledger, outlet, entries)
    moment, shown = previewed(desk.ledger, outlet, strike, styles, articles, now)
    await acreate_markdown_artifact(
        key=f"preview-{outlet.name}",
        markdown=preview_markdown(
            shown, moment, title=outlet.title, zone=outlet.zone, language=outlet.language
        ),
        description=words.of("preview", "title", outlet.language, outlet=outlet.title),
    )


def previewed(
    ledger: Ledger,
    outlet: Outlet,
    strike: Strike,
    styles: Sequence[Style],
    entries: Sequence[Entry],
    now: datetime,
) -> tuple[Moment, tuple[AccountPreview, ...]]:
    """The instant that is shown, and every account then; the days struck by hand before count."""
    moment = moment_shown(strike, now, outlet.zone)
    by_hand = days_by_hand(ledger.strike_states(outlet.name), now, outlet.zone, strike.movement)
    shown = preview(moment, styles, entries, outlet.zone, language=outlet.language, by_hand=by_hand)
    return moment, shown


def last_entries(ledger: Ledger, outlet: Outlet, count: int) -> list[Entry]:
    """The newest articles that the ledger has deliveries of; a made-up one where there are none yet."""
    rows = [row for row in ledger.deliveries(outlet.name, limit=500) if row.kind == "entry" and row.link]
    rows.sort(key=lambda row: (row.created_at, row.id), reverse=True)
    found = {row.link: Entry(feed="", id=row.link, link=row.link, title=row.title) for row in rows}
    return [*found.values()][:count] or [_sample(outlet)]


def _sample(outlet: Outlet) -> Entry:
    link = "https://www.example.com/2026/12/05/article"
    return Entry(feed="", id=link, link=link, title=words.of("preview", "sample", outlet.language))
