"""Services whose answers a test writes itself, behind real gRPC, real tokens and real error details."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any

from civic.catalog.v1 import catalog_service_pb2, catalog_service_pb2_grpc, subscription_service_pb2_grpc
from civic.common.v1 import offer_pb2, place_pb2
from civic.discussion.v1 import (
    attachment_service_pb2_grpc,
    comment_service_pb2_grpc,
    contribution_pb2,
    contribution_service_pb2_grpc,
    desk_service_pb2_grpc,
    export_service_pb2_grpc,
    invitation_service_pb2_grpc,
    object_service_pb2,
    object_service_pb2_grpc,
    statistics_service_pb2_grpc,
    topic_pb2,
    topic_service_pb2_grpc,
)
from civic.notification.v1 import (
    following_service_pb2_grpc,
    guest_service_pb2_grpc,
    invitee_service_pb2_grpc,
    preference_service_pb2_grpc,
    recipient_service_pb2_grpc,
    template_service_pb2_grpc,
    unsubscribe_service_pb2_grpc,
)
from civic.tenant.v1 import tenant_pb2, tenant_service_pb2, tenant_service_pb2_grpc
from civic_chassis.grpc.call import current_call
from civic_chassis.grpc.server import Servicer
from civic_chassis.kernel.call import Call
from civic_chassis.kernel.errors import DomainError, Kind
from google.protobuf.timestamp_pb2 import Timestamp

Behaviour = Callable[[Any, Call], Awaitable[Any]]

TOPIC = "01935b5e-7c00-7000-8000-000000000001"
CONTRIBUTION = "01935b5e-7c00-7000-8000-000000000002"
COMMENT = "01935b5e-7c00-7000-8000-000000000003"


async def eventually(condition: Callable[[], bool]) -> None:
    """Waits until it is true; raises TimeoutError after ten seconds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - whatever it asks about tells nobody
            await asyncio.sleep(0.005)


class Script:
    """`script.on["GetTopic"] = behaviour`; `script.calls` lists (method, request) in the order of arrival."""

    def __init__(self) -> None:
        self.on: dict[str, Behaviour] = {}
        self.calls: list[tuple[str, Any]] = []
        self.reset()

    def reset(self) -> None:
        self.on = {"ListTenants": _list_tenants, "GetTenant": _get_tenant, "ListFilters": _list_filters}
        self.answer("ListObjects", object_service_pb2.ListObjectsResponse())
        self.calls.clear()

    def requests(self, method: str) -> list[Any]:
        return [request for name, request in self.calls if name == method]

    def answer(self, method: str, response: Any) -> None:
        """The method answers this message, or raises it where it is an error."""

        async def behave(_: Any, __: Call) -> Any:
            if isinstance(response, Exception):
                raise response
            return response

        self.on[method] = behave

    def servicers(self) -> list[Servicer]:
        return [
            (tenant_service_pb2_grpc.add_TenantServiceServicer_to_server, _Scripted(self)),
            (topic_service_pb2_grpc.add_TopicServiceServicer_to_server, _Scripted(self)),
            (attachment_service_pb2_grpc.add_AttachmentServiceServicer_to_server, _Scripted(self)),
            (desk_service_pb2_grpc.add_DeskServiceServicer_to_server, _Scripted(self)),
            (contribution_service_pb2_grpc.add_ContributionServiceServicer_to_server, _Scripted(self)),
            (object_service_pb2_grpc.add_ObjectServiceServicer_to_server, _Scripted(self)),
            (comment_service_pb2_grpc.add_CommentServiceServicer_to_server, _Scripted(self)),
            (export_service_pb2_grpc.add_ExportServiceServicer_to_server, _Scripted(self)),
            (statistics_service_pb2_grpc.add_StatisticsServiceServicer_to_server, _Scripted(self)),
            (following_service_pb2_grpc.add_FollowingServiceServicer_to_server, _Scripted(self)),
            (preference_service_pb2_grpc.add_PreferenceServiceServicer_to_server, _Scripted(self)),
            (recipient_service_pb2_grpc.add_RecipientServiceServicer_to_server, _Scripted(self)),
            (template_service_pb2_grpc.add_TemplateServiceServicer_to_server, _Scripted(self)),
            (unsubscribe_service_pb2_grpc.add_UnsubscribeServiceServicer_to_server, _Scripted(self)),
            (invitation_service_pb2_grpc.add_InvitationServiceServicer_to_server, _Scripted(self)),
            (invitee_service_pb2_grpc.add_InviteeServiceServicer_to_server, _Scripted(self)),
            (guest_service_pb2_grpc.add_GuestServiceServicer_to_server, _Scripted(self)),
            (subscription_service_pb2_grpc.add_SubscriptionServiceServicer_to_server, _Scripted(self)),
            (catalog_service_pb2_grpc.add_CatalogServiceServicer_to_server, _Scripted(self)),
        ]


