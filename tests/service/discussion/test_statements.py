"""How often a call asks the database: round trips are what calls cost, and they must not grow with what there is."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from civic.common.v1.page_pb2 import REPRESENTATION_JSON
from civic.discussion.v1 import contribution_pb2
from civic.discussion.v1.comment_service_pb2 import ListCommentsRequest
from civic.discussion.v1.contribution_service_pb2 import ListContributionsRequest
from civic.discussion.v1.topic_service_pb2 import ListStateTopicsRequest, ListTopicsRequest
from civic_chassis.db import Database
from civic_chassis.files import Files
from civic_chassis.kernel.clock import FrozenClock
from civic_discussion.main import SCHEMA, servicers
from civic_participation.tenants import TenantState

from tests.service.discussion.conftest import ANNA, BORA, Portal

Count = Callable[[Awaitable[Any]], Awaitable[int]]


@pytest_asyncio.fixture(loop_scope="session")
async def counted(worker_database: Any, serve: Any, clock: FrozenClock) -> AsyncIterator[tuple[Portal, Count]]:
    """A tenant on a single connection, and how many statements a call sends over it."""
    addresses = await worker_database(SCHEMA)
    database = await Database.connect(addresses.app_url, clock=clock, pool_size=1)
    objects = Files.open("memory:///").objects
    portal = Portal(await serve(servicers(database)), database, clock, f"ort-{uuid4().hex[:12]}", objects)
    await portal.know(TenantState.LIVE, version=1)
    await portal.hold()
    sent: list[str] = []
    connection = await database.pool.acquire()
    connection.add_query_logger(lambda record: sent.append(record.query))
    await database.pool.release(connection)

    async def count(call: Awaitable[Any]) -> int:
        sent.clear()
        await call
        return len(sent)

    yield portal, count
    await database.close()


async def test_reading_is_one_statement(counted: tuple[Portal, Count]) -> None:
    portal, count = counted
    topic = await portal.add_topic()
    for number in range(30):
        made = await portal.contribute(topic.id, title=f"Beitrag {number}")
        await portal.comment(made.id)
    anna = portal.contributions(ANNA)
    for size in (1, 20, 100):
        asked = ListContributionsRequest(topic_id=topic.id, page_size=size)
        assert await count(anna.ListContributions(asked)) == 1
        asked.representation = REPRESENTATION_JSON
        assert await count(anna.ListContributions(asked)) == 1
        assert await count(portal.comments().ListComments(ListCommentsRequest(contribution_id=made.id))) == 1
        assert await count(portal.topics().ListTopics(ListTopicsRequest(page_size=size))) == 1
        assert await count(portal.topics(tenant=None).ListStateTopics(ListStateTopicsRequest(page_size=size))) == 1
    assert await count(portal.get_topic(topic.id)) == 1
    assert await count(portal.get_contribution(made.id, ANNA)) == 1


async def test_writing_is_a_look_and_a_write(counted: tuple[Portal, Count], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("civic_participation.store.tenants.OPEN_SECONDS", 3_600)
    monkeypatch.setattr("civic_participation.store.moderation_settings.KEPT_SECONDS", 3_600)
    portal, count = counted
    topic = await portal.add_topic()
    made = await portal.contribute(topic.id)  # the tenant is known to be open from here on
    assert await count(portal.contribute(topic.id)) == 2
    assert await count(portal.contribute(topic.id, key="k")) == 2
    await portal.get_contribution(made.id)  # and the contribution to be open to everybody
    assert await count(portal.comment(made.id)) == 2
    assert await count(portal.comment(made.id, key="l")) == 2
    for caller in (ANNA, BORA):
        assert await count(portal.rate(made.id, caller, contribution_pb2.RATING_VALUE_FOR)) == 2
