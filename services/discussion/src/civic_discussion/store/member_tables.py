"""Tables of invitations and members of closed topics."""

from civic_chassis.db.tenancy import per_tenant
from sqlalchemy import Column, DateTime, Index, LargeBinary, MetaData, Table, Text, Uuid


def member_tables(metadata: MetaData) -> tuple[Table, Table]:
    """Declares `invitation` and `member`."""
    invitation = Table(
        "invitation",
        metadata,
        Column("tenant_id", Text, primary_key=True),
        Column("id", Uuid, primary_key=True),
        Column("topic_id", Uuid, nullable=False),
        # Whose address the notification service knows by this.
        Column("invitee_id", Uuid, nullable=False),
        Column("state", Text, nullable=False),
        Column("token_hash", LargeBinary, nullable=False),
        Column("invite_time", DateTime(timezone=True), nullable=False),
        Column("invited_by", Text, nullable=False),
        Column("join_time", DateTime(timezone=True)),
        # Subject of an account, or id of a guest; null where nobody has joined.
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
    return invitation, member
