"""An impact report as CSV for whoever wants to check it: facts, hours, comparisons, and the posts behind them; pure."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from piquet.audit.to_csv import safe
from piquet.impact.values import Comparison, Facts, Hour, Impact, Typical
from piquet.ledger.values import Snapshot

_TYPICAL = tuple(field.name for field in fields(Typical))
_COUNTED = ("posts", "noticed", "notices", "reminders", "replies")
HEADS = (
    "part",
    "name",
    "value",
    "utc",
    "local",
    *_COUNTED,
    "account",
    "measure",
    "age_seconds",
    "verdict",
    "ratio",
    "low",
    "high",
    "p",
    *(f"strike_{name}" for name in _TYPICAL),
    *(f"ordinary_{name}" for name in _TYPICAL),
)
_FIGURES = ("likes", "reposts", "replies", "quotes", "views")
POST_HEADS = ("delivery", "account", "kind", "on_strike", "sent_at", "age_seconds", *_FIGURES)


def impact_csv(impact: Impact) -> str:
    """A line for each fact, hour and comparison, named alike in every language; what is not known is blank, never 0."""
    return _written(HEADS, _lines(impact))


def posts_csv(snapshots: Iterable[Snapshot]) -> str:
    """A line for each time that a post was measured."""
    return _written(POST_HEADS, map(_measured, snapshots))


def _written(heads: tuple[str, ...], lines: Iterable[Mapping[str, object]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(heads)
    for line in lines:
        writer.writerow([_cell(line.get(head)) for head in heads])
    return out.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return _utc(value)
    return safe(value) if isinstance(value, str) else str(value)


def _lines(impact: Impact) -> Iterator[Mapping[str, object]]:
    zone = ZoneInfo(impact.zone)
    report = {"outlet": impact.outlet, "zone": impact.zone, "level": impact.level}
    times = {"since": impact.span.since, "until": impact.span.until, "at": impact.at}
    for name, value in {**report, **times}.items():
        yield {"part": "report", **_named(name, value, zone)}
    yield from _facts(impact.facts, zone)
    for hour in impact.facts.hours:
        yield {"part": "hour", "utc": hour.at, "local": _local(hour.at, zone), **_counted(hour)}
    for one in impact.comparisons:
        yield {"part": "comparison", **_compared(one)}


def _facts(facts: Facts, zone: tzinfo) -> Iterator[Mapping[str, object]]:
    for field in fields(Facts):
        if field.name not in ("strikes", "missing", "hours"):
            yield {"part": "fact", **_named(field.name, getattr(facts, field.name), zone)}
    for number, strike in enumerate(facts.strikes, 1):
        for name, moment in (("began", strike.start), ("ended", strike.end)):
            yield {"part": "fact", **_named(f"strike_{number}_{name}", moment, zone)}
    for link in facts.missing:
        yield {"part": "fact", "name": "missing", "value": link}


def _named(name: str, value: object, zone: tzinfo) -> Mapping[str, object]:
    if isinstance(value, datetime):
        return {"name": name, "utc": value, "local": _local(value, zone)}
    return {"name": name, "value": value}


def _counted(hour: Hour) -> Mapping[str, object]:
    return {name: getattr(hour, name) for name in _COUNTED}


def _compared(one: Comparison) -> Mapping[str, object]:
    sides = {
        f"{side}_{name}": getattr(found, name)
        for side, found in (("strike", one.strike), ("ordinary", one.ordinary))
        if found
        for name in _TYPICAL
    }
    figures = {
        name: getattr(one, name) for name in ("account", "measure", "verdict", "ratio", "low", "high", "p")
    }
    return {"age_seconds": round(one.age.total_seconds()), **figures, **sides}


def _measured(one: Snapshot) -> Mapping[str, object]:
    """`on_strike` as 1 or 0, for whoever sums it."""
    figures = {name: getattr(one, name) for name in ("account", "kind", "sent_at", *_FIGURES)}
    age = round(one.age.total_seconds())
    return {"delivery": one.delivery_id, "on_strike": int(one.on_strike), "age_seconds": age, **figures}


def _utc(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _local(time: datetime, zone: tzinfo) -> str:
    return time.astimezone(zone).isoformat(timespec="seconds")
