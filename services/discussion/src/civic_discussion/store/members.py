"""Members of closed topics, their invitations, and which topic a thing belongs to."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from civic_chassis.db import Reading, Statement, UnitOfWork

from civic_discussion.domain.invitations import Invitation, InvitationState, Opened


async def of_topic(work: Reading | UnitOfWork, topic_id: UUID) -> Sequence[Invitation]:
    """Oldest first."""
    return [_invitation_of(row) for row in await work.rows(_OF_TOPIC, {"topic_id": topic_id})]


async def get_for_update(work: UnitOfWork, invitation_id: UUID) -> Invitation | None:
    """Locks the invitation until the end of the unit of work."""
    row = await work.row(_GET, {"id": invitation_id})
    return _invitation_of(row) if row else None


async def opened(work: Reading | UnitOfWork, token_hash: bytes) -> Opened | None:
    """What a token opens; in a unit of work it is locked."""
    row = await work.row(_OPENED if isinstance(work, Reading) else _OPENED_LOCKED, {"token_hash": token_hash})
    return Opened(_invitation_of(row), row["topic_title"]) if row else None


async def put(work: UnitOfWork, invitation: Invitation) -> None:
    """Writes the invitation, and the member where it has one; without one it takes its member away."""
    values = {
        "tenant_id": invitation.tenant,
        "id": invitation.id,
        "topic_id": invitation.topic_id,
        "invitee_id": invitation.invitee_id,
        "state": invitation.state.value,
        "token_hash": invitation.token_hash,
        "invite_time": invitation.invite_time,
        "invited_by": invitation.invited_by,
        "join_time": invitation.join_time,
        "member": invitation.member,
        "create_time": invitation.create_time,
    }
    await work.execute(_LEAVE, {"id": invitation.id, "member": invitation.member})
    await work.execute(_PUT, values)
    if invitation.member is not None:
        await work.execute(_JOIN, values)


async def subjects(work: Reading | UnitOfWork, topic_id: UUID) -> Sequence[str]:
    """The members of the topic."""
    return [row["member"] for row in await work.rows(_SUBJECTS, {"topic_id": topic_id})]


async def is_hidden(work: Reading, kind: str, thing_id: UUID, *, subject: str | None) -> tuple[bool, bool]:
    """Whether the thing belongs to a closed topic of which the person is no member; and whether it belongs to one that
    everybody finds, for good."""
    row = await work.row(_HIDDEN[kind], {"id": thing_id, "subject": subject})
    if row is None:
        return False, False
    return row["closed"] and not row["member"], row["published"] and not row["closed"]


def _invitation_of(row: Any) -> Invitation:
    return Invitation(
        id=row["id"],
        tenant=row["tenant_id"],
        topic_id=row["topic_id"],
        invitee_id=row["invitee_id"],
        state=InvitationState(row["state"]),
        token_hash=row["token_hash"],
        invite_time=row["invite_time"],
        invited_by=row["invited_by"],
        join_time=row["join_time"],
        member=row["member"],
        create_time=row["create_time"],
    )


_OF_TOPIC = Statement("SELECT * FROM invitation WHERE topic_id = $1 ORDER BY create_time, id", ("topic_id",))
_GET = Statement("SELECT * FROM invitation WHERE id = $1 FOR UPDATE", ("id",))
_FIND = """
    SELECT i.*, t.title AS topic_title FROM invitation AS i
    JOIN topic AS t ON t.tenant_id = i.tenant_id AND t.id = i.topic_id WHERE i.token_hash = $1 AND t.published
"""
_OPENED = Statement(_FIND, ("token_hash",))
_OPENED_LOCKED = Statement(f"{_FIND} FOR UPDATE OF i", ("token_hash",))
_LEAVE = Statement(
    """
    DELETE FROM member USING invitation AS i
    WHERE i.id = $1 AND i.member IS NOT NULL AND i.member IS DISTINCT FROM $2::text
        AND member.topic_id = i.topic_id AND member.member = i.member
    """,
    ("id", "member"),
)
_PUT = Statement(
    """
    INSERT INTO invitation (
        tenant_id, id, topic_id, invitee_id, state, token_hash, invite_time, invited_by, join_time, member, create_time
    ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    ON CONFLICT (tenant_id, id) DO UPDATE SET
        state = $5, token_hash = $6, invite_time = $7, invited_by = $8, join_time = $9, member = $10
    """,
    (
        *("tenant_id", "id", "topic_id", "invitee_id", "state", "token_hash"),
        *("invite_time", "invited_by", "join_time", "member", "create_time"),
    ),
)
_JOIN = Statement(
    "INSERT INTO member (tenant_id, topic_id, member, join_time) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    ("tenant_id", "topic_id", "member", "join_time"),
)
_SUBJECTS = Statement("SELECT member FROM member WHERE topic_id = $1 ORDER BY member", ("topic_id",))


def _hidden(found: str) -> Statement:
    return Statement(
        f"""
        SELECT t.published, t.settings ? 'closed' AS closed,
            EXISTS (SELECT FROM member AS m WHERE m.topic_id = t.id AND m.member = $2::text) AS member
        FROM topic AS t WHERE t.id = ({found})
        """,  # noqa: S608 - constants
        ("id", "subject"),
    )


# By what a request names.
_HIDDEN = {
    "topic": _hidden("$1::uuid"),
    "contribution": _hidden("SELECT topic_id FROM contribution WHERE id = $1::uuid"),
    "comment": _hidden(
        "SELECT c.topic_id FROM comment AS o JOIN contribution AS c ON c.id = o.contribution_id WHERE o.id = $1::uuid"
    ),
    "attachment": _hidden(
        # What is no contribution is a topic, which holds the files of its objects.
        "SELECT coalesce(c.topic_id, a.holder_id) FROM attachment AS a"
        " LEFT JOIN contribution AS c ON c.id = a.holder_id WHERE a.id = $1::uuid"
    ),
}
