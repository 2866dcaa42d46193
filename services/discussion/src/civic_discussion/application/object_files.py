"""Files of objects: claimed for them, kept as long as a version shows them, held by the topic."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from civic_chassis.db import Database, Reading, UnitOfWork
from civic_chassis.kernel.call import Call
from civic_chassis.kernel.errors import DomainError, Violation, invalid
from civic_participation.attachments import Claimed, Claims
from civic_participation.domain.attachments import Attachment, file_taken
from civic_participation.store import attachments as attachment_store

from civic_discussion.domain.objects import Object, file_of
from civic_discussion.store import objects as store

# What the form calls the file.
_FIELD: Final = "object.file"


async def claimed(claims: Claims, database: Database, call: Call, file_id: UUID | None) -> Claimed:
    """The upload, taken over before the transaction begins; a file that an object has already is not claimed again."""
    if file_id is None:
        return Claimed(())
    async with database.read(call) as work:
        known = await attachment_store.known(work, [file_id])
    return await claims.try_claim(call, [file_id], known=known, videos=True)


async def file_for(
    work: UnitOfWork, topic_id: UUID, key: str, file_id: UUID | None, taken: Claimed
) -> Attachment | None:
    """The file that the object is to show: one of its versions', or a new one. Raises INVALID_ARGUMENT, FILE_TAKEN or
    FILE_UNFINISHED."""
    if file_id is None:
        return None
    if file_id in await store.files_of(work, topic_id, key):
        found = await attachment_store.get(work, file_id)
        return found[0] if found is not None else None
    if await attachment_store.known(work, [file_id]):
        raise file_taken(_FIELD)
    if taken.problem is not None:
        raise _named(taken.problem)
    return taken.made[0]


async def put(work: UnitOfWork, changed: Object, taken: Claimed) -> None:
    """Writes the object with its file; a file that no version shows any more is deleted."""
    before = await store.files_of(work, changed.topic_id, changed.key)
    await store.put(work, changed)
    new = [each for each in taken.made if each.id not in before and each.id == file_of(changed.content)]
    if new:
        await attachment_store.add(
            work, changed.topic_id, new, owner=work.call.require_subject(), first_place=len(before)
        )
    for file_id in before - await store.files_of(work, changed.topic_id, changed.key):
        await attachment_store.remove(work, file_id)


async def remove(work: UnitOfWork, topic_id: UUID, key: str) -> None:
    """The object with all its versions and files."""
    for file_id in await store.files_of(work, topic_id, key):
        await attachment_store.remove(work, file_id)
    await store.remove(work, topic_id, key)


async def shown_with(work: Reading, topic_id: UUID, found: Sequence[Object]) -> list[Object]:
    """The objects, each with the file that it shows."""
    if not any(file_of(each.content) for each in found):
        return list(found)
    files = {each.id: each for each in await attachment_store.of_holder(work, topic_id)}
    return [replace(each, file=files.get(file)) if (file := file_of(each.content)) else each for each in found]


def _named(problem: DomainError) -> DomainError:
    """The refusal of a file as the form calls it."""
    if problem.reason == "FILE_NOT_FOUND":
        return invalid(Violation(_FIELD, "NOT_THERE", "no file of this person has this id"))
    named = tuple(replace(each, field=_FIELD) for each in problem.violations)
    return DomainError(problem.kind, problem.reason, problem.message, metadata=problem.metadata, violations=named)
