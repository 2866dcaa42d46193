"""Subscriptions of the list, and the offers that were compared with them."""

from alembic import op
from civic_chassis.db.migrations import create_table
from civic_chassis.db.tenancy import state_wide
from sqlalchemy import Column, DateTime, Double, Index, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import TSQUERY

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# What this version makes, written down: later changes of the service's metadata do not reach it.
metadata = MetaData()


def _text(name: str) -> "Column[str]":
    return Column(name, Text, nullable=False)


subscription = Table(
    "subscription",
    metadata,
    Column("id", Uuid, primary_key=True),
    *(_text(name) for name in ("tenant_id", "subscriber", "fingerprint", "title", "query")),
    Column("words", TSQUERY),
    *(_text(name) for name in ("kind", "tenant", "district", "theme")),
    *(Column(name, Double) for name in ("west", "south", "east", "north")),
    Column("create_time", DateTime(timezone=True), nullable=False),
    Column("begin_time", DateTime(timezone=True)),
    info=state_wide("compared with the offers of all tenants; says nothing about a person"),
)
Index("subscription_name", subscription.c.subscriber, subscription.c.fingerprint, unique=True)
Index("subscription_waiting", subscription.c.create_time, postgresql_where=subscription.c.begin_time.is_(None))
compared_offer = Table(
    "compared_offer",
    metadata,
    Column("id", Uuid, primary_key=True),
    info=state_wide("ids of offers, for the list of all tenants"),
)


def upgrade() -> None:
    create_table(op, subscription, grants="SELECT, INSERT, UPDATE, DELETE")
    create_table(op, compared_offer, grants="SELECT, INSERT")
    # What the list shows already is not new.
    op.execute("INSERT INTO compared_offer (id) SELECT id FROM offer")


def downgrade() -> None:
    op.execute("DROP TABLE compared_offer")
    op.execute("DROP TABLE subscription")
