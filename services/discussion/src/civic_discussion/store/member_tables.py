"""Tables of invitations and members of closed topics."""

from civic_chassis.db.tenancy import per_tenant
from sqlalchemy import Column, DateTime, Index, LargeBinary, MetaData, Table, Text, Uuid

from civic_discussion.store.columns import text, time


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
        text("state"),
        Column("token_hash", LargeBinary, nullable=False),
        time("invite_time"),
        text("invited_by"),
        Column("join_time", DateTime(timezone=True)),
        # Subject of an account, or id of a guest; null where nobody has joined.
        Column("member", Text),
        time("create_time"),
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
        time("join_time"),
        info=per_tenant(),
    )
    return invitation, member
