"""Places that a service holds in streams: consumers that outlive the release which made them."""

from collections.abc import Collection
from dataclasses import dataclass

from nats.js import JetStreamContext
from nats.js.api import ConsumerInfo


@dataclass(frozen=True, slots=True)
class Place:
    """A durable consumer. `kept` says whether this release listens to it, `heard` whether a process does right now."""

    stream: str
    durable: str
    waiting: int
    kept: bool
    heard: bool


async def places(jetstream: JetStreamContext, service: str, durables: Collection[str]) -> list[Place]:
    """Every place under the service's name, in all streams; `durables` are those of this release."""
    found = []
    for stream in await jetstream.streams_info():
        name = stream.config.name or ""
        found += [_place(each, durables) for each in await jetstream.consumers_info(name)]
    return sorted(
        (place for place in found if place.durable.startswith(f"{service}-")), key=lambda place: place.durable
    )


async def give_up(jetstream: JetStreamContext, place: Place) -> None:
    """What waited there is handled by nobody."""
    await jetstream.delete_consumer(place.stream, place.durable)


def _place(info: ConsumerInfo, durables: Collection[str]) -> Place:
    return Place(
        stream=info.stream_name,
        durable=info.name,
        waiting=info.num_pending or 0,
        kept=info.name in durables,
        # Whoever consumes has a request for messages open.
        heard=bool(info.num_waiting),
    )
