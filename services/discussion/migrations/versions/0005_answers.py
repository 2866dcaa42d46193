"""Official answers, outcomes, versions, origins, and words for finding what is similar."""

from alembic import op
from civic_chassis.db.migrations import app_role, create_table
from civic_chassis.db.tenancy import per_tenant, state_wide
from sqlalchemy import BigInteger, Column, DateTime, Index, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_metadata = MetaData()

contribution_version = Table(
    "contribution_version",
    _metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("contribution_id", Uuid, primary_key=True),
    Column("version", BigInteger, primary_key=True),
    Column("create_time", DateTime(timezone=True), nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    info=per_tenant(),
)

contribution_origin = Table(
    "contribution_origin",
    _metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("contribution_id", Uuid, primary_key=True),
    Column("origin_id", Uuid, primary_key=True),
    Column("create_time", DateTime(timezone=True), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    info=per_tenant(),
)

contribution_words = Table(
    "contribution_words",
    _metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("topic_id", Uuid, nullable=False),
    Column("title", Text, nullable=False),
    Column("search", TSVECTOR, nullable=False),
    info=state_wide("an index of words serves no table with row-level security; holds published words alone"),
)
Index("contribution_words_search", contribution_words.c.search, postgresql_using="gin")

_GRANTS = {
    contribution_version: "SELECT, INSERT",
    contribution_origin: "SELECT, INSERT",
    contribution_words: "SELECT, INSERT, UPDATE, DELETE",
}


def upgrade() -> None:
    op.add_column("topic", Column("outcome", JSONB))
    op.add_column("contribution", Column("answer", JSONB))
    op.add_column("contribution", Column("merged_into", Uuid))
    op.add_column("contribution", Column("words_version", BigInteger, nullable=False, server_default="1"))
    # Merging takes comments over into the contribution that stays.
    op.execute(f'GRANT UPDATE (contribution_id) ON comment TO "{app_role(op)}"')
    for table, grants in _GRANTS.items():
        create_table(op, table, grants=grants)


def downgrade() -> None:
    op.execute(f'REVOKE UPDATE (contribution_id) ON comment FROM "{app_role(op)}"')
    for table in reversed(_GRANTS):
        op.execute(f'DROP TABLE "{table.name}"')
    for name in ("words_version", "merged_into", "answer"):
        op.drop_column("contribution", name)
    op.drop_column("topic", "outcome")
