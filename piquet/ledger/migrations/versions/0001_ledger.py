"""The first ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# Spelled out and never changed: tables.py moves on, and this file goes on making what it made.
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create every table."""
    _create_outlets()
    _create_feeds()
    _create_entries()
    _create_entry_keys()
    _create_deliveries()
    _create_moves()
    _create_strike_states()
    _create_accounts()
    _create_cycles()


def _create_outlets() -> None:
    op.create_table(
        "outlets",
        sa.Column("outlet", sa.String(length=200), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("outlet"),
    )


def _create_feeds() -> None:
    op.create_table(
        "feeds",
        sa.Column("outlet", sa.String(length=200), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text()),
        sa.Column("last_modified", sa.Text()),
        sa.Column("body_sha256", sa.String(length=64)),
        sa.Column("ok_at", TIME),
        sa.Column("failing_since", TIME),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text()),
        sa.Column("not_before", TIME),
        sa.PrimaryKeyConstraint("outlet", "url"),
    )


def _create_entries() -> None:
    op.create_table(
        "entries",
        sa.Column("id", ID, nullable=False),
        sa.Column("outlet", sa.String(length=200), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("guid", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("entry", sa.JSON(), nullable=False),
        sa.Column("disposition", sa.String(length=20), nullable=False),
        sa.Column("wait_until", TIME),
        sa.Column("first_seen", TIME, nullable=False),
        sa.Column("sort_at", TIME, nullable=False),
        sa.Column("corrected_at", TIME),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_entries_outlet_disposition_wait_until", "entries", ["outlet", "disposition", "wait_until"]
    )


def _create_entry_keys() -> None:
    op.create_table(
        "entry_keys",
        sa.Column("outlet", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("entry_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name="fk_entry_keys_entry_id"),
        sa.PrimaryKeyConstraint("outlet", "key", "entry_id"),
    )
    op.create_index("ix_entry_keys_entry_id", "entry_keys", ["entry_id"])


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", ID, nullable=False),
        sa.Column("entry_id", ID),
        sa.Column("outlet", sa.String(length=200), nullable=False),
        sa.Column("account", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("sort_at", TIME, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("frozen", sa.Boolean(), nullable=False),
        sa.Column("payload", sa.JSON()),
        sa.Column("decision", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("not_before", TIME),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.String(length=200)),
        sa.Column("lease_until", TIME),
        sa.Column("first_attempt_at", TIME),
        sa.Column("attempted_at", TIME),
        sa.Column("sent_at", TIME),
        sa.Column("receipt_id", sa.Text()),
        sa.Column("receipt_url", sa.Text()),
        sa.Column("error_class", sa.String(length=200)),
        sa.Column("error", sa.Text()),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name="fk_deliveries_entry_id"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("entry_id", "account", name="uq_deliveries_entry_id_account"),
        sa.UniqueConstraint("key", name="uq_deliveries_key"),
    )
    op.create_index("ix_deliveries_account_sent_at", "deliveries", ["account", "sent_at"])
    op.create_index(
        "ix_deliveries_claim", "deliveries", ["outlet", "account", "state", "rank", "sort_at", "id"]
    )
    op.create_index("ix_deliveries_outlet_updated_at", "deliveries", ["outlet", "updated_at", "id"])


def _create_moves() -> None:
    op.create_table(
        "moves",
        sa.Column("id", ID, nullable=False),
        sa.Column("delivery_id", ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("from", sa.String(length=20)),
        sa.Column("to", sa.String(length=20), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name="fk_moves_delivery_id"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_moves_delivery_id", "moves", ["delivery_id", "id"])


def _create_strike_states() -> None:
    op.create_table(
        "strike_states",
        sa.Column("id", ID, nullable=False),
        sa.Column("outlet", sa.String(length=200), nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_strike_states_outlet", "strike_states", ["outlet", "id"])


def _create_accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("account", sa.String(length=200), nullable=False),
        sa.Column("paused_until", TIME),
        sa.Column("pause_reason", sa.Text()),
        sa.Column("not_before", TIME),
        sa.Column("limits", sa.JSON()),
        sa.Column("limits_at", TIME),
        sa.PrimaryKeyConstraint("account"),
    )


def _create_cycles() -> None:
    op.create_table(
        "cycles",
        sa.Column("id", ID, nullable=False),
        sa.Column("outlet", sa.String(length=200), nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("ended_at", TIME),
        sa.Column("summary", sa.JSON()),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_cycles_outlet", "cycles", ["outlet", "id"])
