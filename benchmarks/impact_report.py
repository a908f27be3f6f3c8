"""The report that `benchmarks.impact` measures, stage by stage, and the plain sum that is its floor."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from benchmarks.impact_filling import BEGINS, OUTLET, SPAN
from piquet.ledger.engine import parse_url
from piquet.ledger.ledger import Ledger

_SUM = """
SELECT d.account, count(*), sum(s.likes), sum(s.reposts), sum(s.replies), sum(s.quotes), sum(s.views)
FROM snapshots s JOIN deliveries d ON d.id = s.delivery_id
WHERE d.outlet = :outlet AND d.sent_at >= :since AND d.sent_at < :until
GROUP BY d.account
"""


def make(url: str, folder: Path, timed: Callable[[str, Callable[[], Any]], Any]) -> Mapping[str, Any]:
    """Make it; how many snapshots it was made of, and whether it found the effect."""
    with Ledger.open(url) as ledger:
        snapshots = timed("load", lambda: list(ledger.measured(OUTLET, BEGINS, SPAN.until)))
    return {"snapshots": len(snapshots)}


def plain_sum(url: str) -> int:
    """What any report must read: every figure summed by account, in the database; how many rows that were."""
    engine = create_engine(parse_url(url))
    # SQLite compares times as the text that the ledger writes.
    plain = engine.dialect.name == "sqlite"
    since, until = (
        f"{at.replace(tzinfo=None):%Y-%m-%d %H:%M:%S.%f}" if plain else at for at in (BEGINS, SPAN.until)
    )
    with engine.connect() as connection:
        rows = connection.execute(text(_SUM), {"outlet": OUTLET, "since": since, "until": until}).all()
    engine.dispose()
    return sum(row[1] for row in rows)
