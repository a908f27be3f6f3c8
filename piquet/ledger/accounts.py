"""What holds an account back, and its network's limits as last stated; knows no network."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from piquet.ledger.store import Store, upserting
from piquet.ledger.tables import accounts
from piquet.ledger.values import AccountState

_COLUMNS = ("paused_until", "pause_reason", "not_before", "limits", "limits_at")


class AccountStore(Store):
    """One row an account, made when first needed."""

    def pause(self, account: str, until: datetime, reason: str) -> None:
        """Give nothing out for this account until then."""
        self._set(account, paused_until=until, pause_reason=reason)

    def resume(self, account: str) -> None:
        """End the pause, and the wait its network asked for."""
        self._set(account, paused_until=None, pause_reason=None, not_before=None)

    def rest(self, account: str, until: datetime) -> None:
        """Do not call its network before then, as it asked."""
        self._set(account, not_before=until)

    def keep_limits(self, account: str, limits: Mapping[str, Any], now: datetime) -> None:
        """Remember what its network states as limits."""
        self._set(account, limits=dict(limits), limits_at=now)

    def account_state(self, account: str) -> AccountState:
        """What is known of the account; all None for one never heard of."""
        columns = [accounts.c[name] for name in _COLUMNS]
        with self._reading() as connection:
            row = connection.execute(select(*columns).where(accounts.c.account == account)).mappings().first()
        return AccountState(**row) if row else AccountState()

    def _set(self, account: str, **values: Any) -> None:
        with self._writing() as connection:
            statement = upserting(connection, accounts).values(account=account, **values)
            connection.execute(statement.on_conflict_do_update(index_elements=["account"], set_=values))
