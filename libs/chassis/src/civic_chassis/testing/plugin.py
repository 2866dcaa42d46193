"""Fixtures that every test of a service may use."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import pytest_asyncio

if TYPE_CHECKING:
    from civic_chassis.db.migrations import Schema
    from civic_chassis.grpc.server import Servicer
    from civic_chassis.kernel.clock import FrozenClock
    from civic_chassis.testing.issuer import Issuer
    from civic_chassis.testing.nats import NatsServer
    from civic_chassis.testing.postgres import Postgres, ServiceDatabase
    from civic_chassis.testing.service import ServiceUnderTest

    Serve = Callable[[Sequence[Servicer]], Awaitable[ServiceUnderTest]]

# Tests start processes beside running gRPC threads: its handlers at fork would end some of the children. None of them
# goes on with the parent's channels, so the handlers serve nobody. Read when gRPC is first imported.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

# Everything heavy is imported where it is used: this module loads with every test run.

NewDatabase = Callable[["Schema"], Awaitable["ServiceDatabase"]]


@pytest.fixture(scope="session")
def postgres() -> "Iterator[Postgres]":
    """An embedded PostgreSQL, one per worker."""
    from civic_chassis.testing.postgres import Postgres

    server = Postgres()
    server.start()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def nats_server() -> "Iterator[NatsServer]":
    """An embedded NATS server with JetStream, one per worker."""
    from civic_chassis.testing.nats import NatsServer

    server = NatsServer()
    server.start()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def issuer() -> "Iterator[Issuer]":
    """Signs access tokens, and serves the key that verifies them."""
    from civic_chassis.testing.issuer import Issuer

    made = Issuer()
    yield made
    made.close()


@pytest_asyncio.fixture(loop_scope="session")
async def serve(issuer: "Issuer", clock: "FrozenClock") -> "AsyncIterator[Serve]":
    """`service = await serve([(add_TopicServiceServicer_to_server, servicer)])`, then `service.stub(…)`."""
    from civic_chassis.testing.service import ServiceUnderTest

    async with AsyncExitStack() as stack:

        async def start(servicers: "Sequence[Servicer]") -> ServiceUnderTest:
            return await stack.enter_async_context(ServiceUnderTest(servicers, issuer=issuer, clock=clock))

        yield start


@pytest.fixture
def clock() -> "FrozenClock":
    """A clock that stands at a Monday morning in winter until it is moved."""
    from civic_chassis.kernel.clock import FrozenClock

    return FrozenClock(datetime(2026, 11, 23, 8, 0, tzinfo=UTC))


@pytest_asyncio.fixture(loop_scope="session")
async def new_database(postgres: "Postgres") -> AsyncIterator[NewDatabase]:
    """`await new_database(SCHEMA)`: a fresh database of that service, dropped after the test."""
    made: list[str] = []

    async def make(schema: "Schema") -> "ServiceDatabase":
        name = f"{schema.service}_{os.getpid()}_{uuid4().hex[:8]}"
        made.append(name)
        return await postgres.database(schema, name)

    yield make
    for name in made:
        await postgres.drop(name)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def worker_database(postgres: "Postgres") -> AsyncIterator[NewDatabase]:
    """`await worker_database(SCHEMA)`: one migrated database per service and worker, kept for the whole session.

    For tests that use tenants of their own and may meet the rows of others.
    """
    made: dict[str, ServiceDatabase] = {}

    async def get(schema: "Schema") -> "ServiceDatabase":
        if schema.service not in made:
            name = f"{schema.service}_{os.getpid()}"
            made[schema.service] = await postgres.database(schema, name)
        return made[schema.service]

    yield get
    for database in made.values():
        await postgres.drop(database.name)
