"""What stands where in an outlet's ledger, for ops: `piquet status`."""

import asyncio
import json
from typing import Any

from rich.console import Console
from rich.table import Table

from piquet.ledger import Ledger
from piquet.ledger.states import DeliveryState
from piquet.ledger.values import Cycle, DeliveryRow
from piquet.report import by_account

_LOOK_AT = (DeliveryState.FAILED, DeliveryState.UNSETTLED, DeliveryState.HELD)


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
            {"account": r.account, "state": r.state, "title": r.title, "why": r.error or r.reason}
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
    return [row for row in ledger.deliveries(outlet, limit=500) if row.state in _LOOK_AT]


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
        console.print(f"{row.state}: {row.account}, {row.title!r}: {row.error or row.reason}", markup=False)


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
