"""A tool that keeps the projection of tenants, and letters that are moderated."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from civic_chassis.db import Database
from civic_chassis.db.migrations import Schema
from civic_chassis.db.tables import chassis_tables
from civic_chassis.kernel.clock import FrozenClock
from civic_chassis.testing.plugin import NewDatabase
from civic_participation.moderation import moderation_tables
from civic_participation.tenants import tenant_tables
from sqlalchemy import MetaData

METADATA = MetaData()
chassis_tables(METADATA)
tenant_tables(METADATA)
moderation_tables(METADATA)
SCHEMA = Schema("tool", METADATA, Path(__file__).parent / "versions")


@pytest.fixture
async def database(new_database: NewDatabase, clock: FrozenClock) -> AsyncIterator[Database]:
    made = await Database.connect((await new_database(SCHEMA)).app_url, clock=clock)
    yield made
    await made.close()
