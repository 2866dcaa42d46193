"""Objects of the store under names of the program's own choice; contents under their digest are `files`."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import ObjectStore

from civic_chassis.kernel.errors import DomainError, Kind

CHUNK_BYTES = 256 * 1024
# Of 5 MiB each, while a large file is written.
_PARTS_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Listed:
    """An object as a listing shows it."""

    name: str
    size: int
    modified: datetime


class Objects:
    """Puts and gets objects. What cannot be reached raises UNAVAILABLE, what is not there NOT_FOUND.

    Names are built by the program from ids, never from what somebody typed.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def put(self, name: str, contents: bytes) -> None:
        """Writes the object as a whole, or not at all."""
        try:
            await obstore.put_async(self._store, name, contents)
        except (BaseError, OSError) as error:
            raise _away() from error

    async def put_file(self, name: str, file: Path) -> None:
        """As `put`, from a file that is not held in memory."""
        try:
            await obstore.put_async(self._store, name, file, max_concurrency=_PARTS_AT_ONCE)
        except (BaseError, OSError) as error:
            raise _away() from error

    async def create(self, name: str, contents: bytes) -> bool:
        """False where the object was there: of two that create it at once, one does."""
        try:
            await obstore.put_async(self._store, name, contents, mode="create")
        except (AlreadyExistsError, FileExistsError):
            return False
        except (BaseError, OSError) as error:
            raise _away() from error
        return True

    async def get(self, name: str) -> bytes:
        """The whole object; for those that are known to be small."""
        try:
            result = await obstore.get_async(self._store, name)
            return bytes(await result.bytes_async())
        except (BaseError, OSError) as error:
            raise _meaning(error) from error

    async def find(self, name: str) -> bytes | None:
        """As `get`; None where it is not there."""
        try:
            return await self.get(name)
        except DomainError as error:
            if error.kind is Kind.NOT_FOUND:
                return None
            raise

    async def stream(self, name: str, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to, not including, `end`, in chunks."""
        try:
            options: obstore.GetOptions = {}
            if end is not None:
                options = {"range": (start, end)}
            elif start:
                options = {"range": {"offset": start}}
            result = await obstore.get_async(self._store, name, options=options)
            async for chunk in result.stream(min_chunk_size=CHUNK_BYTES):
                yield bytes(chunk)
        except (BaseError, OSError) as error:
            raise _meaning(error) from error

    async def list(self, prefix: str) -> Sequence[Listed]:
        """What lies below the prefix, by name."""
        try:
            found = await obstore.list(self._store, prefix).collect_async()
        except (BaseError, OSError) as error:
            raise _away() from error
        listed = [Listed(meta["path"], meta["size"], meta["last_modified"]) for meta in found]
        return sorted(listed, key=lambda each: each.name)

    async def delete(self, *names: str) -> None:
        """Deleting what is not there is no error."""
        for name in names:
            try:
                await obstore.delete_async(self._store, name)
            except (NotFoundError, FileNotFoundError):
                continue
            except (BaseError, OSError) as error:
                raise _away() from error


def _meaning(error: Exception) -> DomainError:
    if isinstance(error, (NotFoundError, FileNotFoundError)):
        return DomainError(Kind.NOT_FOUND, "NOT_FOUND", "no such object")
    return _away()


def _away() -> DomainError:
    return DomainError(Kind.UNAVAILABLE, "UNAVAILABLE", "the object store is away")
