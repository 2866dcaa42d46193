"""Uploads on their way to a tool: kept apart, piece by piece, looked at, claimed once, forgotten after a day."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import orjson

from civic_chassis.inspection import (
    ALLOWED_VIDEOS,
    MAX_FILE_BYTES,
    MAX_VIDEO_BYTES,
    Found,
    Refusal,
    Refused,
    inspect,
    refused,
    safe_name,
    video_kind,
)
from civic_chassis.kernel.call import is_tenant
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.kernel.ids import new_id
from civic_chassis.objects import Objects
from civic_chassis.upload import (
    KEEP_UNCLAIMED,
    Upload,
    UploadState,
    check_length,
    created,
    judged,
    not_found,
    refused_size,
    verdict_of,
)

# Longer than any tool stays away: it deletes an upload itself as soon as it has made its own of it.
KEEP_CLAIMED = timedelta(days=30)
# What one upload holds in memory while it arrives.
PIECE_BYTES = 1024 * 1024
_MAX_RAW_NAME = 1_000
_FOLDER = "uploads"
_CLAIMS = "claims"
# A file is looked at as a whole: so many at once, 20 MB each.
_looking = asyncio.Semaphore(2)


class Uploads:
    """Uploads in the object store, which is all that knows of them.

    Raises UNAVAILABLE where the store is away, FILE_NOT_FOUND for what nobody sent, or not this person.
    """

    def __init__(self, objects: Objects, *, max_video_bytes: int = MAX_VIDEO_BYTES) -> None:
        self._objects = objects
        self.max_video_bytes = max_video_bytes

    async def create(self, tenant: str, owner: str, *, name: str, length: int, video: bool = False) -> Upload:
        """Begins an upload of `length` bytes. Raises FILE_TOO_LARGE and FILE_EMPTY as Refused."""
        check_length(length, self._limit(video))
        made = Upload(
            id=new_id(),
            tenant=tenant,
            owner=owner,
            raw_name=name[:_MAX_RAW_NAME],
            length=length,
            offset=0,
            state=UploadState.RECEIVING,
            video=video,
        )
        await self._write_begun(made)
        return made

    async def receive(
        self, tenant: str, owner: str, *, name: str, chunks: AsyncIterable[bytes], video: bool = False
    ) -> Upload:
        """Takes a file whose length is open, and looks at it. Raises Refused; nothing is kept of it then."""
        begun = Upload(
            id=new_id(),
            tenant=tenant,
            owner=owner,
            raw_name=name[:_MAX_RAW_NAME],
            length=self._limit(video),
            offset=0,
            state=UploadState.RECEIVING,
            video=video,
        )
        try:
            size = await self.append(begun, 0, chunks)
            check_length(size, self._limit(video))
            whole = replace(begun, length=size, offset=size)
            await self._write_begun(whole)
            return await self.finish(whole)
        except BaseException:
            await self._clear(begun.tenant, begun.id)
            raise

    async def append(self, upload: Upload, offset: int, chunks: AsyncIterable[bytes]) -> int:
        """Adds bytes at `offset`, which has to be where the upload ends; returns where it ends now.

        What arrived before the stream broke off stays. Raises UPLOAD_OFFSET, and Refused for more than was announced.
        """
        if offset != upload.offset:
            raise _offset(upload.offset)
        held = bytearray()
        async for chunk in chunks:
            held += chunk
            if offset + len(held) > upload.length:
                raise refused_size(upload.length)
            while len(held) >= PIECE_BYTES:
                offset = await self._keep(upload, offset, bytes(held[:PIECE_BYTES]))
                del held[:PIECE_BYTES]
        if held:
            offset = await self._keep(upload, offset, bytes(held))
        return offset

    async def find(self, tenant: str, upload_id: UUID, *, owner: str) -> Upload:
        """Raises FILE_NOT_FOUND for another person's too, and UPLOAD_EXPIRED."""
        found = await self._find(tenant, upload_id)
        if found is None or found.owner != owner:
            raise not_found()
        if found.expire_time <= datetime.now(UTC):
            raise DomainError(Kind.GONE, "UPLOAD_EXPIRED", "the upload was not used within a day")
        return found

    async def finish(self, upload: Upload) -> Upload:
        """Looks at an upload that is complete. Raises Refused; who asks again finds it refused."""
        async with _looking:
            try:
                found, digest = await self._look(upload)
            except Refused as error:
                verdict = {"refusal": error.refusal.value, "metadata": dict(error.metadata)}
                await self._objects.put(f"{_place(upload.tenant, upload.id)}/verdict.json", orjson.dumps(verdict))
                await self._delete_pieces(upload.tenant, upload.id)
                raise
        checked = replace(
            upload,
            state=UploadState.READY,
            kind=found.kind,
            name=safe_name(upload.raw_name, found.kind),
            digest=digest,
            width=found.width,
            height=found.height,
            encrypted=found.encrypted,
        )
        await self._objects.put(f"{_place(upload.tenant, upload.id)}/verdict.json", orjson.dumps(verdict_of(checked)))
        return checked

    async def describe(self, upload: Upload, alt_text: str) -> Upload:
        """Keeps what its sender says that a picture shows."""
        await self._objects.put(f"{_place(upload.tenant, upload.id)}/alt.txt", alt_text.encode())
        return replace(upload, alt_text=alt_text)

    async def contents(self, upload: Upload) -> bytes:
        """The whole file, at most 20 MB. Raises FILE_NOT_FOUND where pieces are missing."""
        contents = await self.pieces(upload.tenant, upload.id)
        if len(contents) != upload.length:
            raise not_found()
        return contents

    async def pieces(self, tenant: str, upload_id: UUID) -> bytes:
        """What there is of a file; nothing for one that nobody sent."""
        found = await self._objects.list(f"{_place(tenant, upload_id)}/pieces/")
        return b"".join([await self._objects.get(piece.name) for piece in found])

    async def stream(self, tenant: str, upload_id: UUID) -> AsyncIterator[bytes]:
        """The same piece by piece, for files that are not held in memory."""
        for piece in await self._objects.list(f"{_place(tenant, upload_id)}/pieces/"):
            yield await self._objects.get(piece.name)

    async def claim(self, tenant: str, upload_id: UUID, tool: str) -> bool:
        """Whether the file is this tool's from now on, or was already; another tool's it stays."""
        name = _claim(tenant, upload_id)
        if await self._objects.create(name, tool.encode()):
            return True
        return await self.claimed_by(tenant, upload_id) == tool

    async def claimed_by(self, tenant: str, upload_id: UUID) -> str | None:
        """The tool that holds the file; it alone knows who may see it."""
        found = await self._objects.find(_claim(tenant, upload_id))
        return found.decode() if found is not None else None

    async def drop(self, tenant: str, upload_id: UUID) -> None:
        """Forgets an upload, of which the tool has made its own, or which nobody wants."""
        await self._clear(tenant, upload_id)

    async def unclaim(self, tenant: str, upload_id: UUID) -> None:
        """Forgets who held a file that is gone."""
        await self._objects.delete(_claim(tenant, upload_id))

    async def sweep(self, now: datetime) -> int:
        """Deletes what nobody claimed within a day. Returns how many uploads; any number may sweep at once."""
        swept = 0
        folders: dict[tuple[str, UUID], list[str]] = {}
        for each in await self._objects.list(f"{_FOLDER}/"):
            parts = each.name.split("/")
            folders.setdefault((parts[1], UUID(parts[2])), []).append(each.name)
        for (tenant, upload_id), names in folders.items():
            age = now - created(upload_id)
            if age < KEEP_UNCLAIMED:
                continue
            if age < KEEP_CLAIMED and await self.claimed_by(tenant, upload_id) is not None:
                continue
            await self._objects.delete(*names)
            swept += 1
        return swept

    def _limit(self, video: bool) -> int:
        return self.max_video_bytes if video else MAX_FILE_BYTES

    async def _look(self, upload: Upload) -> tuple[Found, str]:
        """What the file is, and its digest. A video is not held in memory. Raises Refused."""
        if not upload.video:
            contents = await self.contents(upload)
            return await asyncio.to_thread(inspect, contents), sha256(contents).hexdigest()
        digest, size, kind = sha256(), 0, None
        async for piece in self.stream(upload.tenant, upload.id):
            if not size and (kind := video_kind(piece)) is None:
                raise refused(Refusal.KIND, allowed=ALLOWED_VIDEOS)
            digest.update(piece)
            size += len(piece)
        if size != upload.length or kind is None:
            raise not_found()
        return Found(kind), digest.hexdigest()

    async def _find(self, tenant: str, upload_id: UUID) -> Upload | None:
        place = _place(tenant, upload_id)
        begun = await self._objects.find(f"{place}/upload.json")
        if begun is None:
            return None
        values = orjson.loads(begun)
        upload = Upload(id=upload_id, tenant=tenant, offset=0, state=UploadState.RECEIVING, **values)
        verdict = await self._objects.find(f"{place}/verdict.json")
        if verdict is None:
            pieces = await self._objects.list(f"{place}/pieces/")
            end = int(pieces[-1].name.rpartition("/")[2]) + pieces[-1].size if pieces else 0
            return replace(upload, offset=end)
        alt_text = await self._objects.find(f"{place}/alt.txt") or b""
        return replace(judged(upload, orjson.loads(verdict)), alt_text=alt_text.decode())

    async def _write_begun(self, upload: Upload) -> None:
        begun = {"owner": upload.owner, "raw_name": upload.raw_name, "length": upload.length, "video": upload.video}
        await self._objects.put(f"{_place(upload.tenant, upload.id)}/upload.json", orjson.dumps(begun))

    async def _keep(self, upload: Upload, offset: int, piece: bytes) -> int:
        # Of two that send the same piece one is told so: what the other sends may be different.
        if not await self._objects.create(f"{_place(upload.tenant, upload.id)}/pieces/{offset:012d}", piece):
            raise _offset(offset)
        return offset + len(piece)

    async def _delete_pieces(self, tenant: str, upload_id: UUID) -> None:
        pieces = await self._objects.list(f"{_place(tenant, upload_id)}/pieces/")
        await self._objects.delete(*(piece.name for piece in pieces))

    async def _clear(self, tenant: str, upload_id: UUID) -> None:
        found = await self._objects.list(f"{_place(tenant, upload_id)}/")
        # The sidecar last: what is left after a fault is found again.
        names: Sequence[str] = [each.name for each in found]
        await self._objects.delete(*sorted(names, key=lambda name: name.endswith("/upload.json")))


def _offset(expected: int) -> DomainError:
    message = "the upload ends elsewhere"
    return DomainError(Kind.CONFLICT, "UPLOAD_OFFSET", message, metadata={"offset": str(expected)})


def _place(tenant: str, upload_id: UUID) -> str:
    if not is_tenant(tenant):
        raise not_found()
    return f"{_FOLDER}/{tenant}/{upload_id}"


def _claim(tenant: str, upload_id: UUID) -> str:
    if not is_tenant(tenant):
        raise not_found()
    return f"{_CLAIMS}/{tenant}/{upload_id}"