class _Scripted:
    def __init__(self, script: Script) -> None:
        self._script = script

    def __getattr__(self, method: str) -> Any:
        if not method[0].isupper():
            raise AttributeError(method)

        async def serve(request: Any, context: Any) -> Any:
            self._script.calls.append((method, request))
            return await self._script.on[method](request, current_call())

        return serve


def timestamp(text: str) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(dt.datetime.fromisoformat(text).astimezone(dt.UTC))
    return made


def tenant(
    slug: str,
    display_name: str,
    *,
    kind: tenant_pb2.TenantKind.ValueType = tenant_pb2.TENANT_KIND_MUNICIPALITY,
    state: tenant_pb2.TenantState.ValueType = tenant_pb2.TENANT_STATE_LIVE,
) -> tenant_pb2.Tenant:
    return tenant_pb2.Tenant(
        name=f"tenants/{slug}",
        slug=slug,
        etag="1",
        create_time=timestamp("2026-11-01T08:00:00Z"),
        update_time=timestamp("2026-11-01T08:00:00Z"),
        display_name=display_name,
        kind=kind,
        state=state,
        ags="06999001",
        design=tenant_pb2.Design(colour="#1a5276", on_colour="#ffffff", link_colour="#1a5276"),
        contact=tenant_pb2.Contact(phone="06000 1234-0"),
        texts={"de": tenant_pb2.TenantTexts(welcome="Willkommen", imprint="Impressum")},
    )


TENANTS = [
    tenant("hessen", "Land Hessen", kind=tenant_pb2.TENANT_KIND_STATE),
    tenant("brueckstadt", "Stadt Brückstadt"),
    tenant("hohenau", "Gemeinde Hohenau", state=tenant_pb2.TENANT_STATE_SUSPENDED),
    tenant("lindental", "Stadt Lindental"),
]
CLOSED = tenant("altdorf", "Gemeinde Altdorf", state=tenant_pb2.TENANT_STATE_CLOSED)


SITE = place_pb2.Site(
    point=place_pb2.Point(lat=50.11, lon=8.68),
    address="Marktplatz 3",
    district="Altstadt",
    area=offer_pb2.BoundingBox(west=8.65, south=50.1, east=8.7, north=50.12),
)


def settings(**values: Any) -> topic_pb2.TopicSettings:
    """Settings as the service sends them where staff chose none."""
    content: dict[str, Any] = {
        "preset": topic_pb2.TOPIC_PRESET_IDEAS,
        "moderation": topic_pb2.MODERATION_MODE_AFTER,
        "place": topic_pb2.PLACE_MODE_OPTIONAL,
        "max_attachments": 5,
        "max_text": 10_000,
        "max_comment": 4_000,
    }
    return topic_pb2.TopicSettings(**(content | values))


