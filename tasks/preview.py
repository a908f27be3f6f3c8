"""Preview: what readers will see on each account, ordinary and on strike, left as an artifact."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from prefect.artifacts import acreate_markdown_artifact

import blocks
from piquet import words
from piquet.compose import Style
from piquet.entry import Entry
from piquet.errors import PiquetError
from piquet.feed import FeedState, RetrieveRules, fetch
from piquet.ledger import Ledger
from piquet.outlet import Outlet
from piquet.pages.preview import preview_markdown
from piquet.preview import AccountPreview, Moment, moment_shown, newest, preview
from piquet.strike import Strike, days_by_hand
from piquet.strike_form import strike_from_ledger
from tasks.opening import Desk, load_block
from tasks.styles import styles_of

_ENTRIES = 2

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Previewed:
    """The instant that is shown, and every account then."""

    moment: Moment
    accounts: tuple[AccountPreview, ...]


async def look_ahead(desk: Desk, count: int, now: datetime, *, say: Say) -> Previewed:
    """What the Strike block, as it is, makes of the `count` newest articles; `say` hears what is wrong."""
    strike = await _strike(desk, say)
    for account in desk.accounts.values():
        if account.trouble:
            say(f"{account.reference}: {account.trouble}")
    styles = await styles_of(desk.outlet, desk.accounts.values(), now, say=say)
    found = newest(await _of_feeds(desk.outlet, now, say), count, now)
    return previewed(desk, strike, styles, found or last_entries(desk.ledger, desk.outlet, count), now)


async def leave_preview(desk: Desk, shown: Previewed) -> None:
    """The preview as an artifact in the outlet's language."""
    outlet = desk.outlet
    await acreate_markdown_artifact(
        key=f"preview-{outlet.name}",
        markdown=preview_markdown(
            shown.accounts, shown.moment, title=outlet.title, zone=outlet.zone, language=outlet.language
        ),
        description=words.of("preview", "title", outlet.language, outlet=outlet.title),
    )


def previewed(
    desk: Desk, strike: Strike, styles: Sequence[Style], entries: Sequence[Entry], now: datetime
) -> Previewed:
    """What `strike` makes of `entries`; the days struck by hand before count."""
    outlet = desk.outlet
    moment = moment_shown(strike, now, outlet.zone)
    states = desk.ledger.strike_states(outlet.name)
    by_hand = days_by_hand(states, now, outlet.zone, strike.movement)
    accounts = preview(moment, styles, entries, outlet.zone, language=outlet.language, by_hand=by_hand)
    return Previewed(moment=moment, accounts=accounts)


def last_entries(ledger: Ledger, outlet: Outlet, count: int = _ENTRIES) -> list[Entry]:
    """The newest articles that the ledger has deliveries of; a made-up one where there are none yet."""
    rows = [row for row in ledger.deliveries(outlet.name, limit=500) if row.kind == "entry" and row.link]
    rows.sort(key=lambda row: (row.created_at, row.id), reverse=True)
    found = {row.link: Entry(feed="", id=row.link, link=row.link, title=row.title) for row in rows}
    return [*found.values()][:count] or [_sample(outlet)]


async def _strike(desk: Desk, say: Say) -> Strike:
    """The block's state, or the last good one with a word on what is wrong; raises UserError where there is neither."""
    try:
        return (await load_block(blocks.Strike, desk.outlet.strike)).to_rule(desk.outlet.zone)
    except PiquetError as error:
        last = desk.ledger.last_strike(desk.outlet.name)
        if last is None:
            raise
        say(f"{error} Until then the last strike state that could be read applies.")
        return strike_from_ledger(last, desk.outlet.zone)


async def _of_feeds(outlet: Outlet, now: datetime, say: Say) -> list[Entry]:
    rules = RetrieveRules(allowed_hosts=frozenset(outlet.allowed_hosts), allow_files=outlet.allow_files)
    results = await fetch([FeedState(url=url) for url in outlet.feeds], rules=rules, now=now)
    for result in results:
        if result.error:
            say(f"{result.url}: {result.error}")
    return [entry for result in results for entry in result.entries]


def _sample(outlet: Outlet) -> Entry:
    link = "https://www.example.com/2026/12/05/article"
    return Entry(feed="", id=link, link=link, title=words.of("preview", "sample", outlet.language))
