"""Building the list anew while it is read: never empty, never older, and without what is gone."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio
from civic_catalog.api.events import encode
from civic_catalog.api.subscriptions import all_offers
from civic_catalog.application.rebuilding import Rebuilding, Rebuilt
from civic_chassis.kernel.errors import DomainError
from civic_chassis.nats import Connection
from civic_chassis.nats.envelope import ID
from civic_chassis.nats.streams import apply
from civic_chassis.testing.nats import NatsServer
from civic_participation.api.offers import OFFER_STREAM, encode_offer
from civic_participation.domain.offers import OfferKind, OfferWithdrawn, PublicOffer

from tests.service.catalog.conftest import Tool


@pytest_asyncio.fixture(loop_scope="session")
async def connection(nats_server: NatsServer) -> AsyncIterator[Connection]:
    opened = Connection.open(nats_server.url, name="test")
    await opened.ready()
    await apply(opened.jetstream, [OFFER_STREAM])
    await opened.jetstream.purge_stream(OFFER_STREAM.name)
    yield opened
    await opened.close()


async def publish(connection: Connection, *offers: PublicOffer | OfferWithdrawn, tenant: str = "lindental") -> None:
    for offer in offers:
        event = encode_offer(offer, tenant)
        await connection.jetstream.publish(event.subject(tenant), event.payload, headers={ID: str(uuid4())})


async def rebuild(tool: Tool, connection: Connection) -> Rebuilt:
    return await Rebuilding(tool.database, encode).rebuild(lambda: all_offers(connection))


async def told(tool: Tool) -> list[str]:
    rows = await tool.database.pool.fetch("SELECT subject FROM outbox ORDER BY id")
    return [row["subject"].rpartition(".")[2] for row in rows]


async def test_a_lost_list_is_built_from_the_stream(tool: Tool, connection: Connection) -> None:
    offers = [tool.offer(f"Nr. {number:04}") for number in range(1_203)]
    await publish(connection, *offers)
    assert await rebuild(tool, connection) == Rebuilt(1_203, 1)
    answer = await tool.page(count=True, query="0815")
    assert (answer.hit_count, answer.offers[0].offer.texts.title) == (1, "Nr. 0815")
    assert await told(tool) == ["lindental"]
    # Again changes nothing, and says nothing.
    assert await rebuild(tool, connection) == Rebuilt(1_203, 0)
    assert await told(tool) == ["lindental"]


async def test_what_the_tools_no_longer_tell_goes(tool: Tool, connection: Connection) -> None:
    await tool.add("Überbleibsel", tenant="brueckstadt")
    kept, withdrawn = tool.offer("bleibt"), tool.offer("zurückgezogen")
    await tool.tell(kept)
    await tool.tell(withdrawn)
    await publish(connection, kept, OfferWithdrawn(kind=OfferKind.DIALOG, id=withdrawn.id, version=2))
    assert await rebuild(tool, connection) == Rebuilt(2, 2)
    assert await tool.titles() == ["bleibt"]


async def test_a_tool_that_was_set_back_is_believed(tool: Tool, connection: Connection) -> None:
    """Its versions count on from an older state, which no event could bring back."""
    offer_id = uuid4()
    await tool.tell(tool.offer("aus der Zukunft", id=offer_id, version=9))
    await publish(connection, tool.offer("wie es ist", id=offer_id, version=3))
    await rebuild(tool, connection)
    assert await tool.titles() == ["wie es ist"]


async def test_an_empty_stream_empties_nothing(tool: Tool, connection: Connection) -> None:
    await tool.add("bleibt")
    with pytest.raises(DomainError) as error:
        await rebuild(tool, connection)
    assert error.value.reason == "UNAVAILABLE"
    assert await tool.titles() == ["bleibt"]


async def test_readers_never_meet_an_empty_list_and_events_go_on(tool: Tool, connection: Connection) -> None:
    offers = [tool.offer(f"Nr. {number}") for number in range(600)]
    await publish(connection, *offers)
    await rebuild(tool, connection)
    counts: list[int] = []
    rebuilding = asyncio.create_task(rebuild(tool, connection))
    late = tool.offer("kam dazwischen")
    await asyncio.sleep(0)
    await publish(connection, late)
    await tool.tell(late)
    newer = tool.offer("neuer", id=offers[0].id)
    await publish(connection, newer)
    await tool.tell(newer)
    while not rebuilding.done():
        counts.append((await tool.page(count=True, page_size=1)).hit_count)
    await rebuilding
    assert len(counts) > 3
    assert min(counts) >= 600
    answer = await tool.page(count=True, page_size=1)
    assert answer.hit_count == 601
    assert await tool.titles(query="kam dazwischen") == ["kam dazwischen"]
    assert await tool.titles(query="neuer") == ["neuer"]
