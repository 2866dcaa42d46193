"""Calls to the catalog service that pages, feeds and JSON API share; each raises DomainError."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from civic.catalog.v1 import catalog_service_pb2, catalog_service_pb2_grpc
from civic.common.v1 import offer_pb2

from civic_gateway.clients import Asker, Service, timestamp_of

Offer = offer_pb2.Offer
OfferKind = offer_pb2.OfferKind
OfferPhase = offer_pb2.OfferPhase
OfferOrder = catalog_service_pb2.OfferOrder
ListedOffer = catalog_service_pb2.ListedOffer
Page = catalog_service_pb2.ListOffersResponse
Map = catalog_service_pb2.GetMapResponse
Filters = catalog_service_pb2.ListFiltersResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which offers; what is not set narrows nothing. `box` is west, south, east, north."""

    query: str = ""
    kind: OfferKind.ValueType = OfferKind.OFFER_KIND_UNSPECIFIED
    tenant: str = ""
    phase: OfferPhase.ValueType = OfferPhase.OFFER_PHASE_UNSPECIFIED
    district: str = ""
    theme: str = ""
    from_time: dt.datetime | None = None
    until_time: dt.datetime | None = None
    box: tuple[float, float, float, float] | None = None


class CatalogCalls:
    """The catalog service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._stub = catalog_service_pb2_grpc.CatalogServiceStub(service.channel)

    async def list_offers(
        self, wanted: Wanted, *, size: int = 0, token: str = "", newest: bool = False, count: bool = False
    ) -> Page:
        """`.offers`, `.next_page_token` and, with `count`, `.hit_count`."""
        order = OfferOrder.OFFER_ORDER_NEWEST if newest else OfferOrder.OFFER_ORDER_PHASE
        request = catalog_service_pb2.ListOffersRequest(
            page_size=size, page_token=token, filter=filter_message(wanted), order=order, count=count
        )
        answer: Page = await self._service.call(self._stub.ListOffers, request, Asker())
        return answer

    async def get_map(self, wanted: Wanted) -> Map:
        """`.points` and `.placed_count`."""
        request = catalog_service_pb2.GetMapRequest(filter=filter_message(wanted))
        answer: Map = await self._service.call(self._stub.GetMap, request, Asker())
        return answer

    async def list_filters(self, tenant: str = "") -> Filters:
        """`.kinds`, `.themes`, and `.districts` of a tenant."""
        request = catalog_service_pb2.ListFiltersRequest(tenant=tenant)
        answer: Filters = await self._service.call(self._stub.ListFilters, request, Asker())
        return answer


def filter_message(wanted: Wanted) -> catalog_service_pb2.OfferFilter:
    """The filter as the service reads it."""
    box = None
    if wanted.box is not None:
        west, south, east, north = wanted.box
        box = offer_pb2.BoundingBox(west=west, south=south, east=east, north=north)
    return catalog_service_pb2.OfferFilter(
        query=wanted.query,
        kind=wanted.kind,
        tenant=wanted.tenant,
        phase=wanted.phase,
        district=wanted.district,
        theme=wanted.theme,
        from_time=timestamp_of(wanted.from_time),
        until_time=timestamp_of(wanted.until_time),
        bounding_box=box,
    )
