"""The probe service on a fresh, real database."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from civic_chassis.db import Database
from civic_chassis.db.migrations import Schema
from civic_chassis.kernel.clock import FrozenClock
from civic_chassis.testing.postgres import ServiceDatabase

from tests.chassis.probe import SCHEMA


@pytest.fixture
async def probe_database(new_database: Callable[[Schema], Awaitable[ServiceDatabase]]) -> ServiceDatabase:
    return await new_database(SCHEMA)


@pytest.fixture
async def database(probe_database: ServiceDatabase, clock: FrozenClock) -> AsyncIterator[Database]:
    made = await Database.connect(probe_database.app_url, clock=clock)
    yield made
    await made.close()
