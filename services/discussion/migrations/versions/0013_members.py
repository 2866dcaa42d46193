"""Closed topics: invitations, and the members that they make."""

from alembic import op
from civic_chassis.db.migrations import create_table
from civic_chassis.db.tenancy import per_tenant
from sqlalchemy import Column, DateTime, Index, LargeBinary, MetaData, Table, Text, Uuid

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# What this version makes, written down: later changes of the service's metadata do not reach it.
metadata = MetaData()

invitation = Table(
    "invitation",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("topic_id", Uuid, nullable=False),
    Column("invitee_id", Uuid, nullable=False),
    Column("state", Text, nullable=False),
    Column("token_hash", LargeBinary, nullable=False),
    Column("invite_time", DateTime(timezone=True), nullable=False),
    Column("invited_by", Text, nullable=False),
    Column("join_time", DateTime(timezone=True)),
    Column("member", Text),
    Column("create_time", DateTime(timezone=True), nullable=False),
    info=per_tenant(),
)
Index("invitation_invitee", invitation.c.tenant_id, invitation.c.topic_id, invitation.c.invitee_id, unique=True)
Index("invitation_token", invitation.c.tenant_id, invitation.c.token_hash, unique=True)

member = Table(
    "member",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("topic_id", Uuid, primary_key=True),
    Column("member", Text, primary_key=True),
    Column("join_time", DateTime(timezone=True), nullable=False),
    info=per_tenant(),
)


def upgrade() -> None:
    create_table(op, invitation)
    create_table(op, member)


def downgrade() -> None:
    op.execute("DROP TABLE member")
    op.execute("DROP TABLE invitation")
