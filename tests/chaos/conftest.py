"""One portal for all fault tests; each finds it whole."""

import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.chaos.stack import Stack


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def running_stack() -> AsyncIterator[Stack]:
    async with Stack() as made:
        yield made


@pytest.fixture
async def stack(running_stack: Stack) -> Stack:
    await running_stack.restore()
    return running_stack


@pytest.fixture
def outage_seconds() -> float:
    """How long a part stays away: 3 s, or what CIVIC_TEST_OUTAGE_SECONDS says (30 before a release)."""
    return float(os.environ.get("CIVIC_TEST_OUTAGE_SECONDS", "3"))
