"""The audit trail of an outlet as people ask for it: changes of the strike, rulings, posts, acts; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from piquet.errors import UserError
from piquet.ledger.states import DeliveryState
from piquet.ledger.values import Audited, Break

# What the strike's form says of its own change: told as who and why, not as a setting.
_SIGNATURE = ("changed_by", "why")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From `since` (included) until `until` (excluded), both in UTC: two times of one zone compare by their wall clocks."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One setting of the strike that a change touched; `before` is None where no state was read before."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change of the strike state. `signed`: the name was given with this change, not left there from an earlier one."""

    at: datetime
    way: str
    who: str
    why: str
    signed: bool
    first: bool
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """The same decision for one account, `count` deliveries in a row."""

    account: str
    first: datetime
    last: datetime
    count: int
    decision: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A post that went out, with the decision it went out under where that was made in the same span."""

    row: Audited
    decision: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """What an auditor reads. `in_force`: the row of the strike state that stood when the span began, where one did.

    `heads` are the last rows of each chain before the span's end; `breaks` are those of all chains, whenever.
    """

    outlet: str
    span: Span
    in_force: Audited | None
    rows: tuple[Audited, ...]
    heads: tuple[Audited, ...]
    breaks: tuple[Break, ...]
    changes: tuple[Change, ...]
    rulings: tuple[Ruling, ...]
    posts: tuple[Sent, ...]
    acts: tuple[Audited, ...]


def trail(
    outlet: str,
    span: Span,
    rows: Iterable[Audited],
    *,
    in_force: Audited | None = None,
    heads: Iterable[Audited] = (),
    breaks: Iterable[Break] = (),
) -> Trail:
    """The rows of `span` in one order, whichever the database gave them in."""
    ordered = tuple(sorted(rows, key=lambda row: (row.at, row.chain, row.number)))
    return Trail(
        outlet=outlet,
        span=span,
        in_force=in_force,
        rows=ordered,
        heads=tuple(sorted(heads, key=lambda row: row.chain)),
        breaks=tuple(sorted(breaks, key=lambda one: (one.chain, one.number))),
        changes=tuple(change(row) for row in ordered if row.kind == "strike"),
        rulings=tuple(_rulings(ordered)),
        posts=tuple(_sent(ordered)),
        acts=tuple(row for row in ordered if row.kind == "act"),
    )


def event(row: Audited) -> str:
    """What a row tells, in one word: strike, decision, act, or the state that a post came to."""
    return str(told(row).get("state", row.kind)) if row.kind == "post" else row.kind


def told(row: Audited) -> Mapping[str, Any]:
    """A row's body. Whoever tampered with one may have left anything there, and the audit must still be readable."""
    return _mapping(row.body)


def change(row: Audited) -> Change:
    """The strike change that a row of kind `strike` tells."""
    before, after = told(row).get("before"), _mapping(told(row).get("after"))
    had = _mapping(before)
    signed = {name: str(after.get(name) or "") for name in _SIGNATURE}
    return Change(
        at=row.at,
        way=str(told(row).get("way", "")),
        who=row.who or signed["changed_by"],
        why=row.why or signed["why"],
        # A name that nobody touched may be that of whoever flipped it the time before.
        signed=bool(row.who) or any(signed[name] != str(had.get(name) or "") for name in _SIGNATURE),
        first=before is None,
        differences=tuple(_differences(had, after)),
    )


def settings(row: Audited) -> tuple[Difference, ...]:
    """Everything that the strike state of a row of kind `strike` sets."""
    return tuple(_differences({}, _mapping(told(row).get("after"))))


def day_span(day: date, zone: tzinfo) -> Span:
    """A civil day of `zone`: 23 or 25 hours where the clocks change."""
    return Span(since=_midnight(day, zone), until=_midnight(day + timedelta(days=1), zone))


def read_span(day: str, since: str, until: str, now: datetime, zone: tzinfo, *, where: str = "Audit") -> Span:
    """The span that was asked for: a day (also `today`, `yesterday`), or from a time until one (until now).

    Nothing asked is today. Raises UserError naming the field, and `where` it is one.
    """
    if day and (since or until):
        raise UserError(f"{where}, field 'day': it stands beside 'since' or 'until': give a day, or times.")
    if day:
        return _day(day, now.astimezone(zone).date(), zone, where)
    if until and not since:
        raise UserError(f"{where}, field 'since': it is empty beside 'until': give the time from which on.")
    if not since:
        return day_span(now.astimezone(zone).date(), zone)
    begin = _time("since", since, zone, where)
    span = Span(since=begin, until=_time("until", until, zone, where) if until else now)
    if span.until <= span.since:
        raise UserError(
            f"{where}, field 'until': {until or 'now'!r} is not after {since!r}: give a later time."
        )
    return span


def _differences(had: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[Difference]:
    # In the form's own order.
    for name in (name for name in {**after, **had} if name not in _SIGNATURE):
        # A setting that an older version did not know yet did not change by being empty.
        if (had.get(name) or None) != (after.get(name) or None):
            yield Difference(field=name, before=had.get(name), after=after.get(name))


def _rulings(rows: Sequence[Audited]) -> list[Ruling]:
    """Account by account, each run of equal decisions."""
    runs: list[list[Audited]] = []
    decisions = [row for row in rows if row.kind == "decision"]
    for row in sorted(decisions, key=lambda row: row.chain):
        if runs and runs[-1][0].chain == row.chain and _ruling(runs[-1][0]) == _ruling(row):
            runs[-1].append(row)
        else:
            runs.append([row])
    return [
        Ruling(
            account=run[0].chain, first=run[0].at, last=run[-1].at, count=len(run), decision=_ruling(run[0])
        )
        for run in runs
    ]


def _ruling(row: Audited) -> Mapping[str, Any]:
    return _mapping(told(row).get("decision"))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _sent(rows: Sequence[Audited]) -> Iterable[Sent]:
    decided: dict[int | None, Mapping[str, Any]] = {}
    for row in rows:
        if row.kind == "decision":
            decided[row.delivery_id] = _ruling(row)
        elif event(row) == DeliveryState.SENT:
            yield Sent(row=row, decision=decided.get(row.delivery_id, {}))


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _day(value: str, today: date, zone: tzinfo, where: str) -> Span:
    near = {"today": today, "yesterday": today - timedelta(days=1)}
    try:
        return day_span(near.get(value) or date.fromisoformat(value), zone)
    except (ValueError, OverflowError):  # the first and last days there are have no midnight in UTC
        raise UserError(
            f"{where}, field 'day': {value!r} is not a day: write it as 2026-12-05, today or yesterday."
        ) from None


def _time(name: str, value: str, zone: tzinfo, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UserError(
            f"{where}, field '{name}': {value!r} is not a time: write it as 2026-12-05T11:00."
        ) from None
