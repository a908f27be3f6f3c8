"""The report that `benchmarks.impact` measures, stage by stage, and the plain sum that is its floor."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import create_engine, text

from benchmarks.impact_filling import ACCOUNTS, BEGINS, EFFECT, OUTLET, SPAN
from piquet.entry import SortRules
from piquet.impact import report as impact_report
from piquet.impact.values import Comparison, Measure, Verdict
from piquet.ledger.engine import parse_url
from piquet.ledger.ledger import Ledger
from piquet.outlet import Outlet

_AT = SPAN.until + timedelta(days=8)
_SUM = """
SELECT d.account, count(*), sum(s.likes), sum(s.reposts), sum(s.replies), sum(s.quotes), sum(s.views)
FROM snapshots s JOIN deliveries d ON d.id = s.delivery_id
WHERE d.outlet = :outlet AND d.sent_at >= :since AND d.sent_at < :until
GROUP BY d.account
"""


def make(url: str, folder: Path, timed: Callable[[str, Callable[[], Any]], Any]) -> Mapping[str, Any]:
    """Make it as `piquet impact` does, with all its files; how many posts and files, and whether it is right."""
    outlet = _outlet()
    with Ledger.open(url) as ledger:
        found = timed("facts", lambda: impact_report.read_facts(ledger, outlet, SPAN, _AT))
        compared = timed("compare", lambda: impact_report.read_comparisons(ledger, outlet, SPAN, _AT))
        files = timed("page", lambda: _files(ledger, outlet, found, compared, folder))
    together = next(one for one in compared if one.account == "" and one.measure is Measure.REACTIONS)
    return {
        "posts": found.posts,
        "missing": len(found.missing),
        "files": len(files),
        "found": together.verdict is Verdict.MORE and _holds(together),
    }


def loaded(url: str) -> int:
    """Every snapshot read once, and nothing done with it; how many."""
    with Ledger.open(url) as ledger:
        return sum(1 for _ in ledger.measured(OUTLET, BEGINS, SPAN.until))


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


def _files(ledger: Ledger, outlet: Outlet, found: Any, compared: Any, folder: Path) -> Any:
    from piquet.pages.impact import impact_files

    return impact_files(impact_report.report(outlet, SPAN, _AT, found, compared), folder)


def _holds(one: Comparison) -> bool:
    """Whether the interval has the effect in it that the figures were made with."""
    return one.low is not None and one.high is not None and one.low <= EFFECT <= one.high


def _outlet() -> Outlet:
    rules = SortRules(first_posts=0, max_age=timedelta(days=1), flood=20, flood_policy="hold")
    return Outlet(
        name=OUTLET,
        title="Le Groupe",
        zone=ZoneInfo("Europe/Paris"),
        language="fr",
        feeds=("https://groupe.example/rss",),
        accounts=ACCOUNTS,
        strike=OUTLET,
        ledger="ledger",
        sorting=rules,
        posts_per_cycle=20,
        lease=timedelta(seconds=120),
        allowed_hosts=(),
        allow_files=False,
    )
