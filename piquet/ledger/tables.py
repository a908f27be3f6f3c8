"""The ledger's tables as this version of the code sees them, on SQLite and PostgreSQL alike."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

# The newest of migrations/versions. Revisions are numbers, so that opening can tell older from newer without alembic.
REVISION = "0002"

# Notices and reminders go before entries. The rank is stored with the delivery, so that an index gives the order.
RANKS = {"notice": 0, "reminder": 1, "closing": 1, "entry": 2}


class UtcTime(TypeDecorator[datetime]):
    """An aware time, stored in UTC and read back aware: SQLite keeps no offset, PostgreSQL answers in the session's."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """To UTC; a naive time is a bug of the caller."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive time was given to the ledger: {value.isoformat()}")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class AnyText(TypeDecorator[str]):
    """Text from outside: PostgreSQL takes no NUL and neither database a lone surrogate; feeds hold both."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        """With U+FFFD for what no database takes."""
        return None if value is None else storable(value)


def storable(text: str) -> str:
    """The text as an AnyText column gives it back."""
    return text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


# `json`, not `jsonb`, on PostgreSQL: a frozen payload keeps the order of its keys, and may hold "\u0000".
_Json = JSON(none_as_null=True)
_Id = BigInteger().with_variant(Integer, "sqlite")
_Name = String(200)
_Key = String(64)

metadata = MetaData()

# `turn` grows by one with every entry that gets deliveries; its row is also the lock under which an outlet records.
outlets = Table(
    "outlets",
    metadata,
    Column("outlet", _Name, primary_key=True),
    Column("turn", BigInteger, nullable=False, default=0),
)

feeds = Table(
    "feeds",
    metadata,
    Column("outlet", _Name, primary_key=True),
    Column("url", Text, primary_key=True),
    Column("etag", AnyText),
    Column("last_modified", AnyText),
    Column("body_sha256", _Key),
    Column("ok_at", UtcTime),
    Column("failing_since", UtcTime),
    Column("failures", Integer, nullable=False, default=0),
    Column("last_error", AnyText),
    Column("not_before", UtcTime),
)

entries = Table(
    "entries",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("outlet", _Name, nullable=False),
    Column("feed", AnyText, nullable=False),
    Column("guid", AnyText, nullable=False),
    Column("link", AnyText, nullable=False),
    Column("entry", _Json, nullable=False),
    Column("disposition", String(20), nullable=False),
    Column("wait_until", UtcTime),
    Column("first_seen", UtcTime, nullable=False),
    # When it was published, or first seen where the feed does not say: the order in which entries go out.
    Column("sort_at", UtcTime, nullable=False),
    # When its title or link was last corrected.
    Column("corrected_at", UtcTime),
    Index("ix_entries_outlet_disposition_wait_until", "outlet", "disposition", "wait_until"),
    Index("ix_entries_outlet_first_seen", "outlet", "first_seen"),
)

# Every id, link, title... by which an article was ever met: a key may have several articles, an article several keys.
entry_keys = Table(
    "entry_keys",
    metadata,
    Column("outlet", _Name, primary_key=True),
    Column("key", _Key, primary_key=True),
    Column("entry_id", _Id, ForeignKey("entries.id", name="fk_entry_keys_entry_id"), primary_key=True),
    Index("ix_entry_keys_entry_id", "entry_id"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("entry_id", _Id, ForeignKey("entries.id", name="fk_deliveries_entry_id")),
    Column("outlet", _Name, nullable=False),
    Column("account", _Name, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("rank", SmallInteger, nullable=False),
    Column("sort_at", UtcTime, nullable=False),
    Column("key", _Name, nullable=False),
    Column("state", String(20), nullable=False),
    Column("frozen", Boolean, nullable=False, default=False),
    Column("payload", _Json),
    Column("decision", _Json, nullable=False),
    Column("reason", AnyText, nullable=False),
    Column("not_before", UtcTime),
    Column("attempts", Integer, nullable=False, default=0),
    Column("lease_owner", _Name),
    Column("lease_until", UtcTime),
    Column("first_attempt_at", UtcTime),
    Column("attempted_at", UtcTime),
    Column("sent_at", UtcTime),
    Column("receipt_id", AnyText),
    Column("receipt_url", AnyText),
    Column("error_class", _Name),
    Column("error", AnyText),
    # Since when it waits to go out: at its beginning, or at its release. Staleness counts from here.
    Column("due_at", UtcTime),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    UniqueConstraint("key", name="uq_deliveries_key"),
    UniqueConstraint("entry_id", "account", name="uq_deliveries_entry_id_account"),
    # Claiming walks this one and stops at the first row.
    Index("ix_deliveries_claim", "outlet", "account", "state", "rank", "sort_at", "id"),
    Index("ix_deliveries_outlet_updated_at", "outlet", "updated_at", "id"),
    Index("ix_deliveries_account_sent_at", "account", "sent_at"),
    Index("ix_deliveries_outlet_sent_at", "outlet", "sent_at"),
)

moves = Table(
    "moves",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("delivery_id", _Id, ForeignKey("deliveries.id", name="fk_moves_delivery_id"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("from", String(20)),
    Column("to", String(20), nullable=False),
    Column("why", AnyText, nullable=False),
    Index("ix_moves_delivery_id", "delivery_id", "id"),
)

strike_states = Table(
    "strike_states",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("outlet", _Name, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("digest", _Key, nullable=False),
    Column("state", _Json, nullable=False),
    Index("ix_strike_states_outlet", "outlet", "id"),
)

# Its row is also the lane of an account: who claims, or rewrites what is due, holds it.
accounts = Table(
    "accounts",
    metadata,
    Column("account", _Name, primary_key=True),
    Column("paused_until", UtcTime),
    Column("pause_reason", AnyText),
    Column("not_before", UtcTime),
    Column("limits", _Json),
    Column("limits_at", UtcTime),
)

cycles = Table(
    "cycles",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("outlet", _Name, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Column("summary", _Json),
    Index("ix_cycles_outlet", "outlet", "id"),
)

# What an auditor asks for, append-only: each row carries the hash of the one before it in its chain, so that a later
# change shows. A chain is an account's, or the outlet's own ("").
audit = Table(
    "audit",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("outlet", _Name, nullable=False),
    Column("chain", _Name, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("who", AnyText, nullable=False),
    Column("why", AnyText, nullable=False),
    Column("delivery_id", _Id),
    Column("body", _Json, nullable=False),
    Column("previous", _Key, nullable=False),
    Column("hash", _Key, nullable=False),
    UniqueConstraint("outlet", "chain", "number", name="uq_audit_outlet_chain_number"),
    Index("ix_audit_outlet_at", "outlet", "at", "id"),
)

# A post that stands first on an account's page for a strike, and what stood there before it.
pins = Table(
    "pins",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("outlet", _Name, nullable=False),
    Column("account", _Name, nullable=False),
    Column("delivery_id", _Id, ForeignKey("deliveries.id", name="fk_pins_delivery_id"), nullable=False),
    Column("former", _Json, nullable=False),
    Column("state", String(20), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    UniqueConstraint("delivery_id", name="uq_pins_delivery_id"),
    Index("ix_pins_outlet_account_state", "outlet", "account", "state"),
)

# What readers did with a post at an age of it, in seconds; append-only. None is what the network does not tell, which is not 0.
snapshots = Table(
    "snapshots",
    metadata,
    Column(
        "delivery_id", _Id, ForeignKey("deliveries.id", name="fk_snapshots_delivery_id"), primary_key=True
    ),
    Column("age", Integer, primary_key=True),
    Column("outlet", _Name, nullable=False),
    Column("taken_at", UtcTime, nullable=False),
    Column("likes", BigInteger),
    Column("reposts", BigInteger),
    Column("replies", BigInteger),
    Column("quotes", BigInteger),
    Column("views", BigInteger),
    Index("ix_snapshots_outlet_taken_at", "outlet", "taken_at"),
)
