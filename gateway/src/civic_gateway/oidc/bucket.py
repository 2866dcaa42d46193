"""A NATS key-value bucket as the gateways use it: compare-and-set, an end for every value, and a clear "away"."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.kv import KeyValue

_REQUEST_SECONDS: Final = 2.0
_FLUSH_SECONDS: Final = 5
_AWAY: Final = (nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError)

_log = logging.getLogger(__name__)


class BucketAway(Exception):
    """The bucket cannot be asked at the moment."""


class Changed(Exception):
    """Somebody else wrote the value in between, or removed it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A value and the revision to name when it is replaced."""

    value: bytes
    revision: int


class Bucket:
    """Values end `seconds` after they were written. Every method raises BucketAway while NATS is."""

    def __init__(self, client: Client, name: str, *, seconds: float, max_bytes: int, replicas: int = 1) -> None:
        self._client = client
        self._name = name
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._replicas = replicas
        self._opened: KeyValue | None = None
        self._watching = False

    @property
    def connected(self) -> bool:
        """Whether changes of others are heard, and the bucket can be asked."""
        return bool(self._client.is_connected)

    async def read(self, key: str) -> Entry | None:
        """None where there is nothing."""
        values = await self._values()
        try:
            entry = await values.get(key)
        except nats.js.errors.KeyNotFoundError:
            return None
        except _AWAY as error:
            raise self._away(error) from error
        return Entry(entry.value or b"", entry.revision or 0)

    async def create(self, key: str, value: bytes) -> int:
        """The revision. Raises Changed where there is a value already."""
        values = await self._values()
        try:
            return await values.create(key, value)
        except nats.js.errors.KeyWrongLastSequenceError as error:
            raise Changed from error
        except _AWAY as error:
            raise self._away(error) from error

    async def put(self, key: str, value: bytes) -> int:
        """Writes in any case; the revision."""
        values = await self._values()
        try:
            return await values.put(key, value)
        except _AWAY as error:
            raise self._away(error) from error

    async def replace(self, key: str, value: bytes, *, revision: int) -> int:
        """The new revision. Raises Changed where the value is no longer the one of `revision`."""
        values = await self._values()
        try:
            return await values.update(key, value, last=revision)
        except nats.js.errors.KeyWrongLastSequenceError as error:
            raise Changed from error
        except _AWAY as error:
            raise self._away(error) from error

    async def remove(self, key: str) -> None:
        """Leaves nothing of the value behind."""
        values = await self._values()
        try:
            await values.purge(key)
        except _AWAY as error:
            raise self._away(error) from error

    async def erase(self, key: str) -> None:
        """Removes a value that nobody watches, without the mark that `remove` leaves until it ends."""
        await self._values()
        try:
            await self._client.jetstream(timeout=_REQUEST_SECONDS).purge_stream(
                self._stream, subject=self._subject(key)
            )
        except _AWAY as error:
            raise self._away(error) from error

    async def keys(self, pattern: str) -> list[str]:
        """Keys that match a pattern of subjects, with `*` for one part; removed ones, too, until their mark ends."""
        await self._values()
        try:
            # The client's `keys()` reads every key of the bucket, and its watchers may say "that was all" too early.
            jetstream = self._client.jetstream(timeout=_REQUEST_SECONDS)
            info = await jetstream.stream_info(self._stream, subjects_filter=self._subject(pattern))
        except _AWAY as error:
            raise self._away(error) from error
        prefix = self._subject("")
        return [subject.removeprefix(prefix) for subject in info.state.subjects or ()]

    async def watch(self, changed: Callable[[str], None]) -> None:
        """Calls `changed` with the key of everything that any gateway writes or removes from now on."""
        if self._watching:
            return
        prefix = self._subject("")

        async def heard(message: Msg) -> None:
            changed(message.subject.removeprefix(prefix))

        # A plain subscription hears what is published into the bucket, and costs the server no consumer.
        await self._client.subscribe(f"{prefix}>", cb=heard)
        await self._client.flush(_FLUSH_SECONDS)
        self._watching = True

    @property
    def _stream(self) -> str:
        return f"KV_{self._name}"

    def _subject(self, key: str) -> str:
        return f"$KV.{self._name}.{key}"

    async def _values(self) -> KeyValue:
        if not self._client.is_connected:
            raise BucketAway(self._name)
        opened = self._opened
        if opened is None:
            try:
                opened = self._opened = await self._open()
            except _AWAY as error:
                raise self._away(error) from error
        return opened

    async def _open(self) -> KeyValue:
        """Creates the bucket where there is none."""
        jetstream: JetStreamContext = self._client.jetstream(timeout=_REQUEST_SECONDS)
        try:
            return await jetstream.key_value(self._name)
        except nats.js.errors.BucketNotFoundError:
            return await jetstream.create_key_value(
                bucket=self._name,
                ttl=self._seconds,
                max_bytes=self._max_bytes,
                replicas=self._replicas,
                history=1,
                direct=True,
            )

    def _away(self, error: BaseException) -> BucketAway:
        # A store that was made anew has to be opened anew.
        self._opened = None
        _log.warning("bucket %s: %s", self._name, type(error).__name__)
        return BucketAway(self._name)
