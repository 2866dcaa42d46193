"""Attachments as every tool has them: claimed from uploads for a text."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from civic_chassis.db import Reading, UnitOfWork
from civic_chassis.inspection import ALLOWED
from civic_chassis.kernel.call import Call
from civic_chassis.kernel.errors import DomainError, Kind, Violation, invalid
from civic_chassis.objects import Objects
from civic_chassis.upload import Upload, UploadState
from civic_chassis.uploads import Uploads

from civic_participation.domain.attachments import (
    ATTACHMENTS_MAX,
    Attachment,
    Note,
    checked_ids,
    file_missing,
    file_taken,
    file_unfinished,
)
from civic_participation.store import attachments as store


def place_of(tenant: str, attachment_id: UUID, name: str = "content") -> str:
    """Where the object store has the file, or one of its smaller forms."""
    return f"attachments/{tenant}/{attachment_id}/{name}"


@dataclass(frozen=True, slots=True)
class Claimed:
    """Files that a text is to have: `made` were taken over for it, `problem` is why one could not be.

    A call that was done before has nothing left to claim, so the problem is raised only where that has been asked.
    """

    ids: tuple[UUID, ...]
    made: tuple[Attachment, ...] = ()
    problem: DomainError | None = None

    async def for_new(self, work: Reading, *, max: int) -> tuple[Attachment, ...]:
        """The files of a text that is new. Raises TOO_MANY_FILES, FILE_NOT_FOUND, FILE_UNFINISHED, FILE_TAKEN."""
        self._check(max)
        if self.made and await store.known(work, self.ids):
            raise file_taken()
        return self.made

    async def for_held(self, work: UnitOfWork, holder_id: UUID, *, max: int) -> list[Attachment]:
        """Lets the text, which is locked and the caller's own, have these files and no others; returns them."""
        self._check(max)
        before = await store.of_holder(work, holder_id)
        held = {each.id for each in before}
        known = await store.known(work, self.ids)
        if any(holder != holder_id for holder in known.values()):
            raise file_taken()
        for attachment in before:
            if attachment.id not in self.ids:
                await store.remove(work, attachment.id)
        new = [each for each in self.made if each.id not in held]
        if new:
            owner = work.call.require_subject()
            await store.add(work, holder_id, new, owner=owner, first_place=len(before))
        return await store.of_holder(work, holder_id)

    def _check(self, max: int) -> None:
        checked_ids(self.ids, max=max)
        if self.problem is not None:
            raise self.problem


class Claims:
    """Takes uploads over for a tool, before its transaction begins. `objects` is None where no store is set."""

    def __init__(self, objects: Objects | None, tool: str) -> None:
        self._uploads = Uploads(objects) if objects is not None else None
        self._tool = tool

    async def try_claim(
        self, call: Call, ids: Sequence[UUID], *, known: Collection[UUID] = (), videos: bool = False
    ) -> Claimed:
        """Claims those files that no text of the tool holds yet (`known`). Raises UNAVAILABLE."""
        wanted = tuple(dict.fromkeys(ids))
        # More than any text takes: nothing is claimed for what will be refused.
        new = [each for each in wanted if each not in known] if len(wanted) <= ATTACHMENTS_MAX else []
        if not new:
            return Claimed(wanted)
        try:
            return Claimed(wanted, tuple(await self.claim(call, new, videos=videos)))
        except DomainError as error:
            if error.kind is Kind.UNAVAILABLE:
                raise
            return Claimed(wanted, problem=error)

    async def claim(self, call: Call, ids: Sequence[UUID], *, videos: bool = False) -> list[Attachment]:
        """The files as attachments that are yet to be cleaned. Raises FILE_NOT_FOUND for what the caller did not send
        to this tenant, FILE_UNFINISHED, FILE_TAKEN, and INVALID_ARGUMENT for a video where none is wanted."""
        if self._uploads is None:
            raise DomainError(Kind.UNAVAILABLE, "UNAVAILABLE", "no object store is set")
        tenant, subject = call.require_tenant(), call.require_subject()
        found = await asyncio.gather(*(self._find(self._uploads, tenant, subject, each) for each in ids))
        for upload in found:
            if upload.state is not UploadState.READY:
                raise file_unfinished()
            if upload.kind is not None and upload.kind.is_video and not videos:
                raise invalid(Violation("attachments", "FILE_KIND", "a video", {"allowed": ALLOWED}))
            if not await self._uploads.claim(tenant, upload.id, self._tool):
                raise file_taken()
        return [_attachment(upload, call.received_at) for upload in found]

    async def _find(self, uploads: Uploads, tenant: str, subject: str, upload_id: UUID) -> Upload:
        try:
            return await uploads.find(tenant, upload_id, owner=subject)
        except DomainError as error:
            if error.kind in (Kind.NOT_FOUND, Kind.GONE):
                raise file_missing(upload_id) from None
            raise


def _attachment(upload: Upload, at: datetime) -> Attachment:
    return Attachment(
        id=upload.id,
        tenant=upload.tenant,
        name=upload.name,
        size=upload.length,
        media_type=upload.kind.value if upload.kind is not None else "",
        create_time=at,
        alt_text=upload.alt_text,
        width=upload.width,
        height=upload.height,
        notes=(Note.ENCRYPTED,) if upload.encrypted else (),
    )
