"""Attachments of a tool's texts, and the work that waits for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from civic_chassis.db import Database, Reading, Statement, UnitOfWork, statement
from civic_chassis.db.errors import DRIVER_ERRORS, translate
from sqlalchemy import (
    ColumnElement,
    MetaData,
    Uuid,
    and_,
    any_,
    bindparam,
    delete,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from civic_participation.domain.attachments import Attachment, AttachmentState, Cleaned, Note, Thumbnail
from civic_participation.store.attachment_tables import attachment_tables

# How long a worker may take before another tries.
LEASE = timedelta(minutes=3)


class Work(StrEnum):
    """What is to be done with a file outside of any call."""

    CLEAN = "clean"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Job:
    """Work that waits; `attempts` counts this one."""

    tenant: str
    attachment_id: UUID
    work: Work
    attempts: int


async def get(work: Reading | UnitOfWork, attachment_id: UUID) -> tuple[Attachment, UUID] | None:
    """The attachment and the text that holds it."""
    row = await work.row(_GET, {"id": attachment_id})
    return (attachment_of(row), row["holder_id"]) if row else None


async def of_holder(work: Reading | UnitOfWork, holder_id: UUID) -> list[Attachment]:
    """The attachments of a text in their order."""
    return [attachment_of(row) for row in await work.rows(_OF_HOLDER, {"holder_id": holder_id})]


async def known(work: Reading | UnitOfWork, ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Which of these files a text of this tool holds already: file → text."""
    if not ids:
        return {}
    rows = await work.rows(_KNOWN, {"ids": list(ids)})
    return {row["id"]: row["holder_id"] for row in rows}


async def add(
    work: UnitOfWork, holder_id: UUID, attachments: Sequence[Attachment], *, owner: str, first_place: int
) -> None:
    """Attaches files to a text and lets them be cleaned."""
    for place, attachment in enumerate(attachments, start=first_place):
        await work.execute(
            _ADD,
            {**values_of(attachment), "holder_id": holder_id, "place": place, "owner_subject": owner},
        )
        await work.execute(_QUEUE, _job(work, attachment.id, Work.CLEAN))


async def remove(work: UnitOfWork, attachment_id: UUID) -> None:
    """Takes a file from its text and lets what is stored of it be deleted."""
    await work.execute(_REMOVE, {"id": attachment_id})
    await work.execute(_QUEUE, _job(work, attachment_id, Work.DELETE))


async def describe(work: UnitOfWork, attachment_id: UUID, alt_text: str) -> None:
    """Keeps what a picture shows, in words."""
    await work.execute(_DESCRIBE, {"attachment_id": attachment_id, "alt_text": alt_text})


async def set_state(work: UnitOfWork, attachment_id: UUID, state: AttachmentState) -> None:
    """Hides a file that is ready, or shows it again: for moderators."""
    await work.execute(_SET_STATE, {"attachment_id": attachment_id, "state": state.value})


async def finish(work: UnitOfWork, attachment_id: UUID, cleaned: Cleaned) -> bool:
    """Writes what became of a file; False where it was taken away meanwhile. The job is done either way."""
    await work.execute(_DONE, {"tenant_id": work.call.require_tenant(), "id": attachment_id})
    values = {
        "attachment_id": attachment_id,
        "state": cleaned.state.value,
        "size": cleaned.size,
        "width": cleaned.width,
        "height": cleaned.height,
        "digest": cleaned.digest,
        "reason": cleaned.reason,
        "notes": [note.value for note in cleaned.notes],
        "thumbnails": [_thumbnail_values(each) for each in cleaned.thumbnails],
    }
    return await work.execute(_FINISH, values) == 1


def has_gap(c: Any) -> ColumnElement[bool]:
    """A picture that nobody described, or a document that hinders people who do not see it."""
    undescribed = and_(c.media_type.startswith("image/"), c.alt_text == literal_column("''"))
    noted = func.jsonb_array_length(c.notes) > literal_column("0")
    return and_(c.state == literal_column("'ready'"), or_(undescribed, noted))


def files_of(attachments: Sequence[Attachment]) -> list[dict[str, Any]]:
    """The parameter `files` of a statement that holds ATTACH."""
    return [
        {
            "id": str(each.id),
            "place": place,
            "name": each.name,
            "size": each.size,
            "media_type": each.media_type,
            "alt_text": each.alt_text,
            "width": each.width,
            "height": each.height,
            "notes": [note.value for note in each.notes],
        }
        for place, each in enumerate(attachments)
    ]


async def next_job(database: Database) -> Job | None:
    """Takes what is due, in any tenant; another worker gets it only where this one does not end in time."""
    now = database.clock.now()
    try:
        row = await database.pool.fetchrow(_NEXT_JOB, now, now + LEASE)
    except DRIVER_ERRORS as error:
        raise translate(error) from error
    return Job(row["tenant_id"], row["id"], Work(row["work"]), row["attempts"]) if row else None


async def postpone(database: Database, job: Job, run_at: datetime) -> None:
    """Lets the work be tried again at a time."""
    try:
        await database.pool.execute(_POSTPONE, job.tenant, job.attachment_id, run_at)
    except DRIVER_ERRORS as error:
        raise translate(error) from error