def topic(**values: Any) -> topic_pb2.Topic:
    content: dict[str, Any] = {
        "name": f"tenants/lindental/topics/{TOPIC}",
        "id": TOPIC,
        "tenant": "lindental",
        "etag": "3",
        "create_time": timestamp("2026-11-01T08:00:00Z"),
        "update_time": timestamp("2026-11-02T08:00:00.123456Z"),
        "texts": topic_pb2.TopicTexts(title="Marktplatz", teaser="Was fehlt?", text="Der **Marktplatz**."),
        "translations": {"en": topic_pb2.TopicTexts(title="Market square", teaser="", text="The square.")},
        "published": True,
        "phase": topic_pb2.PHASE_ACTIVE,
        "start_time": timestamp("2026-11-10T00:00:00+01:00"),
        "end_time": timestamp("2126-12-13T00:00:00+01:00"),
        "archive_time": timestamp("2127-03-13T00:00:00+01:00"),
        "names_public": True,
        "settings": settings(),
        "contribution_count": 2,
        "comment_count": 3,
        "rating_count": 4,
        "read_time": timestamp("2026-11-23T08:00:00Z"),
    }
    return topic_pb2.Topic(**content | values)


def offer(phase: offer_pb2.OfferPhase.ValueType = offer_pb2.OFFER_PHASE_ACTIVE, **values: Any) -> Any:
    """A Dialog as the catalog lists it."""
    content: dict[str, Any] = {
        "kind": offer_pb2.OFFER_KIND_DIALOG,
        "id": TOPIC,
        "tenant": "lindental",
        "version": 5,
        "revision": 3,
        "texts": offer_pb2.OfferTexts(title="Marktplatz", teaser="Was fehlt?"),
        "translations": {"en": offer_pb2.OfferTexts(title="Market square", teaser="")},
        "publish_time": timestamp("2026-11-09T08:00:00Z"),
        "update_time": timestamp("2026-11-10T08:00:00Z"),
        "start_time": timestamp("2026-11-10T00:00:00+01:00"),
        "end_time": timestamp("2126-12-13T00:00:00+01:00"),
        "archive_time": timestamp("2127-03-13T00:00:00+01:00"),
        "counts": {"contributions": 2, "comments": 3, "ratings": 4},
    }
    return catalog_service_pb2.ListedOffer(offer=offer_pb2.Offer(**content | values), phase=phase)


def offers(*listed: Any, **values: Any) -> Any:
    """A page of the catalog."""
    content: dict[str, Any] = {"hit_count": len(listed), "read_time": timestamp("2026-11-23T08:00:00Z")}
    return catalog_service_pb2.ListOffersResponse(offers=listed, **content | values)


def contribution(**values: Any) -> contribution_pb2.Contribution:
    content: dict[str, Any] = {
        "name": f"tenants/lindental/contributions/{CONTRIBUTION}",
        "id": CONTRIBUTION,
        "topic_id": TOPIC,
        "etag": "1",
        "create_time": timestamp("2026-11-20T08:00:00Z"),
        "update_time": timestamp("2026-11-20T08:00:00Z"),
        "title": "Mehr Bänke",
        "text": "Unter den Linden.",
        "author_name": "anna",
        "ratings": contribution_pb2.RatingTally(**{"for": 2}, neutral=1),
        "comment_count": 3,
    }
    return contribution_pb2.Contribution(**content | values)


def comment(**values: Any) -> contribution_pb2.Comment:
    content: dict[str, Any] = {
        "name": f"tenants/lindental/comments/{COMMENT}",
        "id": COMMENT,
        "contribution_id": CONTRIBUTION,
        "etag": "1",
        "create_time": timestamp("2026-11-21T08:00:00Z"),
        "text": "Gern.",
        "author_name": "bora",
    }
    return contribution_pb2.Comment(**content | values)


async def _list_tenants(request: Any, _: Call) -> Any:
    begin = int(request.page_token or 0)
    end = begin + min(request.page_size, 3)
    more = str(end) if end < len(TENANTS) else ""
    return tenant_service_pb2.ListTenantsResponse(tenants=TENANTS[begin:end], next_page_token=more)


async def _list_filters(_: Any, __: Call) -> Any:
    return catalog_service_pb2.ListFiltersResponse(kinds=[offer_pb2.OFFER_KIND_DIALOG])


async def _get_tenant(request: Any, _: Call) -> Any:
    for found in [*TENANTS, CLOSED]:
        if found.slug == request.slug:
            return tenant_service_pb2.GetTenantResponse(tenant=found)
    raise DomainError(Kind.NOT_FOUND, "TENANT_NOT_FOUND", "no such tenant")
