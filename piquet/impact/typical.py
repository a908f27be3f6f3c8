"""The typical post of some days: a median and how sure it is; compares nothing."""

import numpy as np
import pandas as pd

from piquet.impact.values import Typical

# Weights held in memory at once, 8 bytes each.
_AT_ONCE = 2_000_000


def typical(table: pd.DataFrame, rng: np.random.Generator, *, level: float, redraws: int) -> Typical | None:
    """The median of `figure` over the posts of `table`, None where there are none.

    The interval redraws days and, in each, posts (posts of one day resemble each other). Each redraw gives a post a
    Poisson number of places, as in Chamandy and others, Estimating uncertainty for massive data streams (2012).
    """
    if table.empty:
        return None
    # Sorted also by day and delivery, so that equal figures are redrawn alike whatever order they came in.
    ordered = table.sort_values(["figure", "day", "delivery"])
    figures = ordered["figure"].to_numpy(dtype=float)
    days, codes = np.unique(ordered["day"].to_numpy(), return_inverse=True)
    medians = _redrawn(figures, codes, rng, redraws)
    low, high = np.quantile(medians, (level / 2, 1 - level / 2))
    median = float(np.median(figures))
    return Typical(
        posts=len(figures),
        days=len(days),
        median=median,
        low=min(float(low), median),
        high=max(float(high), median),
    )


def _redrawn(figures: np.ndarray, codes: np.ndarray, rng: np.random.Generator, redraws: int) -> np.ndarray:
    """The medians of the redraws; `figures` are sorted, `codes` number their days from 0."""
    step, days = max(1, _AT_ONCE // len(figures)), int(codes.max()) + 1
    found = []
    for start in range(0, redraws, step):
        times = min(step, redraws - start)
        drawn = rng.multinomial(days, np.full(days, 1 / days), size=times)
        weights = rng.poisson(drawn[:, codes])
        heights = np.cumsum(weights, axis=1)
        half = heights[:, -1:] / 2
        found.append(figures[(heights >= half).argmax(axis=1)])
    return np.concatenate(found)
