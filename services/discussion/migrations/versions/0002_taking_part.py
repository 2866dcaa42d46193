"""How topics take part; state, category, labels, place and anchor of contributions."""

from alembic import op
from civic_chassis.db.migrations import create_table
from civic_chassis.db.tenancy import per_tenant
from sqlalchemy import BigInteger, Boolean, Column, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

contributor = Table(
    "contributor",
    MetaData(),
    Column("tenant_id", Text, primary_key=True),
    Column("topic_id", Uuid, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("contributions", BigInteger, nullable=False, server_default="0"),
    info=per_tenant(),
)

_CONTRIBUTION = ("state", "name_office", "category", "labels", "place", "anchor")


def upgrade() -> None:
    op.add_column("topic", Column("settings", JSONB, nullable=False, server_default="{}"))
    op.add_column("contribution", Column("state", Text, nullable=False, server_default="published"))
    op.add_column("contribution", Column("name_office", Boolean, nullable=False, server_default="true"))
    op.add_column("contribution", Column("category", Text, nullable=False, server_default=""))
    op.add_column("contribution", Column("labels", JSONB, nullable=False, server_default="[]"))
    op.add_column("contribution", Column("place", JSONB))
    op.add_column("contribution", Column("anchor", JSONB))
    op.add_column("comment", Column("name_office", Boolean, nullable=False, server_default="true"))
    create_table(op, contributor, grants="SELECT, INSERT, UPDATE")


def downgrade() -> None:
    op.execute("DROP TABLE contributor")
    op.drop_column("comment", "name_office")
    for name in reversed(_CONTRIBUTION):
        op.drop_column("contribution", name)
    op.drop_column("topic", "settings")
