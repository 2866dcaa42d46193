"""A connection to NATS and a stream of the probe's own."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from civic_chassis.nats import Connection, Stream
from civic_chassis.nats.streams import apply
from civic_chassis.testing.nats import NatsServer

STREAM = Stream(name="PROBE", subjects=("civic.probe.>",), max_bytes=50_000_000, max_age=timedelta(days=1))


@pytest.fixture
async def connection(nats_server: NatsServer) -> AsyncIterator[Connection]:
    """Connected, with an empty stream PROBE."""
    made = Connection.open(nats_server.url, name="test")
    await made.ready()
    await apply(made.jetstream, [STREAM])
    # What services under test left there before.
    await made.jetstream.purge_stream("PROBE")
    yield made
    await made.jetstream.delete_stream("PROBE")
    await made.close()
