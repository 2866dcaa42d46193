"""The catalog service behind a real port, and shorthands for tools that tell offers."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest_asyncio
from civic.catalog.v1 import catalog_service_pb2 as messages
from civic.catalog.v1 import catalog_service_pb2_grpc
from civic.common.v1 import offer_pb2
from civic.notification.v1 import notification_events_pb2
from civic_catalog.api.events import encode
from civic_catalog.api.subscriptions import following_subscription, offer_subscription
from civic_catalog.application.catalog import Catalog
from civic_catalog.main import PLANS, SCHEMA, servicers, subscriptions
from civic_chassis.db import Database
from civic_chassis.kernel.call import ANONYMOUS, Call
from civic_chassis.kernel.clock import FrozenClock
from civic_chassis.nats import Envelope
from civic_chassis.testing.plugin import NewDatabase
from civic_chassis.testing.service import ServiceUnderTest, Stub
from civic_participation.api.offers import encode_offer
from civic_participation.domain.offers import OfferKind, OfferTexts, OfferWithdrawn, PublicOffer

DAY = timedelta(days=1)


@dataclass(slots=True)
class Tool:
    """A tool that tells offers, and whoever reads the list."""

    service: ServiceUnderTest
    database: Database
    clock: FrozenClock
    told: dict[UUID, int] = field(default_factory=dict)

    @property
    def stub(self) -> Stub:
        return self.service.stub(catalog_service_pb2_grpc.CatalogServiceStub)

    def offer(self, title: str = "Neuer Markt", **changes: Any) -> PublicOffer:
        """A Dialog that has run since yesterday for ten days."""
        now = self.clock.now()
        offer_id = changes.pop("id", None) or uuid4()
        self.told[offer_id] = self.told.get(offer_id, 0) + 1
        values: dict[str, Any] = {
            "kind": OfferKind.DIALOG,
            "id": offer_id,
            "version": self.told[offer_id],
            "revision": 1,
            "texts": OfferTexts(title, changes.pop("teaser", "")),
            "translations": {},
            "publish_time": now - DAY,
            "update_time": now - DAY,
            "start_time": now - DAY,
            "end_time": now + 9 * DAY,
            "archive_time": now + 99 * DAY,
        }
        return PublicOffer(**(values | changes))

    async def tell(self, offer: PublicOffer | OfferWithdrawn, tenant: str = "lindental") -> str:
        """Lets the consumer handle the tool's event. Returns the offer's id."""
        await self.handle(envelope_of(offer, tenant))
        return str(offer.id)

    async def add(self, title: str = "Neuer Markt", *, tenant: str = "lindental", **changes: Any) -> str:
        return await self.tell(self.offer(title, **changes), tenant)

    async def handle(self, envelope: Envelope) -> None:
        call = Call(ANONYMOUS, envelope.tenant, self.clock.now(), "event", None)
        async with self.database.unit_of_work(call) as work:
            catalog = Catalog(self.database, encode, subscriptions(self.database))
            await offer_subscription(catalog).handler(work, envelope)

    async def follow(
        self, subscription: str, *, ended: bool = False, kind: str = "catalog.subscription", tenant: str = "hessen"
    ) -> None:
        """What the notification service tells: somebody follows the subscription, or no longer."""
        verb = "ended" if ended else "started"
        envelope = Envelope(
            event_id=uuid4(),
            type=f"civic.notification.following.{verb}.v1",
            tenant=tenant,
            aggregate_id=subscription,
            occurred_at=self.clock.now(),
            traceparent=None,
            payload=notification_events_pb2.FollowingStarted(kind=kind, object_id=subscription).SerializeToString(),
        )
        call = Call(ANONYMOUS, tenant, self.clock.now(), "event", None)
        async with self.database.unit_of_work(call) as work:
            await following_subscription(subscriptions(self.database)).handler(work, envelope)

    async def page(
        self,
        *,
        page_size: int = 0,
        page_token: str = "",
        order: "messages.OfferOrder.ValueType" = messages.OFFER_ORDER_PHASE,
        count: bool = False,
        **wanted: Any,
    ) -> messages.ListOffersResponse:
        request = messages.ListOffersRequest(
            page_size=page_size,
            page_token=page_token,
            order=order,
            count=count,
            filter=messages.OfferFilter(**wanted),
        )
        answer: messages.ListOffersResponse = await self.stub.ListOffers(request)
        return answer

    async def titles(self, **wanted: Any) -> list[str]:
        return titles((await self.page(**wanted)).offers)

    async def map(self, **wanted: Any) -> messages.GetMapResponse:
        answer: messages.GetMapResponse = await self.stub.GetMap(
            messages.GetMapRequest(filter=messages.OfferFilter(**wanted))
        )
        return answer


def titles(offers: Sequence[messages.ListedOffer]) -> list[str]:
    return [listed.offer.texts.title for listed in offers]


def box(west: float, south: float, east: float, north: float) -> offer_pb2.BoundingBox:
    return offer_pb2.BoundingBox(west=west, south=south, east=east, north=north)


def envelope_of(offer: PublicOffer | OfferWithdrawn, tenant: str) -> Envelope:
    """The tool's event as the consumer reads it."""
    event = encode_offer(offer, tenant)
    return Envelope(
        event_id=uuid4(),
        type=event.type,
        tenant=tenant,
        aggregate_id=str(offer.id),
        occurred_at=datetime.now(UTC),
        traceparent=None,
        payload=event.payload,
        key=event.key,
    )


@pytest_asyncio.fixture(loop_scope="session")
async def database(new_database: NewDatabase, clock: FrozenClock) -> AsyncIterator[Database]:
    """A list of its own for each test: it is the state's, so that others would show."""
    addresses = await new_database(SCHEMA)
    opened = await Database.connect(addresses.app_url, clock=clock, settings=PLANS)
    yield opened
    await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def tool(database: Database, serve: Any, clock: FrozenClock) -> Tool:
    return Tool(await serve(servicers(database)), database, clock)