async def done(work: UnitOfWork, job: Job) -> None:
    """The work is done."""
    await work.execute(_DONE, {"tenant_id": job.tenant, "id": job.attachment_id})


def attachment_of(row: Any) -> Attachment:
    return Attachment(
        id=row["id"],
        tenant=row["tenant_id"],
        name=row["name"],
        size=row["size"],
        media_type=row["media_type"],
        create_time=row["create_time"],
        state=AttachmentState(row["state"]),
        alt_text=row["alt_text"],
        width=row["width"],
        height=row["height"],
        digest=row["digest"],
        reason=row["reason"],
        notes=tuple(map(Note, row["notes"])),
        thumbnails=tuple(Thumbnail(**each) for each in row["thumbnails"]),
    )


def values_of(attachment: Attachment) -> dict[str, Any]:
    """Parameters for writing an attachment, without holder, place and owner."""
    return {
        "tenant_id": attachment.tenant,
        "id": attachment.id,
        "create_time": attachment.create_time,
        "name": attachment.name,
        "size": attachment.size,
        "media_type": attachment.media_type,
        "state": attachment.state.value,
        "alt_text": attachment.alt_text,
        "width": attachment.width,
        "height": attachment.height,
        "digest": attachment.digest,
        "reason": attachment.reason,
        "notes": [note.value for note in attachment.notes],
        "thumbnails": [_thumbnail_values(each) for each in attachment.thumbnails],
    }


def _thumbnail_values(thumbnail: Thumbnail) -> dict[str, Any]:
    return {
        "name": thumbnail.name,
        "media_type": thumbnail.media_type,
        "width": thumbnail.width,
        "height": thumbnail.height,
    }


def _job(work: UnitOfWork, attachment_id: UUID, kind: Work) -> dict[str, Any]:
    return {
        "tenant_id": work.call.require_tenant(),
        "id": attachment_id,
        "work": kind.value,
        "run_at": work.call.received_at,
    }


_attachment, _jobs = attachment_tables(MetaData())
_GET = statement(select(_attachment).where(_attachment.c.id == bindparam("id")))
_OF_HOLDER = statement(
    select(_attachment).where(_attachment.c.holder_id == bindparam("holder_id")).order_by(_attachment.c.place)
)
_KNOWN = statement(
    select(_attachment.c.id, _attachment.c.holder_id).where(
        _attachment.c.id == any_(bindparam("ids", type_=ARRAY(Uuid)))
    )
)
_ADD = statement(_attachment.insert().values({column.name: bindparam(column.name) for column in _attachment.columns}))
_REMOVE = statement(delete(_attachment).where(_attachment.c.id == bindparam("id")))
_DESCRIBE = statement(
    update(_attachment).where(_attachment.c.id == bindparam("attachment_id")).values(alt_text=bindparam("alt_text"))
)
_SET_STATE = statement(
    update(_attachment).where(_attachment.c.id == bindparam("attachment_id")).values(state=bindparam("state"))
)
_FINISH = statement(
    update(_attachment)
    .where(_attachment.c.id == bindparam("attachment_id"), _attachment.c.state == AttachmentState.PROCESSING.value)
    .values(
        {
            name: bindparam(name)
            for name in ("state", "size", "width", "height", "digest", "reason", "notes", "thumbnails")
        }
    )
)
_DONE = statement(delete(_jobs).where(_jobs.c.tenant_id == bindparam("tenant_id"), _jobs.c.id == bindparam("id")))
# Pieces of a WITH that writes a text as `added` (its id) in one statement with its files.
ATTACH = """
attached AS (
    INSERT INTO attachment
        (tenant_id, id, holder_id, place, owner_subject, create_time, name, size, media_type, state, alt_text, width,
         height, digest, reason, notes, thumbnails)
    SELECT :tenant_id, file.id, added.id, file.place, :author_subject, :create_time, file.name, file.size,
           file.media_type, 'processing', file.alt_text, file.width, file.height, '', '', file.notes, '[]'
    FROM added, jsonb_to_recordset(:files) AS file
        (id uuid, place smallint, name text, size bigint, media_type text, alt_text text, width int, height int,
         notes jsonb)
), queued AS (
    INSERT INTO attachment_job (tenant_id, id, work, run_at)
    SELECT :tenant_id, file.id, 'clean', :create_time FROM added, jsonb_to_recordset(:files) AS file (id uuid)
)"""
_QUEUE = Statement(
    """
INSERT INTO attachment_job (tenant_id, id, work, run_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant_id, id) DO UPDATE SET work = excluded.work, run_at = excluded.run_at, attempts = 0
    """,
    ("tenant_id", "id", "work", "run_at"),
)
_NEXT_JOB = """
UPDATE attachment_job SET run_at = $2, attempts = attempts + 1 WHERE (tenant_id, id) = (
    SELECT tenant_id, id FROM attachment_job WHERE run_at <= $1 ORDER BY run_at LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING tenant_id, id, work, attempts
"""
_POSTPONE = "UPDATE attachment_job SET run_at = $3 WHERE tenant_id = $1 AND id = $2"
