"""The object store: files under the digest of their contents, in a folder or in a bucket."""

import hashlib
import os
import re
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from typing import Self

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.kernel.ids import new_id
from civic_chassis.objects import CHUNK_BYTES, Objects

_KEY = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """`key` is the SHA-256 of the contents in hex: the same contents have one place, and never change."""

    key: str
    size: int


class TooLarge(Exception):
    """A stream went on past its limit; nothing of it was kept."""


class Files:
    """Puts and gets files. What cannot be reached raises UNAVAILABLE, an unknown key NOT_FOUND."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    @classmethod
    def open(cls, url: str) -> Self:
        """`file:///folder` (made where it is missing), `s3://bucket/prefix` or `memory:///`.

        Credentials and endpoint of S3 come from the usual AWS_ variables.
        """
        if url.startswith("file:"):
            return cls(LocalStore.from_url(url, mkdir=True))
        return cls(from_url(url))

    @property
    def objects(self) -> Objects:
        """The same store, for objects under names of their own."""
        return Objects(self._store)

    async def put(self, contents: bytes) -> StoredFile:
        """Stores the contents; storing the same again changes nothing."""
        stored = StoredFile(hashlib.sha256(contents).hexdigest(), len(contents))
        try:
            await obstore.put_async(self._store, _place(stored.key), contents)
        except (BaseError, OSError) as error:
            raise _away() from error
        return stored

    async def put_stream(self, chunks: AsyncIterable[bytes], *, max_bytes: int) -> StoredFile:
        """Stores a stream in bounded memory. Raises TooLarge as soon as it passes `max_bytes`."""
        incoming = f"incoming/{new_id()}"
        digest = hashlib.sha256()
        size = 0

        async def counted() -> AsyncIterator[bytes]:
            nonlocal size
            async for chunk in chunks:
                size += len(chunk)
                if size > max_bytes:
                    raise TooLarge
                digest.update(chunk)
                yield chunk

        try:
            await obstore.put_async(self._store, incoming, counted())
            stored = StoredFile(digest.hexdigest(), size)
            await obstore.rename_async(self._store, incoming, _place(stored.key))
        except (BaseError, OSError) as error:
            if size > max_bytes:
                raise TooLarge from error
            raise _away() from error
        return stored

    async def size(self, key: str) -> int:
        try:
            meta = await obstore.head_async(self._store, _checked_place(key))
        except (BaseError, OSError) as error:
            raise _meaning(error) from error
        return meta["size"]

    async def get(self, key: str) -> bytes:
        """The whole contents; for files that are known to be small."""
        try:
            result = await obstore.get_async(self._store, _checked_place(key))
            return bytes(await result.bytes_async())
        except (BaseError, OSError) as error:
            raise _meaning(error) from error

    async def stream(self, key: str, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to, not including, `end`, in chunks."""
        place = _checked_place(key)
        try:
            options: obstore.GetOptions = {}
            if end is not None:
                options = {"range": (start, end)}
            elif start:
                options = {"range": {"offset": start}}
            result = await obstore.get_async(self._store, place, options=options)
            async for chunk in result.stream(min_chunk_size=CHUNK_BYTES):
                yield bytes(chunk)
        except (BaseError, OSError) as error:
            raise _meaning(error) from error

    async def delete(self, key: str) -> None:
        """Deleting what is not there is no error."""
        try:
            await obstore.delete_async(self._store, _checked_place(key))
        except NotFoundError:
            return
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise _away() from error


def _place(key: str) -> str:
    # Spread over folders, which a local file system likes better than one large one.
    return os.path.join(key[:2], key)  # noqa: PTH118 - a path of the object store


def _checked_place(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise _missing()
    return _place(key)


def _meaning(error: Exception) -> DomainError:
    return _missing() if isinstance(error, (NotFoundError, FileNotFoundError)) else _away()


def _missing() -> DomainError:
    return DomainError(Kind.NOT_FOUND, "NOT_FOUND", "no such file")


def _away() -> DomainError:
    return DomainError(Kind.UNAVAILABLE, "UNAVAILABLE", "the object store is away")
