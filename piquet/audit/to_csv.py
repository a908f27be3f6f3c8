"""The audit trail as CSV: the same bytes for every auditor, and no cell that a spreadsheet would run; pure."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo

from piquet.audit.trail import Trail, event, told
from piquet.ledger.values import Audited

HEADS = (
    "utc",
    "local",
    "outlet",
    "chain",
    "number",
    "kind",
    "event",
    "who",
    "why",
    "way",
    "delivery",
    "text",
    "link",
    "url",
    "body",
    "previous",
    "hash",
)
# A spreadsheet takes what begins so for a formula, full-width twins and leading spaces included. One that is set to
# semicolons, as French ones are, begins a cell after each of them. https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = re.compile(r"(^|;)([\s\"']*)([=+\-@＝＋－＠])")
# What no text holds in UTF-8, or would show as nothing.
_SPACES = re.compile(r"[\s\0]+")
_LONE = re.compile("[\ud800-\udfff]")


def to_csv(trail: Trail, zone: tzinfo) -> str:
    """A line for each row, the strike state in force before them first, each chain's head and each break last.

    Local times are of `zone`. It holds nothing of the moment or of the person that asks.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(HEADS)
    for line in _lines(trail, zone):
        writer.writerow([safe(str(line.get(head) or "")) for head in HEADS])
    return out.getvalue()


def safe(cell: str) -> str:
    """A cell on one line that no spreadsheet takes for a formula."""
    return _FORMULA.sub(r"\1\2'\3", _SPACES.sub(" ", _LONE.sub("\ufffd", cell)))


def _lines(trail: Trail, zone: tzinfo) -> Iterator[dict[str, object]]:
    for row in ([trail.in_force] if trail.in_force else []) + list(trail.rows):
        yield _line(row, zone)
    for head in trail.heads:
        times = {"utc": _utc(head.at), "local": _local(head.at, zone)}
        yield {**times, **_place(head), "kind": "head", "hash": head.hash}
    for found in trail.breaks:
        place = {"outlet": trail.outlet, "chain": found.chain, "number": found.number}
        yield {**place, "kind": "break", "why": found.why}


def _line(row: Audited, zone: tzinfo) -> dict[str, object]:
    said = {name: told(row).get(name) for name in ("way", "text", "link", "url")}
    return {
        "utc": _utc(row.at),
        "local": _local(row.at, zone),
        **_place(row),
        "kind": row.kind,
        "event": event(row),
        "who": row.who,
        "why": row.why,
        **said,
        "delivery": row.delivery_id,
        "body": _body(row),
        "previous": row.previous,
        "hash": row.hash,
    }


def _place(row: Audited) -> dict[str, object]:
    return {"outlet": row.outlet, "chain": row.chain, "number": row.number}


def _body(row: Audited) -> str:
    """The body as the hash is taken of it, with what a spreadsheet could run written as JSON's own escapes."""
    text = json.dumps(row.body, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return re.sub(r"(;\s*)([=+\-@])", lambda found: found[1] + f"\\u{ord(found[2]):04x}", text)


def _utc(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _local(time: datetime, zone: tzinfo) -> str:
    return time.astimezone(zone).isoformat(timespec="seconds")
