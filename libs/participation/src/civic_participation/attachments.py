"""Attachments as every tool has them: claimed from uploads, cleaned outside of calls, deleted with their texts."""

import asyncio
import logging
import tempfile
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import orjson
from civic_chassis.clamav import ClamAV
from civic_chassis.db import Database, Reading, UnitOfWork
from civic_chassis.inspection import ALLOWED, FileKind, Refusal
from civic_chassis.kernel.call import ANONYMOUS, Call
from civic_chassis.kernel.errors import DomainError, Kind, Violation, invalid
from civic_chassis.objects import Objects
from civic_chassis.upload import Upload, UploadState
from civic_chassis.uploads import Uploads

from civic_participation import videos
from civic_participation.domain.attachments import (
    ATTACHMENTS_MAX,
    Attachment,
    AttachmentState,
    Cleaned,
    Note,
    Thumbnail,
    checked_ids,
    file_missing,
    file_taken,
    file_unfinished,
)
from civic_participation.processes import run
from civic_participation.store import attachments as store
from civic_participation.store.attachments import Job, Work

_log = logging.getLogger(__name__)

_POLL_SECONDS = 1.0
_ATTEMPTS = 4
_FIRST_PAUSE = timedelta(seconds=5)

# Tells the tool that a file of this text has changed, in the transaction that changes it: the tool writes the list
# that it keeps with the text, and stages its event.
Changed = Callable[[UnitOfWork, UUID], Awaitable[None]]


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


@dataclass(frozen=True, slots=True)
class Worker:
    """Cleans and deletes what waits, in this process' role of timers; any number may do so at the same time."""

    database: Database
    objects: Objects
    changed: Changed
    scanner: ClamAV | None = None

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                while await self.run_one():
                    pass
            except DomainError as error:
                _log.warning("attachments wait for the database", exc_info=error)
            await asyncio.sleep(_POLL_SECONDS)

    async def run_one(self) -> bool:
        """Whether anything was due."""
        job = await store.next_job(self.database)
        if job is None:
            return False
        try:
            if job.work is Work.DELETE:
                await self._delete(job)
            else:
                await self._clean(job)
        except DomainError as error:
            # The store or the scanner is away; nothing becomes public before they are back.
            _log.warning("an attachment waits", extra={"work": job.work.value}, exc_info=error)
            await self._postpone(job)
        return True

    async def _clean(self, job: Job) -> None:
        cleaned = await self._cleaned(job)
        if cleaned is None:
            await self._postpone(job)
            return
        call = Call(ANONYMOUS, job.tenant, self.database.clock.now(), "attachments", None)
        async with self.database.unit_of_work(call) as work:
            found = await store.get(work, job.attachment_id)
            written = await store.finish(work, job.attachment_id, cleaned)
            if found is not None and written:
                await self.changed(work, found[1])
        if written:
            await Uploads(self.objects).drop(job.tenant, job.attachment_id)

    async def _cleaned(self, job: Job) -> Cleaned | None:
        """What becomes of the file; None where it has to be tried again."""
        call = Call(ANONYMOUS, job.tenant, self.database.clock.now(), "attachments", None)
        async with self.database.read(call) as work:
            found = await store.get(work, job.attachment_id)
        if found is None:
            return _refused(Refusal.DAMAGED)
        attachment = found[0]
        if FileKind(attachment.media_type).is_video:
            return await self._cleaned_video(job, attachment)
        contents = await Uploads(self.objects).pieces(job.tenant, job.attachment_id)
        if len(contents) != attachment.size:
            return _refused(Refusal.DAMAGED)
        if self.scanner is not None and await self.scanner.scan(contents) is not None:
            return _refused(Refusal.VIRUS)
        return await self._kept(job, attachment, contents)

    async def _kept(self, job: Job, attachment: Attachment, contents: bytes) -> Cleaned | None:
        kind = FileKind(attachment.media_type)
        answer = await clean(contents, kind)
        if answer is None:
            return None if job.attempts < _ATTEMPTS else _refused(Refusal.DAMAGED)
        head, made = answer
        if head.get("damaged"):
            return _refused(Refusal.DAMAGED)
        files = {"content": contents} | made
        for name, content in files.items():
            await self.objects.put(place_of(job.tenant, job.attachment_id, name), content)
        return _ready(attachment, head, len(files["content"]), sha256(files["content"]).hexdigest())

    async def _cleaned_video(self, job: Job, attachment: Attachment) -> Cleaned | None:
        """As `_cleaned`, through files on this machine: a video is never held in memory."""
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder, "source"), Path(folder, "target")
            pieces = Uploads(self.objects).stream(job.tenant, job.attachment_id)
            if await videos.write(source, pieces) != attachment.size:
                return _refused(Refusal.DAMAGED)
            if self.scanner is not None and await self.scanner.scan(videos.pieces_of(source)) is not None:
                return _refused(Refusal.VIRUS)
            head = await videos.clean(source, target, FileKind(attachment.media_type))
            if head is None:
                return None if job.attempts < _ATTEMPTS else _refused(Refusal.DAMAGED)
            if "refused" in head:
                return _refused(Refusal(head["refused"]))
            await self.objects.put_file(place_of(job.tenant, job.attachment_id), target)
            return _ready(attachment, head, *await asyncio.to_thread(videos.size_and_digest, target))

    async def _delete(self, job: Job) -> None:
        await self._delete_objects(job)
        await Uploads(self.objects).drop(job.tenant, job.attachment_id)
        await Uploads(self.objects).unclaim(job.tenant, job.attachment_id)
        call = Call(ANONYMOUS, job.tenant, self.database.clock.now(), "attachments", None)
        async with self.database.unit_of_work(call) as work:
            await store.done(work, job)

    async def _delete_objects(self, job: Job) -> None:
        kept = await self.objects.list(place_of(job.tenant, job.attachment_id, ""))
        await self.objects.delete(*(each.name for each in kept))

    async def _postpone(self, job: Job) -> None:
        pause = _FIRST_PAUSE * 2 ** min(job.attempts, 8)
        await store.postpone(self.database, job, self.database.clock.now() + pause)


async def clean(contents: bytes, kind: FileKind) -> tuple[dict[str, object], dict[str, bytes]] | None:
    """What the cleaning process says and makes; None where it died or took too long."""
    output = await run("civic_participation.cleaning", kind.value, given=contents)
    if output is None:
        return None
    line, _, rest = output.partition(b"\n")
    head = orjson.loads(line)
    files: dict[str, bytes] = {}
    begin = 0
    for name, size in head.pop("files"):
        files[name] = rest[begin : begin + size]
        begin += size
    return head, files


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


def _refused(refusal: Refusal) -> Cleaned:
    return Cleaned(state=AttachmentState.REFUSED, reason=refusal.value)


def _ready(attachment: Attachment, head: dict[str, object], size: int, digest: str) -> Cleaned:
    notes = head.get("notes", ())
    thumbnails = head.get("thumbnails", ())
    width, height = head.get("width", attachment.width), head.get("height", attachment.height)
    return Cleaned(
        state=AttachmentState.READY,
        size=size,
        digest=digest,
        width=width if isinstance(width, int) else 0,
        height=height if isinstance(height, int) else 0,
        notes=tuple(map(Note, notes)) if isinstance(notes, list) else attachment.notes,
        thumbnails=tuple(Thumbnail(**each) for each in thumbnails) if isinstance(thumbnails, list) else (),
    )
