"""What every task of Piquet has in common."""

from typing import Any

from prefect.cache_policies import NO_CACHE

# The ledger is the only memory: caches and stored results give no exactly-once (see
# docs/decisions.md, 6), and hashing a feed's entries for a cache key would cost more than the task.
PLAIN: dict[str, Any] = {"cache_policy": NO_CACHE, "persist_result": False, "log_prints": False}
