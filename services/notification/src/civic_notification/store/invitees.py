"""Invitees of something closed, and the letters that invite them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from civic_chassis.db import Reading, Statement, UnitOfWork
from civic_participation.domain.notices import FollowersOf

from civic_notification.domain.invitees import Invitee
from civic_notification.domain.kinds import INVITATION


async def put(work: UnitOfWork, followed: FollowersOf, subject: str, *, invitee_id: UUID) -> Invitee:
    """The invitee with the subject; the same again is the same one."""
    values = {**_of(work, followed), "id": invitee_id, "subject": subject, "at": work.call.received_at}
    await work.execute(_PUT, values)
    row = await work.row(_ONE, {**_of(work, followed), "subject": subject, "kind": INVITATION})
    assert row is not None  # noqa: S101 - written above
    return _invitee_of(row)


async def of_object(work: Reading, followed: FollowersOf, *, limit: int) -> Sequence[Invitee]:
    """By address."""
    values = {**_of(work, followed), "kind": INVITATION, "limit": limit}
    return [_invitee_of(row) for row in await work.rows(_ALL, values)]


async def write(
    work: UnitOfWork, followed: FollowersOf, *, invitee_id: UUID, notice_id: UUID, path: str, title: str
) -> None:
    """Writes the letter; none where the invitee is unknown here, or wants no invitations."""
    values = {
        **_of(work, followed),
        "id": invitee_id,
        "notice_id": notice_id,
        "kind": INVITATION,
        "path": path,
        "words": {"title": title},
        "at": work.call.received_at,
    }
    await work.execute(_WRITE, values)


def _of(work: Reading | UnitOfWork, followed: FollowersOf) -> dict[str, Any]:
    return {
        "tenant_id": work.call.require_tenant(),
        "object_kind": followed.kind,
        "object_id": followed.id,
    }


def _invitee_of(row: Any) -> Invitee:
    return Invitee(row["id"], row["address"], row["unreachable"])


_PUT = Statement(
    """
    INSERT INTO invitee (tenant_id, object_kind, object_id, id, subject, create_time)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, object_kind, object_id, subject) DO NOTHING
    """,
    ("tenant_id", "object_kind", "object_id", "id", "subject", "at"),
)
_FOUND = """
    SELECT i.id, r.address, s.suppress_time IS NOT NULL OR p.rhythm IS NOT NULL AS unreachable
    FROM invitee AS i JOIN recipient AS r ON r.subject = i.subject
    LEFT JOIN suppression AS s ON s.address = r.address
    LEFT JOIN preference AS p ON p.subject = i.subject AND p.kind = $4 AND p.rhythm = 'never'
    WHERE i.tenant_id = $1 AND i.object_kind = $2 AND i.object_id = $3
"""
_ONE = Statement(f"{_FOUND} AND i.subject = $5", ("tenant_id", "object_kind", "object_id", "kind", "subject"))
_ALL = Statement(
    f"{_FOUND} ORDER BY r.address, i.id LIMIT $5", ("tenant_id", "object_kind", "object_id", "kind", "limit")
)
_WRITE = Statement(
    """
    WITH invited AS (
        SELECT i.subject FROM invitee AS i
        LEFT JOIN preference AS p ON p.subject = i.subject AND p.kind = $6 AND p.rhythm = 'never'
        WHERE i.tenant_id = $1 AND i.object_kind = $2 AND i.object_id = $3 AND i.id = $4 AND p.rhythm IS NULL
    ), told AS (
        INSERT INTO notice
            (id, tenant_id, kind, object_kind, object_id, path, words, translations, times, create_time)
        SELECT $5, $1, $6, $2, $3, $7, $8, '{}', '{}', $9 FROM invited RETURNING id
    ), written AS (
        INSERT INTO letter (id, tenant_id, subject, key, rhythm, state, run_at, create_time)
        SELECT gen_random_uuid(), $1, subject, 'notice:' || $5::uuid, 'now', 'waiting', $9, $9 FROM invited
        RETURNING id
    )
    INSERT INTO letter_notice (letter_id, notice_id) SELECT written.id, told.id FROM written, told
    """,
    ("tenant_id", "object_kind", "object_id", "id", "notice_id", "kind", "path", "words", "at"),
)
