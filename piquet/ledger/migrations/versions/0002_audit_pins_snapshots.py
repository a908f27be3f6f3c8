"""Since when a delivery waits, the audit chain, pins, and what readers did."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

# Spelled out and never changed: tables.py moves on, and this file goes on making what it made.
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
NAME = sa.String(length=200)


def upgrade() -> None:
    """Add the column, two indexes and the three tables."""
    op.add_column("deliveries", sa.Column("due_at", TIME))
    # What waits now has waited since it was made, as far as the first ledger can tell.
    op.execute("UPDATE deliveries SET due_at = created_at WHERE state IN ('due', 'sending', 'unsettled')")
    op.create_index("ix_deliveries_outlet_sent_at", "deliveries", ["outlet", "sent_at"])
    op.create_index("ix_entries_outlet_first_seen", "entries", ["outlet", "first_seen"])
    _create_audit()
    _create_pins()
    _create_snapshots()


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", ID, nullable=False),
        sa.Column("outlet", NAME, nullable=False),
        sa.Column("chain", NAME, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("delivery_id", ID),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("outlet", "chain", "number", name="uq_audit_outlet_chain_number"),
    )
    op.create_index("ix_audit_outlet_at", "audit", ["outlet", "at", "id"])


def _create_pins() -> None:
    op.create_table(
        "pins",
        sa.Column("id", ID, nullable=False),
        sa.Column("outlet", NAME, nullable=False),
        sa.Column("account", NAME, nullable=False),
        sa.Column("delivery_id", ID, nullable=False),
        sa.Column("former", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name="fk_pins_delivery_id"),
        sa.UniqueConstraint("delivery_id", name="uq_pins_delivery_id"),
    )
    op.create_index("ix_pins_outlet_account_state", "pins", ["outlet", "account", "state"])


def _create_snapshots() -> None:
    op.create_table(
        "snapshots",
        sa.Column("delivery_id", ID, nullable=False),
        sa.Column("age", sa.Integer(), nullable=False),
        sa.Column("outlet", NAME, nullable=False),
        sa.Column("taken_at", TIME, nullable=False),
        sa.Column("likes", sa.BigInteger()),
        sa.Column("reposts", sa.BigInteger()),
        sa.Column("replies", sa.BigInteger()),
        sa.Column("quotes", sa.BigInteger()),
        sa.Column("views", sa.BigInteger()),
        sa.PrimaryKeyConstraint("delivery_id", "age"),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name="fk_snapshots_delivery_id"),
    )
    op.create_index("ix_snapshots_outlet_taken_at", "snapshots", ["outlet", "taken_at"])
