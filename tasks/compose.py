"""Compose: the posts of the new entries, committed to the ledger as deliveries before anything is sent."""

from collections.abc import Sequence
from datetime import datetime

from prefect import task
from prefect.logging import get_run_logger

from piquet.compose import Style
from piquet.drafting import Composer, draft, rewrite
from piquet.entry import Disposition, Sorted
from piquet.errors import NetworkError
from piquet.feed import FeedResult
from piquet.ledger.values import Batch, Draft, Recorded, Rewrite
from piquet.limits import Limit
from tasks.opening import Account, Desk
from tasks.options import PLAIN
from tasks.strike import Decisions


@task(name="compose", **PLAIN)
async def compose(
    desk: Desk, fetched: Sequence[FeedResult], found: Sequence[Sorted], decisions: Decisions, now: datetime
) -> None:
    """Record feeds, entries and deliveries in one transaction."""
    name, ledger = desk.outlet.name, desk.ledger
    release = desk.outlet.sorting.flood_policy == "post"
    ready = ledger.ready(name, now, release_flood=release)
    fresh = [(item.entry, None) for item in found if item.disposition is Disposition.FRESH]
    entries = [(stored.entry, stored.id) for stored in ready] + fresh
    waiting = {account: ledger.rewritable(name, account) for account in desk.accounts}
    busy = [account for account in desk.accounts.values() if entries or waiting[account.reference]]
    composers = [await _composer(account, desk, now) for account in busy]
    turn = ledger.turn(name)
    drafts = draft(name, entries, composers, decisions.by_account, now=now, turn=turn) if entries else ()
    rewrites = [
        change
        for composer in composers
        for change in rewrite(
            waiting[composer.account], composer, decisions.by_account[composer.account], now=now, turn=turn
        )
    ]
    ledger.record(
        Batch(
            outlet=name,
            now=now,
            feeds=tuple(result.state for result in fetched),
            entries=tuple(
                Recorded(entry=i.entry, disposition=i.disposition, wait_until=i.wait_until) for i in found
            ),
            drafts=drafts,
            rewrites=tuple(rewrites),
            released=tuple(stored.id for stored in ready),
        )
    )
    _say(drafts, rewrites)


async def _composer(account: Account, desk: Desk, now: datetime) -> Composer:
    style = Style(
        account=account.reference,
        outlet=desk.outlet.title,
        language=desk.outlet.language,
        traits=account.traits,
        limit=await _limit(account),
        local_now=now.astimezone(desk.outlet.zone),
        template=account.template,
        hashtags=account.hashtags,
    )
    return Composer(account=account.reference, style=style, client=account.client, trouble=account.trouble)


async def _limit(account: Account) -> Limit:
    """The account's own limit, or its network's where the network does not answer now."""
    if account.client is None:
        return account.traits.limit
    try:
        return await account.client.limit()
    except NetworkError as error:
        get_run_logger().warning("%s: its limit could not be asked (%s).", account.reference, error)
        return account.traits.limit


def _say(drafts: Sequence[Draft], rewrites: Sequence[Rewrite]) -> None:
    log = get_run_logger()
    due = sum(d.state == "due" for d in drafts)
    log.info("%d deliveries due, %d composed anew", due, len(rewrites))
    for held in (d for d in (*drafts, *rewrites) if d.state == "held"):
        log.warning("Held: %s", held.reason)
