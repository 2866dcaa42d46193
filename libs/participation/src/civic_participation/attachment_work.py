"""What waits for files outside of calls: they are cleaned, and deleted with their texts."""

import asyncio
import logging
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import orjson
from civic_chassis.clamav import ClamAV
from civic_chassis.db import Database, UnitOfWork
from civic_chassis.inspection import FileKind, Refusal
from civic_chassis.kernel.call import ANONYMOUS, Call
from civic_chassis.kernel.errors import DomainError
from civic_chassis.objects import Objects
from civic_chassis.uploads import Uploads

from civic_participation import videos
from civic_participation.attachments import place_of
from civic_participation.domain.attachments import (
    Attachment,
    AttachmentState,
    Cleaned,
    Note,
    Thumbnail,
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
