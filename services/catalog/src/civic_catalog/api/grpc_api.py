"""The servicers: parse, call one verb, render."""

from collections.abc import Sequence
from typing import Any

from civic.catalog.v1 import (
    catalog_service_pb2,
    catalog_service_pb2_grpc,
    subscription_service_pb2,
    subscription_service_pb2_grpc,
)
from civic_chassis.grpc.call import current_call
from civic_chassis.grpc.server import Servicer

from civic_catalog.api import wire
from civic_catalog.application.catalog import Catalog
from civic_catalog.application.subscriptions import Subscriptions

Context = Any


def servicers(catalog: Catalog, subscriptions: Subscriptions) -> Sequence[Servicer]:
    """What the server of this service answers with."""
    return (
        (catalog_service_pb2_grpc.add_CatalogServiceServicer_to_server, CatalogApi(catalog)),
        (
            subscription_service_pb2_grpc.add_SubscriptionServiceServicer_to_server,
            SubscriptionApi(subscriptions),
        ),
    )


class CatalogApi(catalog_service_pb2_grpc.CatalogServiceServicer):
    """CatalogService."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    async def ListOffers(
        self, request: catalog_service_pb2.ListOffersRequest, context: Context
    ) -> catalog_service_pb2.ListOffersResponse:
        return wire.page_message(await self._catalog.list_offers(current_call(), wire.asked(request)))

    async def GetMap(
        self, request: catalog_service_pb2.GetMapRequest, context: Context
    ) -> catalog_service_pb2.GetMapResponse:
        return wire.map_message(await self._catalog.map(current_call(), wire.filter_input(request.filter)))

    async def ListFilters(
        self, request: catalog_service_pb2.ListFiltersRequest, context: Context
    ) -> catalog_service_pb2.ListFiltersResponse:
        return wire.choices_message(await self._catalog.choices(current_call(), request.tenant))


class SubscriptionApi(subscription_service_pb2_grpc.SubscriptionServiceServicer):
    """SubscriptionService."""

    def __init__(self, subscriptions: Subscriptions) -> None:
        self._subscriptions = subscriptions

    async def CreateSubscription(
        self, request: subscription_service_pb2.CreateSubscriptionRequest, context: Context
    ) -> subscription_service_pb2.CreateSubscriptionResponse:
        made = await self._subscriptions.create(
            current_call(), wire.filter_input(request.filter), title=request.title, subscriber=request.subscriber
        )
        return subscription_service_pb2.CreateSubscriptionResponse(subscription_id=str(made))

    async def GetSubscription(
        self, request: subscription_service_pb2.GetSubscriptionRequest, context: Context
    ) -> subscription_service_pb2.GetSubscriptionResponse:
        found = await self._subscriptions.get(current_call(), wire.subscription_id(request.subscription_id))
        return wire.subscription_message(found)
