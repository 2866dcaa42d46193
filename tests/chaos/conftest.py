"""What fault tests share beside the running services."""

import os
from collections.abc import AsyncIterator

import pytest
from civic_chassis.nats import Connection
from civic_gateway.oidc.bucket import Bucket
from civic_gateway.oidc.identity import SESSION_SECONDS
from civic_gateway.oidc.sessions import Sessions

from tests.chaos.stack import SECRET, Stack


@pytest.fixture
def outage_seconds() -> float:
    """How long a part stays away: 3 s, or what CIVIC_TEST_OUTAGE_SECONDS says (30 before a release)."""
    return float(os.environ.get("CIVIC_TEST_OUTAGE_SECONDS", "3"))


@pytest.fixture
async def sessions(stack: Stack) -> AsyncIterator[Sessions]:
    """The bucket that both gateways keep sessions in."""
    connection = Connection.open(stack.nats.url, name="chaos")
    await connection.ready()
    bucket = Bucket(connection.client, "sessions", seconds=SESSION_SECONDS, max_bytes=2 * 1024**3)
    # Beginning a session asks no realm.
    yield Sessions(bucket, None, secret=SECRET.encode(), clock=stack.clock)  # type: ignore[arg-type]
    await connection.close()
