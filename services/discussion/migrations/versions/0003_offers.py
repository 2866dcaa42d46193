"""What was told of published topics to the state's list."""

from alembic import op
from civic_chassis.db.migrations import create_table
from civic_chassis.db.tenancy import state_wide
from sqlalchemy import BigInteger, Column, DateTime, MetaData, Table, Text, Uuid

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

offer_telling = Table(
    "offer_telling",
    MetaData(),
    Column("tenant_id", Text, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("publish_time", DateTime(timezone=True), nullable=False),
    Column("contributions", BigInteger, nullable=False, server_default="0"),
    Column("comments", BigInteger, nullable=False, server_default="0"),
    Column("ratings", BigInteger, nullable=False, server_default="0"),
    postgresql_with={"fillfactor": 50},
    info=state_wide("counts of published topics of all tenants are compared in one statement; they are public"),
)

# Topics that were published before are told as soon as the service runs; nobody knows when they were published.
_PUBLISHED = """
INSERT INTO offer_telling (tenant_id, id, version, publish_time)
SELECT tenant_id, id, 0, create_time FROM topic_card
"""
_TIMERS = """
INSERT INTO timer (tenant_id, kind, key, due_at, run_at, payload)
SELECT tenant_id, 'topic_offer', id::text, 'epoch'::timestamptz, 'epoch'::timestamptz, '{}'::jsonb FROM topic_card
UNION ALL SELECT '', 'offer_counts', 'all', 'epoch'::timestamptz, 'epoch'::timestamptz, '{}'::jsonb
"""


def upgrade() -> None:
    create_table(op, offer_telling, grants="SELECT, INSERT, UPDATE")
    op.execute(_PUBLISHED)
    op.execute(_TIMERS)


def downgrade() -> None:
    op.execute("DELETE FROM timer WHERE kind IN ('topic_offer', 'offer_counts')")
    op.execute("DROP TABLE offer_telling")
