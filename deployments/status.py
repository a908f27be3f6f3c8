"""What stands where in an outlet's ledger, for ops: `piquet status`."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console
from rich.table import Table

from piquet.ledger import Ledger
from piquet.ledger.states import DeliveryState
from piquet.ledger.values import Cycle, DeliveryRow
from piquet.networks import TRAITS
from piquet.networks.protocol import Unanswered
from piquet.report import by_account

_LOOK_AT = (DeliveryState.FAILED, DeliveryState.UNSETTLED, DeliveryState.HELD)
_LATELY = timedelta(days=1)
_POLICIES = {
    Unanswered.LOOK_FOR_IT: "each cycle looks for it, and nothing newer goes out before",
    Unanswered.ASK_A_PERSON: "the next cycle drops it, and you look whether it is there",
}


def show_status(outlet: str, url: str | None, *, as_json: bool) -> None:
    """Print the status of `outlet`, from the ledger at `url` or from the one its blocks name."""
    with Ledger.open(url) if url else asyncio.run(_ledger_of(outlet)) as ledger:
        if as_json:
            print(json.dumps(_status(ledger, outlet), ensure_ascii=False, indent=1))
        else:
            _print(ledger, outlet)


async def _ledger_of(outlet: str) -> Ledger:
    # Prefect takes a second to import; with --ledger nothing needs it.
    from tasks.opening import open_ledger, open_outlet

    return await open_ledger(await open_outlet(outlet))


def _status(ledger: Ledger, outlet: str) -> dict[str, Any]:
    cycle = ledger.last_cycle(outlet)
    return {
        "outlet": outlet,
        "deliveries": ledger.counts(outlet),
        "last_cycle": _cycle(cycle) if cycle else None,
        "strike": ledger.last_strike(outlet),
        "look_at": [
            {"delivery": r.id, "account": r.account, "state": r.state, "title": r.title, "why": _why(r)}
            for r in _troubled(ledger, outlet)
        ],
    }


def _cycle(cycle: Cycle) -> dict[str, Any]:
    return {
        "started_at": cycle.started_at.isoformat(),
        "ended_at": cycle.ended_at.isoformat() if cycle.ended_at else None,
        "summary": cycle.summary,
    }


def _troubled(ledger: Ledger, outlet: str) -> list[DeliveryRow]:
    rows = ledger.deliveries(outlet, limit=500)
    return [row for row in rows if row.state in _LOOK_AT or _dropped_lately(row) or _still_stands(row)]


def _dropped_lately(row: DeliveryRow) -> bool:
    return row.state is DeliveryState.DROPPED and row.updated_at > datetime.now(UTC) - _LATELY


def _still_stands(row: DeliveryRow) -> bool:
    """Whether its article was retracted and its network did not delete it."""
    return row.state is DeliveryState.SENT and row.error_class is not None


def _why(row: DeliveryRow) -> str:
    if row.state is DeliveryState.DROPPED:
        return row.reason
    if row.state is not DeliveryState.UNSETTLED:
        return row.error or row.reason
    policy = TRAITS[row.account.partition("/")[0]].unanswered
    return f"{row.error or row.reason} (by this network's policy, {policy}: {_POLICIES[policy]})"


def _print(ledger: Ledger, outlet: str) -> None:
    console = Console(highlight=False)
    counts = ledger.counts(outlet)
    frame = by_account(counts, sorted(counts))
    longest = max((len(account) for account in counts), default=7)
    table = Table(title=f"Deliveries of {outlet}", padding=(0, 0))
    for column in ("account", *frame.columns):
        name = column == "account"
        # An account's name is never cut, however narrow the terminal.
        table.add_column(
            column, justify="left" if name else "right", no_wrap=name, min_width=longest if name else 1
        )
    for account, row in frame.iterrows():
        table.add_row(str(account), *(str(value) for value in row))
    console.print(table)
    console.print(_last(ledger.last_cycle(outlet)))
    console.print(_strike(ledger, outlet))
    for row in _troubled(ledger, outlet):
        console.print(f"{row.state}: {row.id}, {row.account}, {row.title!r}: {_why(row)}", markup=False)


def _last(cycle: Cycle | None) -> str:
    if cycle is None:
        return "No cycle has run yet."
    if cycle.ended_at is None:
        return f"A cycle started at {cycle.started_at:%Y-%m-%d %H:%M} UTC and has not ended."
    return f"The last cycle ended at {cycle.ended_at:%Y-%m-%d %H:%M} UTC."


def _strike(ledger: Ledger, outlet: str) -> str:
    state = ledger.last_strike(outlet)
    if state is None:
        return "No strike state has been read yet."
    cycle = ledger.last_cycle(outlet)
    if cycle is None or cycle.summary is None:
        return f"Strike switch: {state['switch']}; who is on strike is known once the cycle has ended."
    on_strike = ", ".join(cycle.summary.get("on_strike", [])) or "nobody"
    return f"Strike switch: {state['switch']}; on strike in the last cycle: {on_strike}."
