"""Audit: what was posted, where, why and who decided, read from the ledger and left as artifacts."""

from collections.abc import Mapping
from datetime import datetime

from prefect import task
from prefect.artifacts import acreate_markdown_artifact, acreate_table_artifact
from prefect.client.schemas.objects import State
from prefect.events import emit_event
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed

from piquet.audit.reading import last_strike_span, read_trail
from piquet.audit.to_csv import to_csv
from piquet.audit.trail import Trail, read_span
from piquet.audit.view import View, view
from piquet.outlet import Outlet
from piquet.pages import markdown
from piquet.text import shortened
from tasks.opening import open_ledger
from tasks.options import PLAIN

_CELL = 200


@task(name="audit", **PLAIN)
async def read_audit(
    outlet: Outlet, *, day: str, since: str, until: str, last_strike: bool, now: datetime
) -> Trail:
    """The audit of the span that was asked for; raises UserError, in one sentence, where it cannot be meant."""
    asked = read_span(day, since, until, now, outlet.zone)
    with await open_ledger(outlet) as ledger:
        span = last_strike_span(ledger, outlet.name, now, outlet.zone) if last_strike else asked
        found = read_trail(ledger, outlet.name, span)
    get_run_logger().info("%d rows, %d changes of the strike", len(found.rows), len(found.changes))
    return found


async def report_audit(outlet: Outlet, found: Trail) -> State:
    """Leave the page with its CSV and the strike's changes as a table; failed where a chain does not hold."""
    shown = view(found, outlet.title, outlet.zone, outlet.language)
    await acreate_markdown_artifact(
        key=f"audit-{outlet.name}",
        markdown=markdown(shown, to_csv(found, outlet.zone)),
        description=shown.title,
    )
    await acreate_table_artifact(
        key=f"strike-changes-{outlet.name}", table=_table(shown, found), description=shown.sections[0].heading
    )
    said = " ".join(shown.verdict)
    if shown.holds:
        return Completed(message=f"{shown.counted} {said}")
    emit_event(
        event="piquet.audit.broken",
        resource={"prefect.resource.id": f"piquet.outlet.{outlet.name}"},
        payload={"outlet": outlet.name, "why": said},
    )
    return Failed(message=said)


def _table(shown: View, found: Trail) -> list[Mapping[str, str]]:
    """Who flipped what, a row for each change."""
    changes = shown.sections[0]
    rows = changes.rows[1:] if found.in_force else changes.rows
    # Prefect shows a cell on one line, and what stands right of a long one is out of sight.
    return [
        dict(zip(changes.heads, (shortened(" · ".join(cell.lines), _CELL) for cell in row), strict=True))
        for row in rows
    ]
