"""Reads an outlet's dashboard from its ledger; asks no network and shows nothing."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from piquet.budget import UNBOUNDED, Allowance, charges, month_start, read_price, used
from piquet.dashboard import Dashboard, Row, Usage, beginning, by_account, civil_days, row
from piquet.impact.strikes import states_seen
from piquet.ledger.ledger import Ledger
from piquet.ledger.states import DeliveryState
from piquet.outlet import Outlet
from piquet.strike_spans import spans

DAYS = 30
_DAY = timedelta(days=1)


def read_dashboard(
    ledger: Ledger, outlet: Outlet, allowances: Mapping[str, Allowance], now: datetime, days: int = DAYS
) -> Dashboard:
    """The last `days` civil days of every account, today included."""
    wanted = civil_days(now, outlet.zone, days)
    since = beginning(wanted[0], outlet.zone)
    sent = by_account(ledger.sent_between(outlet.name, since, now + _DAY))
    failed = ledger.failed_since(outlet.name, since)
    states = states_seen(ledger, outlet.name, outlet.zone)

    def of(account: str) -> Row:
        own = sent.get(account, [])
        usage = _usage(ledger, outlet.name, account, allowances.get(account, UNBOUNDED), now)
        return row(
            account,
            wanted,
            outlet.zone,
            own,
            (one for one in failed if one.account == account),
            (span for span in spans(states, account, outlet.zone) if span.start <= now),
            usage,
        )

    rows = tuple(of(account) for account in outlet.accounts)
    return Dashboard(title=outlet.title, language=outlet.language, zone=outlet.zone, at=now, rows=rows)


def _usage(ledger: Ledger, outlet: str, account: str, allowance: Allowance, now: datetime) -> Usage:
    state, backlog = ledger.account_state(account), ledger.backlog(outlet, account)
    held, month = ledger.number_held(outlet, account), month_start(now)
    spent = used(ledger.sent_payloads(account, min(month, now - _DAY)), now)
    found = Usage(
        posts=spent.posts,
        posts_per_day=allowance.posts_per_day,
        charged=charges(account),
        budget=allowance.monthly_budget,
        waiting=backlog[DeliveryState.DUE] + backlog[DeliveryState.SENDING] + held,
        held=held,
        unsettled=backlog[DeliveryState.UNSETTLED],
        trouble=(state.pause_reason or "") if state.paused(now) else "",
    )
    if not found.charged:
        return found
    reads = read_price(account) * ledger.reads(account, month)
    return replace(found, dollars=spent.dollars + reads)
