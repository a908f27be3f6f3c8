"""Impact: what a strike did, counted and compared from the ledger, and left as artifacts."""

from datetime import datetime

from prefect import task
from prefect.artifacts import acreate_markdown_artifact, acreate_table_artifact
from prefect.client.schemas.objects import State
from prefect.events import emit_event
from prefect.logging import get_run_logger
from prefect.states import Completed

from piquet.impact import report as impact_report
from piquet.impact.report import Choice
from piquet.impact.values import Comparison, Facts, Impact
from piquet.impact.view import view
from piquet.outlet import Outlet
from piquet.pages.impact import impact_markdown, impact_rows
from tasks.opening import open_ledger
from tasks.options import PLAIN

_NAMES = {
    "no_strike_yet": "No strike",
    "no_strike_then": "No strike",
    "too_early": "Too early",
    "told_already": "Nothing new",
}


@task(name="choose", **PLAIN)
async def choose(outlet: Outlet, *, day: str, since: str, until: str, now: datetime) -> Choice:
    """The time that was asked for, else the strike whose report is due; raises UserError where it cannot be meant."""
    with await open_ledger(outlet) as ledger:
        if day or since or until:
            return impact_report.asked(ledger, outlet, day, since, until, now)
        return impact_report.due(ledger, outlet, now)


@task(name="facts", **PLAIN)
async def count_facts(outlet: Outlet, choice: Choice, now: datetime) -> Facts:
    """What was done in the chosen time."""
    with await open_ledger(outlet) as ledger:
        found = impact_report.read_facts(ledger, outlet, choice.span, now)
    get_run_logger().info("%d posts, %d with the notice", found.posts, found.noticed)
    return found


@task(name="compare", **PLAIN)
async def compare_posts(outlet: Outlet, choice: Choice, now: datetime) -> tuple[Comparison, ...]:
    """Its posts beside those of ordinary days."""
    with await open_ledger(outlet) as ledger:
        found = impact_report.read_comparisons(ledger, outlet, choice.span, now)
    for one in found:
        get_run_logger().info("%s, %s: %s", one.account or "all accounts", one.measure, one.verdict)
    return found


@task(name="report", **PLAIN)
async def leave_report(outlet: Outlet, choice: Choice, impact: Impact) -> str:
    """Leave the report as artifacts, tell it as an event, and remember it where it was due; its answer."""
    shown = view(impact)
    await acreate_markdown_artifact(
        key=f"impact-{outlet.name}",
        markdown=impact_markdown(impact),
        description=f"{shown.title} {shown.word}",
    )
    await acreate_table_artifact(
        key=f"impact-table-{outlet.name}", table=impact_rows(impact), description=shown.sentence
    )
    with await open_ledger(outlet) as ledger:
        impact_report.note(ledger, outlet, choice, impact.at)
    _tell(outlet, impact, str(shown.answer))
    return f"{shown.word} {shown.sentence}"


def nothing_to_report(outlet: Outlet, choice: Choice) -> State:
    """How a run ends that has no report to make."""
    message = impact_report.why_not(choice, outlet.zone, outlet.language)
    return Completed(name=_NAMES[choice.why_not], message=message)


def _tell(outlet: Outlet, impact: Impact, answer: str) -> None:
    found = impact.facts
    emit_event(
        event="piquet.impact.reported",
        resource={"prefect.resource.id": f"piquet.outlet.{outlet.name}"},
        payload={
            "outlet": outlet.name,
            "since": impact.span.since.isoformat(),
            "until": impact.span.until.isoformat(),
            "answer": answer,
            "links": found.links,
            "published": found.published,
            "posts": found.posts,
            "noticed": found.noticed,
            "reminders": found.reminders,
        },
    )
