"""What staff notes about contributions, and who works at the desk."""

import sqlalchemy as sa
from alembic import op
from civic_chassis.db.migrations import create_table
from civic_chassis.db.tenancy import per_tenant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

colleague = sa.Table(
    "colleague",
    sa.MetaData(),
    sa.Column("tenant_id", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    info=per_tenant(),
)
_INDEXES = {
    "contribution_desk": (["tenant_id", "create_time", "id"], None),
    "contribution_starred": (["tenant_id", "create_time", "id"], "starred"),
    "contribution_label": (["tenant_id", "mark_label", "create_time", "id"], "mark_label <> ''"),
    "contribution_assignee": (["tenant_id", "assignee", "create_time", "id"], "assignee <> ''"),
}


def upgrade() -> None:
    create_table(op, colleague)
    op.add_column("contribution", sa.Column("starred", sa.Boolean, nullable=False, server_default="false"))
    for name in ("mark_label", "assignee"):
        op.add_column("contribution", sa.Column(name, sa.Text, nullable=False, server_default=""))
    for name, (columns, condition) in _INDEXES.items():
        where = sa.text(condition) if condition else None
        op.create_index(name, "contribution", columns, postgresql_where=where)


def downgrade() -> None:
    for name in _INDEXES:
        op.drop_index(name, "contribution")
    for name in ("starred", "mark_label", "assignee"):
        op.drop_column("contribution", name)
    op.drop_table("colleague")
