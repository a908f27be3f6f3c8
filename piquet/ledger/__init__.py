"""The ledger: every entry seen, every delivery and what became of it, in SQL; knows neither networks nor Prefect."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from piquet.ledger.ledger import Ledger
    from piquet.ledger.migrate import upgrade

_HOMES = {"Ledger": "piquet.ledger.ledger", "upgrade": "piquet.ledger.migrate"}


def __getattr__(name: str) -> Any:
    """Load on first use: the pure rules import `piquet.ledger.values` and must not pay for SQLAlchemy (0.4 s)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


__all__ = ["Ledger", "upgrade"]
