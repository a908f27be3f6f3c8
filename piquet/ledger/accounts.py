"""What holds an account back; knows no network."""

from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update

from piquet.ledger.states import DeliveryState
from piquet.ledger.store import Store, upserting
from piquet.ledger.tables import accounts, deliveries
from piquet.ledger.values import AccountState

_COLUMNS = ("paused_until", "pause_reason", "not_before")


class AccountStore(Store):
    """One row an account, made when first needed."""

    def pause(self, account: str, until: datetime, reason: str) -> None:
        """Give nothing out for this account until then."""
        self._set(account, paused_until=until, pause_reason=reason)

    def resume(self, account: str, now: datetime) -> None:
        """End the pause, and the wait its network asked for; what is due has waited since now, not since before it."""
        # What a person lets out is wanted, however old: docs/decisions.md, 21.
        due = (deliveries.c.account == account, deliveries.c.state == DeliveryState.DUE)
        ripe = or_(deliveries.c.due_at.is_(None), deliveries.c.due_at < now)
        with self._writing() as connection:
            free = {"paused_until": None, "pause_reason": None, "not_before": None}
            statement = upserting(connection, accounts).values(account=account, **free)
            connection.execute(statement.on_conflict_do_update(index_elements=["account"], set_=free))
            connection.execute(update(deliveries).where(*due, ripe).values(due_at=now))

    def rest(self, account: str, until: datetime) -> None:
        """Do not call its network before then, as it asked."""
        self._set(account, not_before=until)

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
