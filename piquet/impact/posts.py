"""Snapshots as a table, one row a post and age; knows what is comparable by time and place, and no statistics."""

from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from itertools import islice

import numpy as np
import pandas as pd

from piquet.ledger.values import Snapshot

# The parts of a day in which readers differ, by local hour: night, morning, afternoon, evening. Finer ones would
# leave accounts that post ten times a day without a comparable post in eight weeks.
BANDS = (7, 12, 18)
# Rows a step: a million snapshots as objects at once would take a gigabyte.
_AT_ONCE = 50_000


def posts_table(
    snapshots: Iterable[Snapshot], *, since: datetime, until: datetime, zone: tzinfo | str
) -> pd.DataFrame:
    """Posts of entries sent in [since, until), in order of delivery and age.

    Columns: delivery, account, on_strike, sent_at and age (seconds), day (civil, since 1970), weekday, stratum (the
    same for posts of one account, weekday and part of the day), reach, reactions, replies (NaN: not told).
    """
    parts = list(_parts(snapshots, since, until))
    table = pd.concat(parts, ignore_index=True) if parts else _part([])
    table["account"] = table["account"].astype("category")
    table = table.sort_values(["delivery", "age"], ignore_index=True)
    return _placed(table, zone)


def _parts(snapshots: Iterable[Snapshot], since: datetime, until: datetime) -> Iterator[pd.DataFrame]:
    entries = (s for s in snapshots if s.kind == "entry" and since <= s.sent_at < until)
    while some := list(islice(entries, _AT_ONCE)):
        yield _part(some)


def _part(snapshots: list[Snapshot]) -> pd.DataFrame:
    figures = np.array(
        [(s.likes, s.reposts, s.quotes, s.replies, s.views) for s in snapshots], dtype=float
    ).reshape(-1, 5)
    replies, reach = np.where(figures < 0, np.nan, figures)[:, 3:].T
    return pd.DataFrame(
        {
            "delivery": np.array([s.delivery_id for s in snapshots], dtype=np.int64),
            "account": pd.Series([s.account for s in snapshots], dtype=object),
            "on_strike": np.array([s.on_strike for s in snapshots], dtype=bool),
            "sent_at": np.array([s.sent_at.timestamp() for s in snapshots], dtype=float),
            "age": np.array([s.age.total_seconds() for s in snapshots], dtype=float),
            "reach": reach,
            "reactions": _sum_of_told(figures[:, :3]),
            "replies": replies,
        }
    )


def _sum_of_told(figures: np.ndarray) -> np.ndarray:
    """Row by row; NaN where all are, or one is below zero (LinkedIn's likes can be), which no count of readers is."""
    unusable = np.isnan(figures).all(axis=1) | (figures < 0).any(axis=1)
    return np.where(unusable, np.nan, np.nansum(figures, axis=1))


def _placed(table: pd.DataFrame, zone: tzinfo | str) -> pd.DataFrame:
    local = pd.to_datetime(table["sent_at"], unit="s", utc=True).dt.tz_convert(zone).dt.tz_localize(None)
    table["day"] = (local - pd.Timestamp(0)).dt.days
    table["weekday"] = local.dt.day_of_week
    band = np.searchsorted(BANDS, local.dt.hour, side="right")
    account = table["account"].cat.codes.astype(np.int64)
    table["stratum"] = (account * 7 + table["weekday"]) * (len(BANDS) + 1) + band
    return table
