"""Report: what the cycle did, as artifacts, events and the state of the run."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from prefect.artifacts import acreate_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.events import emit_event
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed

from piquet import budget, crashpoint, summary
from piquet.audit.trail import change
from piquet.audit.view import change_said
from piquet.errors import Busy, Refused
from piquet.feed import FeedResult
from piquet.feed.links import shown
from piquet.lane import Outcome
from piquet.ledger.states import DeliveryState
from piquet.ledger.values import DeliveryRow
from tasks import clock
from tasks.opening import Desk
from tasks.strike import Decisions


async def report(
    desk: Desk,
    fetched: Sequence[FeedResult],
    decisions: Decisions,
    outcomes: Mapping[str, Any],
    now: datetime,
) -> State:
    """Leave two artifacts and the events, close the cycle in the ledger, and give the run's final state."""
    crashpoint.reached("before-report")
    name, language = desk.outlet.name, desk.outlet.language
    rows = desk.ledger.deliveries(name, since=_untold_since(desk, now), limit=None)
    await acreate_markdown_artifact(
        key=f"deliveries-{name}",
        markdown=summary.deliveries(rows, language),
        description=f"What this cycle sent for {desk.outlet.title}.",
    )
    await acreate_markdown_artifact(
        key=f"strike-{name}",
        markdown=summary.strike(decisions.by_account, decisions.trouble, language),
        description=f"The strike decision for each account of {desk.outlet.title}.",
    )
    on_strike = sorted(account for account, d in decisions.by_account.items() if d.on_strike)
    _say_strike(desk, decisions, on_strike)
    before = _previous(desk).get("budget", {})
    rulings = {a: o.ruling for a, o in outcomes.items() if isinstance(o, Outcome) and o.ruling}
    _say_budget(desk, budget.news(before, rulings))
    rooms = {**before, **{account: str(ruling.room) for account, ruling in rulings.items()}}
    desk.ledger.end_cycle(name, desk.cycle, _summary(rows, on_strike, rooms), clock.now())
    marks = _marks(desk, fetched, decisions, now) + budget.marks(before, rulings) + _asks(outcomes)
    state = _state(rows, _failures(rows, {**outcomes, **_held_up(desk)}), marks)
    crashpoint.reached("after-report")
    return state


def _asks(outcomes: Mapping[str, Any]) -> list[str]:
    """What only a person can do, such as deleting a post where its network lets no program."""
    return [sentence for o in outcomes.values() if isinstance(o, Outcome) for sentence in o.asks]


def _untold_since(desk: Desk, now: datetime) -> datetime:
    """The beginning of this cycle, or of the one before where that died: nobody was told what it did."""
    before = desk.previous
    return min(before.started_at, now) if before and before.ended_at is None else now


def _previous(desk: Desk) -> Mapping[str, Any]:
    """How the cycle before ended."""
    return (desk.previous and desk.previous.summary) or {}


def _say_budget(desk: Desk, news: Mapping[str, budget.Ruling]) -> None:
    """An event where an account's budget has come near its end, and one where it is there."""
    for account, ruling in news.items():
        emit_event(
            event="piquet.budget.near",
            resource={"prefect.resource.id": f"piquet.account.{account}"},
            payload={
                "outlet": desk.outlet.name,
                "account": account,
                "room": str(ruling.room),
                "why": ruling.sentence,
            },
        )


def _say_strike(desk: Desk, decisions: Decisions, on_strike: list[str]) -> None:
    """An event when the block or what follows from it changed."""
    if not decisions.changed and _previous(desk).get("on_strike", []) == on_strike:
        return
    emit_event(
        event="piquet.strike.changed",
        resource={"prefect.resource.id": f"piquet.outlet.{desk.outlet.name}"},
        payload={
            "outlet": desk.outlet.name,
            "on_strike": on_strike,
            "reasons": {account: d.reason for account, d in decisions.by_account.items()},
            **last_change(desk, on_strike),
        },
    )


def last_change(desk: Desk, on_strike: Sequence[str]) -> dict[str, Any]:
    """By which way the strike was changed last, what, and by whom and why where that way tells; `said` is all in words."""
    row = desk.ledger.audit_in_force(desk.outlet.name, clock.now())
    if row is None:
        return {}
    last = change(row)
    return {
        "first_seen": last.at.isoformat(),
        "way": last.way,
        "who": last.who if last.signed else "",
        "why": last.why if last.signed else "",
        "changed": {one.field: {"before": one.before, "after": one.after} for one in last.differences},
        "said": change_said(desk.outlet.name, last, on_strike, desk.outlet.zone, desk.outlet.language),
    }


