"""Specimens. Row-level security keeps every statement within the tenant of the call."""

from typing import Any
from uuid import UUID

from civic_chassis.db import Reading, UnitOfWork, statement
from sqlalchemy import Integer, bindparam, delete, insert, select, update

from civic_sample.domain.specimens import Specimen, Words
from civic_sample.store.tables import specimen


async def get(work: Reading | UnitOfWork, specimen_id: UUID) -> Specimen | None:
    row = await work.row(_GET, {"id": specimen_id})
    return _specimen_of(row) if row else None


async def get_for_update(work: UnitOfWork, specimen_id: UUID) -> Specimen | None:
    """Locks the specimen until the end of the unit of work."""
    row = await work.row(_GET_FOR_UPDATE, {"id": specimen_id})
    return _specimen_of(row) if row else None


async def page(work: Reading, *, after: UUID | None, limit: int) -> list[Specimen]:
    """Newest first, from the one behind `after` on."""
    if after is None:
        rows = await work.rows(_FIRST, {"limit": limit})
    else:
        rows = await work.rows(_NEXT, {"after": after, "limit": limit})
    return [_specimen_of(row) for row in rows]


async def add(work: UnitOfWork, added: Specimen) -> None:
    """Writes the specimen and all that is staged."""
    await work.last(
        _ADD,
        {
            "tenant_id": added.tenant,
            "id": added.id,
            "row_version": added.row_version,
            "create_time": added.create_time,
            "update_time": added.update_time,
            "title": added.words.title,
            "text": added.words.text,
        },
    )


async def change(work: UnitOfWork, changed: Specimen) -> None:
    """Writes the words and all that is staged; the specimen is locked by `get_for_update`."""
    await work.last(
        _CHANGE,
        {
            "specimen_id": changed.id,
            "row_version": changed.row_version,
            "update_time": changed.update_time,
            "title": changed.words.title,
            "text": changed.words.text,
        },
    )


async def remove(work: UnitOfWork, specimen_id: UUID) -> None:
    """Removes the specimen and writes all that is staged."""
    await work.last(_REMOVE, {"specimen_id": specimen_id})


def _specimen_of(row: Any) -> Specimen:
    return Specimen(
        id=row["id"],
        tenant=row["tenant_id"],
        row_version=row["row_version"],
        create_time=row["create_time"],
        update_time=row["update_time"],
        words=Words(row["title"], row["text"]),
    )


_GET = statement(select(specimen).where(specimen.c.id == bindparam("id")))
_GET_FOR_UPDATE = statement(select(specimen).where(specimen.c.id == bindparam("id")).with_for_update())
# Ids grow with time, so the primary key serves the list.
_FIRST = statement(select(specimen).order_by(specimen.c.id.desc()).limit(bindparam("limit", type_=Integer)))
_NEXT = statement(
    select(specimen)
    .where(specimen.c.id < bindparam("after"))
    .order_by(specimen.c.id.desc())
    .limit(bindparam("limit", type_=Integer))
)
_ADD = statement(
    insert(specimen).values({column.name: bindparam(column.name) for column in specimen.c}).returning(specimen.c.id)
)
_CHANGE = statement(
    update(specimen)
    .where(specimen.c.id == bindparam("specimen_id"))
    .values({name: bindparam(name) for name in ("row_version", "update_time", "title", "text")})
    .returning(specimen.c.id)
)
_REMOVE = statement(delete(specimen).where(specimen.c.id == bindparam("specimen_id")).returning(specimen.c.id))
