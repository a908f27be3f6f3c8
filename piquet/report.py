"""Tables over many deliveries, made with pandas; nothing else imports it."""

from collections.abc import Iterable, Mapping

import pandas as pd

_STATES = ("due", "sending", "sent", "failed", "unsettled", "held", "dropped", "retracted")


def by_account(counts: Mapping[str, Mapping[str, int]], accounts: Iterable[str]) -> pd.DataFrame:
    """One row an account, one column a state, in deliveries; the last row is the total."""
    frame = pd.DataFrame(index=list(accounts), columns=list(_STATES)).fillna(0).astype(int)
    for account, states in counts.items():
        for state, count in states.items():
            frame.loc[account, str(state)] = count
    frame = frame.fillna(0).astype(int)
    frame.loc["total"] = frame.sum()
    return frame