def _flooded(desk: Desk, now: datetime) -> int:
    """How many entries of a flood wait for a person."""
    return len(desk.ledger.ready(desk.outlet.name, now, release_flood=True))


def _held_up(desk: Desk) -> dict[str, Exception]:
    """The accounts whose network takes nothing from them now; what they hold goes out when it does again."""
    now = clock.now()
    found: dict[str, Exception] = {}
    for account in desk.accounts:
        state = desk.ledger.account_state(account)
        if state.paused_until and state.paused(now):
            found[account] = Refused(
                f"paused until {state.paused_until:%Y-%m-%d %H:%M} UTC: {state.pause_reason}"
            )
        elif state.not_before and state.resting(now):
            waiting = desk.ledger.backlog(desk.outlet.name, account)[DeliveryState.DUE]
            if waiting:
                found[account] = Busy(
                    f"its network is busy or out of reach; {waiting} posts wait until {state.not_before:%H:%M:%S} UTC"
                )
    return found


def _summary(rows: Sequence[DeliveryRow], on_strike: list[str], rooms: Mapping[str, str]) -> dict[str, Any]:
    counts = {str(state): sum(row.state is state for row in rows) for state in DeliveryState}
    return {"deliveries": {k: v for k, v in counts.items() if v}, "on_strike": on_strike, "budget": rooms}


def _state(rows: Sequence[DeliveryRow], failed: Sequence[str], marks: Sequence[str]) -> State:
    """Failed where something could not be posted, marked where a person should look, else completed."""
    for sentence in (*failed, *marks):
        get_run_logger().warning("%s", sentence)
    sent = sum(row.state is DeliveryState.SENT for row in rows)
    message = " ".join([f"{sent} sent.", *failed, *marks])
    if failed:
        return Failed(message=message)
    return Completed(name="Marked", message=message) if marks else Completed(message=message)


def _failures(rows: Sequence[DeliveryRow], outcomes: Mapping[str, Any]) -> list[str]:
    failed = [f"{account}: {_trouble(outcome)}" for account, outcome in outcomes.items() if _trouble(outcome)]
    failed += [f"{row.account}: {row.error}" for row in rows if row.state is DeliveryState.FAILED]
    # A reminder whose time is over before anybody tried it is no failure.
    dropped = [r for r in rows if r.state is DeliveryState.DROPPED and (r.kind == "entry" or r.attempts)]
    return failed + [f"{row.account}, {row.title[:40]!r}: {row.reason}" for row in dropped]


def _marks(desk: Desk, fetched: Sequence[FeedResult], decisions: Decisions, now: datetime) -> list[str]:
    """What a person should look at, said in every run until it is mended."""
    marks = [decisions.trouble] if decisions.trouble else []
    marks += desk.outlet.troubles
    marks += [_said_of(result) for result in fetched if result.error]
    if flooded := _flooded(desk, now):
        marks.append(
            f"{flooded} entries wait for you because a flood came: "
            "to post them, set the outlet's 'In a flood' to post."
        )
    marks += [f"{name}: {account.trouble}" for name, account in desk.accounts.items() if account.trouble]
    held = desk.ledger.held(desk.outlet.name, list(desk.accounts))
    reasons = {f"{row.account} holds posts back: {row.reason}" for row in held if _held_by_trouble(desk, row)}
    return marks + sorted(reasons)


def _said_of(result: FeedResult) -> str:
    # The address without its query, which may be a password; most sentences name it already.
    name = shown(result.url)
    return str(result.error) if name in str(result.error) else f"{name}: {result.error}"


def _held_by_trouble(desk: Desk, row: DeliveryRow) -> bool:
    """Held neither by a strike in mode hold nor by an account whose trouble is said anyway."""
    account = desk.accounts.get(row.account)
    return row.decision.get("mode") != "hold" and account is not None and not account.trouble


def _trouble(outcome: Any) -> str:
    """Why an account did not send all it had, empty where it did."""
    if isinstance(outcome, BaseException):
        return str(outcome) or type(outcome).__name__
    return outcome.refused or ""
