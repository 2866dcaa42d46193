"""Streams as data: what a service declares, and the job that applies it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A stream with its limits. At either limit the oldest events go: the database is the truth.

    `work_queue` is for messages that are gone once handled, by one consumer.
    """

    name: str
    subjects: tuple[str, ...]
    max_bytes: int
    max_age: timedelta
    max_per_subject: int | None = None
    work_queue: bool = False
    replicas: int = 1
    # How long an event that is published twice is recognised; the inbox knows it for longer.
    duplicates: timedelta = timedelta(minutes=10)

    def config(self) -> StreamConfig:
        return StreamConfig(
            name=self.name,
            subjects=list(self.subjects),
            retention=RetentionPolicy.WORK_QUEUE if self.work_queue else RetentionPolicy.LIMITS,
            storage=StorageType.FILE,
            discard=DiscardPolicy.OLD,
            max_bytes=self.max_bytes,
            max_age=self.max_age.total_seconds(),
            max_msgs_per_subject=self.max_per_subject or -1,
            duplicate_window=self.duplicates.total_seconds(),
            num_replicas=self.replicas,
        )


async def apply(jetstream: JetStreamContext, streams: Sequence[Stream]) -> None:
    """Makes or changes the streams; applying the same again changes nothing."""
    for stream in streams:
        try:
            await jetstream.stream_info(stream.name)
        except NotFoundError:
            await jetstream.add_stream(stream.config())
        else:
            await jetstream.update_stream(stream.config())
